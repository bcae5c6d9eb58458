"""Checks the taps themselves: on a run without a fault, every port in every operation is right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from golden.chip import Chip, Step
from verif.debug import flow
from verif.debug.case import Case, Difference
from verif.debug.taps import Place, Tap, check, tables
from verif.debug.waves import Waves


@dataclass
class Checked:
    """What was looked at."""

    ports: int = 0
    modules: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)


def cases(chip: Chip, step: Step, unit: tuple[int, int]) -> Iterator[Case]:
    """One case for every operation and probe of a token, as if its first beat differed."""
    whole = Case(chip, step, 0, step.records, [])
    for pc, (instr, issue) in enumerate(zip(chip.schedule.program, whole.issue, strict=True)):
        for name, probe in chip.schedule.probes.items():
            if issue < 0 or name == "issue" or not flow.drives(instr, name):
                continue
            beats = whole.beats(name, pc)
            if len(beats):
                d = Difference(probe, 0, int(beats[-1, 0]), "value", beats[-1], beats[-1])
                yield _At(chip, step, 0, step.records, [d], at=pc, where=unit)


@dataclass(frozen=True)
class _At(Case):
    """A case at a given operation and unit."""

    at: int = 0
    where: tuple[int, int] = (0, 0)

    @property
    def pc(self) -> int:
        return self.at

    @property
    def unit(self) -> tuple[int, int]:
        return self.where


def run(chip: Chip, steps: list[Step], waves: Waves, unit: tuple[int, int], out: Checked) -> None:
    """Check all taps of some tokens at one unit; ``chip`` is in the state behind the last of them."""
    for step in steps:
        for case in cases(chip, step, unit):
            for tap in tables()[case.first.probe.name](Place(case, unit)):
                if np.isin(tap.cycles, waves.cycles).any():
                    _look(tap, case, waves, out)


def _look(tap: Tap, case: Case, waves: Waves, out: Checked) -> None:
    out.modules.add(tap.module)
    for port in (*tap.ports, *([tap.valid] if tap.valid else [])):
        if waves.has(f"{tap.scope}.{port}"):
            out.ports += 1
        else:
            out.missing.add(f"{tap.scope}.{port}")
    finding = check(tap, waves, 1 << 40)
    if finding is not None:
        out.wrong.append(f"{case.instr}, {case.first.probe.name}: {finding}")
