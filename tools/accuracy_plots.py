"""``make accuracy PLOTS=1``: the sweeps of ``tools.accuracy_points``, drawn and written into docs/numbers.md.

MODEL limits the sweeps to one model. What sim_build/numbers.json holds is not computed again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

from golden.errors import RomaError
from tools.accuracy_points import BITS, BLOCKS, GROUPS, METHODS, POSITIONS, Point, Sweep
from verif.lib.tools import ROOT

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

PAGE = ROOT / "docs" / "numbers.md"
Points = Mapping[str, Mapping[str, Point]]

_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "roma",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
}
_COLOURS = {"tiny": "#1f6fb4", "smollm2": "#c2410c"}
_NAMES = {"rtn": "round to nearest", "search": "least error", "gptq": "GPTQ", "trained": "trained for it"}


def block_table(sweeps: Mapping[str, Points]) -> str:
    """Activation block against divergence and perplexity."""
    head = [
        "model",
        "block of activations",
        "arithmetic: KL",
        "ratio",
        "weights: KL",
        "ratio",
        "both: KL",
        "ratio",
    ]
    rows = []
    for name, points in sweeps.items():
        for block in BLOCKS:
            p = points[f"block {block}"]
            rows.append(
                [f"`{name}`", str(block), *_pair(p["arithmetic"]), *_pair(p["weights"]), *_pair(p["chip"])]
            )
    return _table(head, rows)


def bits_table(sweeps: Mapping[str, Points]) -> str:
    """Width of a weight."""
    head = [
        "model",
        "bits of a weight",
        "weights: KL",
        "ratio",
        "arithmetic: KL",
        "ratio",
        "perplexity of the chip",
    ]
    rows = []
    for name, points in sweeps.items():
        for bits in BITS:
            p = points[f"bits {bits}"]
            rows.append(
                [f"`{name}`", str(bits), *_pair(p["weights"]), *_pair(p["arithmetic"])]
                + [f"{p['chip']['perplexity']:.2f}"]
            )
    return _table(head, rows)


def method_table(sweeps: Mapping[str, Points]) -> str:
    """Quantisers: float32 on their weights."""
    head = ["model", "bits", "group", "method", "perplexity", "ratio", "KL", "same best token"]
    rows = []
    for name, points in sweeps.items():
        stored = points[f"rtn 4 group {GROUPS[name][0]}"]["reference"]
        rows.append([f"`{name}`", "as stored", "", "", f"{stored['perplexity']:.2f}", "1", "0", "100%"])
        for bits in (4, 2):
            for group in GROUPS[name]:
                for method in (*METHODS, "trained"):
                    p = points.get(f"{method} {bits} group {group}")
                    if p is None:
                        continue
                    f = p["weights"]
                    rows.append(
                        [f"`{name}`", str(bits), str(group), _NAMES[method], _short(f["perplexity"])]
                        + [_short(f["ratio"]), f"{f['kl']:.4f}", f"{100 * f['agreement']:.1f}%"]
                    )
    return _table(head, rows)


def _pair(f: Point) -> list[str]:
    return [f"{f['kl']:.5f}", f"{f['ratio']:.4f} ± {f['ratio_error']:.4f}"]


def _short(x: float) -> str:
    return f"{x:.4g}" if x < 1000 else f"{x:,.0f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---:"] * len(head)
    return "\n".join("| " + " | ".join(r) + " |" for r in (head, rule, *rows))


def draw_blocks(sweeps: Mapping[str, Points]) -> Figure:
    """KL and perplexity ratio over the block length, arithmetic alone."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(7.2, 2.8), layout="constrained")
    for name, points in sweeps.items():
        mine = [points[f"block {b}"]["arithmetic"] for b in BLOCKS]
        style = {"color": _COLOURS[name], "label": name, "marker": "o", "markersize": 4}
        left.errorbar(BLOCKS, [p["kl"] for p in mine], [p["kl_error"] for p in mine], **style)
        right.errorbar(BLOCKS, [p["ratio"] for p in mine], [p["ratio_error"] for p in mine], **style)
    left.set(yscale="log", ylabel="mean KL, nats")
    right.set(ylabel="perplexity ratio")
    for axes in (left, right):
        axes.set_xscale("log", base=2)
        axes.set_xticks(BLOCKS, [str(b) for b in BLOCKS])
        axes.set_xlabel("activations that share an exponent")
    left.legend(frameon=False)
    return figure


def draw_bits(sweeps: Mapping[str, Points]) -> Figure:
    """Perplexity ratio of the quantisers at 4 and 2 bits, group 32."""
    figure, plots = pyplot.subplots(1, len(sweeps), figsize=(3.6 * len(sweeps), 2.8), layout="constrained")
    for axes, (name, points) in zip([plots] if len(sweeps) == 1 else plots, sweeps.items(), strict=True):
        _draw_methods(axes, points)
        axes.set(title=name, yscale="log", ylabel="perplexity ratio", xlabel="bits of a weight")
    return figure


def _draw_methods(axes: Axes, points: Points) -> None:
    markers = {"rtn": "s", "search": "o", "gptq": "^", "trained": "*"}
    for method, marker in markers.items():
        shown = [(b, points.get(f"{method} {b} group 32")) for b in (2, 4)]
        xy = [(b, p["weights"]["ratio"]) for b, p in shown if p]
        if xy:
            axes.plot(*zip(*xy, strict=True), marker=marker, label=_NAMES[method], linewidth=1)
    axes.set_xticks([2, 4])
    axes.set_xlim(1.7, 4.3)
    axes.legend(frameon=False, fontsize=8)


def put(page: str, name: str, text: str) -> str:
    """``page`` with the part between the marks of ``name`` replaced; raises RomaError without marks."""
    first, last = f"<!-- {name}: made by make accuracy PLOTS=1 -->\n", f"<!-- end of {name} -->"
    before, found, rest = page.partition(first)
    _, closed, after = rest.partition(last)
    if not found or not closed:
        raise RomaError(f"{PAGE} has not the marks of '{name}': restore the file")
    return before + first + text + "\n" + last + after


def main() -> int:
    """Exit code: 0, or 2 for a request that cannot be met."""
    os.chdir(ROOT)
    try:
        only = os.environ.get("MODEL") or ""
        if only and only not in POSITIONS:
            raise RomaError(f"MODEL is '{only}', legal with PLOTS: {', '.join(POSITIONS)}")
        sweeps = {n: Sweep(n, lambda text: print(text, flush=True)) for n in POSITIONS if only in ("", n)}
        for sweep in sweeps.values():
            sweep.run()
        if only:
            print("docs/numbers.md is written when both models are measured: leave MODEL out")
            return 0
        points = {name: sweep.points for name, sweep in sweeps.items()}
        page = PAGE.read_text(encoding="utf-8")
        for name, make in (("blocks", block_table), ("bits", bits_table), ("methods", method_table)):
            page = put(page, name, make(points))
    except (RomaError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    with pyplot.rc_context(_STYLE):
        for name, draw in (("blocks", draw_blocks), ("bits", draw_bits)):
            save(draw(points), PAGE.with_name(f"numbers-{name}.svg"))
    PAGE.write_text(page, encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} and its plots are written")
    return 0


def save(figure: Figure, file: Path) -> None:
    """An SVG that depends on nothing but the figures."""
    figure.savefig(file, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)


if __name__ == "__main__":
    sys.exit(main())
