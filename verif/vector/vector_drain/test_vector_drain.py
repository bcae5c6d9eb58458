"""vector_drain at several lane counts."""

from __future__ import annotations

import re

import pytest

from verif.lib.build import expect_refused, run_bench


@pytest.mark.parametrize(("rows", "vocab_rows"), [(2, 4), (4, 12), (8, 64), (16, 16)])
def test_vector_drain(rows: int, vocab_rows: int) -> None:
    """Every write and the best, every cycle."""
    run_bench(
        "vector_drain", "verif.vector.vector_drain.tb_vector_drain", {"ROWS": rows, "VOCAB_ROWS": vocab_rows}
    )


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"VOCAB_ROWS": 0}, "vector_drain: VOCAB_ROWS is 0, legal: >= 1"),
        ({"ROWS": 1}, "ROWS is 1, legal: a power of two, 2 to 64"),
        ({"ROWS": 12}, "ROWS is 12, legal: a power of two, 2 to 64"),
    ],
)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("vector_drain", parameters, re.escape(says))
