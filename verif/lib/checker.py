"""Follows a chip simulation and compares every probe beat of every cycle with golden."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from golden.chip import Chip, Step
from golden.host import CMD_LOAD, CMD_NEW, CMD_RUN, CMD_SELECT, ST_OK, HostTiming
from golden.weights import PreparedAdapter
from verif.lib.mismatch import Difference, explain, first_difference
from verif.lib.trace import Trace


class Mismatch(AssertionError):
    """RTL differs from golden; the message is the mismatch screen."""


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
    adapters
        Prepared adapters by the slot into which the host loads them, in order of LOAD commands.
    alive
        Says whether the simulation still runs; beats that are not there yet are waited for.
    """

    def __init__(
        self,
        chip: Chip,
        folder: Path,
        loads: list[PreparedAdapter],
        alive: Callable[[], bool] = lambda: False,
    ) -> None:
        self.chip, self.alive, self.loads = chip, alive, list(loads)
        self.trace = Trace(folder, chip.geometry)
        self.totals = Totals()
        self.time = HostTiming(chip.geometry)

    def tokens(self) -> Iterator[Step]:
        """Check everything, token by token; raises Mismatch. Ends with the simulation."""
        while (cmd := self._event("cmd")) is not None:
            cycle, op, arg = (int(x) for x in cmd)
            if op == CMD_RUN:
                yield from self._run(cycle, arg >> 16, arg & 0xFFFF)
                continue
            rsp = self._need("rsp", f"response to command {op} of cycle {cycle}")
            ok = int(rsp[1]) == ST_OK
            if op == CMD_NEW:
                self.chip.new()
            elif op == CMD_SELECT and ok:
                self.chip.select(arg)
            elif op == CMD_LOAD and ok:
                self.chip.load(arg, self.loads.pop(0))
        self._nothing_left()

    def _run(self, cycle: int, max_new: int, prompt_len: int) -> Iterator[Step]:
        """One RUN command."""
        chip, made = self.chip, 0
        context = chip.geometry.chip.context
        refused = chip.pos + prompt_len > context or (prompt_len == 0 and chip.pending is None)
        refused |= prompt_len == 0 and max_new == 0
        ready = cycle + self.time.first_prompt
        if not refused:
            for n in range(prompt_len):
                event = self._need("prompt", f"prompt token {n}")
                start, token = int(event[0]), int(event[1])
                self._at_least("prompt", start, ready)
                step = self._step(token, start, n == prompt_len - 1 and max_new > 0)
                ready = step.end + self.time.next_prompt
                yield step
            if prompt_len == 0:
                start = cycle + self.time.resume
                if chip.pos < context:
                    yield (step := self._step(chip.pending, start, True))
                else:
                    step = None
            while step is not None and max_new and made < max_new:
                event = self._need("tok", "generated token")
                at, token = int(event[0]), int(event[1])
                self._at_least("tok", at, step.end + self.time.token_out)
                if token != step.sampled:
                    raise Mismatch(f"token stream: RTL {token}, golden {step.sampled}, cycle {at}")
                made += 1
                self.totals.sampled += 1
                if made == max_new or chip.pos == context:
                    break
                yield (step := self._step(token, at, True))
        rsp = self._need("rsp", f"response to RUN of cycle {cycle}")
        status, info = int(rsp[1]), int(rsp[2])
        if not refused:
            want = self.time.run_status(made, max_new)
            if (status, info) != (want, made):
                raise Mismatch(f"response: RTL status {status} info {info}, golden {want} info {made}")
        elif status == ST_OK:
            raise Mismatch(f"response: RTL accepts RUN of cycle {cycle}, golden refuses it")

    def _step(self, token: int, start: int, sample: bool) -> Step:
        step = self.chip.step(token, start, sample)
        self._compare(step)
        self.totals.tokens += 1
        self.totals.cycles += step.end - step.start + 1
        return step

    def _compare(self, step: Step) -> None:
        self._fetch({name: len(want) for name, want in step.records.items()})
        differences: list[Difference] = []
        agreeing: dict[str, int] = {}
        for name, want in step.records.items():
            file = self.trace[name]
            got = file.take(len(want))
            spilled = file.until(step.end)  # beats of this token beyond the expected ones
            got = np.concatenate([got, spilled]) if len(spilled) else got
            probe = self.chip.schedule.probes[name]
            found = None if np.array_equal(got, want) else first_difference(probe, got, want)
            if found is None:
                agreeing[name] = len(want)
                self.totals.per_probe[name] = self.totals.per_probe.get(name, 0) + len(want)
                self.totals.beats += len(want)
            else:
                differences.append(found)
        if differences:
            number = self.totals.tokens
            raise Mismatch(explain(differences, step, number, self.chip.schedule, agreeing))

    # -- waiting for the simulation --------------------------------------------------------------
    def _fetch(self, counts: dict[str, int], patience: float = 2.0) -> None:
        """Refresh until the counts are there or the simulation has nothing more to give."""
        deadline = None
        while any(len(self.trace[n]) < c for n, c in counts.items()):
            alive = self.alive()
            self.trace.refresh()
            if alive:
                time.sleep(0.005)
                continue
            deadline = deadline or time.monotonic() + patience
            if time.monotonic() > deadline - patience:
                return

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
