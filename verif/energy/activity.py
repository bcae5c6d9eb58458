"""Counts what moved in a simulation: bit toggles of nets, and events such as a ROM read.

A net counts once, in the scope that declares it; ports are the other ends of such nets, and names for
the same thing count as one. Only what has a name in the RTL is seen: not the gates inside an
expression, a function or a loop variable (``events`` stand for them), not the words inside memories,
no glitches, no clock.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from golden.errors import RomaError
from verif.debug.waves import TOP, Waves
from verif.energy.model import EnergyModel, Event

_PORTS = ("Input", "Output", "InOut")
_NETS = ("Logic", "Bit", "Reg", "Wire")


@dataclass
class Activity:
    """Toggles and named bits by block; events by block and cost; of so many cycles."""

    cycles: int
    toggles: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    bits: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    events: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))


def toggles(changes: Any, first: int, last: int) -> int:
    """Bits that changed in times ``first < t <= last`` of a signal's ``(time, value)`` pairs."""
    count, before = 0, None
    for time, value in changes:
        if not isinstance(value, int):
            before = None
            continue
        if before is not None and first < time <= last:
            count += (before ^ value).bit_count()
        before = value
    return count


class Recording:
    """An FST of the chip, between two cycles.

    Parameters
    ----------
    path
        The waves.
    first, last
        The window in cycles, as the tracer counts.
    """

    def __init__(self, path: Path, first: int, last: int) -> None:
        self.waves = Waves(path)
        self.cycles = np.arange(first, last + 1)
        if first < self.waves.cycles[0] or last > self.waves.cycles[-1]:
            raise RomaError(f"{path} has no waves of cycles {first} to {last}")
        self.times = self.waves.time_of(first), self.waves.time_of(last)
        self.scopes: dict[str, dict[str, Any]] = defaultdict(dict)
        for name, var in self.waves.vars.items():
            if name.startswith(f"{TOP}."):
                scope, _, own = name.removeprefix(f"{TOP}.").rpartition(".")
                self.scopes[scope][own] = var

    def count(self, model: EnergyModel) -> Activity:
        """Everything that ``model`` asks for."""
        out = Activity(len(self.cycles))
        self._nets(model, out)
        for event in model.events:
            for scope, n in self.happened(event).items():
                out.events[model.block(scope), event.cost] += n
        return out

    def _nets(self, model: EnergyModel, out: Activity) -> None:
        seen = set()
        for scope, names in self.scopes.items():
            for own, var in names.items():
                full = f"{scope}.{own}" if scope else own
                internal = str(var.direction) not in _PORTS and str(var.var_type) in _NETS
                if not internal or model.not_counted.search(full) or str(var.signal_id) in seen:
                    continue
                seen.add(str(var.signal_id))
                block = model.block(full)
                out.bits[block] += var.bitwidth or 1
                out.toggles[block] += toggles(var.tv, *self.times)

    def happened(self, event: Event) -> dict[str, int]:
        """How often an event happened, by instance; raises RomaError when there is none of that name."""
        there = re.compile(rf"(^|\.){event.where}$")
        found = {}
        for scope, names in self.scopes.items():
            if there.search(scope) and all(
                w.lstrip("!") in names or self._packed(scope, w) for w in event.when
            ):
                times = prod(self._parameter(scope, t) for t in event.times)
                found[scope] = int(self._ones(scope, event.when).sum()) * times
        if not found:
            raise RomaError(f"the chip has no {event.where} with {', '.join(event.when)}: adapt the events")
        return found

    def _packed(self, scope: str, name: str) -> bool:
        return self.waves.has(f"{scope}.{name.lstrip('!')}")

    def _parameter(self, scope: str, name: float | str) -> float:
        if isinstance(name, int | float):
            return name
        try:
            return int(self.scopes[scope][name].tv[0][1])
        except KeyError:
            raise RomaError(f"{scope} has no parameter {name}: adapt the events") from None

    def _ones(self, scope: str, when: tuple[str, ...]) -> np.ndarray:
        """Product of the ones of each signal, cycle by cycle."""
        out = np.ones(len(self.cycles), np.int64)
        for name in when:
            ones = self.ones(f"{scope}.{name.lstrip('!')}")
            out *= ones == 0 if name.startswith("!") else ones
        return out

    def ones(self, name: str) -> np.ndarray:
        """Ones of a signal in every cycle."""
        return np.array([v.bit_count() if isinstance(v, int) else 0 for v in self.values(name)], np.int64)

    def values(self, name: str) -> np.ndarray:
        """Values of a signal below the chip in every cycle."""
        return self.waves.words(name, self.cycles)
