"""pair_tree: one leaf to many, powers of two or not, sums and maxima."""

from __future__ import annotations

import re

import pytest

from verif.lib.build import expect_refused, run_bench

# (N, LANES, MAXIMUM)
CASES = [(1, 2, 0), (2, 1, 1), (3, 4, 0), (4, 3, 1), (5, 1, 1), (6, 2, 0), (7, 2, 1), (8, 8, 0), (16, 1, 0)]


@pytest.mark.parametrize(("n", "lanes", "maximum"), CASES)
def test_pair_tree(n: int, lanes: int, maximum: int) -> None:
    """Every value in its cycle."""
    parameters = {"N": n, "LANES": lanes, "MAXIMUM": maximum}
    run_bench("pair_tree", "verif.mesh.pair_tree.tb_pair_tree", parameters)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"N": 0}, "N is 0, legal: >= 1"),
        ({"LANES": 0}, "LANES is 0, legal: >= 1"),
        ({"MAXIMUM": 2}, "MAXIMUM is 2, legal: 0 or 1"),
    ],
)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("pair_tree", parameters, re.escape(f"pair_tree: {says}"))
