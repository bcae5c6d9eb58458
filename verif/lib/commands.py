"""Commands and responses of a trace, replayed on the golden chip in the order of their cycles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from golden.chip import Chip
from golden.host import CMD_LOAD, CMD_RUN, Verdict, judge_sequence, takes
from golden.weights import PreparedAdapter

Key = tuple[str, int]  # kind, and the sequence of a RUN
OTHER: Key = ("other", 0)  # any command but LOAD and the RUN of a sequence that exists
LOAD: Key = ("load", 0)
Answer = tuple[Verdict, int]  # and the earliest cycle for it


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
    loads
        What each LOAD sends, in order.
    run_answer
        Answer of the open RUN of a sequence, None while golden has none.
    """

    def __init__(
        self,
        chip: Chip,
        loads: list[tuple[bytes, PreparedAdapter | None]],
        run_answer: Callable[[int], Answer | None],
    ) -> None:
        self.chip, self.loads, self.run_answer = chip, list(loads), run_answer
        self.open: dict[Key, tuple[str, Answer | None]] = {}

    def take(self, event: np.ndarray) -> tuple[int, int, int, int] | None:
        """Replay a command; returns cycle, op, sequence and argument of a RUN, which is only opened."""
        cycle, op, seq, arg = (int(x) for x in event)
        chip, what = self.chip, f"command {op} of cycle {cycle}"
        g = chip.geometry
        exists = seq < g.chip.sequences
        taken = takes(
            g,
            op,
            seq,
            running=[s for s, state in enumerate(chip.sequences) if state.running],
            answering=OTHER in self.open,
            loading=chip.loading,
            selected=chip.sequences[seq].settings.selected if exists else 0,
        )
        if not taken:
            still = " and to ".join(self.waiting())
            raise WrongAnswer(f"RTL took {what} and never gave the response to {still} before it")
        refusal = judge_sequence(g, op, seq)
        if refusal is not None:
            self.open[OTHER] = what, (refusal, cycle + 1)
        elif op == CMD_RUN:
            chip.run_begins(seq)
            self.open["run", seq] = f"RUN of cycle {cycle}", None
            return cycle, op, seq, arg
        elif op == CMD_LOAD:
            self.open[LOAD] = what, (chip.load(arg, *self.loads.pop(0)), cycle + 1)
            chip.loading = arg
        else:
            self.open[OTHER] = what, (chip.command(op, seq, arg), cycle + 1)
        return None

    def close(self) -> None:
        """At the end of the trace: all responses are there."""
        for what in self.waiting():
            raise WrongAnswer(f"RTL never gave the response to {what} (it hung or ended early)")

    def waiting(self) -> list[str]:
        """The commands that are open."""
        return [what for what, _ in self.open.values()]

    def respond(self, event: np.ndarray) -> None:
        """Compare a response."""
        at, op, seq, *got = (int(x) for x in event)
        key = OTHER
        if op == CMD_LOAD:
            key = LOAD
        elif op == CMD_RUN and ("run", seq) in self.open:
            key = "run", seq
        what, answer = self.open.pop(key, ("no command", None))
        if key[0] == "run":
            answer = self.run_answer(seq)
        if answer is None:
            raise WrongAnswer(
                f"response to {what} in cycle {at}: RTL op {op} status {got[0]} info {got[1]}, "
                "golden has none yet"
            )
        want, earliest = answer
        if at < earliest:
            raise WrongAnswer(f"response to {what} in cycle {at}, golden allows it from {earliest}")
        if got != [want.status, want.info]:
            raise WrongAnswer(
                f"response to {what}: RTL status {got[0]} info {got[1]}, "
                f"golden status {want.status} info {want.info}"
            )
        if key[0] == "run":
            self.chip.sequences[seq].running = False
        elif key == LOAD:
            self.chip.loading = None
