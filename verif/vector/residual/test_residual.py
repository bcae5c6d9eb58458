"""residual at several lane counts."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench
from verif.vector.bench import POWERS_OF_TWO


@pytest.mark.parametrize("rows", [2, 4, 16, 64])
def test_residual(rows: int) -> None:
    """Every way of a word, every cycle."""
    run_bench("residual", "verif.vector.residual.tb_residual", {"ROWS": rows})


@pytest.mark.parametrize("rows", [0, 1, 3, 128])
def test_refused(rows: int) -> None:
    """Lanes that are no power of two from 2 to 64."""
    expect_refused("residual", {"ROWS": rows}, f"residual: ROWS is {rows}, {POWERS_OF_TWO}")
