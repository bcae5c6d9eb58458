"""Prints the annotated plan: a table on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from verif.plan.results import FAILED, NOT_RUN, PASSED

COLOURS = {PASSED: "green", FAILED: "bold red", NOT_RUN: "yellow"}
BLOCKS = ("block", "rows", "passed", "failed", "not run", "cover bins", "properties")
ROWS = ("row", "status", "tests", "cover bins", "properties", "what must hold")


def by_block(rows: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """A line for each block, in the plan's order, and one for all."""
    blocks = list(dict.fromkeys(r["block"] for r in rows))
    lines = [(b, *_counts([r for r in rows if r["block"] == b])) for b in blocks]
    return [*lines, ("all", *_counts(rows))] if len(blocks) > 1 else lines


def by_row(rows: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """A line for each row."""
    return [
        (
            r["id"],
            r["status"],
            f"{r['runs'][PASSED]}/{sum(r['runs'].values())}",
            _bins([r]),
            _properties([r]),
            f"{r['feature']}: {r['holds']}",
        )
        for r in rows
    ]


def _counts(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    statuses = [r["status"] for r in rows]
    numbers = (len(rows), *(statuses.count(s) for s in (PASSED, FAILED, NOT_RUN)))
    return (*map(str, numbers), _bins(rows), _properties(rows))


def _bins(rows: list[dict[str, Any]]) -> str:
    """Bins hit of all; each point once, in however many rows it is."""
    points = {c["point"]: (c["hit"], c["total"]) for r in rows for c in r["cover"]}
    hit, total = (sum(pair[i] for pair in points.values()) for i in (0, 1))
    return f"{hit}/{total}" if total else "-"


def _properties(rows: list[dict[str, Any]]) -> str:
    """Properties proved or bounded, of all."""
    results = {f["name"]: f["result"] for r in rows for f in r["formal"]}
    good = sum(x in ("proved", "bounded") for x in results.values())
    return f"{good}/{len(results)}" if results else "-"


def show(rows: list[dict[str, Any]], whole: bool, console: Console) -> None:
    """Print the blocks, or with ``whole`` every row."""
    heads, lines = (ROWS, by_row(rows)) if whole else (BLOCKS, by_block(rows))
    if console.is_terminal:
        table = Table(*heads, box=None, header_style="bold", pad_edge=False)
        for column in table.columns[1:5] if whole else table.columns[1:]:
            column.no_wrap = True
            column.justify = "left" if whole else "right"
        for line in lines:
            table.add_row(
                *(Text(x, COLOURS.get(x, "") or _colour(h, x)) for h, x in zip(heads, line, strict=True))
            )
        console.print(table)
        return
    for line in _aligned([heads, *lines]):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _colour(head: str, text: str) -> str:
    """Numbers that are not 0 in the columns that should be."""
    return COLOURS.get(head, "") if head in (FAILED, NOT_RUN) and text != "0" else ""


def _aligned(lines: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns of equal width, the last one as it is."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(x.ljust(w) for x, w in zip(line, widths, strict=True)).rstrip() for line in lines]


def show_failed(rows: list[dict[str, Any]], console: Console) -> None:
    """Every failed row, with what it names."""
    for row in rows:
        if row["status"] == FAILED:
            bad = [f["name"] for f in row["formal"] if f["result"] == FAILED]
            named = ", ".join([*row["tests"], *bad])
            text = f"failed: {row['id']}: {row['holds']} ({named})"
            console.print(text, style="red", markup=False, highlight=False, soft_wrap=True)
