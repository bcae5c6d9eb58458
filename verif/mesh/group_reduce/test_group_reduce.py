"""group_reduce: units of a column, then the columns that share a KV head."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench

# (COLUMNS, ROWS, CPK, LANES, HOPS, MAXIMUM)
CASES = [(1, 2, 1, 2, 1, 0), (3, 4, 1, 1, 3, 1), (4, 2, 4, 2, 2, 0), (6, 8, 2, 1, 1, 0), (4, 4, 2, 3, 1, 1)]
NAMES = ("COLUMNS", "ROWS", "CPK", "LANES", "HOPS", "MAXIMUM")


@pytest.mark.parametrize("case", CASES, ids=lambda c: "-".join(map(str, c)))
def test_group_reduce(case: tuple[int, ...]) -> None:
    """Every column gets its group's value, in its cycle."""
    parameters = dict(zip(NAMES, case, strict=True))
    run_bench("group_reduce", "verif.mesh.group_reduce.tb_group_reduce", parameters)


@pytest.mark.parametrize(("columns", "cpk"), [(4, 0), (3, 3), (4, 8), (6, 4)])
def test_refused(columns: int, cpk: int) -> None:
    """Columns that do not make whole groups."""
    says = rf"group_reduce: CPK is {cpk}, legal: a power of two that divides COLUMNS \({columns}\)"
    expect_refused("group_reduce", {"COLUMNS": columns, "CPK": cpk}, says)
