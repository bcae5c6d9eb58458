"""Transistors of the project's RTL, counted by Yosys (``stat -tech cmos``) behind ABC's CMOS gates.

Every count is of one module at given parameters, some modules left as black boxes. Flip-flops with an
enable count as flip-flops: the enable is a clock gate, which a bank of registers shares.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from golden.errors import RomaError
from verif.lib.sources import needed
from verif.lib.tools import ROOT

HERE = Path(__file__).parent
FLIP_FLOP = 16  # transistors of $_DFF_P_ in Yosys' table, which has no $_DFFE_PP_
_FLIP_FLOPS = ("$_DFF_P_", "$_DFFE_PP_")
# Gates that `abc -g cmos4` may leave, all in Yosys' table; $scopeinfo is a note.
_KNOWN = {
    *_FLIP_FLOPS,
    *(f"$_{g}_" for g in ("NOT", "NAND", "NOR", "AOI3", "OAI3", "AOI4", "OAI4")),
    "$scopeinfo",
}
_SECONDS = 600

_SCRIPT = """
import sys
from pyosys import libyosys as ys
read, top, out = sys.argv[1:]
design = ys.Design()
ys.run_pass(read, design)
ys.run_pass("synth -top " + top + " -flatten -nordff -run begin:fine", design)
ys.run_pass("memory_map; opt -fast -full -nosdff; simplemap; techmap; opt -fast -nosdff", design)
ys.run_pass("dfflegalize -cell $_DFF_P_ x -cell $_DFFE_PP_ x; opt -fast -nosdff -nodffe", design)
ys.run_pass("abc -g cmos4; opt_clean", design)
ys.run_pass("tee -q -o " + out + " stat -json -tech cmos", design)
"""


@dataclass(frozen=True)
class Count:
    """Transistors of logic and of flip-flops, and black boxes by module."""

    logic: int
    flip_flops: int
    boxes: dict[str, int]

    @property
    def total(self) -> int:
        """Logic and flip-flops."""
        return self.logic + self.flip_flops


class Counter:
    """Counts, each taken once for the same sources, parameters and Yosys.

    Parameters
    ----------
    folder
        Where Yosys leaves its statistics.
    known
        Counts of an earlier run by key; new ones are added.
    say
        Called with a line before a count that takes time.
    """

    def __init__(
        self,
        folder: Path,
        known: Mapping[str, Any] | None = None,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.folder, self.say = folder, say
        self.known: dict[str, Any] = dict(known or {})

    def count(
        self, top: str, parameters: Mapping[str, int | str] | None = None, boxes: Sequence[str] = ()
    ) -> Count:
        """Transistors of module ``top``; raises RomaError with Yosys' last words."""
        files = sorted(HERE.glob("*.sv")) if (HERE / f"{top}.sv").exists() else needed(top)
        words = [f"-G {k}={v}" for k, v in (parameters or {}).items()]
        words += [f"--blackboxed-module {b}" for b in boxes]
        options = " ".join(["read_slang --top", top, *words])
        digest = hashlib.sha256((options + _SCRIPT + version("pyosys")).encode())
        for path in files:
            digest.update(path.read_bytes())
        key = f"{top}-{digest.hexdigest()[:16]}"
        if key not in self.known:
            self.say(f"Yosys counts {top} " + " ".join(w[:40] for w in words))
            self.known[key] = split(self._run(top, " ".join([options, *map(str, files)]), key), boxes)
        return Count(**self.known[key])

    def _run(self, top: str, read: str, key: str) -> dict[str, Any]:
        self.folder.mkdir(parents=True, exist_ok=True)
        out = self.folder / f"{key}.stat.json"
        command = [sys.executable, "-c", _SCRIPT, read, top, str(out)]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        if done.returncode or not out.exists():
            words = (done.stdout + done.stderr).strip().splitlines()[-3:]
            raise RomaError(f"Yosys cannot count {top}: {' / '.join(words)}")
        stat = json.loads(out.read_text())["design"]
        out.unlink()
        return stat


def split(stat: Mapping[str, Any], boxes: Sequence[str]) -> dict[str, Any]:
    """Logic, flip-flops and black boxes of Yosys' statistics.

    Raises
    ------
    RomaError
        When a cell's transistors are unknown: it would silently count as none.
    """
    cells: dict[str, int] = stat["num_cells_by_type"]
    boxed = {b: sum(n for c, n in cells.items() if c.split("$")[0] == b) for b in boxes}
    for cell in cells:
        if cell not in _KNOWN and cell.split("$")[0] not in boxes:
            raise RomaError(f"Yosys left a cell '{cell}' whose transistors are unknown")
    estimate = int(str(stat["estimated_num_transistors"]).rstrip("+"))
    return {
        "logic": estimate - cells.get("$_DFF_P_", 0) * FLIP_FLOP,
        "flip_flops": sum(cells.get(c, 0) for c in _FLIP_FLOPS) * FLIP_FLOP,
        "boxes": boxed,
    }
