"""The whole chip at its host port: commands in, tokens and probe beats out. SPEC chapter 6.

Handshakes that the host decides (commands, prompt tokens, when it takes a token) are given with
their cycles; everything else is predicted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from golden.config import Geometry
from golden.model import Model
from golden.schedule import Schedule, TokenTrace, Values
from golden.weights import ModelWeights, PreparedAdapter

Words = np.ndarray


@dataclass(frozen=True)
class Step:
    """One token as the chip must have processed it."""

    token: int
    pos: int
    sampled: int | None
    start: int
    end: int  # cycle in which END issues
    records: dict[str, Words]
    values: Values
    lora: bool


class Chip:
    """Golden twin of ``roma_top`` for one sequence at a time.

    Parameters
    ----------
    weights
        The burnt model.
    """

    def __init__(self, weights: ModelWeights) -> None:
        self.geometry: Geometry = weights.geometry
        self.model = Model(weights)
        self.schedule = Schedule(self.geometry)
        self.adapters: dict[int, PreparedAdapter] = {}
        self.selected = 0
        self.new()

    def new(self) -> None:
        """Command NEW: position 0, nothing sampled."""
        self.model.reset()
        self.pos = 0
        self.pending: int | None = None

    def load(self, slot: int, adapter: PreparedAdapter) -> None:
        """Command LOAD of a good image."""
        self.adapters[slot] = adapter
        if self.selected == slot + 1:
            self.model.select(adapter)

    def select(self, number: int) -> None:
        """Command SELECT: adapter slot + 1, 0 for none."""
        self.selected = number
        self.model.select(self.adapters[number - 1] if number else None)

    def step(self, token: int, start: int, sample: bool) -> Step:
        """Process one token accepted in cycle ``start``."""
        trace = TokenTrace()
        self.model.trace = trace
        sampled = self.model.step(token, self.pos, sample)
        lora = self.selected != 0
        records, end = self.schedule.token(start, self.pos, lora, sample, trace.values)
        pos, self.pos = self.pos, self.pos + 1
        if sample:
            self.pending = sampled
        return Step(token, pos, sampled, start, end, records, trace.values, lora)
