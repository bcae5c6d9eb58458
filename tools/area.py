"""``make area``: transistors of one L-Unit with plain ROM against B-ROM; the paper's ladder beside it.

``DEPTH=`` is a number of 64-bit ROM words (1024, 2048, 4096 and 8192 if not given), ``BITS=`` 2 or 4
bits a weight (both if not given); the paper's ladder comes without ``DEPTH``. Figures and Yosys' counts
go to sim_build/area.json, from where the next run takes what is still true; the plot to sim_build/area/
(and with PLOTS=1 to docs/).
"""

from __future__ import annotations

import json
import os
import random
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from golden.errors import RomaError
from golden.geometry import preset
from tools.options import number
from verif.area import array
from verif.area.netlist import Counter
from verif.area.plot import plot
from verif.area.unit import KINDS, PARTS, Unit, content, netlist, unit, units
from verif.lib.record import write_record
from verif.lib.tools import SIM_BUILD

DEPTHS = (1024, 2048, 4096, 8192)
LEGAL_DEPTH = "a multiple of 4 from 16 to 16384"
LADDER = {"SRAM": 59.7, "ROM": 36.7, "B-ROM": 26.0, "fused cell": 22.5}  # thousand um^2, the paper's
CHECK = {"depth": 64, "width": 16}


def depths() -> list[int]:
    """DEPTH, checked."""
    if not os.environ.get("DEPTH"):
        return list(DEPTHS)
    depth = number("DEPTH", "", LEGAL_DEPTH)
    if depth % 4 or not 16 <= depth <= 16384:
        raise RomaError(f"DEPTH is '{depth}', legal: {LEGAL_DEPTH}")
    return [depth]


def widths() -> list[int]:
    """BITS, checked."""
    text = os.environ.get("BITS") or ""
    if text not in ("", "2", "4"):
        raise RomaError(f"BITS is '{text}', legal: 2 or 4 bits a weight")
    return [int(text)] if text else [2, 4]


def table(rows: list[Unit]) -> Table:
    """Plain ROM and B-ROM by part."""
    out = Table("bits", "words", "", *PARTS, "ROM", "ROM + lanes", box=box.MARKDOWN)
    for u, v in zip(rows[::2], rows[1::2], strict=True):
        for x in (u, v):
            figures = (*(getattr(x, p) for p in PARTS), x.rom, x.total)
            out.add_row(str(x.bits), str(x.depth), x.kind, *(f"{n:,}" for n in figures))
        ratios = ("", "", "", "", "", f"{v.rom / u.rom:.3f}", f"{v.total / u.total:.3f}")
        out.add_row("", "", "B-ROM/ROM", *ratios)
    return out


def ladder(counter: Counter) -> tuple[Table, dict[str, Any]]:
    """The paper's area beside our transistors at the ROM depths of its two chips."""
    out = Table("L-Unit", "paper, 1000 um2 (quoted)", "to SRAM", box=box.MARKDOWN)
    made: dict[str, list[Unit]] = {}
    for name in ("roma-3b", "roma-8b"):
        g = preset(name)
        depth = -(-g.rom_words // array.GROUP) * array.GROUP
        made[name] = [unit(counter, kind, g.chip.weight_bits, depth) for kind in KINDS]
        out.add_column(f"{name}: {depth} words, transistors")
        out.add_column("to SRAM")
    for k, (kind, area) in enumerate(LADDER.items()):
        cells = [f"{kind} + compute" if kind in KINDS else kind, f"{area}", f"{area / LADDER['SRAM']:.2f}"]
        for mine in made.values():
            seen = kind in KINDS
            cells += (
                [f"{mine[k].total:,}", f"{mine[k].total / mine[0].total:.2f}"] if seen else ["as B-ROM", ""]
            )
        out.add_row(*cells)
    return out, {name: [asdict(u) for u in mine] for name, mine in made.items()}


def check(counter: Counter) -> dict[str, Any]:
    """A small random content: as transistors in a netlist, by the model, and as synthesised logic."""
    depth, width = CHECK["depth"], CHECK["width"]
    drawn = random.Random(1)
    codes = "".join(f"{drawn.randrange(16):x}" for _ in range(depth * width // 4))
    found: dict[str, Any] = dict(CHECK)
    for name, block in (("ROM", False), ("B-ROM", True)):
        seen = netlist(counter, block, codes, depth, width)
        model = KINDS[name](depth, width)
        found[name] = {
            "netlist": seen.logic + seen.boxes["rom_transistor"],
            "model": counter.count("word_lines", {"LINES": model.rows}).logic + model.cells,
        }
    logic = content(counter, codes, depth, width)
    found["as_logic"] = {"logic": logic.logic, "registers": logic.flip_flops}
    return found


def known(path: Path) -> dict[str, Any]:
    """Counts of the last run; none when there was none or its record is broken."""
    try:
        return dict(json.loads(path.read_text())["counts"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def main() -> int:
    """Count, print, plot, record."""
    console = Console(width=160) if not sys.stdout.isatty() else Console()
    try:
        wanted = (widths(), depths())
        counter = Counter(
            SIM_BUILD / "area",
            known(SIM_BUILD / "area.json"),
            lambda line: print(line, file=sys.stderr, flush=True),
        )
        rows = list(units(counter, *wanted))
        steps, rungs = (None, {}) if os.environ.get("DEPTH") else ladder(counter)
        checked = check(counter)
    except RomaError as e:
        print(f"error: {e}", file=sys.stderr)
        return 2
    print("Transistors of one L-Unit, 64-bit ROM words (decoder, candidates, lanes counted by Yosys;")
    print("cells, drivers, registers by the model of verif/area/array.py):\n")
    console.print(table(rows))
    if steps:
        print("\nThe paper's ladder (area, quoted) beside transistors; a fused cell is layout:\n")
        console.print(steps)
    both = "; ".join(
        f"{k}: netlist {checked[k]['netlist']:,}, model {checked[k]['model']:,}" for k in ("ROM", "B-ROM")
    )
    print(f"\ncheck, {CHECK['depth']} words of {CHECK['width']} random bits, decoder and cells: {both}")
    print(
        f"the same content synthesised as logic: {checked['as_logic']['logic']:,}, which depends on content"
    )
    pictures = plot(rows, SIM_BUILD / "area")
    write_record(
        "area",
        {
            "rows": [asdict(u) | {"rom": u.rom, "total": u.total} for u in rows],
            "ladder": {"paper_1000_um2": LADDER, "transistors": rungs},
            "check": checked,
            "counts": counter.known,
        },
    )
    print(f"plots in {', '.join(os.path.relpath(p) for p in pictures)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
