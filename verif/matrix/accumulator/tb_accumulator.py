"""cocotb tests of accumulator: contexts and banks, sums over chunks, reads beside updates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cocotb
import numpy as np

from golden.matrix_unit import accumulate
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS as P
from verif.matrix.cycle_bench import CycleBench, Port, random_stream, words

DEPTH, TOKENS = P["ACC_DEPTH"], P["TOKENS"]
FP32_LIMIT = 0x7F7FFFFF


class Bench(CycleBench):
    """Jobs of chunks x slots on a bank of a context."""

    ports = {
        "value": Port("value_valid_o", ("value_ctx_o", "value_bank_o", "value_slot_o"), "value_o"),
        "read": Port("", (), "rd_data_o"),
    }
    payloads = {
        "valid_i": ("ctx_i", "bank_i", "slot_i", "first_i", "term_i"),
        "rd_en_i": ("rd_ctx_i", "rd_bank_i", "rd_slot_i"),
    }

    def __init__(self, dut: Any, name: str) -> None:
        super().__init__(dut, random_stream(name))
        self.acc = np.zeros((TOKENS, 2, DEPTH), np.float32)

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

    def update(self, ctx: int, bank: int, slot: int, terms: np.ndarray) -> None:
        """The last of a row's ``terms``, in this cycle."""
        value = accumulate(terms)
        where = {"ctx_i": ctx, "bank_i": bank, "slot_i": slot}
        self.put(self.t, valid_i=1, first_i=int(len(terms) == 1), term_i=pack(terms[-1]), **where)
        self.expect("value", self.t + 1, (ctx, bank, slot), words(value))
        self.acc[ctx, bank, slot] = value

    def sweep(
        self, ctx: int, bank: int, slots: int, chunks: int, kind: str
    ) -> Iterator[tuple[int, int, int, np.ndarray]]:
        """Updates of a GEMV: chunk by chunk, slot by slot."""
        terms = self.terms(kind, (chunks, slots))
        for k in range(chunks):
            for s in range(slots):
                yield ctx, bank, s, terms[: k + 1, s]

    def fill(self, ctx: int, bank: int, slots: int, chunks: int, kind: str, gaps: bool = False) -> None:
        """A GEMV's sweep, one update a cycle or with gaps."""
        for update in self.sweep(ctx, bank, slots, chunks, kind):
            self.update(*update)
            self.t += 1 + (int(self.rng.integers(0, 2)) if gaps else 0)

    def read_slot(self, cycle: int, ctx: int, bank: int, slot: int) -> None:
        """One step of a drain."""
        self.put(cycle, rd_en_i=1, rd_ctx_i=ctx, rd_bank_i=bank, rd_slot_i=slot)
        self.expect("read", cycle + 1, (), words(self.acc[ctx, bank, slot]))

    def read(self, cycle: int, ctx: int, bank: int, slots: int, held: int = 0) -> None:
        """Sweep of a drain from a cycle on; the last value stays ``held`` cycles more."""
        for s in range(slots):
            self.read_slot(cycle + s, ctx, bank, s)
        for later in range(cycle + slots + 1, cycle + slots + 1 + held):
            self.expect("read", later, (), words(self.acc[ctx, bank, slots - 1]))


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def banks_back_to_back(dut: Any) -> None:
    """One bank fills while the other is read; every class of terms; shapes 1, N-1, N; all contexts."""
    b = Bench(dut, "banks")
    await b.start()
    bank, ctx, before = 0, 0, 0
    for kind in ("usual", "any", "huge", "tiny", "cancel", "zero", "tie"):
        for slots, chunks in ((DEPTH, 3), (max(1, DEPTH - 1), 2), (1, 6), (DEPTH, 1)):
            start = b.t
            previous = b.acc.copy()
            last, ctx = ctx, int(b.rng.integers(TOKENS))
            b.fill(ctx, bank, slots, chunks, kind, gaps=chunks == 2)
            now, b.acc = b.acc, previous
            b.read(start, last, 1 - bank, min(before, b.t - start))
            b.acc, before, bank = now, slots, 1 - bank
    b.read(b.t, ctx, 1 - bank, before, held=3)
    await b.run()
    assert b.compared > 7 * DEPTH


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def contexts_interleaved(dut: Any) -> None:
    """Both banks of all contexts fill at once, update by update; a slot is read once it is finished."""
    b = Bench(dut, "contexts")
    await b.start()
    chunks = 3
    for kind in ("usual", "any", "cancel"):
        jobs = [b.sweep(ctx, bank, DEPTH, chunks, kind) for ctx in range(TOKENS) for bank in range(2)]
        finished: list[tuple[int, int, int]] = []
        while jobs or finished:
            done = []
            if jobs and (update := next(job := jobs[int(b.rng.integers(len(jobs)))], None)):
                b.update(*update)
                done = [update[:3]] if len(update[3]) == chunks else []
            elif jobs:
                jobs.remove(job)
            if finished and b.rng.random() < 0.8:
                b.read_slot(b.t, *finished.pop(int(b.rng.integers(len(finished)))))
            finished += done  # readable from the next cycle on
            b.t += 1
    await b.run()
    assert b.compared >= 3 * 2 * TOKENS * DEPTH * (chunks + 1)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def finished_behind_the_sweep(dut: Any) -> None:
    """A drain follows its GEMV's last chunk at the distance of one cycle."""
    b = Bench(dut, "behind")
    await b.start()
    for ctx in range(TOKENS):
        start = b.t
        b.fill(ctx, ctx % 2, DEPTH, 2, "usual")
        b.read(start + DEPTH + 1, ctx, ctx % 2, DEPTH, held=2)
        b.t += 2
    await b.run()
    assert b.compared >= 3 * DEPTH


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def reset_in_mid_job(dut: Any) -> None:
    """Reset drops the beat under way; a later job starts afresh."""
    b = Bench(dut, "reset")
    await b.start()
    ctx = TOKENS - 1
    b.fill(ctx, 0, DEPTH, 2, "usual")
    b.cut(b.t - 1)
    b.t += 1
    b.fill(ctx, 0, DEPTH, 2, "usual")
    b.read(b.t, ctx, 0, DEPTH, held=3)
    await b.run()
    assert b.compared
