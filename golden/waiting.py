"""What every operation waited for: the issue rule of SPEC chapter 4 read backwards.

Issue cycles go in, measured or predicted; nothing is simulated. Every operation gets the limits that
held it back and who set them, the last one first: had that one been earlier, so had the issue.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from golden import program as p
from golden.pipeline import L0, L1, InFlight, Issue, N
from golden.timing import Timing

# Reasons, what each says; among limits that end in the same cycle the first of these is named.
REASONS = {
    "left_s": "a send whose words it needs, or whose source it overwrites, is under way",
    "left_d": "a drain or embedding whose words it needs is under way",
    "left_l": "a GEMV whose results it needs, or whose input it overwrites, is under way",
    "left_h": "an operation of H whose results it needs is under way",
    "left_n": "1/rms is not there yet",
    "kv": "an older token of its sequence must score first",
    "rinv": "the rinv unit works for another send",
    "attention": "another token has the attention lock",
    "head": "another token has the head lock",
    "arbitration": "its engine took another token's operation instead",
    "engine": "its engine is still at work",
    "early": "another token started: until then its word waited for a token alone, then it was skipped",
    "order": "its word came into the register only then: words of a token follow one another",
    "start": "its token started only then",
}
_RANK = {reason: k for k, reason in enumerate(REASONS)}


class Limit(NamedTuple):
    """A reason, the first cycle in which it allows the issue, and the operation that set it."""

    reason: str
    cycle: int
    blocker: Operation | None


@dataclass(frozen=True, eq=False, repr=False)
class Operation:
    """An operation that issued.

    Attributes
    ----------
    token, index, cycle
        Whose it is, its place in the programme, when it issued.
    instr
        The word of the programme.
    since
        Cycle from which on its word was in the token's register.
    scored
        H.EARLY has scored the position slots before the token's own.
    limits
        What ended in this cycle or later, the binding one first; never empty.
    """

    token: InFlight
    index: int
    cycle: int
    instr: p.Instr
    since: int
    scored: bool
    limits: tuple[Limit, ...]

    def __repr__(self) -> str:
        """Without its limits, which name operations that name operations."""
        return f"<{self.instr} of ctx {self.token.ctx} in {self.cycle}>"

    @property
    def cause(self) -> Limit:
        """The limit that ended last."""
        return self.limits[0]

    @property
    def waited(self) -> int:
        """Cycles in which its word was in the register and did not issue."""
        return self.cycle - self.since


@dataclass
class _Token:
    """What a token's next operation looks at."""

    at: int
    pc: int = 0
    scored: bool = False
    last: Operation | None = None
    idle: dict[int, tuple[int, Operation]] = field(default_factory=dict)  # by counter


class _Chip:
    """State that all tokens share, as far as operations have been read."""

    def __init__(self, timing: Timing, flights: Iterable[InFlight]) -> None:
        self.timing = timing
        self.tokens = {flight: _Token(flight.start + 1) for flight in flights}
        self.ready: dict[int, tuple[int, Operation]] = {}  # by engine
        self.rinv: tuple[int, Operation] | None = None
        self.scored: dict[tuple[int, int], Operation] = {}  # by sequence and index
        self.attention: Operation | None = None  # the last REDUCE
        self.head: Operation | None = None  # the last SAMPLE


def explain(timing: Timing, program: list[p.Instr], issues: Iterable[Issue]) -> list[Operation]:
    """Operations by cycle, each with what it waited for.

    Parameters
    ----------
    timing, program
        Of the chip.
    issues
        Of all tokens since the chip was idle, in any order.

    Raises
    ------
    ValueError
        When an operation issued in a cycle that the rule does not give.
    """
    issues = sorted(issues, key=lambda i: i.cycle)
    chip, out = _Chip(timing, {i.token: None for i in issues}), []
    for issue in issues:
        out.append(_operation(chip, program, issue))
        _take(chip, out[-1])
    return out


def _operation(chip: _Chip, program: list[p.Instr], issue: Issue) -> Operation:
    token = chip.tokens[issue.token]
    since, early = _since(chip, program, issue)
    i = program[issue.index]
    limits = [Limit("early" if early else "order" if token.last else "start", since, token.last)]
    limits += [x for x in _limits(chip, token, issue, i) if x.cycle >= since]
    if i.engine in chip.ready:
        cycle, blocker = chip.ready[i.engine]
        lost = all(x.cycle <= blocker.cycle for x in limits)
        if cycle >= since:
            limits.append(Limit("arbitration" if lost else "engine", cycle, blocker))
    limits.sort(key=lambda x: (-x.cycle, _RANK[x.reason]))
    if limits[0].cycle != issue.cycle:
        raise ValueError(
            f"{i} issued in {issue.cycle}, by the rule ({limits[0].reason}) in {limits[0].cycle}"
        )
    return Operation(issue.token, issue.index, issue.cycle, i, since, token.scored, tuple(limits))


def _since(chip: _Chip, program: list[p.Instr], issue: Issue) -> tuple[int, bool]:
    """First cycle of an operation's word in the register; whether an EARLY before it waited in vain.

    A skipped word costs a cycle, but EARLY stands there until another token is in flight.
    """
    own, token = issue.token, chip.tokens[issue.token]
    at, waited = token.at, False
    for word in program[token.pc : issue.index]:
        if p.early(word) and own.pos >= chip.timing.g.kv_group:
            beside = [o.start + 1 for o in chip.tokens if o is not own and (o.end is None or o.end >= at)]
            skipped = max(at, min(beside, default=at))
            waited, at = skipped > at, skipped
        at += 1
    return at, waited


def _limits(chip: _Chip, token: _Token, issue: Issue, i: p.Instr) -> Iterable[Limit]:
    """All but order and engine."""
    banks = ((L0, L1)[i.bank],) if i.engine == p.D else (L0, L1)
    fields = [("left_s", p.S, i.left_s), ("left_d", p.D, i.left_d), ("left_h", p.H, i.left_h)]
    fields += [("left_l", bank, i.left_l) for bank in banks]
    waits = [f for f in fields if f[2] != p.ANY] + [("left_n", N, i.left_n)] * (i.left_n != p.ANY_N)
    for reason, counter, left in waits:
        if counter in token.idle:
            idle, blocker = token.idle[counter]
            yield Limit(reason, idle - left, blocker)
    if i.engine == p.S and i.transform == p.NORM and chip.rinv:
        yield Limit("rinv", *chip.rinv)
    if p.scores(i):
        if chip.attention:
            yield Limit("attention", chip.attention.cycle + 1, chip.attention)
        if older := chip.scored.get((issue.token.seq, issue.index)):
            yield Limit("kv", older.cycle + 1, older)
    first = chip.head and chip.head.token is not issue.token
    if i.engine == p.D and i.drain == p.ARGMAX and first:
        yield Limit("head", chip.head.cycle + 1, chip.head)


def _take(chip: _Chip, o: Operation) -> None:
    """What an issue leaves behind."""
    i, token, timing = o.instr, chip.tokens[o.token], chip.timing
    token.at, token.pc, token.last = o.cycle + 1, o.index + 1, o
    if i.engine == p.END:
        chip.ready[p.END] = o.cycle + 1, o
        return
    args = i, o.token.pos, o.token.draw, o.scored
    chip.ready[i.engine] = o.cycle + timing.occupied(*args), o
    if not p.early(i):
        counter = (L0, L1)[i.bank] if i.engine == p.L else i.engine
        token.idle[counter] = o.cycle + timing.duration(*args) + 1, o
    if i.engine == p.S and i.transform == p.NORM:
        chip.rinv = token.idle[N] = o.cycle + timing.rinv_duration(i) + 1, o
    elif p.early(i):
        token.scored = True
    elif p.scores(i):
        chip.scored[o.token.seq, o.index] = o
    elif i.engine == p.H and i.op == p.REDUCE:
        chip.attention, token.scored = o, False
    elif i.engine == p.D and i.op == p.SAMPLE:
        chip.head = o
