"""send_engine: the loop and the times of SEND at several meshes."""

from __future__ import annotations

import re

import pytest

from verif.lib.build import expect_refused, run_bench

NAMES = ("COLUMNS", "ROWS", "HOPS", "HEAD_DIM", "CPK")
CASES = [(1, 2, 1, 2, 1), (2, 4, 1, 32, 1), (6, 8, 3, 64, 2), (64, 64, 8, 128, 64), (3, 2, 2, 6, 1)]


@pytest.mark.parametrize("case", CASES, ids=lambda c: "-".join(map(str, c)))
def test_send_engine(case: tuple[int, ...]) -> None:
    """Every step, the job, times and flags, every cycle."""
    run_bench("send_engine", "verif.vector.send_engine.tb_send_engine", dict(zip(NAMES, case, strict=True)))


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
        ("HEAD_DIM", 0, "a multiple of ROWS (2)"),
        ("HEAD_DIM", 7, "a multiple of ROWS (2)"),
        ("CPK", 0, "a power of two up to COLUMNS (2)"),
        ("CPK", 3, "a power of two up to COLUMNS (2)"),
        ("CPK", 4, "a power of two up to COLUMNS (2)"),
    ],
)
def test_refused(name: str, value: int, legal: str) -> None:
    """The sentence names the parameter and its value."""
    says = re.escape(f"send_engine: {name} is {value}, legal: {legal}")
    expect_refused("send_engine", {name: value}, says)
