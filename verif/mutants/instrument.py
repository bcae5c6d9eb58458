"""A copy of hdl/ in which every fault sits beside what it replaces: ``fault_pkg::selected`` picks one.

An expression ``a + b`` with fault 17 becomes ``((fault_pkg::selected == 17) ? (a - b) : (a + b))``. Only
one fault is ever on, so the wrong side holds the plain text and the copy grows with the number of
faults, not with their combinations.
"""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from verif.lib.tools import ROOT
from verif.mutants.faults import Mutant
from verif.mutants.kinds import Edit
from verif.mutants.tree import Source

# What a fault may cause without being a broken file; the RTL itself is linted without these.
_ALLOWED = (
    "CMPCONST",
    "LATCH",
    "MULTIDRIVEN",
    "SELRANGE",
    "UNOPTFLAT",
    "UNSIGNED",
    "UNUSEDSIGNAL",
    "WIDTHCONCAT",
    "WIDTHEXPAND",
    "WIDTHTRUNC",
)


@dataclass
class _Spot:
    """A node of the tree with its faults, and the spots inside it."""

    start: int
    end: int
    faults: list[tuple[int, Edit]] = field(default_factory=list)
    inner: list[_Spot] = field(default_factory=list)


def instrumented(source: Source, faults: Sequence[tuple[int, Mutant]]) -> str:
    """The file's text with numbered faults in it."""
    by_span: dict[tuple[int, int], _Spot] = {}
    for number, mutant in faults:
        for edit in mutant.edits:
            spot = by_span.setdefault((edit.start, -edit.end), _Spot(edit.start, edit.end))
            spot.faults.append((number, edit))
    outer = _Spot(0, len(source.text))
    open_spots = [outer]
    for _, spot in sorted(by_span.items()):
        while open_spots[-1].end < spot.end:
            open_spots.pop()
        open_spots[-1].inner.append(spot)
        open_spots.append(spot)
    # A function that reads a variable of another package cannot stay out of line.
    return re.sub(r"/\*\s*verilator no_inline_task\s*\*/", "", _inside(source.text, outer))


def _inside(text: str, spot: _Spot) -> str:
    parts, at = [], spot.start
    for inner in spot.inner:
        parts += [text[at : inner.start], _choice(text, inner)]
        at = inner.end
    return "".join([*parts, text[at : spot.end]])


def _choice(text: str, spot: _Spot) -> str:
    right = _inside(text, spot)
    if spot.faults[0][1].form == "statement":
        for number, edit in spot.faults:
            wrong = f"begin {edit.code} end"
            right = f"if (fault_pkg::selected == {number}) {wrong} else begin {right} end"
        return f"begin {right} end"
    port = spot.faults[0][1].form == "port"
    right = right.removeprefix(".") if port else right
    chain = f"({right})"
    for number, edit in spot.faults:
        chain = f"((fault_pkg::selected == {number}) ? ({edit.code}) : {chain})"
    return f".{right}({chain})" if port else chain


def write_copy(
    folder: Path, hdl: Path, sources: Mapping[str, Source], faults: Sequence[tuple[int, Mutant]]
) -> None:
    """Write a copy of ``hdl`` with numbered faults into ``folder``, anew."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(hdl, folder)
    by_file: dict[str, list[tuple[int, Mutant]]] = defaultdict(list)
    for number, mutant in faults:
        by_file[mutant.file].append((number, mutant))
    for name, some in by_file.items():
        (folder / name).write_text(instrumented(sources[name], some), encoding="latin-1")
    shutil.copy(ROOT / "verif/faults/fault_pkg.sv", folder / "common/fault_pkg.sv")
    files = folder / "files.f"
    files.write_text("hdl/common/fault_pkg.sv\n" + files.read_text())
    with (folder / "lint/verilator.vlt").open("a") as waivers:
        waivers.writelines(f"lint_off -rule {rule}\n" for rule in _ALLOWED)
