"""drain_engine: loops and times of EMBED, DRAIN and SAMPLE at several meshes."""

from __future__ import annotations

import re

import pytest

from verif.lib.build import expect_refused, run_bench

NAMES = ("COLUMNS", "HOPS", "HIDDEN_WORDS")
# The noise of a drawn token waits for its logits from HOPS = 7 on, below they for it.
CASES = [(1, 1, 1), (2, 1, 16), (6, 3, 12), (64, 8, 7), (3, 2, 5), (2, 6, 3), (1, 7, 3)]


@pytest.mark.parametrize("case", CASES, ids=lambda c: "-".join(map(str, c)))
def test_drain_engine(case: tuple[int, ...]) -> None:
    """Every bundle, the job, times and ready, every cycle."""
    run_bench(
        "drain_engine", "verif.vector.drain_engine.tb_drain_engine", dict(zip(NAMES, case, strict=True))
    )


@pytest.mark.parametrize(
    ("name", "value", "legal"),
    [
        ("COLUMNS", 0, "1 to 64"),
        ("COLUMNS", 65, "1 to 64"),
        ("HOPS", 0, "1 to 8"),
        ("HOPS", 9, "1 to 8"),
        ("HIDDEN_WORDS", 0, ">= 1"),
    ],
)
def test_refused(name: str, value: int, legal: str) -> None:
    """The sentence names the parameter and its value."""
    says = re.escape(f"drain_engine: {name} is {value}, legal: {legal}")
    expect_refused("drain_engine", {name: value}, says)
