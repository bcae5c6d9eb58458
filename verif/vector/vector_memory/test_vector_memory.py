"""Runs the bench of the vector memory over its sizes; illegal ones are refused."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench


@pytest.mark.parametrize(("rows", "words"), [(2, 1), (2, 7), (4, 64), (16, 33)])
def test_ports(rows: int, words: int) -> None:
    """Values of both read ports in every cycle, a depth of one and odd ones too."""
    run_bench(
        "vector_memory",
        "verif.vector.vector_memory.tb_vector_memory",
        {"ROWS": rows, "VMEM_WORDS": words},
    )


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"ROWS": 3}, "vector_memory: ROWS is 3, legal: a power of two, 2 to 64"),
        ({"VMEM_WORDS": 0}, "vector_memory: VMEM_WORDS is 0, legal: 1 to 4096"),
        ({"VMEM_WORDS": 4097}, "vector_memory: VMEM_WORDS is 4097, legal: 1 to 4096"),
    ],
)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("vector_memory", parameters, says)
