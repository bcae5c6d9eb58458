"""The register map of the host interface: its RTL, its HTML and its addresses, all from one RDL file."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from golden.errors import RomaError
from verif.lib.tools import ROOT, SIM_BUILD

HDL = Path(os.environ.get("HDL") or ROOT / "hdl")
RDL = HDL / "host/roma_regs.rdl"
MODULES = ("roma_regs_pkg", "roma_regs")  # in compile order
ADDRESS_BITS = 12


def compiled(path: Path = RDL) -> Any:
    """Root node of the elaborated map; raises RomaError with the compiler's first sentence."""
    from peakrdl_regblock.udps import ALL_UDPS  # slow to import, and most builds have what they need
    from systemrdl import RDLCompileError, RDLCompiler
    from systemrdl.messages import MessagePrinter, Severity

    problems: list[str] = []

    class Printer(MessagePrinter):
        """Keeps problems instead of printing them."""

        def print_message(self, severity: Severity, text: str, src_ref: Any) -> None:
            """Remember one problem with its line."""
            line = getattr(src_ref, "line", None)
            problems.append(f"{path}{f':{line}' if line else ''}: {text}")

    compiler = RDLCompiler(message_printer=Printer())
    for udp in ALL_UDPS:
        compiler.register_udp(udp, soft=False)
    try:
        compiler.compile_file(str(path))
        return compiler.elaborate()
    except (RDLCompileError, OSError) as e:
        raise RomaError(f"the register map is broken: {problems[0] if problems else e}: mend it") from e


@cache
def generated(path: Path = RDL) -> tuple[Path, ...]:
    """SystemVerilog files of the register block; made when they are missing or the map has changed."""
    key = hashlib.sha256(path.read_bytes() + version("peakrdl-regblock").encode()).hexdigest()[:16]
    folder = SIM_BUILD / "generated" / f"registers-{key}"
    files = tuple(folder / f"{name}.sv" for name in MODULES)
    if all(f.is_file() for f in files):
        return files
    from peakrdl_regblock import RegblockExporter
    from peakrdl_regblock.cpuif.axi4lite import AXI4Lite_Cpuif_flattened

    folder.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder))
    try:
        RegblockExporter().export(
            compiled(path),
            str(scratch),
            cpuif_cls=AXI4Lite_Cpuif_flattened,
            module_name="roma_regs",
            package_name="roma_regs_pkg",
            address_width=ADDRESS_BITS,
            default_reset_activelow=True,
            err_if_bad_addr=True,
            err_if_bad_rw=True,
        )
        for f in files:
            (scratch / f.name).rename(f)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return files


@cache
def addresses(path: Path = RDL) -> dict[str, int]:
    """Byte address of every 32-bit word by register name; wide registers have ``<NAME>_HI`` as well."""
    found = {}
    for register in compiled(path).top.registers():
        found[register.inst_name] = register.absolute_address
        if register.get_property("regwidth") == 64:
            found[f"{register.inst_name}_HI"] = register.absolute_address + 4
    return found


@cache
def fields(path: Path = RDL) -> dict[str, dict[str, tuple[int, int]]]:
    """Lowest bit and width of every field by register and field name."""
    return {
        r.inst_name: {f.inst_name: (f.low, f.width) for f in r.fields()}
        for r in compiled(path).top.registers()
    }


@cache
def codes(enum: str, register: str, field: str, path: Path = RDL) -> dict[str, int]:
    """Members of the enumeration ``enum`` that encodes a field."""
    node = compiled(path).top.get_child_by_name(register).get_child_by_name(field)
    encoding = node.get_property("encode")
    if encoding is None or encoding.type_name != enum:
        raise RomaError(f"{register}.{field} is not encoded by '{enum}': give it 'encode = {enum}'")
    return {member.name: int(member.value) for member in encoding}


def html(folder: Path = SIM_BUILD / "registers") -> Path:
    """Write the map as HTML; returns its first page."""
    from peakrdl_html import HTMLExporter

    scratch = folder.with_name(f"{folder.name}.{os.getpid()}")
    HTMLExporter().export(compiled(), str(scratch))
    shutil.rmtree(folder, ignore_errors=True)
    scratch.rename(folder)
    return folder / "index.html"


def main() -> int:
    """Make RTL and HTML; says where they are."""
    try:
        for f in (*generated(), html()):
            print(f)
    except RomaError as e:
        print(f"error: {e}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
