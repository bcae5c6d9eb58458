"""The token pipeline: when every operation of every token in flight issues. SPEC chapter 4.

An event at a time instead of a cycle at a time: the same issue cycles as ``golden.sequencer``, which
has the rule as it stands in the SPEC (a test compares the two).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from golden import program as p
from golden.geometry import Geometry
from golden.timing import Timing

N, L0, L1 = p.END, p.END + 1, p.END + 2  # counters beside those of S, D, H: rinv unit, banks of L
_COUNTERS = 7
_NEVER = 1 << 60
_SKIPS = -2  # a word is skipped before anything issues in that cycle: an END in it is still in flight


@dataclass(eq=False)
class InFlight:
    """A token on its way.

    Attributes
    ----------
    ctx
        Its context.
    seq, pos, lora, head, draw
        Sequence, KV position; whether it has an adapter, is sampled, is drawn.
    start, end
        Cycles of its acceptance and of the issue of its END (None until then).
    pc
        Index of the instruction in its register, from cycle ``at`` on.
    scored
        Its cached positions have been scored by EARLY; until REDUCE.
    tag
        Whatever the caller wants to find again.
    """

    ctx: int
    seq: int
    pos: int
    lora: bool
    head: bool
    draw: bool
    start: int
    tag: Any = None
    end: int | None = None
    pc: int = 0
    at: int = 0
    idle: list[int] = field(default_factory=lambda: [0] * _COUNTERS)  # cycle in which a counter reads 0
    scores: dict[int, int] = field(default_factory=dict)  # issue of each SCORE, by its index
    scored: bool = False


class Issue(NamedTuple):
    """An operation of a token that issues in ``cycle``; ``index`` into the programme."""

    cycle: int
    token: InFlight
    index: int


class Pipeline:
    """Tokens in flight on one chip.

    Parameters
    ----------
    geometry
        Chip and model.
    program
        ``golden.program.build(geometry)``.
    """

    def __init__(self, geometry: Geometry, program: list[p.Instr]) -> None:
        self.program, self.timing = program, Timing(geometry)
        self.flying: list[InFlight] = []  # oldest first
        self._free = {ctx: 0 for ctx in range(geometry.chip.tokens)}  # and from which cycle on
        self._ready = [0] * (p.END + 1)
        self._rinv_idle = 0
        self._attention: InFlight | None = None
        self._head: InFlight | None = None
        self._attention_free = self._head_free = 0
        self._waits = [_waits(i) for i in program]
        self._costs: dict[tuple[int, int, bool, bool], tuple[int, int]] = {}

    def room(self) -> int | None:
        """First cycle in which a context is free, as far as has been walked; None while there is none."""
        return min(self._free.values(), default=None)

    def start(
        self,
        cycle: int,
        seq: int,
        pos: int,
        lora: bool,
        head: bool,
        draw: bool = False,
        tag: Any = None,
    ) -> InFlight:
        """A token is accepted; everything up to this cycle has been walked and a context is free."""
        ctx = min(c for c, since in self._free.items() if since <= cycle)
        del self._free[ctx]
        token = InFlight(ctx, seq, pos, lora, head, draw, cycle, tag, at=cycle + 1)
        self._skip(token)
        self.flying.append(token)
        return token

    def walk(self, until: int = _NEVER) -> Iterator[Issue]:
        """Issues up to and including a cycle, in their order; starts may come between two of them."""
        while self.flying:
            best = min((self._request(k, token) for k, token in enumerate(self.flying)), key=_order)
            cycle, _, _, token = best
            if cycle > until:
                return
            if p.early(self.program[token.pc]) and self._beside(token) is not None:
                token.pc, token.at = token.pc + 1, cycle + 1
                self._skip(token)
            else:
                yield self._issue(cycle, token)

    def _request(self, age: int, token: InFlight) -> tuple[int, int, int, InFlight]:
        """When a token's instruction could issue if it won, and how it ranks among equals."""
        i = self.program[token.pc]
        if p.early(i) and (since := self._beside(token)) is not None:
            return max(token.at, since), _SKIPS, age, token  # in which it skips the word
        cycle = max(token.at, self._ready[i.engine])
        for counter, left in self._waits[token.pc]:
            cycle = max(cycle, token.idle[counter] - left)
        if i.engine == p.S and i.transform == p.NORM:
            cycle = max(cycle, self._rinv_idle)
        elif p.scores(i) and self._attention is not token:
            if self._attention is not None:
                return _NEVER, 0, age, token
            cycle = max(cycle, self._attention_free)
            for older in self.flying[:age]:
                if older.seq == token.seq:
                    cycle = max(cycle, older.scores.get(token.pc, _NEVER) + 1)
        elif i.engine == p.D and i.drain == p.ARGMAX and self._head is not token:
            if self._head is not None:
                return _NEVER, 0, age, token
            cycle = max(cycle, self._head_free)
        return cycle, -i.urgent, age, token

    def _issue(self, cycle: int, token: InFlight) -> Issue:
        index = token.pc
        i = self.program[index]
        if i.engine == p.END:
            token.end = cycle
            self.flying.remove(token)
            self._free[token.ctx] = cycle + 1
            self._ready[p.END] = cycle + 1
            return Issue(cycle, token, index)
        duration, occupied = self._cost(index, token)
        self._ready[i.engine] = cycle + occupied
        if not p.early(i):
            counter = (L0, L1)[i.bank] if i.engine == p.L else i.engine
            token.idle[counter] = cycle + duration + 1
        if i.engine == p.S and i.transform == p.NORM:
            self._rinv_idle = token.idle[N] = cycle + self.timing.rinv_duration(i) + 1
        elif p.early(i):
            self._attention, token.scored = token, True
        elif p.scores(i):
            self._attention = token
            token.scores[index] = cycle
        elif i.engine == p.H and i.op == p.REDUCE:
            self._attention, self._attention_free, token.scored = None, cycle + 1, False
        elif i.engine == p.D and i.drain == p.ARGMAX:
            self._head = token
        elif i.engine == p.D and i.op == p.SAMPLE:
            self._head, self._head_free = None, cycle + 1
        token.pc, token.at = index + 1, cycle + 1
        self._skip(token)
        return Issue(cycle, token, index)

    def _skip(self, token: InFlight) -> None:
        """Words that do not concern the token cost a cycle each."""
        first = self.timing.position_slots(token.pos) == 1
        while (
            (i := self.program[token.pc]).if_lora > token.lora
            or i.if_head > token.head
            or (first and p.early(i))
        ):
            token.pc += 1
            token.at += 1

    def _beside(self, token: InFlight) -> int | None:
        """First cycle in which another token is in flight, of those that have not ended; None if alone."""
        return min((other.start + 1 for other in self.flying if other is not token), default=None)

    def _cost(self, index: int, token: InFlight) -> tuple[int, int]:
        i = self.program[index]
        slots = self.timing.position_slots(token.pos) if p.attends(i) else 0
        key = index, slots, token.draw, token.scored
        if key not in self._costs:
            args = i, token.pos, token.draw, token.scored
            self._costs[key] = self.timing.duration(*args), self.timing.occupied(*args)
        return self._costs[key]


def _order(request: tuple[int, int, int, InFlight]) -> tuple[int, int, int]:
    return request[:3]


def _waits(i: p.Instr) -> list[tuple[int, int]]:
    """Counters that an instruction looks at, and the most that they may read."""
    banks = ((L0, L1)[i.bank],) if i.engine == p.D else (L0, L1)
    fields = [(p.S, i.left_s), (p.D, i.left_d), (p.H, i.left_h), *((b, i.left_l) for b in banks)]
    return [(c, left) for c, left in fields if left != p.ANY] + [(N, i.left_n)] * (i.left_n != p.ANY_N)
