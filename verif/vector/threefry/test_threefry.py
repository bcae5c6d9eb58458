"""threefry at several lane counts."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench


@pytest.mark.parametrize("lanes", [1, 2, 16])
def test_threefry(lanes: int) -> None:
    """Every word in every cycle."""
    run_bench("threefry", "verif.vector.threefry.tb_threefry", {"LANES": lanes})


def test_refused() -> None:
    """No lanes."""
    expect_refused("threefry", {"LANES": 0}, "threefry: LANES is 0, legal: 1 or more")
