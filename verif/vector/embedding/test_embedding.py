"""embedding at several lane counts and fractional bits."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench
from verif.vector.bench import POWERS_OF_TWO


@pytest.mark.parametrize(("rows", "frac_bits"), [(2, 0), (4, 4), (16, 2), (8, 1), (64, 3)])
def test_embedding(rows: int, frac_bits: int) -> None:
    """Values and addresses, every cycle."""
    run_bench("embedding", "verif.vector.embedding.tb_embedding", {"ROWS": rows, "FRAC_BITS": frac_bits})


@pytest.mark.parametrize(
    ("name", "value", "legal"),
    [("ROWS", n, POWERS_OF_TWO) for n in (0, 1, 3, 128)] + [("FRAC_BITS", 5, "legal: 0 to 4")],
)
def test_refused(name: str, value: int, legal: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("embedding", {name: value}, f"embedding: {name} is {value}, {legal}")
