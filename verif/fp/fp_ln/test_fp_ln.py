"""fp_ln: every significand, dense sweeps, corners and any bit pattern, against golden."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, lint, run_bench


@pytest.mark.parametrize("lanes", [1, 4, 64])
def test_fp_ln(lanes: int) -> None:
    """Sweeps, gaps and resets at several widths."""
    run_bench("fp_ln", "verif.fp.fp_ln.tb_fp_ln", {"LANES": lanes}, env={"COCOTB_TEST_FILTER": "sweeps|gaps"})


def test_every_significand() -> None:
    """All 2^23 significands around 1."""
    env = {"COCOTB_TEST_FILTER": "every_significand"}
    run_bench("fp_ln", "verif.fp.fp_ln.tb_fp_ln", {"LANES": 1024}, env=env)


def test_lint() -> None:
    """Clean alone."""
    done = lint("fp_ln")
    assert done.returncode == 0, done.stderr


def test_illegal_parameter() -> None:
    """No lanes: refused with a sentence."""
    expect_refused("fp_ln", {"LANES": 0}, "fp_ln: LANES is 0, legal: 1 or more")
