"""cocotb test of the softmax numerators: scores and maxima in, BF16 numerators out."""

from __future__ import annotations

from functools import cache
from typing import Any

import cocotb
import numpy as np

from golden.formats import FP32_MAX, bf16_round, fp32_sub
from golden.latency import EXP_LATENCY
from golden.transcendental import exp
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS, CycleBench, Port, random_stream, words

SLOTS, NQ = PARAMETERS.get("KV_SLOTS", 4), PARAMETERS.get("Q_PER_KV", 2)
LATENCY = EXP_LATENCY + 3


@cache
def ending(low: int) -> np.ndarray:
    """Differences to the maximum whose exp ends in these 16 bits."""
    x = np.linspace(-20, 0, 1_000_000, dtype=np.float32)
    return x[exp(x).view(np.uint32) & 0xFFFF == low]


class Bench(CycleBench):
    """The numerators with their valid, and held behind it."""

    ports = {"p": Port("p_valid_o", (), "p_o", 16), "held": Port("", (), "p_o", 16)}
    payloads = {
        "we_i": ("wslot_i", "wdata_i"),
        "gmax_valid_i": ("gmax_i",),
        "valid_i": ("skip_i", "slot_i"),
    }

    def token(self, spread: float, every: int) -> None:
        """A token with scores of a spread."""
        scores = (self.rng.standard_normal((SLOTS, NQ)) * spread).astype(np.float32)
        scores = np.clip(scores, -FP32_MAX, FP32_MAX).astype(np.float32)
        self.play(scores, scores.max(axis=0), every)

    def halfway(self, every: int) -> None:
        """A token whose numerators are BF16 values, or halfway between two, before they are rounded."""
        scores = np.zeros((SLOTS, NQ), np.float32)
        for low in (0x8000, 0):
            some = self.rng.choice(ending(low), (SLOTS, NQ))
            scores = np.where(self.rng.random((SLOTS, NQ)) < 0.5, some, scores)
        self.play(scores.astype(np.float32), np.zeros(NQ, np.float32), every)

    def play(self, scores: np.ndarray, gmax: np.ndarray, every: int) -> None:
        """Writes all scores, the maximum, then reads a slot every ``every`` cycles."""
        for slot in self.rng.permutation(SLOTS):
            self.put(self.t, we_i=1, wslot_i=int(slot), wdata_i=pack(scores[slot]))
            self.t += 1
        self.put(self.t, gmax_valid_i=1, gmax_i=pack(gmax))
        self.t += 1 + int(self.rng.integers(3))
        held = SLOTS - int(self.rng.integers(2))
        for slot in range(SLOTS):
            skip = slot >= held
            self.put(self.t, valid_i=1, slot_i=slot, skip_i=int(skip))
            p = np.zeros(NQ, np.float32) if skip else bf16_round(exp(fp32_sub(scores[slot], gmax)))
            patterns = tuple(w >> 16 for w in words(p))
            self.expect("p", self.t + LATENCY, (), patterns)
            for c in range(1, every):
                self.expect("held", self.t + LATENCY + c, (), patterns)
            self.t += every


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """Equal scores, small and large spreads, saturated scores, ties, 1 to 4 blocks a position, reset."""
    b = Bench(dut, random_stream("random"))
    await b.start()
    for job in range(30):
        first = b.t
        with np.errstate(over="ignore"):
            b.token((0.0, 0.01, 1.0, 10.0, 80.0, 1e38)[job % 6], every=1 + job % 4)
        if job % 6 == 5:
            b.halfway(every=1)
        if job % 10 == 9:
            b.cut(int(b.rng.integers(first + 1, b.t + LATENCY)))
    await b.run()
    b.finish()
