"""``make paper``: the paper's figures beside ours, each with its evidence; plots of what drives cycles.

Quoted figures are the paper's (arXiv 2503.12988, partly through secondary sources). Ours are predicted
by the cycle model, which equals the RTL cycle by cycle where RTL ran. Figures go to
sim_build/paper.json, plots to sim_build/paper/.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import matplotlib
from rich.console import Console
from rich.table import Table

from golden import program
from golden.config import MODELS
from golden.errors import RomaError
from golden.geometry import Geometry, preset
from golden.sizing import CLOCK_HZ, VALIDATED, Speed, memory, room
from verif.lib.record import write_record
from verif.lib.tools import SIM_BUILD

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend comes first)

EVIDENCE = f"predicted by the cycle model, equal to RTL at {', '.join(VALIDATED)}"
MADE = 256  # tokens behind the prompt of the end-to-end rows; the paper does not say its own
QUOTED = {
    "decode, KV 0, tokens/s": 31_800,
    "decode, KV 1024, tokens/s": 24_600,
    "first token of 256, ms": 5.6,
    "first token of 4096, ms": 140.2,
    f"prompt of 256 and {MADE} more, tokens/s": 20_078,
    f"prompt of 512 and {MADE} more, tokens/s": 18_703,
    f"prompt of 1024 and {MADE} more, tokens/s": 12_840,
    f"prompt of 2048 and {MADE} more, tokens/s": 8_533,
    "ROM, GB": 1.86,
    "LoRA and KV SRAM, MB": 288,
}
# Cycles that the paper's figures imply at its clock, and what this chip is to reach.
GOALS = {
    "decode, KV 0, tokens/s": 14_500,
    "decode, KV 1024, tokens/s": 18_500,
    "first token of 256, ms": 10_850,
    "first token of 4096, ms": 15_500,
}


@dataclass(frozen=True)
class Line:
    """One figure: the paper's (None: it has none), ours, the cycles behind ours and those to reach."""

    what: str
    paper: float | None
    ours: float
    cycles: int | None = None
    goal: int | None = None


def in_flight(g: Geometry, tokens: int) -> Geometry:
    """The same chip with another number of contexts."""
    return Geometry(replace(g.chip, tokens=tokens), g.model)


def lines(name: str) -> Iterator[Line]:
    """All figures of a preset; the paper's beside ``roma-3b``, which is what it measured."""
    g = preset(name)
    speed, bytes_ = Speed(g), memory(g)
    quoted, goals = (QUOTED, GOALS) if name == "roma-3b" else ({}, {})

    def line(what: str, ours: float, cycles: float | None = None, more: str = "") -> Line:
        shown = None if cycles is None else round(cycles)
        return Line(what + more, quoted.get(what), ours, shown, goals.get(what))

    for kv in (0, 1024, 2048, 4095):
        for lora in (True, False):
            cycles = speed.decode(kv, lora)
            more = ", one sequence" + ("" if lora else ", no adapter")
            yield line(f"decode, KV {kv}, tokens/s", CLOCK_HZ / cycles, cycles, more)
        for tokens in range(2, g.chip.tokens + 1):
            cycles = Speed(in_flight(g, tokens)).decode_many(kv)
            yield line(f"decode, KV {kv}, tokens/s", CLOCK_HZ / cycles, cycles, f", {tokens} sequences")
    for prompt in (256, 512, 1024, 2048, 4096):
        cycles = speed.first_token(prompt)
        yield line(f"first token of {prompt}, ms", 1e3 * cycles / CLOCK_HZ, cycles / prompt)
    for prompt in (256, 512, 1024, 2048):
        cycles = speed.text(prompt, MADE) / MADE
        yield line(f"prompt of {prompt} and {MADE} more, tokens/s", CLOCK_HZ / cycles, cycles)
    yield line("ROM, GB", bytes_.rom / 1e9)
    yield line("LoRA and KV SRAM, MB", bytes_.sram / 1e6)
    for rank in (16, 32, 64):
        yield line(f"KV positions in 288 MB beside 2 adapters of rank {rank}", room(g, 288e6, 2, rank))


def table(name: str, rows: list[Line]) -> Table:
    """The figures for a person."""
    out = Table(
        "", "paper (quoted)", "ours (predicted)", "cycles a token", "to reach", title=f"{name}, 500 MHz"
    )
    for x in rows:
        paper = "" if x.paper is None else f"{x.paper:,.6g}"
        cycles, goal = ("" if n is None else f"{n:,}" for n in (x.cycles, x.goal))
        out.add_row(x.what, paper, f"{x.ours:,.4g}", cycles, goal)
    return out


def plots(folder: Path) -> list[Path]:
    """Cycles against context, tokens in flight, geometry and rank."""
    folder.mkdir(parents=True, exist_ok=True)
    figure, axes = plt.subplots(2, 2, figsize=(12, 9), layout="constrained")
    _context(axes[0][0])
    g = preset("roma-3b")
    _tokens(axes[0][1], g)
    _geometry(axes[1][0], g)
    ranks = (16, 32, 64, 128)
    for kv in (0, 1024):
        chips = (Geometry(replace(g.chip, max_rank=r), MODELS["llama-3.2-3b"]) for r in ranks)
        axes[1][1].plot(ranks, [Speed(c).decode_many(kv) for c in chips], "o-", label=f"{kv} cached")
    axes[1][1].set(xlabel="rank that the adapter slots reserve", ylabel="cycles a token, roma-3b, T = 4")
    axes[1][1].legend()
    figure.suptitle(EVIDENCE)
    out = [folder / f"cycles.{kind}" for kind in ("svg", "png")]
    for path in out:
        figure.savefig(path)
    plt.close(figure)
    return out


def _context(axes: plt.Axes) -> None:
    for name in ("roma-3b", "roma-8b", "smollm2"):
        speed = Speed(preset(name))
        kv = [0, *(k for k in range(127, speed.g.chip.context, 128))]
        axes.plot(kv, [speed.decode(k) for k in kv], label=name)
    axes.set(xlabel="cached positions", ylabel="cycles a generated token, one sequence")
    axes.legend()


def _tokens(axes: plt.Axes, g: Geometry) -> None:
    counts = (1, 2, 3, 4)
    speeds = [Speed(in_flight(g, n)) for n in counts]
    axes.plot(counts, [s.first_token(256) / 256 for s in speeds], "o-", label="prompt of 256")
    for kv in (0, 1024):
        axes.plot(counts, [s.decode_many(kv) for s in speeds], "o-", label=f"T sequences, {kv} cached")
    work = sum(i.steps for i in program.build(g) if i.engine == program.L)
    axes.axhline(work, color="grey", linestyle=":", label="ROM reads alone, with the head")
    axes.set(xlabel="T, tokens in flight", ylabel="cycles a token, roma-3b", xticks=counts)
    axes.legend()


def _geometry(axes: plt.Axes, g: Geometry) -> None:
    for columns in (8, 16, 32):
        points = []
        for rows in (4, 8, 16, 32):
            chip = replace(g.chip, columns=columns, rows=rows, max_rank=32, acc_depth=512)
            try:
                points.append((columns * rows, Speed(Geometry(chip, g.model)).decode_many(1024)))
            except RomaError:
                continue  # no legal chip
        axes.plot(*zip(*points, strict=True), "o-", label=f"{columns} columns")
    label = "cycles a token, roma-3b, T = 4, 1024 cached"
    axes.set(xlabel="matrix units", ylabel=label, xscale="log", yscale="log")
    axes.legend()


def main() -> int:
    """Print, plot, record."""
    console = Console(width=110)
    result = {}
    for name in ("roma-3b", "roma-8b"):
        print(f"{name} ...", file=sys.stderr, flush=True)
        rows = list(lines(name))
        console.print(table(name, rows))
        result[name] = [asdict(x) for x in rows]
    print(f"ours: {EVIDENCE}; rank 16, adapter on; prompts with all contexts in use; cycles of a prompt are")
    print("those of one of its tokens. The paper does not say how many tokens follow its prompts.")
    pictures = plots(SIM_BUILD / "paper")
    write_record("paper", {"evidence": EVIDENCE, "clock_hz": CLOCK_HZ, "rows": result})
    print(f"plots in {', '.join(str(x.relative_to(SIM_BUILD.parent)) for x in pictures)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
