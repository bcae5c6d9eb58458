"""vector_send at several lane counts, block lengths and heads."""

from __future__ import annotations

import re

import pytest

from verif.lib.build import expect_refused, run_bench

NAMES = ("TOKENS", "ROWS", "BLOCK", "Q_PER_KV")


@pytest.mark.parametrize("case", [(1, 2, 8, 1), (2, 4, 32, 2), (4, 8, 8, 3), (3, 4, 24, 4), (2, 16, 64, 16)])
def test_vector_send(case: tuple[int, ...]) -> None:
    """Every word that leaves, every cycle."""
    run_bench("vector_send", "verif.vector.vector_send.tb_vector_send", dict(zip(NAMES, case, strict=True)))


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"TOKENS": 0}, "TOKENS is 0, legal: 1 to 4"),
        ({"TOKENS": 5}, "TOKENS is 5, legal: 1 to 4"),
        ({"BLOCK": 1}, "vector_send: BLOCK is 1, legal: a multiple of ROWS (2)"),
        ({"BLOCK": 7}, "vector_send: BLOCK is 7, legal: a multiple of ROWS (2)"),
        ({"BLOCK": 258}, "BLOCK is 258, legal: a multiple of LANES (2), up to 256"),
        ({"ROWS": 1, "BLOCK": 8}, "ROWS is 1, legal: a power of two, 2 to 64"),
        ({"ROWS": 6, "BLOCK": 12}, "ROWS is 6, legal: a power of two, 2 to 64"),
        ({"Q_PER_KV": 0}, "Q_PER_KV is 0, legal: "),
        ({"Q_PER_KV": 3}, "Q_PER_KV is 3, legal: "),
    ],
)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("vector_send", parameters, re.escape(says))
