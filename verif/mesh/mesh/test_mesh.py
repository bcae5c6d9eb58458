"""mesh: hops, gather, reductions and the maximum's way back, at many sizes."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench

NAMES = ("COLUMNS", "ROWS", "HOPS", "CPK", "Q_PER_KV")
CASES = [
    (1, 2, 1, 1, 1),
    (2, 2, 5, 1, 1),
    (2, 4, 1, 1, 2),
    (3, 2, 3, 1, 2),
    (4, 2, 2, 4, 1),
    (4, 4, 2, 2, 4),
    (6, 8, 1, 2, 3),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: "-".join(map(str, c)))
def test_mesh(case: tuple[int, ...]) -> None:
    """All ports at once; every value in its cycle."""
    run_bench("mesh", "verif.mesh.mesh.tb_mesh", dict(zip(NAMES, case, strict=True)))


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"HOPS": 0}, r"mesh: HOPS is 0, legal: >= 1"),
        ({"Q_PER_KV": 0}, r"mesh: Q_PER_KV is 0, legal: 1 to ROWS \(2\)"),
        ({"Q_PER_KV": 3}, r"mesh: Q_PER_KV is 3, legal: 1 to ROWS \(2\)"),
        ({"CPK": 4}, r"CPK is 4, legal: a power of two that divides COLUMNS \(2\)"),
    ],
)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("mesh", parameters, says)
