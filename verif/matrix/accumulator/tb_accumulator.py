"""cocotb tests of accumulator: two banks, sums over chunks, reads beside updates."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.matrix_unit import accumulate
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS as P
from verif.matrix.cycle_bench import CycleBench, Port, random_stream, words

DEPTH = P["ACC_DEPTH"]
FP32_LIMIT = 0x7F7FFFFF


class Bench(CycleBench):
    """Jobs of chunks x slots on a bank."""

    ports = {
        "value": Port("value_valid_o", ("value_bank_o", "value_slot_o"), "value_o"),
        "read": Port("", (), "rd_data_o"),
    }
    payloads = {
        "valid_i": ("bank_i", "slot_i", "first_i", "term_i"),
        "rd_en_i": ("rd_bank_i", "rd_slot_i"),
    }

    def __init__(self, dut: Any, name: str) -> None:
        super().__init__(dut, random_stream(name))
        self.acc = np.zeros((2, DEPTH), np.float32)

    def terms(self, kind: str, shape: tuple[int, int]) -> np.ndarray:
        """float32 [chunks, slots]."""
        r = self.rng
        x = r.normal(size=shape).astype(np.float32)
        if kind == "any":
            bits = r.integers(0x00800000, FP32_LIMIT + 1, shape) | r.integers(0, 2, shape) << 31
            x = bits.astype(np.uint32).view(np.float32)
        elif kind == "huge":
            bits = r.integers(0x7F000000, FP32_LIMIT + 1, shape) | r.integers(0, 2, shape) << 31
            x = bits.astype(np.uint32).view(np.float32)
        elif kind == "tiny":
            bits = r.integers(0x00800000, 0x01000000, shape) | r.integers(0, 2, shape) << 31
            x = bits.astype(np.uint32).view(np.float32)
        elif kind == "cancel":
            x = (x[:1] * np.resize([1, -1], (shape[0], 1))).astype(np.float32)
        elif kind == "zero":
            x = (x * 0).astype(np.float32)
        elif kind == "tie":  # 1 + half an ulp, odd and even
            x = np.where(r.random(shape) < 0.5, 2.0**-24, 1 + r.integers(0, 4, shape) * 2.0**-23)
            x = x.astype(np.float32)
        return x

    def fill(self, bank: int, slots: int, chunks: int, kind: str, gaps: bool = False) -> None:
        """A GEMV's sweep: chunk by chunk, slot by slot."""
        terms = self.terms(kind, (chunks, slots))
        for k in range(chunks):
            for s in range(slots):
                value = accumulate(terms[: k + 1, s])
                self.put(
                    self.t,
                    valid_i=1,
                    bank_i=bank,
                    slot_i=s,
                    first_i=int(k == 0),
                    term_i=pack(terms[k, s]),
                )
                self.expect("value", self.t + 1, (bank, s), words(value))
                self.acc[bank, s] = value
                self.t += 1 + (int(self.rng.integers(0, 2)) if gaps else 0)

    def read(self, cycle: int, bank: int, slots: int, held: int = 0) -> None:
        """Sweep of a drain from a cycle on; the last value stays ``held`` cycles more."""
        for s in range(slots):
            self.put(cycle + s, rd_en_i=1, rd_bank_i=bank, rd_slot_i=s)
            self.expect("read", cycle + s + 1, (), words(self.acc[bank, s]))
        for later in range(cycle + slots + 1, cycle + slots + 1 + held):
            self.expect("read", later, (), words(self.acc[bank, slots - 1]))


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def banks_back_to_back(dut: Any) -> None:
    """One bank fills while the other is read; every class of terms; shapes 1, N-1, N."""
    b = Bench(dut, "banks")
    await b.start()
    bank, before = 0, 0
    for kind in ("usual", "any", "huge", "tiny", "cancel", "zero", "tie"):
        for slots, chunks in ((DEPTH, 3), (max(1, DEPTH - 1), 2), (1, 6), (DEPTH, 1)):
            start = b.t
            previous = b.acc.copy()
            b.fill(bank, slots, chunks, kind, gaps=chunks == 2)
            now, b.acc = b.acc, previous
            b.read(start, 1 - bank, min(before, b.t - start))
            b.acc, before, bank = now, slots, 1 - bank
    b.read(b.t, 1 - bank, before, held=3)
    await b.run()
    assert b.compared > 7 * DEPTH


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def reset_in_mid_job(dut: Any) -> None:
    """Reset drops the beat under way; a later job starts afresh."""
    b = Bench(dut, "reset")
    await b.start()
    b.fill(0, DEPTH, 2, "usual")
    b.cut(b.t - 1)
    b.t += 1
    b.fill(0, DEPTH, 2, "usual")
    b.read(b.t, 0, DEPTH, held=3)
    await b.run()
    assert b.compared
