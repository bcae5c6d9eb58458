"""Random AXI4 write bursts for adapter images: as they should be, and broken in one way or another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from golden.image_port import FIXED, INCR, WriteBurst

Beats = list[tuple[int, int, bool]]
BREAKS = (
    "address",
    "window",
    "wrap",
    "reserved",
    "wide",
    "hole",
    "outside",
    "early",
    "late",
    "beyond",
)


class Bursts:
    """Draws bursts.

    Parameters
    ----------
    bus
        Bytes of a beat.
    window_w
        log2 of the window.
    random
        Of everything.
    """

    def __init__(self, bus: int, window_w: int, random: np.random.Generator) -> None:
        self.bus, self.window_w, self.random = bus, window_w, random

    def _word(self, lanes: dict[int, int]) -> int:
        """A word of the bus with garbage beside the lanes."""
        raw = bytearray(self.random.bytes(self.bus))
        for lane, byte in lanes.items():
            raw[lane] = byte
        return int.from_bytes(raw, "little")

    def good(self, rest: bytes, offset: int) -> tuple[WriteBurst, int]:
        """A burst that carries the first bytes of ``rest``, the next of which has this offset.

        Returns
        -------
        The burst and the number of bytes in it.
        """
        size = int(self.random.integers(self.bus.bit_length()))
        if self.random.random() < 0.3:
            return self._fixed(rest, size)
        step, addr = 1 << size, offset
        if self.random.random() < 0.3:
            addr = offset >> size << size  # aligned, the first lanes without strobes
            if self.random.random() < 0.3 and addr >= step:
                addr -= step  # a beat without strobes in front
        beats: Beats = []
        start, taken = addr, 0
        while taken < len(rest) and len(beats) < int(self.random.choice([1, 2, 3, 7, 16, 256])):
            low, end = addr % self.bus, (addr >> size << size) + step
            first, last = max(addr, offset + taken), min(end, offset + len(rest))
            lanes = {a % self.bus: rest[a - offset] for a in range(first, last)}
            beats.append((self._word(lanes), sum(1 << i for i in lanes), False))
            taken += len(lanes)
            addr = end
            assert low <= self.bus
        if self.random.random() < 0.2:
            beats.append((self._word({}), 0, False))  # and one behind
        beats = beats[:256]
        beats[-1] = (*beats[-1][:2], True)
        return WriteBurst(start, size, INCR, len(beats), tuple(beats)), taken

    def _fixed(self, rest: bytes, size: int) -> tuple[WriteBurst, int]:
        addr = int(self.random.integers(1 << self.window_w))
        low = addr % self.bus
        high = low | (1 << size) - 1
        beats: Beats = []
        taken = 0
        for _ in range(int(self.random.integers(1, 17))):
            first = int(self.random.integers(low, high + 1))
            lanes = range(first, int(self.random.integers(first, high + 1)) + 1)[: len(rest) - taken]
            bytes_ = {lane: rest[taken + i] for i, lane in enumerate(lanes)}
            beats.append((self._word(bytes_), sum(1 << i for i in lanes), False))
            taken += len(lanes)
            if taken == len(rest):
                break
        beats[-1] = (*beats[-1][:2], True)
        return WriteBurst(addr, size, FIXED, len(beats), tuple(beats)), taken

    def broken(self, good: WriteBurst, how: str) -> WriteBurst:
        """``good`` with one thing wrong; which rule it breaks, if any, is golden's to say."""
        r, beats = self.random, list(good.beats)
        at = int(r.integers(len(beats)))
        data, strobes, last = beats[at]
        if how == "address":
            return replace(good, addr=max(good.addr + int(r.choice([-9, -1, 1, self.bus, 4096])), 0))
        if how == "window":
            return replace(good, addr=(good.addr | 1 << self.window_w) & 0xFFFFFFFF)
        if how in ("wrap", "reserved"):
            return replace(good, kind=2 if how == "wrap" else 3)
        if how == "wide":
            return replace(good, size=int(r.integers(self.bus.bit_length(), 8)))
        if how == "hole":
            beats[at] = data, strobes & ~(1 << int(r.integers(self.bus))), last
        elif how == "outside":
            beats[at] = data, strobes | 1 << int(r.integers(self.bus)), last
        elif how == "early":
            return replace(good, length=min(good.length + int(r.integers(1, 4)), 256))
        elif how == "late":
            beats[-1] = (*beats[-1][:2], False)
            beats += [
                (
                    self._word({}),
                    int.from_bytes(r.bytes(self.bus // 8 or 1), "little") & (1 << self.bus) - 1,
                    False,
                )
            ] * int(r.integers(3))
            beats.append((self._word({}), 0, True))
        else:  # beyond: garbage behind the last beat
            more = [(self._word({}), (1 << self.bus) - 1, False) for _ in range(int(r.integers(1, 4)))]
            beats = [*beats[:-1], (*beats[-1][:2], False), *more][:256]
            beats[-1] = (*beats[-1][:2], True)
            return replace(good, beats=tuple(beats), length=len(beats))
        return replace(good, beats=tuple(beats))
