"""Follows a chip simulation and compares every probe beat of every cycle with golden."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from golden.chip import Chip, Step
from golden.host import CMD_RUN, ST_BAD_TOKEN, ST_CONTEXT_FULL, HostTiming, Verdict, judge_run
from golden.probes import HOST_WIDTH
from golden.weights import PreparedAdapter
from verif.debug import flow
from verif.debug.case import Case, Difference, first_difference
from verif.lib.commands import Commands, WrongAnswer
from verif.lib.mismatch import explain, rerun_line
from verif.lib.trace import Trace


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
    """What was compared."""

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
        self.commands = Commands(chip, self.trace, loads)
        self.totals = Totals()
        self.generated: list[int] = []
        self.last_end = 0
        self.answered_from = 0  # earliest cycle of the RUN's response, as far as it has come
        self._before: dict[str, np.ndarray] = {}  # golden's beats of the token before
        self.time = HostTiming(chip.geometry)

    def tokens(self) -> Iterator[Step]:
        """Check everything, token by token; raises Mismatch. Ends with the simulation."""
        try:
            while (cmd := self._event("cmd")) is not None:
                cycle, op, arg = self.commands.take(cmd)
                if op == CMD_RUN:
                    verdict = yield from self._run(cycle, arg >> 16, arg & 0xFFFF)
                    self.commands.run_ends(verdict, self.answered_from)
            self.commands.close()
        except WrongAnswer as e:
            raise Mismatch(str(e)) from None
        self._nothing_left()

    def _run(self, cycle: int, max_new: int, prompt_len: int) -> Generator[Step, None, Verdict]:
        """One RUN command; returns its answer."""
        chip = self.chip
        self.answered_from = cycle + 1
        pending = chip.pending is not None
        refusal = judge_run(chip.geometry, chip.pos, pending, prompt_len, max_new)
        if refusal is not None:
            return refusal
        if prompt_len:
            refusal = yield from self._prompt(cycle, prompt_len, max_new)
            if refusal is not None:
                return refusal
        elif chip.pos < chip.geometry.chip.context:
            yield self._step(chip.pending, cycle + self.time.resume, True)
        else:
            self.answered_from = cycle + self.time.resume + 1
            return Verdict(ST_CONTEXT_FULL, 0)
        made, stopped = yield from self._generate(max_new)
        return Verdict(self.time.run_status(made, max_new, stopped), made)

    def _prompt(self, cycle: int, prompt_len: int, max_new: int) -> Generator[Step, None, Verdict | None]:
        """The prompt of a RUN; returns the refusal of a bad token."""
        chip = self.chip
        before, vocab = chip.pos, chip.geometry.model.vocab_size
        ready = cycle + self.time.first_prompt
        refusal = None
        for n in range(prompt_len):
            event = self._need("prompt", f"prompt token {n}")
            start, token = int(event[0]), int(event[1])
            self._at_least("prompt", start, ready)
            if refusal is None and token < vocab:
                step = self._step(token, start, n == prompt_len - 1 and max_new > 0)
                ready = step.end + self.time.next_prompt
                yield step
                continue
            refusal = refusal or Verdict(ST_BAD_TOKEN, token)
            ready = self.answered_from = start + 1
            chip.pos = before
        if max_new == 0 and refusal is None:
            chip.pending = None
        return refusal

    def _generate(self, max_new: int) -> Generator[Step, None, tuple[int, bool]]:
        """The tokens of a RUN from the first sampled one on; how many came out, and a stop token last."""
        chip = self.chip
        context = chip.geometry.chip.context
        for made in range(1, max_new + 1):
            event = self._need("tok", "generated token")
            at, token = int(event[0]), int(event[1])
            self._at_least("tok", at, self.last_end + self.time.token_out)
            if token != chip.pending:
                raise Mismatch(f"token stream: RTL {token}, golden {chip.pending}, cycle {at}")
            self.answered_from = at + 1
            self.totals.sampled += 1
            self.generated.append(token)
            if token in chip.settings.stops:
                return made, True
            if made < max_new and chip.pos == context:
                return made, False
            if made < max_new:
                yield self._step(token, at, True)
        return max_new, False

    def _step(self, token: int, start: int, sample: bool) -> Step:
        self.commands.before(start)
        step = self.chip.step(token, start, sample)
        self._compare(step)
        self.totals.tokens += 1
        self.totals.cycles += step.end - step.start + 1
        self.last_end = step.end
        self.answered_from = step.end + self.time.token_out
        return step

    def _compare(self, step: Step) -> None:
        self._fetch({name: len(want) for name, want in step.records.items()}, step.end)
        differences: list[Difference] = []
        agreeing: dict[str, int] = {}
        taken: dict[str, np.ndarray] = {}
        for name, want in step.records.items():
            file = self.trace[name]
            got = file.take(len(want))
            spilled = file.until(step.end)  # beats of this token beyond the expected ones
            got = np.concatenate([got, spilled]) if len(spilled) else got
            taken[name] = got
            probe = self.chip.schedule.probes[name]
            found = None if np.array_equal(got, want) else first_difference(probe, got, want)
            if found is None:
                agreeing[name] = len(want)
                self.totals.per_probe[name] = self.totals.per_probe.get(name, 0) + len(want)
                self.totals.beats += len(want)
            else:
                differences.append(found)
        if differences:
            differences.sort(key=lambda d: (d.cycle, flow.ORDER.index(d.probe.name)))
            case = Case(self.chip, step, self.totals.tokens, taken, differences, self._before)
            again = rerun_line()
            raise Mismatch(explain(case, agreeing, [f"rerun      {again}"] if again else []), case, agreeing)
        self._before = step.records

    # -- waiting for the simulation --------------------------------------------------------------
    def _fetch(self, counts: dict[str, int], end: int | None = None) -> None:
        """Refresh until the counts are there or the simulation has nothing more to give.

        An event behind cycle ``end`` shows that it has moved on: what is missing then never comes.
        """
        while any(len(self.trace[n]) < c for n, c in counts.items()):
            alive = self.alive()
            moved_on = end is not None and max(self.trace[n].latest for n in HOST_WIDTH) > end
            if moved_on:
                time.sleep(0.05)  # the flush that showed the event may still be under way
            self.trace.refresh()
            if not alive or moved_on:
                return
            time.sleep(0.002)

    def _event(self, name: str) -> np.ndarray | None:
        self._fetch({name: 1})
        taken = self.trace[name].take(1)
        return taken[0] if len(taken) else None

    def _need(self, name: str, what: str) -> np.ndarray:
        event = self._event(name)
        if event is None:
            raise Mismatch(f"RTL never gave the {what} on '{name}' (it hung or ended early)")
        return event

    def _at_least(self, name: str, got: int, earliest: int) -> None:
        if got < earliest:
            raise Mismatch(f"'{name}' handshake in cycle {got}, golden allows it from {earliest}")

    def _nothing_left(self) -> None:
        self.trace.refresh()
        for name, file in self.trace.files.items():
            if len(file):
                first = file.take(1)[0]
                raise Mismatch(f"extra beat on '{name}' in cycle {first[0]}, after the last command")
        if not self.totals.tokens or not self.totals.beats:
            raise Mismatch("nothing was compared: the trace holds no token")
