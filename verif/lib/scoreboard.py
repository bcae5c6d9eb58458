"""Compares the beats of a stream with those that golden expects, in order, if wanted to the cycle."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from cocotb.triggers import ClockCycles

from verif.lib.bench import log_compared
from verif.lib.streams import Beat
from verif.lib.unit_screen import differences


class Scoreboard:
    """Expected beats of one stream.

    Parameters
    ----------
    name
        Stands in front of every message.
    bits
        Width of a field's elements by field, for fields that are packed arrays: they are shown
        element by element, FP32 as numbers.
    """

    def __init__(self, name: str, bits: Mapping[str, int] | None = None) -> None:
        self.name, self.bits = name, dict(bits or {})
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
        bad = sorted(n for n in fields.keys() | beat.fields.keys() if fields.get(n) != beat.fields.get(n))
        assert not bad, (
            f"{where} is {_text({n: beat.fields.get(n) for n in bad})}, "
            f"expected {_text({n: fields.get(n) for n in bad})}" + self._screens(beat, fields, due, bad)
        )
        assert due in (None, beat.cycle), (
            f"{where} is due in cycle {due}: {abs(beat.cycle - due)} "
            f"{'late' if beat.cycle > due else 'early'}, data are right"
        )
        self.compared += 1

    def _screens(self, beat: Beat, want: Mapping[str, int], due: int | None, bad: list[str]) -> str:
        """What differs, field by field, as a short screen."""
        lines = [""]
        if due not in (None, beat.cycle):
            lines.append(f"  timing     RTL cycle {beat.cycle}, expected {due} ({beat.cycle - due:+d})")
        for name in bad:
            got, wanted = beat.fields.get(name), want.get(name)
            if got is None or wanted is None:
                continue
            bits = self.bits.get(name) or max(got.bit_length(), wanted.bit_length(), 1)
            n = -(-max(got.bit_length(), wanted.bit_length(), 1) // bits)
            elements = [[x >> bits * i & (1 << bits) - 1 for i in range(n)] for x in (got, wanted)]
            lines.append(differences(self.name, name, beat.cycle, *elements, bits))
        following = next((k for k, (f, _) in enumerate(self.expected, 1) if f == beat.fields), None)
        if following is not None:
            lines.append(f"  pattern    it is what golden expects {following} beats later: a beat was lost")
        return "\n".join(x for x in lines if x or x == lines[0])

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
