"""Every module is synthesisable: Yosys (its slang frontend) at the module's small default parameters."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from verif.lib.sources import hdl_files, needed
from verif.lib.tools import ROOT

MODULES = [p.stem for p in hdl_files() if not p.stem.endswith("_pkg")]

# These are read, lowered to cells and memories and checked, but not mapped to gates: they are made of
# the FP32 operators that hdl/fp's modules map one by one, dozens of times over.
ASSEMBLIES = {
    "h_attention",
    "h_context",
    "h_dot",
    "h_unit",
    "matrix_unit",
    "mesh",
    "residual",
    "rms_norm",
    "roma_chip",
    "roma_top",
    "rope",
    "softmax_inv",
    "vector_drain",
    "vector_row",
    "vector_send",
    "vector_unit",
}

# A word array without content is nothing to a synthesiser; the B-ROM's structural view has content.
WITHOUT_CONTENT = {"rom", "b_rom"}

SCRIPT = """
import sys
from pyosys import libyosys as ys
top, assembly, parameters, *files = sys.argv[1:]
design = ys.Design()
ys.run_pass("read_slang --top " + top + " " + parameters + " " + " ".join(files), design)
if assembly == "1":
    ys.run_pass("proc; opt_clean; memory_collect; check -assert; stat", design)
else:
    ys.run_pass("synth -top " + top + "; check -assert; stat", design)
"""


def cells(module: str, parameters: str = "") -> int:
    """Cells of a module as Yosys counts them; fails on any error or problem."""
    assembly = "1" if module in ASSEMBLIES else "0"
    command = [sys.executable, "-c", SCRIPT, module, assembly, parameters, *map(str, needed(module))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    counts = re.findall(r"^\s+(\d+)\s+(?:\S+\s+)?cells$", done.stdout, re.M)
    return int(counts[-1]) if counts else 0


@pytest.mark.parametrize("module", MODULES)
def test_module(module):
    """Yosys accepts it, finds no problem, and there is something in it."""
    count = cells(module)
    assert count > 0 or module in WITHOUT_CONTENT


@pytest.mark.parametrize("depth", [4, 16])
def test_b_rom_structural(depth):
    """Candidate lines and codes become gates."""
    codes = "".join(f"{(7 * i + 3) % 16:x}" for i in range(depth // 4 * 8))
    assert (
        cells("b_rom", f"-G STRUCTURAL=1 -G WIDTH=8 -G DEPTH={depth} -G CODES={len(codes) * 4}'h{codes}") > 8
    )
