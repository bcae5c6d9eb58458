"""Golden's beats that are still to be compared, by probe, each with the token that it belongs to."""

from __future__ import annotations

import numpy as np

from golden.chip import Step

Words = np.ndarray


class Expected:
    """Beats of one probe in the order of the trace."""

    def __init__(self) -> None:
        self._parts: list[tuple[Words, Step]] = []

    def add(self, records: Words, step: Step) -> None:
        """Beats of one operation."""
        self._parts.append((records, step))

    def until(self, cycle: int) -> tuple[Words, list[Step]] | None:
        """Take the beats up to and including a cycle, with the token of each part of them."""
        taken: list[tuple[Words, Step]] = []
        kept: list[tuple[Words, Step]] = []
        for records, step in self._parts:
            if records[-1, 0] <= cycle:
                taken.append((records, step))
                continue
            n = int(np.searchsorted(records[:, 0], cycle, side="right"))
            if n:
                taken.append((records[:n], step))
            kept.append((records[n:], step))
        self._parts = kept
        if not taken:
            return None
        records = taken[0][0] if len(taken) == 1 else np.concatenate([r for r, _ in taken])
        owner = np.repeat(np.arange(len(taken)), [len(r) for r, _ in taken])
        keys = (records[:, 1], records[:, 0]) if records.shape[1] > 1 else (records[:, 0],)
        order = np.lexsort(keys)
        return records[order], [taken[k][1] for k in owner[order]]
