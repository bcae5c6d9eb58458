"""The issue rule walked cycle by cycle gives the closed form's cycles, on every geometry."""

from __future__ import annotations

import pytest

from golden import program as p
from golden.sequencer import Sequencer, SequencerIn
from golden.tests.sizes import GEOMETRIES
from golden.timing import Timing


class Flags:
    """Flags of V, L, H, N from the costs of what they were given."""

    def __init__(self) -> None:
        self.ready_from = [0] * 3
        self.idle_from = [0] * 4

    def at(self, t: int) -> tuple[int, int]:
        """Ready and idle bits in cycle ``t``."""
        return tuple(sum((t >= c) << e for e, c in enumerate(x)) for x in (self.ready_from, self.idle_from))

    def give(self, engine: int, t: int, loop: int, flush: int, rinv: int) -> None:
        """Engine gets a job in cycle ``t``."""
        self.ready_from[engine] = t + loop + 1
        self.idle_from[engine] = max(self.idle_from[engine], t + flush + 1)
        if rinv:
            self.idle_from[3] = t + rinv + 1


def walk(timing: Timing, pos: int, lora: bool, head: bool) -> list[int]:
    """Issue cycles of a token accepted in cycle 0."""
    sequencer, flags = Sequencer(timing.program), Flags()
    sequencer.cycle(SequencerIn(start=(7, head), set_pos=pos))
    issued = [-1] * len(timing.program)
    for t in range(1, 1_000_000):
        ready, idle = flags.at(t)
        out = sequencer.cycle(SequencerIn(adapter=lora, ready=ready, idle=idle))
        if out.issue is None:
            continue
        issued[out.issue - 1] = t
        if out.engine is None:
            assert idle == 0b1111
            return issued
        cost = timing.cost(timing.program[out.issue - 1], out.pos)
        flags.give(out.engine, t, cost.loop, cost.flush, cost.rinv)
    raise AssertionError("END never issued")


@pytest.mark.parametrize("name", GEOMETRIES)
def test_same_cycles_as_closed_form(name: str) -> None:
    g = GEOMETRIES[name]
    timing = Timing(g, p.build(g))
    for pos, lora, head in ((0, False, True), (g.chip.context - 1, True, False), (g.kv_group, True, True)):
        assert walk(timing, pos, lora, head) == timing.issue(pos, lora, head)


def test_position_counts_at_end() -> None:
    """END advances the position and says done in the next cycle; a skipped word costs one cycle."""
    program = [p.Instr(p.V, p.EMBED, 0, "", -1, if_lora=1), p.Instr(p.END, 0, 0b1111, "", -1)]
    s = Sequencer(program)
    s.cycle(SequencerIn(start=(3, False), set_pos=41))
    assert s.cycle(SequencerIn()).issue is None  # skipped
    assert s.cycle(SequencerIn(idle=0b0111)).issue is None  # END waits
    end = s.cycle(SequencerIn())
    assert (end.issue, end.engine, end.pos, end.done) == (2, None, 41, False)
    behind = s.cycle(SequencerIn())
    assert (behind.issue, behind.pos, behind.done) == (None, 42, True)
    assert not s.cycle(SequencerIn()).done


def test_every_engine_waits_for_itself() -> None:
    """V and H work on one instruction at a time: each waits for its own engine, on every geometry."""
    for g in GEOMETRIES.values():
        for i in p.build(g):
            if i.engine in (p.V, p.H):
                assert i.wait_for >> i.engine & 1, i
