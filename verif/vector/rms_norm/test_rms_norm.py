"""rms_norm at several lane counts."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench
from verif.vector.bench import POWERS_OF_TWO


@pytest.mark.parametrize("rows", [2, 4, 16, 64])
def test_rms_norm(rows: int) -> None:
    """Weighted words and sums of squares, every cycle."""
    run_bench("rms_norm", "verif.vector.rms_norm.tb_rms_norm", {"ROWS": rows})


@pytest.mark.parametrize("rows", [0, 1, 3, 128])
def test_refused(rows: int) -> None:
    """Lanes that are no power of two from 2 to 64."""
    expect_refused("rms_norm", {"ROWS": rows}, f"rms_norm: ROWS is {rows}, {POWERS_OF_TWO}")
