"""Reads the tracer's files, also while the simulation still writes them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from golden.geometry import Geometry
from golden.probes import HOST_WIDTH, probes


class ProbeFile:
    """The records of one probe, taken in order."""

    def __init__(self, path: Path, width: int) -> None:
        self.path, self.width = path, width
        self._offset = 0
        self._waiting = np.empty((0, width), np.uint32)

    def refresh(self) -> None:
        """Read what has been appended since the last call (whole records only)."""
        try:
            if os.stat(self.path).st_size == self._offset:
                return
            with self.path.open("rb") as file:
                file.seek(self._offset)
                raw = file.read()
        except FileNotFoundError:
            return
        whole = len(raw) // (4 * self.width) * 4 * self.width
        if whole:
            self._offset += whole
            new = np.frombuffer(raw[:whole], "<u4").reshape(-1, self.width)
            self._waiting = np.concatenate([self._waiting, new]) if len(self._waiting) else new

    @property
    def latest(self) -> int:
        """Cycle of the last record read and not taken, -1 when there is none."""
        return int(self._waiting[-1, 0]) if len(self._waiting) else -1

    @property
    def first(self) -> np.ndarray | None:
        """The next record, which stays; None when there is none."""
        return self._waiting[0] if len(self._waiting) else None

    def __len__(self) -> int:
        """Records that wait to be taken."""
        return len(self._waiting)

    def take(self, n: int) -> np.ndarray:
        """The next ``n`` records (fewer if there are not so many), uint32 [n, width]."""
        out, self._waiting = self._waiting[:n], self._waiting[n:]
        return out

    def until(self, cycle: int) -> np.ndarray:
        """The records up to and including a cycle."""
        if not len(self._waiting) or self._waiting[0, 0] > cycle:
            return self.take(0)
        return self.take(int(np.searchsorted(self._waiting[:, 0], cycle, side="right")))


class Trace:
    """All probe files of a run: ``trace[name]``."""

    def __init__(self, folder: Path, geometry: Geometry) -> None:
        widths = {n: p.width for n, p in probes(geometry).items()} | HOST_WIDTH
        self.files = {n: ProbeFile(folder / f"{n}.bin", w) for n, w in widths.items()}

    def __getitem__(self, name: str) -> ProbeFile:
        """One probe's file."""
        return self.files[name]

    def refresh(self) -> None:
        """Read what was appended: events first, so that the beats of every event seen are there too."""
        for name in HOST_WIDTH:
            self.files[name].refresh()
        for name, file in self.files.items():
            if name not in HOST_WIDTH:
                file.refresh()
