"""fp_rsqrt: dense sweeps, corners and any bit pattern, against golden."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, lint, run_bench


@pytest.mark.parametrize("lanes", [1, 4, 64])
def test_fp_rsqrt(lanes: int) -> None:
    """All cocotb tests at several widths."""
    run_bench("fp_rsqrt", "verif.fp.fp_rsqrt.tb_fp_rsqrt", {"LANES": lanes})


def test_lint() -> None:
    """Clean alone."""
    done = lint("fp_rsqrt")
    assert done.returncode == 0, done.stderr


def test_illegal_parameter() -> None:
    """No lanes: refused with a sentence."""
    expect_refused("fp_rsqrt", {"LANES": 0}, "fp_rsqrt: LANES is 0, legal: 1 or more")
