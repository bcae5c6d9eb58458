"""Runs the bench of the vector memory over its sizes; illegal ones are refused."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench


@pytest.mark.parametrize(
    ("rows", "words", "ports"), [(2, 1, 3), (2, 7, 3), (4, 64, 3), (16, 33, 2), (2, 5000, 3), (4, 8, 1)]
)
def test_ports(rows: int, words: int, ports: int) -> None:
    """Values of all read ports in every cycle, a depth of one and odd ones too."""
    run_bench(
        "vector_memory",
        "verif.vector.vector_memory.tb_vector_memory",
        {"ROWS": rows, "WORDS": words, "READ_PORTS": ports},
    )


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"ROWS": 3}, "vector_memory: ROWS is 3, legal: a power of two, 2 to 64"),
        ({"WORDS": 0}, "vector_memory: WORDS is 0, legal: 1 to 16384"),
        ({"WORDS": 16385}, "vector_memory: WORDS is 16385, legal: 1 to 16384"),
        ({"READ_PORTS": 0}, "vector_memory: READ_PORTS is 0, legal: 1 to 3"),
        ({"READ_PORTS": 4}, "vector_memory: READ_PORTS is 4, legal: 1 to 3"),
    ],
)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("vector_memory", parameters, says)
