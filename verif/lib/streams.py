"""Drivers and monitors of streams: valid with a payload, with or without ready.

Cycle n begins with rising edge n. Behind it the drivers set their outputs; when these have settled
everybody samples, and a beat moves in a cycle in which valid and ready are seen high. They sample in
the order of their making: make a source before the monitor that expects its beats.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import ReadOnly, RisingEdge

from verif.lib.bench import cycle

# Which sides of a stream rest: parametrise a bench over them.
STALLS = ("none", "source", "sink", "both")


@dataclass(frozen=True)
class Beat:
    """One beat as a monitor saw it."""

    cycle: int
    fields: dict[str, int]


def rests(rng: np.random.Generator, stalls: str, side: str) -> Iterator[bool]:
    """Whether ``side`` (``source`` or ``sink``) rests, cycle by cycle.

    Rests and bursts are 1 to 8 cycles long; without stalls of this side it never rests.
    """
    if stalls not in STALLS or side not in STALLS:
        raise ValueError(f"stalls '{stalls}' of side '{side}', legal: {', '.join(STALLS)}")
    resting = False
    while True:
        resting = not resting and stalls in (side, "both")
        for _ in range(int(rng.integers(1, 9))):
            yield resting


class Source:
    """Sends beats in order. Valid waits for nothing; the payload is garbage while valid is low.

    Parameters
    ----------
    clock, valid, ready
        Handles; without ``ready`` every beat is taken in its first cycle.
    payload
        Handle of every field by name.
    rng
        Of garbage and rests.
    stalls
        One of ``STALLS``; ``source`` and ``both`` leave gaps.
    """

    def __init__(
        self,
        clock: Any,
        valid: Any,
        payload: Mapping[str, Any],
        rng: np.random.Generator,
        *,
        ready: Any = None,
        stalls: str = "none",
    ) -> None:
        self.clock, self.valid, self.ready, self.payload = clock, valid, ready, dict(payload)
        self.rng, self.rests = rng, rests(rng, stalls, "source")
        self.queue: deque[dict[str, int]] = deque()
        self.on_sent: list[Callable[[Beat], None]] = []
        self._offered = False
        valid.value = 0
        cocotb.start_soon(self._run())

    def put(self, **fields: int) -> None:
        """Queue one beat."""
        if fields.keys() != self.payload.keys():
            raise ValueError(f"fields {sorted(fields)}, the stream has {sorted(self.payload)}")
        self.queue.append(fields)

    def clear(self) -> None:
        """Forget what has not been taken; for reset, at the edge where it begins."""
        self.queue.clear()
        self._offered = False

    async def sent(self) -> None:
        """Wait until everything has been taken."""
        while self.queue:
            await RisingEdge(self.clock)

    async def _run(self) -> None:
        while True:
            await RisingEdge(self.clock)
            if not self._offered:
                self._offered = not next(self.rests) and bool(self.queue)
                self.valid.value = int(self._offered)
                for name, handle in self.payload.items():
                    handle.value = self.queue[0][name] if self._offered else self._garbage(handle)
            await ReadOnly()
            if self._offered and (self.ready is None or int(self.ready.value)):
                beat = Beat(cycle(), self.queue.popleft())
                self._offered = False
                for call in self.on_sent:
                    call(beat)

    def _garbage(self, handle: Any) -> int:
        width = len(handle)
        return int.from_bytes(self.rng.bytes(width // 8 + 1), "little") & ((1 << width) - 1)


class Sink:
    """Drives ready alone; a ``Monitor`` reads the beats. ``stalls`` ``sink`` and ``both`` rest."""

    def __init__(self, clock: Any, ready: Any, rng: np.random.Generator, *, stalls: str = "none") -> None:
        self.clock, self.ready, self.rests = clock, ready, rests(rng, stalls, "sink")
        ready.value = 0
        cocotb.start_soon(self._run())

    async def _run(self) -> None:
        while True:
            await RisingEdge(self.clock)
            self.ready.value = int(not next(self.rests))


class Monitor:
    """Gives every beat of a stream to ``see``; beats under reset do not count.

    Parameters
    ----------
    clock, reset, valid, ready
        Handles; ``reset`` is active low; without ``ready`` valid alone makes a beat.
    fields
        Handle of every field by name.
    see
        Called with each beat, such as ``Scoreboard.see``.
    """

    def __init__(
        self,
        clock: Any,
        reset: Any,
        valid: Any,
        fields: Mapping[str, Any],
        see: Callable[[Beat], None],
        *,
        ready: Any = None,
    ) -> None:
        self.clock, self.reset, self.valid, self.ready = clock, reset, valid, ready
        self.fields, self.see = dict(fields), see
        cocotb.start_soon(self._run())

    async def _run(self) -> None:
        while True:
            await RisingEdge(self.clock)
            await ReadOnly()
            moves = int(self.valid.value) and (self.ready is None or int(self.ready.value))
            if moves and int(self.reset.value):
                self.see(Beat(cycle(), {n: int(h.value) for n, h in self.fields.items()}))
