"""Compares the beats of a stream with those that golden expects, in order, if wanted to the cycle."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from cocotb.triggers import ClockCycles

from verif.lib.bench import log_compared
from verif.lib.streams import Beat


class Scoreboard:
    """Expected beats of one stream.

    Parameters
    ----------
    name
        Stands in front of every message.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.expected: deque[tuple[dict[str, int], int | None]] = deque()
        self.compared = 0

    def expect(self, fields: Mapping[str, int], cycle: int | None = None) -> None:
        """The next beat, in any cycle or in exactly one."""
        self.expected.append((dict(fields), cycle))

    def clear(self) -> None:
        """Expect nothing any more; for reset."""
        self.expected.clear()

    def see(self, beat: Beat) -> None:
        """Compare a beat; AssertionError names stream, beat, cycle and what differs."""
        where = f"{self.name}: beat {self.compared} in cycle {beat.cycle}"
        assert self.expected, f"{where} is unexpected: {_text(beat.fields)}"
        fields, due = self.expected.popleft()
        bad = {n for n in fields.keys() | beat.fields.keys() if fields.get(n) != beat.fields.get(n)}
        assert not bad, (
            f"{where} is {_text({n: beat.fields.get(n) for n in bad})}, "
            f"expected {_text({n: fields.get(n) for n in bad})}"
        )
        assert due in (None, beat.cycle), f"{where} is due in cycle {due}"
        self.compared += 1

    async def finish(self, clock: Any, quiet: int = 16) -> None:
        """Pass only when something was compared, nothing is missing, and nothing else comes.

        Parameters
        ----------
        clock
            Its handle.
        quiet
            Cycles for the last beats to come out and for which nothing unexpected may come.
        """
        await ClockCycles(clock, quiet)
        assert not self.expected, (
            f"{self.name}: {len(self.expected)} beats never came, first {_text(self.expected[0][0])}"
            + ("" if self.expected[0][1] is None else f", due in cycle {self.expected[0][1]}")
        )
        log_compared(self.compared, f"beats of {self.name}")


def _text(fields: Mapping[str, int | None]) -> str:
    return ", ".join(f"{n} {'none' if v is None else f'{v:#x}'}" for n, v in sorted(fields.items()))
