"""The rows of ``verif/plan/*.yaml``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from golden.errors import RomaError
from verif.lib.tools import ROOT

FOLDER = Path(__file__).parent
TEXTS = ("id", "feature", "holds", "how")
LISTS = ("tests", "cover", "formal")


@dataclass(frozen=True)
class Named:
    """What a row's entry under ``tests`` names.

    Parameters
    ----------
    text
        ``file.py``, ``file.py::function`` or ``file.py::function[pattern]``, each with or without
        ``#cocotb_test`` behind it.
    """

    text: str

    @property
    def node(self) -> str:
        """The part that pytest knows."""
        return self.text.partition("#")[0]

    @property
    def cocotb(self) -> str:
        """The cocotb test that is meant; empty for all."""
        return self.text.partition("#")[2]

    @property
    def file(self) -> str:
        """The test file, from the project's root."""
        return self.node.partition("::")[0]

    def means(self, node: str) -> bool:
        """Whether it names a collected node such as ``verif/x/test_x.py::test_y[2]``."""
        if "::" not in self.node:
            return node.startswith(self.node + "::")
        head, bracket, pattern = self.node.partition("[")
        function, _, parameters = node.partition("[")
        return head == function and (not bracket or fnmatchcase(parameters, _literal(pattern)))


def _literal(pattern: str) -> str:
    """``*`` and ``?`` stand for characters; brackets for themselves."""
    return pattern.replace("[", "[[]")


@dataclass(frozen=True)
class Row:
    """One feature of a block: one thing that must hold."""

    file: str
    block: str
    id: str
    feature: str
    holds: str
    how: str
    tests: tuple[Named, ...]
    cover: tuple[str, ...]
    formal: tuple[str, ...]

    @property
    def where(self) -> str:
        """File and row, for sentences."""
        return f"{self.file}: row {self.id}"


def load(folder: Path = FOLDER) -> list[Row]:
    """All rows, by file.

    Raises
    ------
    RomaError
        When a file is not a plan: the sentence names file, row and key.
    """
    rows: list[Row] = []
    for path in sorted(folder.glob("*.yaml")):
        name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
        try:
            groups = yaml.safe_load(path.read_text())
        except yaml.YAMLError as e:
            raise RomaError(f"{name} is no YAML: {' '.join(str(e).split())}") from None
        if not isinstance(groups, list) or not all(isinstance(g, dict) for g in groups):
            raise RomaError(f"{name} must be a list of blocks, each with 'block', 'bench' and 'rows'")
        for group in groups:
            rows += _group(name, group)
    if not rows:
        raise RomaError(f"{folder} has no plan: put rows into {folder}/<room>.yaml")
    return rows


def _group(file: str, group: dict[str, Any]) -> Iterator[Row]:
    block, bench = group.get("block"), group.get("bench", "")
    if not isinstance(block, str) or not isinstance(bench, str):
        raise RomaError(f"{file}: a group has no 'block: <room>/<module>', or a 'bench' that is no file name")
    if unknown := set(group) - {"block", "bench", "rows"}:
        raise RomaError(f"{file}: {block} has '{min(unknown)}', legal: block, bench, rows")
    rows = group.get("rows")
    if not isinstance(rows, list) or not rows:
        raise RomaError(f"{file}: {block} has no rows: add one for each feature or remove the block")
    for number, row in enumerate(rows, 1):
        yield _row(file, block, bench, f"{block} row {number}", row)


def _row(file: str, block: str, bench: str, place: str, row: Any) -> Row:
    if not isinstance(row, dict):
        raise RomaError(f"{file}: {place} must have {', '.join(TEXTS + LISTS)}")
    place = str(row.get("id") or place)
    if unknown := set(map(str, row)) - {*TEXTS, *LISTS}:
        raise RomaError(f"{file}: row {place} has '{min(unknown)}', legal: {', '.join(TEXTS + LISTS)}")
    for key in TEXTS:
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise RomaError(f"{file}: row {place} needs '{key}', a text")
    lists = {key: row.get(key) or [] for key in LISTS}
    for key, entries in lists.items():
        if not isinstance(entries, list) or not all(isinstance(x, str) and x for x in entries):
            raise RomaError(f"{file}: row {place} needs a list of names under '{key}'")
    tests = tuple(Named(t if "/" in t else f"{bench}::{t}") for t in lists["tests"])
    texts = {key: " ".join(row[key].split()) for key in TEXTS}
    return Row(file, block, tests=tests, cover=tuple(lists["cover"]), formal=tuple(lists["formal"]), **texts)
