"""The functions of fp_pkg that no unit wraps, against golden."""

from __future__ import annotations

from pathlib import Path

from verif.lib.build import run_bench


def test_fp_functions() -> None:
    """All cocotb tests, 256 operands a cycle."""
    wrapper = Path(__file__).with_name("fp_functions.sv")
    run_bench(
        "fp_functions",
        "verif.fp.fp_functions.tb_fp_functions",
        {"LANES": 256},
        extra_sources=(wrapper,),
    )
