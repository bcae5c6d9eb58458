"""Commands and responses of a trace, replayed on the golden chip in the order of their cycles."""

from __future__ import annotations

import numpy as np

from golden.chip import Chip
from golden.host import CMD_LOAD, CMD_RUN, Verdict, takes
from golden.weights import PreparedAdapter
from verif.lib.trace import Trace

OTHER = -1  # any command but RUN and LOAD
EVER = 0xFFFF_FFFF


class WrongAnswer(AssertionError):
    """A command was taken that had to wait, or a response is not golden's."""


class Commands:
    """The commands that are open, and what golden answers.

    A command's effect is that of the cycle in which it was taken; it is open until its response is
    taken, that cycle included (SPEC chapter 6).

    Parameters
    ----------
    chip
        Golden twin; what commands set in it is set here.
    trace
        Events, taken from here.
    loads
        What each LOAD sends, in order.
    """

    def __init__(self, chip: Chip, trace: Trace, loads: list[tuple[bytes, PreparedAdapter | None]]) -> None:
        self.chip, self.trace, self.loads = chip, trace, list(loads)
        self.open: dict[int, tuple[str, Verdict | None, int]] = {}  # name, answer, earliest cycle for it

    def before(self, cycle: int) -> None:
        """Replay everything that was taken before a cycle. An event of that cycle must be readable."""
        self.trace["cmd"].refresh()
        for event in self.trace["cmd"].until(cycle - 1):
            self.take(event)
        self._responses(cycle)

    def take(self, event: np.ndarray) -> tuple[int, int, int]:
        """Replay a command; returns its cycle, op and argument. A RUN is only opened."""
        cycle, op, arg = (int(x) for x in event)
        self._responses(cycle)
        chip, what = self.chip, f"command {op} of cycle {cycle}"
        taken = takes(
            op,
            running=chip.running,
            answering=OTHER in self.open,
            loading=chip.loading,
            selected=chip.selected,
        )
        if not taken:
            still = " and to ".join(self.waiting())
            raise WrongAnswer(f"RTL took {what} and never gave the response to {still} before it")
        if op == CMD_RUN:
            chip.run_begins()
            self.open[op] = f"RUN of cycle {cycle}", None, EVER
        elif op == CMD_LOAD:
            self.open[op] = what, chip.load(arg, *self.loads.pop(0)), cycle + 1
            chip.loading = arg
        else:
            self.open[OTHER] = what, chip.command(op, arg), cycle + 1
        return cycle, op, arg

    def run_ends(self, verdict: Verdict, earliest: int) -> None:
        """The answer that the open RUN must get, and from which cycle on."""
        self.open[CMD_RUN] = self.open[CMD_RUN][0], verdict, earliest

    def close(self) -> None:
        """At the end of the trace: all responses are there."""
        self._responses(EVER)
        for what in self.waiting():
            raise WrongAnswer(f"RTL never gave the response to {what} (it hung or ended early)")

    def waiting(self) -> list[str]:
        """The commands that are open."""
        return [what for what, *_ in self.open.values()]

    def _responses(self, cycle: int) -> None:
        """Compare the responses that were taken before a cycle."""
        self.trace["rsp"].refresh()
        for event in self.trace["rsp"].until(cycle - 1):
            at, op, *got = (int(x) for x in event)
            kind = op if op in (CMD_RUN, CMD_LOAD) else OTHER
            what, want, earliest = self.open.pop(kind, ("no command", None, EVER))
            if want is None:
                raise WrongAnswer(
                    f"response to {what} in cycle {at}: RTL op {op} status {got[0]} info {got[1]}, "
                    "golden has none yet"
                )
            if at < earliest:
                raise WrongAnswer(f"response to {what} in cycle {at}, golden allows it from {earliest}")
            if got != [want.status, want.info]:
                raise WrongAnswer(
                    f"response to {what}: RTL status {got[0]} info {got[1]}, "
                    f"golden status {want.status} info {want.info}"
                )
            if op == CMD_RUN:
                self.chip.running = False
            elif op == CMD_LOAD:
                self.chip.loading = None
