"""The whole chip at its host port: commands and prompt tokens in, tokens and probe beats out. SPEC 6.

Handshakes that the host decides (commands, prompt tokens, when it takes a token) are given with
their cycles; everything else is predicted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from golden.geometry import Geometry
from golden.host import CMD_NEW, ST_OK, Settings, Verdict, judge_image
from golden.model import Model
from golden.pipeline import InFlight, Pipeline
from golden.schedule import Owner, Schedule, TokenTrace, Values, by_cycle
from golden.weights import ModelWeights, PreparedAdapter

Words = np.ndarray


@dataclass(eq=False)
class Step:
    """One token as the chip must process it.

    Attributes
    ----------
    token, seq, pos, adapter
        Token id, sequence, position, adapter slot + 1 (0: none).
    sampled
        The token that follows it, None if it is not sampled.
    values
        What the model says of it.
    flight
        Its way through the pipeline.
    issue
        Issue cycle of every instruction, -1 while (or because) it does not issue.
    """

    token: int
    seq: int
    pos: int
    adapter: int
    sampled: int | None
    values: Values
    flight: InFlight
    issue: list[int]
    _beats: dict[str, list[Words]] = field(default_factory=dict)

    @property
    def lora(self) -> bool:
        """Whether it has an adapter."""
        return self.flight.lora

    @property
    def start(self) -> int:
        """Cycle in which it is accepted."""
        return self.flight.start

    @property
    def end(self) -> int:
        """Cycle in which END issues; -1 while it has not."""
        return -1 if self.flight.end is None else self.flight.end

    @property
    def records(self) -> dict[str, Words]:
        """Its beats by probe, in the order of the trace, as far as its operations have issued."""
        return {n: by_cycle(np.concatenate(r)) for n, r in self._beats.items()}

    def forget(self) -> None:
        """Its beats and values are no longer wanted."""
        self._beats.clear()
        self.values.clear()

    def add(self, beats: dict[str, Words]) -> None:
        """Beats of one more operation."""
        for name, records in beats.items():
            self._beats.setdefault(name, []).append(records)


class Sequence:
    """What the chip knows of one sequence.

    Attributes
    ----------
    pos, pending
        Position of the next token; the token sampled last, if it may be the next input.
    running
        A RUN is open.
    wants_from
        Cycle from which it wants to go on with ``pending``; None: it does not.
    flying
        Tokens of the open RUN that are not through.
    last_end
        Issue of the last END.
    adapters
        Slots + 1 of the open RUN's last tokens.
    """

    def __init__(self, g: Geometry, stops: list[int]) -> None:
        self.settings = Settings(stops=stops)
        self.pos = self.flying = 0
        self.pending: int | None = None
        self.running = False
        self.wants_from: int | None = None
        self.last_end = -1
        self.adapters: deque[int] = deque(maxlen=g.chip.tokens)


class Chip:
    """Golden twin of ``roma_top``.

    Parameters
    ----------
    weights
        The burnt model.
    model_id
        Its id in the programme header; an adapter image must carry the same.

    Attributes
    ----------
    sequences
        By number.
    loading
        Slot of the open LOAD, None without one; whoever replays the responses resets it.
    """

    def __init__(self, weights: ModelWeights, model_id: int = 0) -> None:
        self.model_id = model_id
        self.geometry: Geometry = weights.geometry
        self.model = Model(weights)
        self.schedule = Schedule(self.geometry)
        self.pipeline = Pipeline(self.geometry, self.schedule.program)
        self.stops: list[int] = []
        self.sequences = [Sequence(self.geometry, self.stops) for _ in range(self.geometry.chip.sequences)]
        self.adapters: dict[int, PreparedAdapter] = {}
        self.loading: int | None = None
        self.started_at = -1  # cycle of the last start

    def load(self, slot: int, image: bytes, adapter: PreparedAdapter | None) -> Verdict:
        """Command LOAD: ``image`` is what the host sends, ``adapter`` what a good one holds.

        The slot is as the image leaves it at once: nobody sees it before the response, because it
        cannot be selected while ``loading`` is set, and no RUN begins with it.
        """
        open_runs = [s for s in self.sequences if s.running]
        in_use = any(slot + 1 in (s.settings.selected, *s.adapters) for s in open_runs)
        verdict = judge_image(self.geometry, self.model_id, slot, image, in_use)
        if verdict.writes:
            self.adapters.pop(slot, None)
        if verdict.status == ST_OK:
            assert adapter is not None, "a good image without its adapter"
            self.adapters[slot] = adapter
        return verdict

    def command(self, op: int, seq: int, arg: int) -> Verdict:
        """Any command but RUN and LOAD; ``seq`` exists, or the command does not look at it."""
        sequence = self.sequences[seq if seq < len(self.sequences) else 0]
        vocab = self.geometry.model.vocab_size
        verdict = sequence.settings.apply(self.geometry, vocab, op, arg, self.adapters, self.loading)
        if op == CMD_NEW:
            sequence.pos, sequence.pending = 0, None
        return verdict

    def run_begins(self, seq: int) -> None:
        """A RUN is taken; ``running`` is reset when its response is."""
        self.sequences[seq].running = True
        self.sequences[seq].adapters.clear()

    def start(self, seq: int, token: int, cycle: int, sample: bool) -> Step:
        """A token is accepted in ``cycle``, up to which the chip has been advanced."""
        trace, model, sequence = TokenTrace(), self.model, self.sequences[seq]
        settings, pos = sequence.settings, sequence.pos
        selected = settings.selected if settings.selected - 1 in self.adapters else 0
        model.trace = trace
        model.sequence(seq)
        model.select(self.adapters.get(selected - 1))
        model.inv_temperature = np.uint32(settings.inv_temperature).view(np.float32)
        model.noise_seed = settings.noise_seed
        sampled = model.step(token, pos, sample)
        draw = sample and trace.values[-1, "sample"]["drawn"]
        flight = self.pipeline.start(cycle, seq, pos, selected > 0, sample, draw)
        issue = [-1] * len(self.schedule.program)
        step = Step(token, seq, pos, selected, sampled, trace.values, flight, issue)
        flight.tag = step
        sequence.pos += 1
        sequence.flying += 1
        sequence.adapters.append(selected)
        sequence.wants_from = None
        self.started_at = cycle
        if sample:
            sequence.pending = sampled
        return step

    def advance(self, until: int) -> Iterator[tuple[Step, dict[str, Words]]]:
        """Beats of all operations that issue up to and including a cycle, an operation at a time.

        Sequences that want to go on start their tokens on the way.
        """
        while (start := self._next_start()) is not None and start[0] <= until:
            cycle, seq = start
            yield from self._walk(cycle)
            self.start(seq, self.sequences[seq].pending, cycle, sample=True)
        for step, beats in self._walk(until):
            yield step, beats
            start = self._next_start()  # a context may have become free
            if start is not None and start[0] <= until:
                yield from self.advance(until)
                return

    def finish(self, step: Step) -> Iterator[tuple[Step, dict[str, Words]]]:
        """Beats up to the end of a token, as if nothing more started."""
        for one, beats in self._walk(None):
            yield one, beats
            if one is step and step.end >= 0:
                return

    def _walk(self, until: int | None) -> Iterator[tuple[Step, dict[str, Words]]]:
        for issue in self.pipeline.walk() if until is None else self.pipeline.walk(until):
            step, flight = issue.token.tag, issue.token
            step.issue[issue.index] = issue.cycle
            if flight.end is not None:
                sequence = self.sequences[step.seq]
                sequence.flying -= 1
                sequence.last_end = flight.end
            owner = Owner(flight.ctx, step.seq, step.pos, flight.draw, step.values, flight.scored)
            beats = self.schedule.beats(owner, issue.index, issue.cycle)
            step.add(beats)
            yield step, beats

    def _next_start(self) -> tuple[int, int] | None:
        """Cycle and sequence of the next token that starts by itself, as far as contexts are free."""
        room = self.pipeline.room()
        wanting = [(s.wants_from, seq) for seq, s in enumerate(self.sequences) if s.wants_from is not None]
        if room is None or not wanting:
            return None
        # A start a cycle; of those that want in that cycle the lowest sequence.
        cycle = max(min(wanting)[0], room, self.started_at + 1)
        return cycle, min(seq for wants, seq in wanting if wants <= cycle)
