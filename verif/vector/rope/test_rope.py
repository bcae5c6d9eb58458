"""rope at several lane counts."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench
from verif.vector.bench import POWERS_OF_TWO


@pytest.mark.parametrize("rows", [2, 4, 16, 64])
def test_rope(rows: int) -> None:
    """Rotated words, every cycle."""
    run_bench("rope", "verif.vector.rope.tb_rope", {"ROWS": rows})


@pytest.mark.parametrize("rows", [0, 1, 3, 128])
def test_refused(rows: int) -> None:
    """Lanes that are no power of two from 2 to 64."""
    expect_refused("rope", {"ROWS": rows}, f"rope: ROWS is {rows}, {POWERS_OF_TWO}")
