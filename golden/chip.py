"""The whole chip at its host port: commands in, tokens and probe beats out. SPEC chapter 6.

Handshakes that the host decides (commands, prompt tokens, when it takes a token) are given with
their cycles; everything else is predicted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from golden.geometry import Geometry
from golden.host import CMD_NEW, CMD_SELECT, ST_OK, Settings, Verdict, judge_image
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

    Attributes
    ----------
    running, loading
        Whether a RUN is open; the slot of the open LOAD, None without one. Whoever replays the
        responses resets them.
    token_adapter
        Adapter slot + 1 of the open RUN's last token, 0 for none.
    """

    def __init__(self, weights: ModelWeights, model_id: int = 0) -> None:
        self.model_id = model_id
        self.geometry: Geometry = weights.geometry
        self.model = Model(weights)
        self.schedule = Schedule(self.geometry)
        self.adapters: dict[int, PreparedAdapter] = {}
        self.settings = Settings()
        self.running = False
        self.loading: int | None = None
        self.token_adapter = 0
        self.new()

    def new(self) -> None:
        """Command NEW: position 0, nothing sampled."""
        self.model.reset()
        self.pos = 0
        self.pending: int | None = None

    def load(self, slot: int, image: bytes, adapter: PreparedAdapter | None) -> Verdict:
        """Command LOAD: ``image`` is what the host sends, ``adapter`` what a good one holds.

        The slot is as the image leaves it at once: nobody sees it before the response, because it
        cannot be selected while ``loading`` is set, and no RUN begins with it.
        """
        in_use = self.running and slot + 1 in (self.selected, self.token_adapter)
        verdict = judge_image(self.geometry, self.model_id, slot, image, in_use)
        if verdict.writes:
            self.adapters.pop(slot, None)
        if verdict.status == ST_OK:
            assert adapter is not None, "a good image without its adapter"
            self.adapters[slot] = adapter
        return verdict

    def command(self, op: int, arg: int) -> Verdict:
        """Any command but RUN and LOAD."""
        vocab = self.geometry.model.vocab_size
        verdict = self.settings.apply(self.geometry, vocab, op, arg, self.adapters, self.loading)
        if op == CMD_NEW:
            self.new()
        return verdict

    def select(self, number: int) -> Verdict:
        """Command SELECT: adapter slot + 1, 0 for none."""
        return self.command(CMD_SELECT, number)

    def run_begins(self) -> None:
        """A RUN is taken; ``running`` is reset when its response is."""
        self.running, self.token_adapter = True, 0

    @property
    def selected(self) -> int:
        """Adapter slot + 1 of the tokens to come, 0 for none."""
        return self.settings.selected

    @property
    def lora(self) -> bool:
        """Whether the tokens to come use an adapter: one is selected and its slot is full."""
        return self.selected - 1 in self.adapters

    def step(self, token: int, start: int, sample: bool) -> Step:
        """Process one token accepted in cycle ``start``."""
        trace = TokenTrace()
        model, settings = self.model, self.settings
        model.trace = trace
        model.select(self.adapters.get(self.selected - 1))
        model.inv_temperature = np.uint32(settings.inv_temperature).view(np.float32)
        model.noise_seed = settings.noise_seed
        self.token_adapter = self.selected if self.lora else 0
        sampled = model.step(token, self.pos, sample)
        lora = self.lora
        records, end = self.schedule.token(start, self.pos, lora, sample, trace.values)
        pos, self.pos = self.pos, self.pos + 1
        if sample:
            self.pending = sampled
        return Step(token, pos, sampled, start, end, records, trace.values, lora)
