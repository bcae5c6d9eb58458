"""Tables of a window: where the cycles of each engine go, and what the token's layer consists of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from golden import program as p
from golden.idle import LEAD, LOOP, NOTHING, TAIL, Segment, account, chain
from golden.timing import Timing
from golden.waiting import REASONS, Operation
from tools.profiling.window import Window

ENGINES = {p.S: "S", p.D: "D", p.L: "L", p.H: "H"}
LONG = {"S": "sends", "D": "drains", "L": "L-Units", "H": "H-Units"}
OWN = {
    LOOP: "a step of its loop",
    TAIL: "the loop is over, the next operation cannot issue yet",
    LEAD: "a drain lets its noise go first",
    NOTHING: "no operation follows",
}


@dataclass
class Row:
    """Cycles of one kind: ``work`` was at work meanwhile, ``waiting`` waited for it, for this reason."""

    cycles: int
    looping: int
    kind: str
    work: str
    waiting: str

    @property
    def meaning(self) -> str:
        """The kind in words."""
        return OWN.get(self.kind) or REASONS[self.kind]


@dataclass(frozen=True)
class Account:
    """Of one engine: ``parts`` by kind, and ``rows``; the cycles of either add up to the window's."""

    engine: str
    parts: dict[str, int]
    rows: list[Row]
    segments: list[Segment]

    @property
    def busy(self) -> int:
        """Cycles of the loop."""
        return self.parts.get(LOOP, 0)


def short(o: Operation | None) -> str:
    """Such as ``DRAIN q_proj``."""
    if o is None:
        return ""
    i = o.instr
    name = p.OP_NAMES[i.engine][i.op]
    what = "" if i.what == name.lower() else f" {i.what}"
    return f"{p.ENGINE_NAMES[i.engine]}.{name}{what}"


def whose(o: Operation | None, w: Window) -> str:
    """The operation, with its token's position when it is another one's, with its layer likewise."""
    if o is None:
        return "start of the token"
    text = short(o)
    if o.token is not w.token:
        return f"{text} (another token)"
    return text if o.instr.layer == w.layer else f"{text} (next layer)" if o.cycle >= w.first else text


def engines(timing: Timing, operations: list[Operation], w: Window) -> list[Account]:
    """The account of every engine."""
    out = []
    for engine, name in ENGINES.items():
        segments = account(timing, operations, engine, w.first, w.last)
        parts: dict[str, int] = {}
        for s in segments:
            parts[s.kind] = parts.get(s.kind, 0) + s.cycles
        out.append(Account(name, parts, rows(segments, w), segments))
    return out


def path(timing: Timing, w: Window) -> list[Segment]:
    """The chain of operations that makes the token's layer as long as it is."""
    return chain(timing, w.first, w.ends)


def rows(segments: Iterable[Segment], w: Window) -> list[Row]:
    """Segments of the same kind, work and waiting operation together, in the order of the first."""
    out: dict[tuple[str, str, str], Row] = {}
    for s in segments:
        work = "" if s.work is None and s.kind == NOTHING else whose(s.work, w)
        waiting = whose(s.waiting, w) if s.waiting else ""
        row = out.setdefault((s.kind, work, waiting), Row(0, 0, s.kind, work, waiting))
        row.cycles += s.cycles
        row.looping += s.looping
    return list(out.values())
