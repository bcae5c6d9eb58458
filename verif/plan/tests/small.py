"""A small plan that fits a small tree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from verif.plan.check import check
from verif.plan.model import Named, Row
from verif.plan.tree import Tree

BENCH = "verif/fp/adder/test_adder.py"
TREE = Tree(
    blocks=("fp/adder",),
    nodes=(f"{BENCH}::test_adder[1]", f"{BENCH}::test_adder[2-[a]]", f"{BENCH}::test_refused"),
    cocotb={"verif/fp/adder/tb_adder.py": ("sums", "resets")},
    points={"adder.sign": 2, "adder.size": 3},
    properties=("adder.exact",),
)


def row(name: str, tests: str, **others: Any) -> Row:
    """A row of adder; tests of its bench, parted by spaces."""
    values = {"feature": "f", "holds": "it holds", "how": "seen", "cover": (), "formal": ()} | others
    names = tuple(Named(f"{BENCH}::{t}") for t in tests.split())
    return Row("verif/plan/fp.yaml", "fp/adder", f"adder.{name}", tests=names, **values)


ROWS = [
    row("sums", "test_adder#sums", cover=("adder.sign", "adder.size"), formal=("adder.exact",)),
    row("reset", "test_adder#resets"),
    row("parameters", "test_refused"),
]


def told(rows: list[Row] | None = None, **tree: Any) -> str:
    """The only sentence about a plan, or about ``ROWS`` and a changed tree."""
    (sentence,) = check(rows if rows is not None else ROWS, replace(TREE, **tree))
    return sentence
