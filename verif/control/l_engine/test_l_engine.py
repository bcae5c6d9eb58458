"""l_engine: loops of a GEMV at several meshes and group lengths."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench

# (COLUMNS, HOPS, GROUP_BLOCKS)
CASES = [(1, 1, 1), (2, 1, 2), (6, 3, 3), (64, 8, 1), (3, 2, 256)]


@pytest.mark.parametrize(("columns", "hops", "group_blocks"), CASES)
def test_l_engine(columns: int, hops: int, group_blocks: int) -> None:
    """Every bundle, ready and D, every cycle."""
    parameters = {"COLUMNS": columns, "HOPS": hops, "GROUP_BLOCKS": group_blocks}
    run_bench("l_engine", "verif.control.l_engine.tb_l_engine", parameters)


@pytest.mark.parametrize(
    ("name", "value", "legal"),
    [
        ("COLUMNS", 0, "1 to 64"),
        ("COLUMNS", 65, "1 to 64"),
        ("HOPS", 0, "1 to 8"),
        ("HOPS", 9, "1 to 8"),
        ("GROUP_BLOCKS", 0, "1 to 256"),
        ("GROUP_BLOCKS", 257, "1 to 256"),
    ],
)
def test_refused(name: str, value: int, legal: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("l_engine", {name: value}, f"l_engine: {name} is {value}, legal: {legal}")
