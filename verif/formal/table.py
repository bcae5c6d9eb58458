"""The table of properties: ``properties.yaml`` as checked objects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from golden.errors import RomaError
from verif.formal.engines import ENGINES

FOLDER = Path(__file__).parent
TABLE = FOLDER / "properties.yaml"


@dataclass(frozen=True)
class Rewrite:
    """One piece of text of an RTL file, there once, and what stands for it in a copy."""

    file: str
    old: str
    new: str

    def apply(self, text: str) -> str:
        """The text with the replacement.

        Raises
        ------
        RomaError
            When the old text is not there exactly once.
        """
        if text.count(self.old) != 1:
            times = text.count(self.old)
            raise RomaError(f"{TABLE.name} replaces '{self.old}', which is {times} times in {self.file}")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Break(Rewrite):
    """A fault that must make a property fail, at one of the wrapper's sizes."""

    size: int = 0


@dataclass(frozen=True)
class Property:
    """One thing that is proved.

    ``label`` is the assertion in the wrapper; its proof may assume those in ``given``, which stand before
    it in the table. The label is empty for a property of the wiring: no combinational
    path leads from the first to the second port of any of ``paths``.
    """

    name: str
    label: str
    what: str
    engine: str
    fault: Break
    paths: tuple[tuple[str, str], ...] = ()
    given: tuple[str, ...] = ()
    k: int = 3  # cycles of an induction
    bounded: bool = False  # no proof without bound is expected


@dataclass(frozen=True)
class Wrapper:
    """A wrapper with everything that is proved in it."""

    name: str
    module: str
    sizes: tuple[dict[str, int], ...]
    weight: int  # seconds that one size takes about; the longest go first
    depth: int  # cycles of bounded checks and covers
    seconds: int  # limit of one engine run
    extra: tuple[str, ...]  # other files of this folder
    rewrite: tuple[Rewrite, ...]  # changes to the RTL that keep its meaning
    properties: tuple[Property, ...]
    covers: dict[str, str]

    @property
    def is_logic(self) -> bool:
        """Whether the wrapper has no registers."""
        return all(p.engine in ("sat", "paths") for p in self.properties)

    def cover_name(self, label: str) -> str:
        """Name of a cover, apart from those of properties."""
        return f"{self.module}.cover.{label.removeprefix('c_')}"


def _wrapper(name: str, row: dict[str, Any]) -> Wrapper:
    default = row.get("engine", "pdr")
    properties = []
    for label, entry in row["properties"].items():
        fault = entry["break"]
        properties.append(
            Property(
                name=f"{row['module']}.{label.removeprefix('a_')}",
                label=label if label.startswith("a_") else "",
                what=entry["what"],
                engine="paths" if "paths" in entry else entry.get("engine", default),
                fault=Break(fault["file"], fault["old"], fault["new"], fault.get("size", 0)),
                paths=tuple((a, b) for a, b in entry.get("paths", [])),
                given=tuple(entry.get("given", [])),
                k=entry.get("k", 3),
                bounded=entry.get("bounded", False),
            )
        )
    return Wrapper(
        name=name,
        module=row["module"],
        sizes=tuple(row.get("sizes", [{}])),
        weight=row.get("weight", 1),
        depth=row.get("depth", 20),
        seconds=row.get("seconds", 60),
        extra=tuple(row.get("extra", [])),
        rewrite=tuple(Rewrite(**x) for x in row.get("rewrite", [])),
        properties=tuple(properties),
        covers=dict(row.get("covers", {})),
    )


def load(path: Path = TABLE) -> list[Wrapper]:
    """All wrappers of the table.

    Raises
    ------
    RomaError
        When the table and the wrappers' assertions do not go together.
    """
    wrappers = []
    for name, row in yaml.safe_load(path.read_text()).items():
        try:
            wrapper = _wrapper(name, row)
        except (KeyError, AttributeError, TypeError) as e:
            raise RomaError(f"{path.name}: the entry of {name} is incomplete ({e})") from e
        check(wrapper, path)
        wrappers.append(wrapper)
    names = [p.name for w in wrappers for p in w.properties]
    twice = {x for x in names if names.count(x) > 1}
    if twice:
        raise RomaError(f"{path.name}: two properties are named {', '.join(sorted(twice))}")
    return wrappers


def check(wrapper: Wrapper, path: Path) -> None:
    """Every assertion and cover of the wrapper's text has its row, and the other way round."""
    file = path.parent / f"{wrapper.name}.sv"
    if not file.is_file():
        raise RomaError(f"{path.name}: the wrapper {file} does not exist")
    text = re.sub(r"//.*", "", file.read_text())
    written = set(re.findall(r"\b([ac]_\w+)\s*:\s*(?:assert|cover)\b", text))
    listed = {p.label for p in wrapper.properties if p.label} | set(wrapper.covers)
    if written != listed:
        odd = ", ".join(sorted(written ^ listed))
        raise RomaError(f"{path.name} and {file.name} do not agree about {odd}")
    before: set[str] = set()
    for p in wrapper.properties:
        if not before.issuperset(p.given):
            raise RomaError(
                f"{path.name}: {p.name} is given {', '.join(p.given)}, not all of which come before it"
            )
        before.add(p.label)
        if p.engine not in ENGINES and p.engine != "paths":
            raise RomaError(f"{path.name}: {p.name} wants the engine '{p.engine}', which does not exist")


def choose(wrappers: list[Wrapper], wanted: str) -> dict[str, set[str]]:
    """Names of properties by wrapper whose name contains ``wanted``.

    Raises
    ------
    RomaError
        When there is none.
    """
    chosen = {w.name: {p.name for p in w.properties if wanted in p.name} for w in wrappers}
    chosen = {name: names for name, names in chosen.items() if names}
    if not chosen:
        known = ", ".join(p.name for w in wrappers for p in w.properties)
        raise RomaError(f"PROPERTY={wanted} is part of no property's name; there are {known}")
    return chosen
