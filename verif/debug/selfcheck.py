"""Checks the taps themselves: on a run without a fault, every port in every operation is right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from golden import program as p
from golden.chip import Chip, Step
from verif.debug import flow
from verif.debug.case import Case, Difference
from verif.debug.taps import Place, Tap, check, tables
from verif.debug.waves import Waves


@dataclass
class Checked:
    """What was looked at."""

    ports: int = 0
    values: int = 0
    modules: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)


def cases(chip: Chip, step: Step, others: list[Step], unit: tuple[int, int]) -> Iterator[Case]:
    """One case for every operation and probe of a token, as if its first beat differed."""
    whole = Case(chip, step, 0, step.records, [])
    for pc, (instr, issue) in enumerate(zip(chip.schedule.program, whole.issue, strict=True)):
        for name, probe in chip.schedule.probes.items():
            once = name == "issue" and instr.engine != p.END  # its taps are those of the whole token
            if issue < 0 or once or not flow.drives(instr, name):
                continue
            beats = whole.beats(name, pc)
            if len(beats):
                d = Difference(probe, 0, int(beats[-1, 0]), "value", beats[-1], beats[-1])
                yield _At(chip, step, 0, whole.got, [d], others, at=pc, where=unit)


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


def run(chip: Chip, steps: list[Step], waves: Waves, units: list[tuple[int, int]], out: Checked) -> None:
    """Check all taps of all tokens of a run, each at one of the units.

    ``chip`` is in the state behind the last of them; they have kept their values.
    """
    for n, step in enumerate(steps):
        unit = units[n % len(units)]
        for case in cases(chip, step, [one for one in steps if one is not step], unit):
            at = Place(case, unit)
            for tap in tables()[case.first.probe.name](at):
                if np.isin(tap.cycles, waves.cycles).any():
                    _look(tap, at, waves, out)


def _look(tap: Tap, at: Place, waves: Waves, out: Checked) -> None:
    out.modules.add(tap.module)
    inside = np.isin(tap.cycles, waves.cycles)
    out.values += sum(x[inside].size for x in tap.ports.values())
    for port in (*tap.ports, *([tap.valid] if tap.valid else [])):
        if waves.has(f"{tap.scope}.{port}"):
            out.ports += 1
        else:
            out.missing.add(f"{tap.scope}.{port}")
    finding = check(tap, waves, 1 << 40, at.busy())
    if finding is not None:
        out.wrong.append(f"context {at.ctx}, {at.i}, {at.case.first.probe.name}: {finding}")
