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

from golden.config import MODELS
from golden.errors import RomaError
from golden.geometry import Geometry, preset
from golden.sizing import CLOCK_HZ, VALIDATED, Speed, memory, room
from verif.lib.record import write_record
from verif.lib.tools import SIM_BUILD

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend comes first)

EVIDENCE = f"predicted by the cycle model, equal to RTL at {', '.join(VALIDATED)}"
QUOTED = {
    "decode, KV 0, tokens/s": 31_800,
    "decode, KV 1024, tokens/s": 24_600,
    "first token of 256, ms": 5.6,
    "first token of 4096, ms": 140.2,
    "ROM, GB": 1.86,
    "LoRA and KV SRAM, MB": 288,
}


@dataclass(frozen=True)
class Line:
    """One figure: the paper's (None: it has none), ours, and the cycles behind ours."""

    what: str
    paper: float | None
    ours: float
    cycles: int | None = None


def lines(name: str) -> Iterator[Line]:
    """All figures of a preset; the paper's beside ``roma-3b``, which is what it measured."""
    g = preset(name)
    speed, bytes_ = Speed(g), memory(g)
    quoted = QUOTED if name == "roma-3b" else {}

    def line(what: str, ours: float, cycles: int | None = None) -> Line:
        return Line(what, quoted.get(what), ours, cycles)

    for kv in (0, 1024, 2048, 4095):
        cycles = speed.decode(kv)
        yield line(f"decode, KV {kv}, tokens/s", CLOCK_HZ / cycles, cycles)
    for prompt in (256, 512, 1024, 2048, 4096):
        cycles = speed.first_token(prompt)
        yield line(f"first token of {prompt}, ms", 1e3 * cycles / CLOCK_HZ, round(cycles / prompt))
    yield line("ROM, GB", bytes_.rom / 1e9)
    yield line("LoRA and KV SRAM, MB", bytes_.sram / 1e6)
    for rank in (16, 32, 64):
        yield line(f"KV positions in 288 MB beside 2 adapters of rank {rank}", room(g, 288e6, 2, rank))


def table(name: str, rows: list[Line]) -> Table:
    """The figures for a person."""
    out = Table("", "paper [quoted]", "ours [predicted]", "cycles a token", title=f"{name}, 500 MHz")
    for x in rows:
        paper = "" if x.paper is None else f"{x.paper:,.6g}"
        out.add_row(x.what, paper, f"{x.ours:,.4g}", "" if x.cycles is None else f"{x.cycles:,}")
    return out


def plots(folder: Path) -> list[Path]:
    """Cycles against context, geometry and rank."""
    folder.mkdir(parents=True, exist_ok=True)
    figure, axes = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
    for name in ("roma-3b", "roma-8b", "smollm2"):
        speed = Speed(preset(name))
        kv = [0, *(k for k in range(127, speed.g.chip.context, 128))]
        axes[0].plot(kv, [speed.decode(k) for k in kv], label=name)
    axes[0].set(xlabel="cached positions", ylabel="cycles a generated token")
    axes[0].legend()
    g = preset("roma-3b")
    for columns in (8, 16, 32):
        points = []
        for rows in (4, 8, 16, 32):
            chip = replace(g.chip, columns=columns, rows=rows, max_rank=32, acc_depth=512)
            try:
                points.append((columns * rows, Speed(Geometry(chip, g.model)).decode(1024)))
            except RomaError:
                continue  # no legal chip
        axes[1].plot(*zip(*points, strict=True), "o-", label=f"{columns} columns")
    axes[1].set(
        xlabel="matrix units", ylabel="cycles a token, roma-3b, 1024 cached", xscale="log", yscale="log"
    )
    axes[1].legend()
    ranks = (16, 32, 64, 128)
    for kv in (0, 1024):
        chips = (Geometry(replace(g.chip, max_rank=r), MODELS["llama-3.2-3b"]) for r in ranks)
        axes[2].plot(ranks, [Speed(c).decode(kv) for c in chips], "o-", label=f"{kv} cached")
    axes[2].set(xlabel="rank that the adapter slots reserve", ylabel="cycles a token, roma-3b")
    axes[2].legend()
    figure.suptitle(EVIDENCE)
    out = [folder / f"cycles.{kind}" for kind in ("svg", "png")]
    for path in out:
        figure.savefig(path)
    plt.close(figure)
    return out


def main() -> int:
    """Print, plot, record."""
    console = Console()
    result = {}
    for name in ("roma-3b", "roma-8b"):
        rows = list(lines(name))
        console.print(table(name, rows))
        result[name] = [asdict(x) for x in rows]
    print(f"ours: {EVIDENCE}; rank 16, adapter on, one token at a time")
    pictures = plots(SIM_BUILD / "paper")
    write_record("paper", {"evidence": EVIDENCE, "clock_hz": CLOCK_HZ, "rows": result})
    print(f"plots in {', '.join(str(x.relative_to(SIM_BUILD.parent)) for x in pictures)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
