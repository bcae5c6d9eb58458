"""Reads an FST of the chip by cycle: what a signal, or a whole packed array, held in cycle n."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

import numpy as np
import pywellen

TOP = "tb_roma.u_dut"
_CYCLE = f"{TOP}.u_tracer.cycle"
# An element whose last two indices are equal comes from the library as "a.[1].a.[1].".
_DOUBLED = re.compile(r"^(.*?)([^.]+)\.((?:\[\d+\]\.)*)\[(\d+)\]\.\2\.\3\[\4\]\.$")


class Waves:
    """Signals of ``tb_roma.u_dut`` by cycle, counted as the tracer counts.

    Parameters
    ----------
    path
        An FST of the chip, whole or a window.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        variables = pywellen.Waveform(str(path)).all_vars()
        self.vars = {_DOUBLED.sub(r"\1\2.\3[\4].[\4]", v.full_name): v for v in variables}

    @cached_property
    def _cycles(self) -> tuple[np.ndarray, np.ndarray]:
        """Cycles in the file, and a time inside each at which its signals are stable."""
        changes = [(t, int(v)) for t, v in self.vars[_CYCLE].tv]
        times = np.array([t for t, _ in changes])
        numbers = np.array([n for _, n in changes])
        stable = np.append(times[1:], times[-1] + 2) - 1
        first = int(np.max(np.flatnonzero(np.diff(numbers) != 1) + 1, initial=0))  # before it: not reset yet
        return numbers[first:], stable[first:]

    @property
    def cycles(self) -> np.ndarray:
        """Cycles in the file, ascending."""
        return self._cycles[0]

    def time_of(self, cycle: int) -> int:
        """Time of the rising edge with which a cycle begins."""
        numbers, stable = self._cycles
        return int(stable[int(np.searchsorted(numbers, cycle))]) - 1

    def has(self, name: str) -> bool:
        """Whether a signal or array below the chip is in the file."""
        full = f"{TOP}.{name}"
        return full in self.vars or bool(self._elements(full))

    def _elements(self, full: str) -> list[tuple[tuple[int, ...], str]]:
        """Elements of a packed array: index and name, ascending."""
        return self._arrays.get(full, [])

    @cached_property
    def _arrays(self) -> dict[str, list[tuple[tuple[int, ...], str]]]:
        out: dict[str, list[tuple[tuple[int, ...], str]]] = {}
        for name in self.vars:
            found = re.search(r"((?:\.\[\d+\])+)$", name)
            if found:
                index = tuple(int(x) for x in re.findall(r"\d+", found.group(1)))
                out.setdefault(name[: found.start()], []).append((index, name))
        return {k: sorted(v) for k, v in out.items()}

    def names(self, name: str) -> list[str]:
        """Full names in the file of a signal, of a packed array's elements, or of a struct's fields."""
        full = f"{TOP}.{name}"
        if full in self.vars:
            return [full]
        if full in self._arrays:
            return [n for _, n in self._arrays[full]]
        return [n for n in self.vars if n.startswith(full + ".")]

    def words(self, name: str, cycles: np.ndarray) -> np.ndarray:
        """Values of a signal, or of all elements of a packed array, in some cycles.

        Returns
        -------
        object array [cycles, ...index], None where the file does not say.
        """
        full = f"{TOP}.{name}"
        if full in self.vars:
            return self._sample(full, cycles)
        elements = self._elements(full)
        shape = tuple(1 + max(i[d] for i, _ in elements) for d in range(len(elements[0][0])))
        out = np.empty((len(cycles), *shape), object)
        for index, element in elements:
            out[(slice(None), *index)] = self._sample(element, cycles)
        return out

    def _sample(self, full: str, cycles: np.ndarray) -> np.ndarray:
        numbers, stable = self._cycles
        changes = self.vars[full].tv
        out = np.full(len(cycles), None, object)
        if not changes:
            return out
        at = np.array([t for t, _ in changes])
        values = [v for _, v in changes]
        k = np.clip(np.searchsorted(numbers, cycles), 0, len(numbers) - 1)
        where = np.searchsorted(at, stable[k], side="right") - 1
        for n, (w, inside) in enumerate(zip(where, numbers[k] == cycles, strict=True)):
            if inside and w >= 0:
                out[n] = values[w] if isinstance(values[w], int) else None
        return out
