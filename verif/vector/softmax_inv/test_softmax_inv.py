"""softmax_inv at several lane counts and heads."""

from __future__ import annotations

import re

import pytest

from verif.lib.build import expect_refused, run_bench
from verif.vector.bench import POWERS_OF_TWO


@pytest.mark.parametrize(
    ("tokens", "rows", "heads"), [(1, 2, 1), (2, 4, 3), (4, 16, 2), (3, 8, 8), (1, 64, 5)]
)
def test_softmax_inv(tokens: int, rows: int, heads: int) -> None:
    """Inverses and divided words, every cycle."""
    parameters = {"TOKENS": tokens, "ROWS": rows, "Q_PER_KV": heads}
    run_bench("softmax_inv", "verif.vector.softmax_inv.tb_softmax_inv", parameters)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [({"ROWS": n}, f"ROWS is {n}, {POWERS_OF_TWO}") for n in (0, 1, 3, 128)]
    + [({"TOKENS": n}, f"TOKENS is {n}, legal: 1 to 4") for n in (0, 5)]
    + [({"ROWS": 4, "Q_PER_KV": n}, f"Q_PER_KV is {n}, legal: 1 to ROWS (4)") for n in (0, 5)],
)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("softmax_inv", parameters, re.escape(f"softmax_inv: {says}"))
