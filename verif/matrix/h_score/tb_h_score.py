"""cocotb test of the scores: accumulators in, scaled scores and maxima out."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.formats import FP32_MAX, fp32_max, fp32_mul
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS, CycleBench, Port, random_stream, words

NQ = PARAMETERS.get("Q_PER_KV", 2)
SCALE = np.uint32(PARAMETERS.get("ATTN_SCALE", 0x3EB504F3)).view(np.float32)


class Bench(CycleBench):
    """Score port and maximum port."""

    ports = {
        "score": Port("score_valid_o", ("score_slot_o",), "score_o"),
        "max": Port("max_valid_o", (), "max_o"),
    }
    payloads = {"valid_i": ("skip_i", "first_i", "last_i", "slot_i", "acc_i")}

    def walk(self, slots: int, size: float, gaps: bool) -> None:
        """All position slots of one token; the last ones may be skipped."""
        best = np.full(NQ, -FP32_MAX, np.float32)
        held = slots - int(self.rng.integers(3)) if slots > 2 else int(self.rng.integers(2))
        for slot in range(slots):
            acc = (self.rng.standard_normal(NQ) * size).astype(np.float32)
            acc = np.where(self.rng.random(NQ) < 0.1, np.float32(-0.0), acc)
            acc = np.clip(acc, -FP32_MAX, FP32_MAX).astype(np.float32)
            skip = slot >= held
            flags = dict(skip_i=int(skip), first_i=int(slot == 0), last_i=int(slot == slots - 1))
            self.put(self.t, valid_i=1, slot_i=slot, acc_i=pack(acc), **flags)
            score = np.zeros(NQ, np.float32) if skip else fp32_mul(acc, SCALE)
            best = best if skip else fp32_max(best, score)
            self.expect("score", self.t + 1, (slot,), words(score))
            if slot == slots - 1:
                self.expect("max", self.t + 2, (), words(best))
            self.t += 1 + (int(self.rng.integers(3)) if gaps else 0)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """One to many slots, all skipped, negative zero, extreme magnitudes, back to back, reset."""
    b = Bench(dut, random_stream("random"))
    await b.start()
    for job in range(60):
        first = b.t
        slots = (1, 2, 3, int(b.rng.integers(4, 20)))[job % 4]
        with np.errstate(over="ignore"):
            b.walk(slots, (1.0, 1e-37, 1e38, 30.0, 1e-3)[job % 5], gaps=job % 3 == 2)
        if job % 10 == 9:
            b.cut(int(b.rng.integers(first + 1, b.t + 3)))
    await b.run()
    b.finish()
