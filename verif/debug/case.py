"""A mismatch as data: the token in which RTL and golden part, and the first difference of every probe."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from golden.chip import Chip, Step
from golden.probes import Probe
from golden.program import Instr
from golden.schedule import Owner, Schedule, by_cycle
from golden.weights import PreparedAdapter
from verif.debug import flow

Words = np.ndarray
EVER = 1 << 40


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


def beats_of(step: Step) -> Step:
    """The token with its beats alone, which stay when it is told to forget."""
    out = replace(step, values={}, _beats={})
    out.add(step.records)
    return out


def lane(probe: Probe, records: Words, ctx: int) -> Words:
    """Rows of the beats of one context; all of a probe whose beats carry none."""
    if "ctx" not in probe.tags:
        return np.arange(len(records))
    return np.flatnonzero(records[:, 1 + probe.tags.index("ctx")] == ctx)


def first_by_context(probe: Probe, got: Words, want: Words) -> tuple[Difference, Words] | None:
    """The first difference where beats of several contexts stand side by side.

    Returns
    -------
    The difference, whose row counts golden's rows that are returned with it; None if all are equal.
    """
    whole = first_difference(probe, got, want)
    everything = np.arange(len(want))
    if whole is None or "ctx" not in probe.tags:
        return None if whole is None else (whole, everything)
    if whole.got is not None and whole.want is not None and whole.got[0] == whole.want[0]:
        return whole, everything
    at = 1 + probe.tags.index("ctx")
    found = []
    for ctx in np.union1d(got[:, at], want[:, at]):
        rows = lane(probe, want, ctx)
        d = first_difference(probe, got[lane(probe, got, ctx)], want[rows])
        if d is not None:
            found.append((d, rows))
    return min(found, key=lambda x: x[0].cycle, default=(whole, everything))


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
    others
        Golden's other tokens, those in flight beside it and the last ones before it, oldest first.
    """

    chip: Chip
    step: Step
    token: int
    got: dict[str, Words]
    differences: list[Difference]
    others: list[Step] = field(default_factory=list)

    @property
    def schedule(self) -> Schedule:
        """The chip's schedule."""
        return self.chip.schedule

    @property
    def first(self) -> Difference:
        """The difference that leads."""
        return self.differences[0]

    @property
    def issue(self) -> list[int]:
        """Cycle in which every instruction issues, -1 for those that are skipped."""
        return self.step.issue

    @property
    def adapter(self) -> PreparedAdapter:
        """The token's adapter; it has one."""
        return self.chip.adapters[self.step.adapter - 1]

    @cached_property
    def want(self) -> dict[str, Words]:
        """Golden's beats of the token by probe."""
        return self.step.records

    @cached_property
    def _operations(self) -> dict[int, dict[str, Words]]:
        return {}

    def of(self, pc: int) -> dict[str, Words]:
        """Golden's beats of one operation of the token, by probe; empty while it has not issued."""
        if self.issue[pc] < 0:
            return {}
        if pc not in self._operations:
            step, flight = self.step, self.step.flight
            owner = Owner(flight.ctx, step.seq, step.pos, flight.draw, step.values)
            beats = self.schedule.beats(owner, pc, self.issue[pc])
            self._operations[pc] = {n: by_cycle(r) for n, r in beats.items()}
        return self._operations[pc]

    def operation(self, probe: str, cycle: int) -> int | None:
        """Index of the instruction that a probe's beat in a cycle belongs to.

        Operations overlap, but their beats on a probe do not: it is the latest whose beats have begun,
        before all of them the first to come.
        """
        program = self.schedule.program
        issued = [k for k, t in enumerate(self.issue) if 0 <= t <= cycle and flow.drives(program[k], probe)]
        begun = [k for k in issued if probe in self.of(k) and self.of(k)[probe][0, 0] <= cycle]
        return begun[-1] if begun else next(iter(issued), None)

    @cached_property
    def pc(self) -> int | None:
        """Index of the instruction of the first difference."""
        d = self.first
        if d.probe.name == "issue":
            shown = d.got if d.want is None else d.want
            return int(shown[2]) - 1 if 0 < shown[2] <= len(self.issue) else None
        return self.operation(d.probe.name, d.due)

    @property
    def instr(self) -> Instr | None:
        """The operation of the first difference."""
        return None if self.pc is None else self.schedule.program[self.pc]

    def window(self, probe: str, pc: int) -> tuple[int, int]:
        """Cycles [from, to) in which the token's beats of ``probe`` belong to instruction ``pc``."""
        mine = self.of(pc).get(probe)
        program = self.schedule.program
        rest = (k for k in range(pc + 1, len(program)) if flow.drives(program[k], probe))
        after = next((self.of(k)[probe][0, 0] for k in rest if probe in self.of(k)), EVER)
        return (EVER, EVER) if mine is None else (int(mine[0, 0]), int(after))

    def beats(self, probe: str, pc: int, side: dict[str, Words] | None = None) -> Words:
        """Beats of ``probe`` that belong to instruction ``pc``, golden's or those of ``side``."""
        if side is None:
            return self.of(pc).get(probe, self.want[probe][:0])
        records = side[probe]
        start, stop = self.window(probe, pc)
        return records[(records[:, 0] >= start) & (records[:, 0] < stop)]

    def both(self, probe: str, pc: int) -> tuple[Words, Words]:
        """Golden's beats of instruction ``pc`` and RTL's at the same places of its records."""
        want = self.want[probe]
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
