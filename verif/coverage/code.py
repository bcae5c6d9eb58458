"""Merges Verilator's coverage files over runs and parameterisations, and counts them by block and type.

The format ("SystemC::Coverage-3", one counter a line) is read here: pyucis 0.2.0 loses every point whose
comment has a quote (``32'h0``), has no place for expression and FSM points, and takes ten times as long.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from verif.lib.sources import hdl_files

KINDS = ("line", "branch", "expression", "toggle", "fsm")
_KIND = {"line": "line", "branch": "branch", "expr": "expression", "toggle": "toggle"}


@dataclass(frozen=True, order=True)
class CodePoint:
    """One thing that can be covered, the same in every instance and parameterisation.

    Parameters
    ----------
    block
        File below ``hdl/`` without its ending, such as ``fp/fp_add``.
    line, column
        Where it stands.
    kind
        One of ``KINDS``.
    what
        Verilator's words: ``if``, ``else``, ``a_i[3]:0->1``, ``(x==0) => 1``.
    """

    block: str
    line: int
    column: int
    kind: str
    what: str


Hits = dict[CodePoint, int]


def counters(paths: Iterable[Path]) -> dict[str, int]:
    """Sum of every counter of some files, by its own text."""
    total: dict[str, int] = {}
    for path in paths:
        with path.open(errors="replace") as file:
            for text in file:
                key, quote, count = text.rpartition("' ")
                if quote:
                    total[key] = total.get(key, 0) + int(count)
    return total


def merge(paths: Iterable[Path]) -> Hits:
    """Counters of all files by point, of ``hdl/`` alone; lines of blocks and branches are points, too."""
    hits: Hits = defaultdict(int)
    blocks = {f"{p.parent.name}/{p.stem}" for p in hdl_files()}
    for key, count in counters(paths).items():
        for found in _points(_attributes(key)):
            if found.block in blocks:
                hits[found] += count
    return dict(hits)


def _attributes(key: str) -> dict[str, str]:
    parts = key[key.index("'") + 1 :].split("\x01")
    return dict(p.split("\x02", 1) for p in parts if "\x02" in p)


def _points(a: dict[str, str]) -> Iterator[CodePoint]:
    found = re.search(r"(?:^|/)(\w+/\w+)\.svh?$", a["f"])
    if found is None:
        return
    block, line, column, kind = found[1], int(a["l"]), int(a.get("n", 0)), a["t"]
    kind = "fsm" if kind.startswith("fsm") else _KIND.get(kind, "")
    if not kind:
        return
    if kind != "line":
        yield CodePoint(block, line, column, kind, a["o"])
    if kind in ("line", "branch"):
        for number in _numbers(a.get("S", "")):
            yield CodePoint(block, number, 0, "line", "")


def _numbers(spans: str) -> Iterator[int]:
    for span in filter(None, spans.split(",")):
        first, _, last = span.partition("-")
        yield from range(int(first), int(last or first) + 1)


Table = dict[str, dict[str, list[int]]]


def count(hits: Hits) -> Table:
    """``[hit, total]`` by block and kind."""
    table: Table = {}
    for p, n in hits.items():
        row = table.setdefault(p.block, {k: [0, 0] for k in KINDS})[p.kind]
        row[0] += n > 0
        row[1] += 1
    return dict(sorted(table.items()))


def total(table: Table, kind: str) -> list[int]:
    """``[hit, total]`` of a kind over all blocks."""
    return [sum(row[kind][i] for row in table.values()) for i in (0, 1)]


def percent(pair: list[int]) -> float:
    """Share that was hit; 100 where there is nothing."""
    return 100 * pair[0] / pair[1] if pair[1] else 100.0
