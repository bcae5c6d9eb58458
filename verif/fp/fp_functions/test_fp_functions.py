"""The functions of fp_pkg, against golden."""

from __future__ import annotations

from pathlib import Path

from verif.coverage.package import inlined
from verif.lib.build import run_bench
from verif.lib.sources import HDL
from verif.lib.tools import SIM_BUILD, switched_on


def test_fp_functions() -> None:
    """All cocotb tests, 256 operands a cycle."""
    wrapper = Path(__file__).with_name("fp_functions.sv")
    if switched_on("COV"):
        wrapper = inlined(wrapper, HDL / "fp/fp_pkg.sv", SIM_BUILD / "generated")
    run_bench(
        "fp_functions",
        "verif.fp.fp_functions.tb_fp_functions",
        {"LANES": 256},
        extra_sources=(wrapper,),
    )
