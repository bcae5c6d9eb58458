"""Runs the bench of x_buffer over its parameters; illegal ones are refused."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench

NAMES = ("COLUMNS", "ROWS", "BLOCK", "H_BLOCK", "MAX_CHUNKS", "TOKENS")
CASES = [
    (2, 4, 32, 32, 6, 2),
    (3, 2, 16, 8, 2, 3),
    (1, 4, 8, 4, 1, 1),
    (1, 4, 8, 4, 1, 4),
    (4, 2, 16, 16, 5, 4),
    (6, 8, 64, 32, 3, 1),
]


@pytest.mark.parametrize("values", CASES)
def test_x_buffer(values: tuple[int, ...]) -> None:
    """Broadcast in, chunks and sub-blocks out; values and cycles."""
    run_bench("x_buffer", "verif.matrix.x_buffer.tb_x_buffer", dict(zip(NAMES, values, strict=True)))


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"COLUMNS": 65}, "x_buffer: COLUMNS is 65, legal: 1 to 64"),
        ({"BLOCK": 512, "ROWS": 2}, "x_buffer: BLOCK is 512, legal: 8 to 256"),
        ({"BLOCK": 4}, "x_buffer: BLOCK is 4, legal: 8 to 256"),
        ({"ROWS": 3}, r"x_buffer: ROWS is 3, legal: a divisor of BLOCK \(16\)"),
        ({"H_BLOCK": 12}, r"x_buffer: H_BLOCK is 12, legal: a divisor of BLOCK \(16\)"),
        ({"MAX_CHUNKS": 4097}, "x_buffer: MAX_CHUNKS is 4097, legal: 1 to 4096"),
        ({"TOKENS": 0}, "x_buffer: TOKENS is 0, legal: 1 to 4"),
        ({"TOKENS": 5}, "x_buffer: TOKENS is 5, legal: 1 to 4"),
    ],
)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("x_buffer", parameters, says)
