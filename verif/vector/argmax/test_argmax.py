"""argmax at several lane counts."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench
from verif.vector.bench import POWERS_OF_TWO


@pytest.mark.parametrize("rows", [2, 4, 16, 64])
def test_argmax(rows: int) -> None:
    """The running best, every cycle."""
    run_bench("argmax", "verif.vector.argmax.tb_argmax", {"ROWS": rows})


@pytest.mark.parametrize("rows", [0, 1, 3, 128])
def test_refused(rows: int) -> None:
    """Lanes that are no power of two from 2 to 64."""
    expect_refused("argmax", {"ROWS": rows}, f"argmax: ROWS is {rows}, {POWERS_OF_TWO}")
