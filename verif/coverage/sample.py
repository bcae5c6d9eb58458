"""Samples the cover points of a run from what its taps recorded, with cocotb-coverage.

The records are put into classes with NumPy first; then every combination that occurred is sampled
once, so a run of a million beats costs as much as one of a thousand.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from cocotb_coverage.coverage import CoverCross, CoverPoint, coverage_db, coverage_section

from verif.coverage.bins import BINS
from verif.coverage.model import Group, Point
from verif.coverage.points import GROUPS
from verif.coverage.records import read

Labels = dict[str, np.ndarray]
FILE = "functional.yml"


def _item(group: Group, p: Point) -> object:
    if not p.of:
        return CoverPoint(group.full(p), xf=lambda labels: labels.get(p.name), bins=list(p.bins))
    never = [tuple(None if x == "*" else x for x in n) for n in p.never]
    return CoverCross(group.full(p), items=[f"{group.block}.{n}" for n in p.of], ign_bins=never)


def sampler(group: Group) -> Callable[[dict[str, str]], None]:
    """The sampling function of a group; makes its points in cocotb-coverage's database."""
    points = sorted(group.points, key=lambda p: bool(p.of))  # a cross behind what it crosses

    @coverage_section(*(_item(group, p) for p in points))
    def seen(labels: dict[str, str]) -> None:
        """One combination of labels occurred."""

    return seen


def combinations(group: Group, labels: Labels) -> list[dict[str, str]]:
    """What occurred: every set of crossed points at once, all other points alone."""
    bins = {p.name: p.bins for p in group.points if not p.of}
    together = [p.of for p in group.points if p.of]
    crossed = {n for names in together for n in names}
    together += [(n,) for n in bins if n not in crossed]
    numbers = {n: _numbers(np.asarray(labels[n]).astype(str).ravel(), bins[n]) for n in bins}
    out = []
    for names in together:
        shape = [len(bins[n]) + 1 for n in names]
        rows = np.unique(np.ravel_multi_index([numbers[n] for n in names], shape))
        for row in zip(*np.unravel_index(rows, shape), strict=True):
            out.append({n: bins[n][i - 1] for n, i in zip(names, row, strict=True) if i})
    return [c for c in out if c]


def _numbers(column: np.ndarray, bins: Sequence[str]) -> np.ndarray:
    """Number of every label among the bins, from 1 on; 0 for none of them."""
    out = np.zeros(column.shape, np.intp)
    for number, label in enumerate(bins, 1):
        out[column == label] = number
    return out


def empty(groups: Iterable[Group] = GROUPS) -> None:
    """Begin a database with the points of ``groups``, nothing hit."""
    coverage_db.clear()
    for g in groups:
        sampler(g)


def sample(folder: Path) -> Path | None:
    """Sample what was recorded in ``folder/taps`` into ``folder/functional.yml``; the taps are removed."""
    taps = folder / "taps"
    coverage_db.clear()
    by_key = {g.key: g for g in GROUPS}
    functions: dict[str, Callable[[dict[str, str]], None]] = {}
    for key, records in read(taps):
        if key not in functions:
            functions[key] = sampler(by_key[key])
        for labels in combinations(by_key[key], BINS[key](records)):
            functions[key](labels)
    shutil.rmtree(taps, ignore_errors=True)
    if not functions:
        return None
    out = folder / FILE
    coverage_db.export_to_yaml(str(out))
    return out
