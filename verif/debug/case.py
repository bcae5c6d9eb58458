"""A mismatch as data: the token in which RTL and golden part, and the first difference of every probe."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from golden.chip import Chip, Step
from golden.probes import Probe
from golden.program import Instr
from golden.schedule import Schedule
from verif.debug import flow

Words = np.ndarray


@dataclass(frozen=True)
class Difference:
    """The first difference of one probe within one token."""

    probe: Probe
    row: int  # beat within the token
    cycle: int  # the earlier of the two cycles
    kind: str  # value, late, early, tag, missing, extra
    got: Words | None
    want: Words | None

    @property
    def words(self) -> tuple[Words, Words]:
        """Data words of both sides; empty when one side has no beat."""
        if self.got is None or self.want is None:
            return np.empty(0, np.uint32), np.empty(0, np.uint32)
        skip = 1 + len(self.probe.tags)
        return self.got[skip:], self.want[skip:]

    @property
    def bad(self) -> Words:
        """Indices of the data words that differ."""
        got, want = self.words
        return np.flatnonzero(got != want)

    @property
    def due(self) -> int:
        """Cycle in which golden has the beat, or RTL if golden has none."""
        return self.cycle if self.want is None else int(self.want[0])


def first_difference(probe: Probe, got: Words, want: Words) -> Difference | None:
    """Compare the beats of one probe in one token; None when they are equal."""
    n = min(len(got), len(want))
    bad = np.flatnonzero((got[:n] != want[:n]).any(axis=1))
    if not len(bad):
        if len(got) == len(want):
            return None
        if len(got) < len(want):
            return Difference(probe, n, int(want[n, 0]), "missing", None, want[n])
        return Difference(probe, n, int(got[n, 0]), "extra", got[n], None)
    i = int(bad[0])
    g, w = got[i], want[i]
    cycle = int(min(g[0], w[0]))
    if i + 1 < len(want) and np.array_equal(g, want[i + 1]):
        return Difference(probe, i, int(w[0]), "missing", None, w)
    if i + 1 < len(got) and np.array_equal(got[i + 1], w):
        return Difference(probe, i, int(g[0]), "extra", g, None)
    if g[0] != w[0] and np.array_equal(g[1:], w[1:]):
        return Difference(probe, i, cycle, "late" if g[0] > w[0] else "early", g, w)
    tags = 1 + len(probe.tags)
    if not np.array_equal(g[:tags], w[:tags]):
        return Difference(probe, i, cycle, "tag", g, w)
    return Difference(probe, i, cycle, "value", g, w)


@dataclass(frozen=True)
class Case:
    """All that is known about a mismatch from the traces.

    Parameters
    ----------
    chip
        The golden chip after the token.
    step, token
        Golden's token, and its number in the run.
    got
        RTL's beats of the token by probe; ``step.records`` holds golden's.
    differences
        First difference of every probe that differs, earliest first.
    before
        Golden's beats of the token before this one, for values that are left over.
    """

    chip: Chip
    step: Step
    token: int
    got: dict[str, Words]
    differences: list[Difference]
    before: dict[str, Words] = field(default_factory=dict)

    @property
    def schedule(self) -> Schedule:
        """The chip's schedule."""
        return self.chip.schedule

    @property
    def first(self) -> Difference:
        """The difference that leads."""
        return self.differences[0]

    @cached_property
    def issue(self) -> list[int]:
        """Cycle in which every instruction issues, -1 for those that are skipped."""
        step = self.step
        head = step.sampled is not None
        draw = head and step.values[-1, "sample"]["drawn"]
        issue = self.schedule.timing.issue(step.pos, step.lora, head, draw)
        return [step.start + t if t >= 0 else -1 for t in issue]

    def operation(self, probe: str, cycle: int) -> int | None:
        """Index of the instruction that a probe's beat in a cycle belongs to: the latest that drives it."""
        at = [
            k
            for k, (i, t) in enumerate(zip(self.schedule.program, self.issue, strict=True))
            if 0 <= t <= cycle and flow.drives(i, probe)
        ]
        return at[-1] if at else None

    @cached_property
    def pc(self) -> int | None:
        """Index of the instruction of the first difference."""
        d = self.first
        if d.probe.name == "issue":
            shown = d.got if d.want is None else d.want
            return int(shown[1]) - 1 if 0 < shown[1] <= len(self.issue) else None
        return self.operation(d.probe.name, d.due)

    @property
    def instr(self) -> Instr | None:
        """The operation of the first difference."""
        return None if self.pc is None else self.schedule.program[self.pc]

    def window(self, probe: str, pc: int) -> tuple[int, int]:
        """Cycles [from, to) in which golden's beats of ``probe`` belong to instruction ``pc``."""
        rest = zip(self.schedule.program[pc + 1 :], self.issue[pc + 1 :], strict=True)
        after = next((t for i, t in rest if t >= 0 and flow.drives(i, probe)), self.step.end + 1)
        return self.issue[pc], after

    def beats(self, probe: str, pc: int, side: dict[str, Words] | None = None) -> Words:
        """Beats of ``probe`` that belong to instruction ``pc``, golden's or those of ``side``."""
        records = (self.step.records if side is None else side)[probe]
        start, stop = self.window(probe, pc)
        return records[(records[:, 0] >= start) & (records[:, 0] < stop)]

    def both(self, probe: str, pc: int) -> tuple[Words, Words]:
        """Golden's beats of instruction ``pc`` and RTL's at the same places of its records."""
        want = self.step.records[probe]
        start, stop = np.searchsorted(want[:, 0], self.window(probe, pc))
        return want[start:stop], self.got[probe][start:stop]

    @cached_property
    def upstream(self) -> list[flow.Stage]:
        """What feeds the first difference, nearest stages only, with operation and beats."""
        if self.pc is None:
            return []
        return flow.feeds(self.schedule, self.issue, self.first.probe.name, self.pc, self.step.lora)

    @property
    def unit(self) -> tuple[int, int]:
        """Column and row of the first element that differs, (0, 0) when that means nothing."""
        d, chip = self.first, self.chip.geometry.chip
        shown = d.got if d.want is None else d.want
        name, bad = d.probe.name, d.bad
        at = int(bad[0]) if len(bad) else 0
        if name == "kv":
            return divmod(int(shown[1]), chip.rows)
        if name == "vmem":
            return int(shown[1]), at % chip.rows
        if name == "bcast":
            if at >= chip.columns:  # four mantissas a word
                got, want = (w.view(np.uint8) for w in (np.ascontiguousarray(x) for x in d.words))
                lane = int(np.flatnonzero(got != want)[0]) - 4 * chip.columns
                return divmod(lane, chip.rows)
            return at, 0
        if not d.probe.shape or d.probe.shape[0] != chip.columns:
            return 0, (at if name == "lora_t" else 0)
        index = np.unravel_index(at, d.probe.shape)
        return int(index[0]), int(index[1]) if len(d.probe.shape) > 1 and name != "gmax" else 0
