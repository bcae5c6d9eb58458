"""The account of an engine: every cycle of a window is a step of its loop, or there is a reason.

While an engine stands idle, its next operation waits for another one, that one had waited for a third,
and so on: the chain of causes of ``golden.waiting`` reaches back to where the idle time began, and
every idle cycle belongs to the one operation of the chain that was at work then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from golden import program as p
from golden.timing import Timing
from golden.waiting import Operation

LOOP, TAIL, LEAD, NOTHING = "loop", "tail", "lead", "nothing"


class Segment(NamedTuple):
    """Cycles of an engine.

    Attributes
    ----------
    first, cycles
        Where it begins, how long it is.
    kind
        ``loop``: a step a cycle; ``tail``: the loop is over, the next operation cannot issue yet;
        ``lead``: a drain lets its noise go first; ``nothing``: no operation follows; else the engine
        is idle for this reason of ``golden.waiting.REASONS``.
    work
        The operation that was at work: the engine's own, or the one of the chain. None before a start.
    waiting
        The operation that waited for it.
    looping
        Cycles of these in which the loop of ``work`` ran.
    """

    first: int
    cycles: int
    kind: str
    work: Operation | None
    waiting: Operation | None
    looping: int = 0


def loop(timing: Timing, o: Operation) -> tuple[int, int]:
    """First cycle of an operation's steps, and the first behind them."""
    args = o.instr, o.token.pos, o.scored
    first = o.cycle + 1 + timing.lead(o.instr, o.token.draw)
    return first, first + timing.steps(*args)


def occupied(timing: Timing, o: Operation) -> int:
    """First cycle in which steps of its engine's next operation may be."""
    return o.cycle + 1 + timing.occupied(o.instr, o.token.pos, o.token.draw, o.scored)


def account(timing: Timing, operations: list[Operation], engine: int, first: int, last: int) -> list[Segment]:
    """Cycles ``first`` to ``last - 1`` of an engine, in order, without gap or overlap."""
    own = [o for o in operations if o.instr.engine == engine]
    return list(_within(timing, _segments(timing, own, first, last), first, last))


def chain(timing: Timing, first: int, o: Operation) -> list[Segment]:
    """What made an operation issue so late: its chain of causes from a cycle to that of its first step."""
    return list(_within(timing, _causes(first, o), first, o.cycle + 1))


def _within(timing: Timing, segments: Iterable[Segment], first: int, last: int) -> Iterator[Segment]:
    for s in segments:
        a, b = max(first, s.first), min(last, s.first + s.cycles)
        if a < b:
            yield s._replace(first=a, cycles=b - a, looping=_looping(timing, s.work, a, b))


def _segments(timing: Timing, own: list[Operation], first: int, last: int) -> Iterator[Segment]:
    now = first
    for o in own:
        end = occupied(timing, o)
        if end <= first:
            continue
        yield from _causes(now, o)
        begin, over = loop(timing, o)
        yield Segment(o.cycle + 1, begin - o.cycle - 1, LEAD, o, None)
        yield Segment(begin, over - begin, LOOP, o, None)
        yield Segment(over, end - over, TAIL, o, None)
        now = end
        if now >= last:
            return
    yield Segment(now, last - now, NOTHING, None, None)


def _causes(now: int, o: Operation) -> Iterator[Segment]:
    """The chain of causes from ``now`` to the operation's first cycle, earliest first."""
    out, end = [], o.cycle + 1
    while end > now:
        reason, _, work = o.cause
        begin = max(now, work.cycle + 1) if work else now
        out.append(Segment(begin, end - begin, reason, work, o))
        o, end = work, begin
    yield from reversed(out)


def _looping(timing: Timing, o: Operation | None, a: int, b: int) -> int:
    if o is None or o.instr.engine == p.END:
        return 0
    begin, over = loop(timing, o)
    return max(0, min(b, over) - max(a, begin))
