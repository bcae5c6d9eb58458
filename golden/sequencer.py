"""The sequencer cycle by cycle: the issue rule of SPEC chapter 4 as it stands there.

Golden twin of ``hdl/control/sequencer.sv``. ``golden.pipeline`` computes the same issue cycles an
event at a time; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from golden import program as p
from golden.program import Instr

HEADER_CYCLES = 2  # first cycle out of reset -> header valid, tokens may start
ENGINES = (p.S, p.D, p.L, p.H)


@dataclass(frozen=True)
class Start:
    """A token that is accepted.

    Attributes
    ----------
    token, sample, seq
        Token id, whether it is sampled, its sequence.
    pos
        Its position: position, position slot, member of the KV group.
    adapter
        First SRAM word of its adapter, None without one.
    inv_temperature, noise_seed
        How it is drawn.
    """

    token: int
    sample: bool = False
    seq: int = 0
    pos: tuple[int, int, int] = (0, 0, 0)
    adapter: int | None = None
    inv_temperature: int = 0
    noise_seed: int = 0


@dataclass
class Context:
    """One token in flight: its instruction, and how long its last operations still work.

    ``scored``: H.EARLY has scored the position slots before its own.
    """

    start: Start
    age: int
    pc: int = 1
    left: dict[int, int] = field(default_factory=lambda: dict.fromkeys((p.S, p.D, p.H), 0))
    banks: list[int] = field(default_factory=lambda: [0, 0])
    rinv: int = 0
    scored: bool = False

    def tick(self) -> None:
        """A cycle goes by."""
        self.left = {e: max(0, n - 1) for e, n in self.left.items()}
        self.banks = [max(0, n - 1) for n in self.banks]
        self.rinv = max(0, self.rinv - 1)


@dataclass(frozen=True)
class Issued:
    """An operation that issues: programme word, its context, the token, whether EARLY has gone before."""

    pc: int
    ctx: int
    start: Start
    scored: bool = False


@dataclass(frozen=True)
class SequencerOut:
    """What stands on the outputs in a cycle.

    Attributes
    ----------
    room, header
        A context is free; the header has been read.
    issues
        Operations by engine, END included.
    done
        Sequence of a token that is through, None without one.
    """

    room: bool
    header: bool
    issues: dict[int, Issued]
    done: int | None


class Sequencer:
    """Up to ``tokens`` tokens at a time through a programme.

    Parameters
    ----------
    program
        Instructions from word 1 on; the last one is END.
    tokens
        Contexts.
    """

    def __init__(self, program: Sequence[Instr], tokens: int) -> None:
        self.program, self.tokens = program, tokens
        self.reset()

    def reset(self) -> None:
        """What a cycle in reset leaves."""
        self.age = 0  # cycles since
        self.contexts: dict[int, Context] = {}
        self.attention: int | None = None
        self.head: int | None = None
        self.done: int | None = None

    def outputs(self, ready: int) -> SequencerOut:
        """Outputs of a cycle; ``ready``: engines that can be issued to, bits 0 S, 1 D, 2 L, 3 H."""
        issues = {}
        for engine in (*ENGINES, p.END):
            if engine != p.END and not ready >> engine & 1:
                continue
            wanting = [c for c in self.contexts if self._requests(c) == engine]
            if wanting:
                ctx = min(wanting, key=self._rank)
                own = self.contexts[ctx]
                issues[engine] = Issued(own.pc, ctx, own.start, own.scored)
        room = len(self.contexts) < self.tokens
        return SequencerOut(room, self.age >= HEADER_CYCLES, issues, self.done)

    def edge(self, out: SequencerOut, durations: dict[int, int], rinv: int, start: Start | None) -> None:
        """The clock edge behind a cycle with these outputs.

        Parameters
        ----------
        out
            What ``outputs`` said of it.
        durations
            D of the operation that each engine was issued.
        rinv
            D of the rinv unit if a NORM send was issued.
        start
            A token that is accepted in it.
        """
        free = [c for c in range(self.tokens) if c not in self.contexts]
        skipping = [c for c in self.contexts if self._skipped(c)]
        for context in self.contexts.values():
            context.tick()
        self.done = None
        for engine, issued in out.issues.items():
            self._issue(engine, issued, durations.get(engine, 0), rinv)
        for c in skipping:
            self.contexts[c].pc += 1
        self.age += 1
        if start is not None:
            self.contexts[free[0]] = Context(start, self.age)

    def _issue(self, engine: int, issued: Issued, duration: int, rinv: int) -> None:
        word, context = self.program[issued.pc - 1], self.contexts[issued.ctx]
        if engine == p.END:
            self.done = context.start.seq
            del self.contexts[issued.ctx]
            return
        context.pc += 1
        if engine == p.L:
            context.banks[word.bank] = duration
        elif not p.early(word):
            context.left[engine] = duration
        if engine == p.S and word.transform == p.NORM:
            context.rinv = rinv
        if p.early(word) or p.scores(word):
            self.attention = issued.ctx
        if p.early(word):
            context.scored = True
        if engine == p.H and word.op == p.REDUCE:
            self.attention, context.scored = None, False
        if engine == p.D and word.op == p.DRAIN and word.drain == p.ARGMAX:
            self.head = issued.ctx
        if engine == p.D and word.op == p.SAMPLE:
            self.head = None

    def _word(self, ctx: int) -> Instr:
        return self.program[self.contexts[ctx].pc - 1]

    def _skipped(self, ctx: int) -> bool:
        word, start = self._word(ctx), self.contexts[ctx].start
        _, slot, _ = start.pos
        early = p.early(word) and (slot == 0 or len(self.contexts) > 1)
        return bool(early or (word.if_lora and start.adapter is None) or (word.if_head and not start.sample))

    def _rank(self, ctx: int) -> tuple[bool, int]:
        return not self._word(ctx).urgent, self.contexts[ctx].age

    def _requests(self, ctx: int) -> int | None:
        """The engine that a context requests."""
        word, context = self._word(ctx), self.contexts[ctx]
        if self._skipped(ctx):
            return None
        banks = [context.banks[word.bank]] if word.engine == p.D else context.banks
        counters = (
            (context.left[p.S], word.left_s, p.ANY),
            (context.left[p.D], word.left_d, p.ANY),
            (context.left[p.H], word.left_h, p.ANY),
            (max(banks), word.left_l, p.ANY),
            (context.rinv, word.left_n, p.ANY_N),
        )
        if any(counter > left and left != never for counter, left, never in counters):
            return None
        return None if self._held(ctx, word) else word.engine

    def _held(self, ctx: int, word: Instr) -> bool:
        """By another token, for something that exists once or is not yet in the KV cache."""
        if word.engine == p.S and word.transform == p.NORM:
            return any(c.rinv for c in self.contexts.values())
        if word.engine == p.D and word.op == p.DRAIN and word.drain == p.ARGMAX:
            return self.head not in (None, ctx)
        if p.scores(word):
            own = self.contexts[ctx]
            older = [c for c in self.contexts.values() if c.age < own.age and c.start.seq == own.start.seq]
            return self.attention not in (None, ctx) or any(c.pc <= own.pc for c in older)
        return False
