"""The whole chip at its host port: commands in, tokens and probe beats out. SPEC chapter 6.

Handshakes that the host decides (commands, prompt tokens, when it takes a token) are given with
their cycles; everything else is predicted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from golden.geometry import Geometry
from golden.host import ST_NO_ADAPTER, ST_OK, Verdict, judge_image
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
    model_id
        Its id in the programme header; an adapter image must carry the same.
    """

    def __init__(self, weights: ModelWeights, model_id: int = 0) -> None:
        self.model_id = model_id
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

    def load(self, slot: int, image: bytes, adapter: PreparedAdapter | None) -> Verdict:
        """Command LOAD: ``image`` is what the host sends, ``adapter`` what a good one holds."""
        verdict = judge_image(self.geometry, self.model_id, slot, image)
        if verdict.writes:
            self.adapters.pop(slot, None)
        if verdict.status == ST_OK:
            assert adapter is not None, "a good image without its adapter"
            self.adapters[slot] = adapter
        self._apply()
        return verdict

    def select(self, number: int) -> Verdict:
        """Command SELECT: adapter slot + 1, 0 for none."""
        if number and number - 1 not in self.adapters:
            return Verdict(ST_NO_ADAPTER, number)
        self.selected = number
        self._apply()
        return Verdict(ST_OK, 0)

    @property
    def lora(self) -> bool:
        """Whether the tokens to come use an adapter: one is selected and its slot is full."""
        return self.selected - 1 in self.adapters

    def _apply(self) -> None:
        self.model.select(self.adapters.get(self.selected - 1))

    def step(self, token: int, start: int, sample: bool) -> Step:
        """Process one token accepted in cycle ``start``."""
        trace = TokenTrace()
        self.model.trace = trace
        sampled = self.model.step(token, self.pos, sample)
        lora = self.lora
        records, end = self.schedule.token(start, self.pos, lora, sample, trace.values)
        pos, self.pos = self.pos, self.pos + 1
        if sample:
            self.pending = sampled
        return Step(token, pos, sampled, start, end, records, trace.values, lora)
