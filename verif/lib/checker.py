"""Follows a chip simulation and compares every probe beat of every cycle with golden."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from golden.chip import Chip, Step
from golden.host import CMD_LOAD
from golden.probes import HOST_WIDTH
from golden.weights import PreparedAdapter
from verif.debug import flow
from verif.debug.case import Case, Difference, beats_of, first_by_context, lane
from verif.lib.commands import Answer, Commands, WrongAnswer
from verif.lib.expected import Expected
from verif.lib.mismatch import explain, rerun_line
from verif.lib.runs import Run
from verif.lib.trace import Trace

EVENT_ORDER = ("prompt", "tok", "cmd", "rsp")  # of one cycle; a LOAD comes before them
EVER = 0xFFFF_FFFF
Sides = dict[str, tuple[np.ndarray, list[Step], np.ndarray]]  # golden's beats, their tokens, RTL's beats


class Mismatch(AssertionError):
    """RTL differs from golden; the message is the mismatch screen.

    ``case`` is the mismatch as data when beats of a token differ, else None.
    """

    def __init__(self, screen: str, case: Case | None = None, agreeing: dict[str, int] | None = None) -> None:
        super().__init__(screen)
        self.case, self.agreeing = case, agreeing or {}

    def with_findings(self, found: list[str]) -> Mismatch:
        """The same mismatch with lines that a look into the waves adds."""
        return Mismatch(explain(self.case, self.agreeing, found), self.case, self.agreeing)


@dataclass
class Totals:
    """What was compared; ``cycles`` are those in which a token was on its way."""

    tokens: int = 0
    sampled: int = 0
    beats: int = 0
    cycles: int = 0
    per_probe: dict[str, int] = field(default_factory=dict)


class Checker:
    """Replays the host events of a trace through the golden chip.

    Parameters
    ----------
    chip
        Golden twin.
    folder
        Trace folder.
    loads
        What each LOAD command sends, in order: the image and, if it is good, its adapter.
    alive
        Says whether the simulation still runs; beats that are not there yet are waited for.
    """

    def __init__(
        self,
        chip: Chip,
        folder: Path,
        loads: list[tuple[bytes, PreparedAdapter | None]],
        alive: Callable[[], bool] = lambda: False,
    ) -> None:
        self.chip, self.alive = chip, alive
        self.trace = Trace(folder, chip.geometry)
        self.commands = Commands(chip, loads, self._run_answer)
        self.runs: dict[int, Run] = {}
        self.totals = Totals()
        self.generated: list[int] = []
        self._expected = {name: Expected() for name in chip.schedule.probes}
        self._open: list[Step] = []  # tokens that are not wholly compared, in the order of their start
        self._covered = -1  # last cycle that counts in totals.cycles
        self._before: deque[Step] = deque(maxlen=chip.geometry.chip.tokens)  # the last ones that were

    def tokens(self) -> Iterator[Step]:
        """Check everything, token by token; raises Mismatch. Ends with the simulation."""
        try:
            while (event := self._event()) is not None:
                cycle, name, words = event
                self._advance(cycle - (name == "cmd" and words[1] == CMD_LOAD))
                self._compare(cycle - 1)  # a wrong beat tells more than the wrong token behind it
                self._take(name, words)
                yield from self._finished(cycle - 1)
            self._advance(EVER)
            self._compare(EVER)
            yield from self._finished(EVER)
            self.commands.close()
        except WrongAnswer as e:
            raise Mismatch(str(e)) from None
        self._nothing_left()

    # -- events ----------------------------------------------------------------------------------
    def _event(self) -> tuple[int, str, np.ndarray] | None:
        """The next handshake: by cycle, and in a cycle in the order in which they count."""
        while not any(len(self.trace[n]) for n in HOST_WIDTH):
            alive = self.alive()
            self.trace.refresh()
            if not alive and not any(len(self.trace[n]) for n in HOST_WIDTH):
                return None
            time.sleep(0.002)
        self.trace.refresh()  # an event that is seen is on disk with all that came before it
        firsts = []
        for name in HOST_WIDTH:
            first = self.trace[name].first
            if first is not None:
                load = name == "cmd" and first[1] == CMD_LOAD
                firsts.append((int(first[0]), -1 if load else EVENT_ORDER.index(name), name))
        cycle, _, name = min(firsts)
        return cycle, name, self.trace[name].take(1)[0]

    def _take(self, name: str, words: np.ndarray) -> None:
        if name == "cmd":
            run = self.commands.take(words)
            if run is not None:
                cycle, _, seq, arg = run
                self.runs[seq] = Run(self.chip, cycle, seq, arg >> 16, arg & 0xFFFF)
        elif name == "rsp":
            self.commands.respond(words)
        else:
            cycle, seq, token = (int(x) for x in words)
            if seq not in self.runs:
                raise WrongAnswer(f"'{name}' handshake of sequence {seq} in cycle {cycle}, no RUN is open")
            if name == "prompt":
                self.runs[seq].prompt(cycle, token)
            else:
                self.runs[seq].token(cycle, token)
                self.totals.sampled += 1
                self.generated.append(token)

    def _run_answer(self, seq: int) -> Answer | None:
        return self.runs.pop(seq).answer() if seq in self.runs else None

    # -- beats -----------------------------------------------------------------------------------
    def _advance(self, until: int) -> None:
        for step, beats in self.chip.advance(until):
            self._expect(step, beats)

    def _expect(self, step: Step, beats: dict[str, np.ndarray]) -> None:
        if step not in self._open:
            self._open.append(step)
        for name, records in beats.items():
            self._expected[name].add(records, step)

    def _compare(self, until: int) -> None:
        """Compare all beats up to and including a cycle that the simulation has left behind."""
        for name, expected in self._expected.items():
            file = self.trace[name]
            taken = expected.until(until)
            got = file.until(until)
            if taken is None and not len(got):
                continue
            want, owners = (got[:0], []) if taken is None else taken
            if not np.array_equal(got, want):
                self._differ(name, want, owners, got, until)
            self.totals.per_probe[name] = self.totals.per_probe.get(name, 0) + len(want)
            self.totals.beats += len(want)

    def _differ(self, name: str, want: np.ndarray, owners: list[Step], got: np.ndarray, until: int) -> None:
        """Raise the Mismatch of the token in which RTL and golden part first."""
        sides = {name: (want, owners, got)}
        for other, expected in self._expected.items():
            if other != name:
                empty = np.empty((0, self.chip.schedule.probes[other].width), np.uint32)
                taken = expected.until(until)
                sides[other] = (*(taken or (empty, [])), self.trace[other].until(until))
        step = self._first(sides)[1]
        if step.end < 0 or step.end > until:
            self._complete(step, sides)
        differences, step = self._first(sides)
        agreeing, taken = self._agreeing(step, sides, differences)
        number = self.totals.tokens + self._open.index(step)
        others = [*self._before, *(one for one in self._open if one is not step)]
        case = Case(self.chip, step, number, taken, differences, others)
        again = rerun_line()
        raise Mismatch(explain(case, agreeing, [f"rerun      {again}"] if again else []), case, agreeing)

    def _first(self, sides: Sides) -> tuple[list[Difference], Step]:
        """The token with the first difference, and the first differences of its probes."""
        found: list[tuple[Difference, Step]] = []
        for name, (want, owners, got) in sides.items():
            first = first_by_context(self.chip.schedule.probes[name], got, want)
            if first is None:
                continue
            d, owners = first[0], [owners[k] for k in first[1]]
            if not owners and not self._open:
                raise Mismatch(f"extra beat on '{name}' in cycle {d.cycle}, no token is in flight")
            step = owners[d.row] if d.row < len(owners) else (owners or self._of_context(d))[-1]
            mine = sum(one is step for one in owners[: d.row])
            verified = len(step.records.get(name, ())) - sum(one is step for one in owners)
            found.append((replace(d, row=max(0, verified) + mine), step))
        found.sort(key=lambda x: (x[0].cycle, flow.ORDER.index(x[0].probe.name)))
        step = found[0][1]
        return [d for d, one in found if one is step], step

    def _of_context(self, d: Difference) -> list[Step]:
        """The tokens that a beat which golden does not have may belong to."""
        tags = dict(zip(d.probe.tags, d.got[1:], strict=False))
        return [one for one in self._open if one.flight.ctx == tags.get("ctx")] or self._open

    def _complete(self, step: Step, sides: Sides) -> None:
        """The rest of a token, as far as RTL comes, for the screen."""
        for one, beats in self.chip.finish(step):
            self._expect(one, beats)
        end = step.end
        while self.alive() and max(self.trace[n].latest for n in HOST_WIDTH) <= end:
            self.trace.refresh()
            time.sleep(0.002)
        self.trace.refresh()
        for name, (want, owners, got) in sides.items():
            more, steps = self._expected[name].until(end) or (want[:0], [])
            rest = self.trace[name].until(end)
            sides[name] = np.concatenate([want, more]), owners + steps, np.concatenate([got, rest])

    def _agreeing(
        self, step: Step, sides: Sides, differences: list[Difference]
    ) -> tuple[dict[str, int], dict[str, np.ndarray]]:
        """Counts of the token's beats that agree by probe, and RTL's beats of the token."""
        differs = {d.probe.name for d in differences}
        agreeing, taken = {}, {}
        records_of = step.records
        for name, (want, owners, got) in sides.items():
            records = records_of.get(name, got[:0])
            verified = records[: len(records) - sum(one is step for one in owners)]
            probe, ctx = self.chip.schedule.probes[name], step.flight.ctx
            owners = [owners[k] for k in lane(probe, want, ctx)]
            got = got[lane(probe, got, ctx)]
            mine = np.array([one is step for one in owners], bool)
            alone = len({id(one) for one in owners}) < 2
            taken[name] = np.concatenate([verified, got if alone else got[: len(mine)][mine[: len(got)]]])
            if name not in differs:
                agreeing[name] = len(taken[name])
        return agreeing, taken

    def _finished(self, until: int) -> Iterator[Step]:
        """Tokens that are through and compared."""
        for step in [s for s in self._open if 0 <= s.end <= until]:
            self._open.remove(step)
            self.totals.tokens += 1
            self.totals.cycles += step.end - max(step.start - 1, self._covered)
            self._covered = step.end
            yield step
            self._before.append(beats_of(step))
            step.forget()

    def _nothing_left(self) -> None:
        self.trace.refresh()
        for name, file in self.trace.files.items():
            if len(file):
                first = file.take(1)[0]
                raise Mismatch(f"extra beat on '{name}' in cycle {first[0]}, after the last command")
        if not self.totals.tokens or not self.totals.beats:
            raise Mismatch("nothing was compared: the trace holds no token")
