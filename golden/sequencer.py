"""The sequencer cycle by cycle: the issue rule of SPEC chapter 4 as it stands there.

Golden twin of ``hdl/control/sequencer.sv``. ``golden.timing`` computes the same issue cycles in
closed form; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from golden import program as p
from golden.program import Instr

HEADER_CYCLES = 2  # first cycle out of reset -> header valid, tokens may start


@dataclass(frozen=True)
class SequencerIn:
    """What stands on the inputs in one cycle.

    Attributes
    ----------
    start
        Token and whether it is sampled, when one is accepted.
    set_pos
        New position, when one is set.
    adapter
        An adapter is selected and loaded.
    ready, idle
        Flags of the engines, bits 0 V, 1 L, 2 H, 3 N.
    """

    start: tuple[int, bool] | None = None
    set_pos: int | None = None
    adapter: bool = False
    ready: int = 0b111
    idle: int = 0b1111


@dataclass(frozen=True)
class SequencerOut:
    """What stands on the outputs in the same cycle."""

    header: bool
    issue: int | None  # programme word that issues
    engine: int | None  # engine that gets it, None for END
    done: bool
    token: int
    pos: int


class Sequencer:
    """One token at a time through a programme.

    Parameters
    ----------
    program
        Instructions from word 1 on; the last one is END.
    """

    def __init__(self, program: Sequence[Instr]) -> None:
        self.program = program
        self.reset()

    def reset(self) -> None:
        """What a cycle in reset leaves."""
        self.age = 0  # cycles since
        self.running = self.done = self.sample = False
        self.token = self.pos = self.pc = 0

    def cycle(self, i: SequencerIn) -> SequencerOut:
        """Outputs of a cycle with these inputs; the state is then that of the next one."""
        issue, advance = self._judge(i)
        out = SequencerOut(
            header=self.age >= HEADER_CYCLES,
            issue=self.pc if issue else None,
            engine=self._engine() if issue else None,
            done=self.done,
            token=self.token,
            pos=self.pos,
        )
        end = issue and out.engine is None
        self.age += 1
        self.done = end
        self.pos = self.pos + end if i.set_pos is None else i.set_pos
        self.pc += advance
        self.running = self.running and not end
        if i.start is not None:
            self.running, self.pc = True, 1
            self.token, self.sample = i.start
        return out

    def _engine(self) -> int | None:
        engine = self.program[self.pc - 1].engine
        return None if engine == p.END else engine

    def _judge(self, i: SequencerIn) -> tuple[bool, bool]:
        """Whether the instruction register issues, and whether the next word comes into it."""
        if not self.running:
            return False, False
        word = self.program[self.pc - 1]
        if (word.if_lora and not i.adapter) or (word.if_head and not self.sample):
            return False, True
        ready = word.engine == p.END or i.ready >> word.engine & 1
        issue = bool(ready) and not word.wait_for & ~i.idle
        return issue, issue and word.engine != p.END
