"""verilator --lint-only -Wall is clean for the chip and for every module alone."""

from __future__ import annotations

import pytest

from verif.lib.build import lint
from verif.lib.sources import hdl_files

MODULES = [p.stem for p in hdl_files() if not p.stem.endswith("_pkg")]


@pytest.mark.parametrize("module", MODULES)
def test_module_alone(module):
    """At its default parameters, with the waivers of hdl/lint/verilator.vlt."""
    done = lint(module)
    assert done.returncode == 0, done.stderr
