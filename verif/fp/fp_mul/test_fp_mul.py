"""fp_mul: every operand class and, at 256 lanes, 10^6 random pairs, against golden."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, lint, run_bench


@pytest.mark.parametrize("lanes", [1, 3, 256])
def test_fp_mul(lanes: int) -> None:
    """All cocotb tests at several widths."""
    run_bench("fp_mul", "verif.fp.fp_mul.tb_fp_mul", {"LANES": lanes})


def test_lint() -> None:
    """Clean alone."""
    done = lint("fp_mul")
    assert done.returncode == 0, done.stderr


def test_illegal_parameter() -> None:
    """No lanes: refused with a sentence."""
    expect_refused("fp_mul", {"LANES": 0}, "fp_mul: LANES is 0, legal: 1 or more")
