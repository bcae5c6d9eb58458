"""What stands behind host_port in its bench: tokens in flight and a loader that do as they please."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from golden.host_port import HostOut


@dataclass
class Token:
    """A token in flight."""

    seq: int
    left: int  # cycles that it works at least
    sample: bool  # still to be sampled


class Chip:
    """Up to ``tokens`` tokens, through in the order of their sequence, and one load at a time.

    Attributes
    ----------
    hold
        Nothing gets through.
    rests
        How often it takes no token although a context is free.
    """

    def __init__(self, random: np.random.Generator, tokens: int, slots: int, longest: int) -> None:
        self.random, self.tokens, self.slots, self.longest = random, tokens, slots, longest
        self.hold, self.rests = False, 0.2
        self.clear()

    def clear(self) -> None:
        """Reset."""
        self.full = self.age = self.load_left = 0
        self.flying: list[Token] = []
        self.header_at = int(self.random.integers(4))

    def see(self, out: HostOut) -> None:
        """What the host port asked for in the cycle that ends."""
        r = self.random
        self.age += 1
        if out.start:
            self.flying.append(Token(out.start.seq, int(r.integers(1, self.longest + 1)), out.start.sample))
        if out.load is not None:
            self.load_left = int(r.integers(1, self.longest + 1))

    def _through(self) -> Token | None:
        """A token that gets through now: the oldest of its sequence."""
        oldest: dict[int, Token] = {}
        for token in self.flying:
            token.left -= 1
            oldest.setdefault(token.seq, token)
        ready = [t for t in oldest.values() if t.left <= 0]
        return ready[int(self.random.integers(len(ready)))] if ready and not self.hold else None

    def drive(self, dut: Any, stops: list[int]) -> None:
        """The inputs of the next cycle; now and then a stop token is sampled."""
        r = self.random
        done = self._through()
        # Sampled at any time, the one that gets through at the latest in that cycle.
        waiting = [t for t in self.flying if t.sample and r.random() < 0.3]
        sampled = waiting[0] if waiting else None
        if done and done.sample:
            sampled = done
        if sampled:
            sampled.sample = False
        if done:
            self.flying.remove(done)
        loaded = self.load_left == 1
        self.load_left = max(self.load_left - 1, 0)
        if self.load_left:
            self.full ^= int(r.random() < 0.1) << int(r.integers(self.slots))
        if loaded:
            self.full |= int(r.random() < 0.7) << int(r.integers(self.slots))
        dut.header_valid_i.value = int(self.age >= self.header_at)
        dut.room_i.value = int(len(self.flying) < self.tokens and r.random() >= self.rests)
        dut.done_valid_i.value = int(done is not None)
        dut.done_seq_i.value = done.seq if done else int(r.integers(4))
        dut.sampled_valid_i.value = int(sampled is not None)
        dut.sampled_seq_i.value = sampled.seq if sampled else int(r.integers(4))
        choice = int(r.choice(stops)) if stops and r.random() < 0.1 else int(r.integers(1 << 32))
        dut.sampled_i.value = choice
        dut.load_done_i.value = int(loaded)
        dut.load_status_i.value, dut.load_info_i.value = int(r.integers(14)), int(r.integers(1 << 32))
        dut.slot_full_i.value = self.full
