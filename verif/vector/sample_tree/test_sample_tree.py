"""Runs the bench of the sampler's tree over columns and hops; illegal ones are refused."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench


@pytest.mark.parametrize(("columns", "hops"), [(1, 1), (2, 1), (3, 2), (6, 1), (7, 3), (16, 8)])
def test_candidates(columns: int, hops: int) -> None:
    """Tokens and cycles, odd tree levels too."""
    run_bench("sample_tree", "verif.vector.sample_tree.tb_sample_tree", {"COLUMNS": columns, "HOPS": hops})


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"COLUMNS": 0}, "sample_tree: COLUMNS is 0, legal: 1 to 64"),
        ({"COLUMNS": 65}, "sample_tree: COLUMNS is 65, legal: 1 to 64"),
        ({"HOPS": 0}, "sample_tree: HOPS is 0, legal: 1 to 8"),
        ({"HOPS": 9}, "sample_tree: HOPS is 9, legal: 1 to 8"),
    ],
)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("sample_tree", parameters, says)
