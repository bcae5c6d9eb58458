"""The files of the chip, and which of them a module needs."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

from golden.errors import RomaError
from verif.host.registers import RDL, generated
from verif.lib.tools import ROOT

# The RTL under test; tools that plant faults point HDL at a copy with the same layout.
HDL = Path(os.environ.get("HDL") or ROOT / "hdl")
FILES_F = HDL / "files.f"
WAIVERS = HDL / "lint/verilator.vlt"


@cache
def hdl_files() -> tuple[Path, ...]:
    """All files of ``hdl/files.f`` in compile order."""
    lines = [x.strip() for x in FILES_F.read_text().splitlines()]
    return tuple(HDL / x.removeprefix("hdl/") for x in lines if x and not x.startswith(("#", "//")))


@cache
def _words(path: Path) -> frozenset[str]:
    text = re.sub(r"//.*", "", path.read_text())
    return frozenset(re.findall(r"\b[a-z][a-z0-9_]*\b", text))


def needed(top: str, extra: tuple[Path, ...] = ()) -> list[Path]:
    """Files that ``top`` needs, in compile order: its own, its modules', its packages'.

    Parameters
    ----------
    top
        Module name; one module a file, of the same name.
    extra
        Files of a bench that are not part of the chip (wrappers, generated packages).
    """
    registers = generated() if RDL.is_file() else ()  # part of the RTL alone may have no register map
    files = (*registers, *hdl_files(), *extra)
    every = {p.stem: p for p in files}
    if top not in every:
        raise RomaError(f"module '{top}' is in no file of {FILES_F}")
    found: set[str] = set()
    todo = [top, *(p.stem for p in extra)]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += [w for w in _words(every[name]) if w in every and w not in found]
    return [p for p in files if p.stem in found]
