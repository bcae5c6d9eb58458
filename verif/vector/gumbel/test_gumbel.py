"""gumbel at several lane counts."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench
from verif.vector.bench import POWERS_OF_TWO


@pytest.mark.parametrize("rows", [2, 8, 64])
def test_gumbel(rows: int) -> None:
    """Every noise in every cycle."""
    run_bench("gumbel", "verif.vector.gumbel.tb_gumbel", {"ROWS": rows})


@pytest.mark.parametrize("rows", [0, 1, 3, 128])
def test_refused(rows: int) -> None:
    """Lanes that are no power of two from 2 to 64."""
    expect_refused("gumbel", {"ROWS": rows}, f"gumbel: ROWS is {rows}, {POWERS_OF_TWO}")
