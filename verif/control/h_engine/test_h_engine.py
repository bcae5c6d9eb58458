"""h_engine: loops of LoRA and attention at several meshes."""

from __future__ import annotations

import re

import pytest

from verif.lib.build import expect_refused, run_bench

# (COLUMNS, ROWS, CPK, HOPS)
CASES = [(1, 2, 1, 1), (2, 4, 1, 1), (6, 8, 2, 3), (64, 64, 64, 8), (3, 2, 1, 2)]
NAMES = ("COLUMNS", "ROWS", "CPK", "HOPS")


@pytest.mark.parametrize("case", CASES, ids=lambda c: "-".join(map(str, c)))
def test_h_engine(case: tuple[int, ...]) -> None:
    """Every bundle, ready and D, every cycle."""
    run_bench("h_engine", "verif.control.h_engine.tb_h_engine", dict(zip(NAMES, case, strict=True)))


@pytest.mark.parametrize(
    ("name", "value", "legal"),
    [
        ("COLUMNS", 0, "1 to 64"),
        ("COLUMNS", 65, "1 to 64"),
        ("ROWS", 1, "a power of two, 2 to 64"),
        ("ROWS", 6, "a power of two, 2 to 64"),
        ("ROWS", 128, "a power of two, 2 to 64"),
        ("HOPS", 0, "1 to 8"),
        ("HOPS", 9, "1 to 8"),
        ("CPK", 0, "a power of two up to COLUMNS (2)"),
        ("CPK", 3, "a power of two up to COLUMNS (2)"),
        ("CPK", 4, "a power of two up to COLUMNS (2)"),
    ],
)
def test_refused(name: str, value: int, legal: str) -> None:
    """The sentence names the parameter and its value."""
    says = re.escape(f"h_engine: {name} is {value}, legal: {legal}")
    expect_refused("h_engine", {name: value}, says)
