"""cocotb tests of softmax_inv: inverted sums, and the words they multiply, every cycle."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.formats import fp32_mul
from golden.latency import RECIP_LATENCY
from golden.transcendental import recip
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS, Port, words
from verif.vector.bench import CORNERS, VectorBench, in_words, token

TOKENS, R, HEADS = (PARAMETERS[n] for n in ("TOKENS", "ROWS", "Q_PER_KV"))


class Bench(VectorBench):
    """Sums and words in; the registers' writes and divided words out."""

    ports = {
        "y": Port("valid_o", (), "y_o", held=True),
        "inv": Port("write_valid_o", ("write_ctx_o",), "write_data_o", held=True),
    }
    payloads = {"valid_i": ("ctx_i", "head_i", "x_i"), "sum_valid_i": ("sum_ctx_i", "sum_i")}

    def __init__(self, dut: Any, rng: np.random.Generator) -> None:
        super().__init__(dut, rng)
        self.writes: dict[int, tuple[int, np.ndarray]] = {}  # cycle of the write -> context, inverses

    def ctx(self) -> int:
        """Any context."""
        return int(self.rng.integers(TOKENS))

    def sums(self, sums: np.ndarray, ctx: int) -> None:
        """New sums of a context in the next cycle."""
        cycle = self.t + RECIP_LATENCY
        self.writes[cycle] = ctx, recip(sums)
        self.put(self.t, sum_valid_i=1, sum_ctx_i=ctx, sum_i=pack(sums))
        self.expect("inv", cycle, (ctx,), words(recip(sums)))

    def word(self, x: np.ndarray, head: int, ctx: int) -> None:
        """One word of a context in the next cycle; it meets what was written last before it."""
        inverses = self.writes[max(c for c, (of, _) in self.writes.items() if c < self.t and of == ctx)][1]
        self.put(self.t, valid_i=1, ctx_i=ctx, head_i=head, x_i=pack(x))
        self.expect("y", self.t + 1, (), words(fp32_mul(x, inverses[head])))

    def settle(self) -> None:
        """To the first cycle in which the newest sums are in use."""
        self.t += RECIP_LATENCY + 1

    def some(self) -> np.ndarray:
        """Sums of one position (exactly 1) and of more."""
        sums = np.abs(self.values(HEADS)) + np.float32(0.5)
        return np.where(self.rng.random(HEADS) < 0.3, np.float32(1), sums)

    def job(self) -> None:
        """New sums, and a word of any context in every cycle until behind their write."""
        self.sums(self.some(), self.ctx())
        for _ in range(RECIP_LATENCY + 2):
            self.word(self.values(R), int(self.rng.integers(HEADS)), self.ctx())
            self.t += 1

    def cut(self, cycle: int) -> None:
        """Reset: sums on their way are lost, the registers stay."""
        super().cut(cycle)
        self.writes = {c: w for c, w in self.writes.items() if c <= cycle}

    @classmethod
    async def first(cls, dut: Any, name: str) -> Bench:
        """A bench whose registers hold something."""
        b = await cls.ready(dut, name)
        for ctx in range(TOKENS):
            b.sums(b.some(), ctx)
            b.t += 1
        b.settle()
        return b


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def corners(dut: Any) -> None:
    """The least and the greatest sums, powers of two and their neighbours, corner values of every head."""
    b = await Bench.first(dut, "corners")
    near = np.float32([1, 1.0000001, 1.9999999, 2, 0.99999994, 4095, 3.4028235e38, 1.1754944e-38, 8.5e37, 0])
    for value in near:
        ctx = b.ctx()
        b.sums(np.full(HEADS, value, np.float32), ctx)
        b.settle()
        for head in range(HEADS):
            for x in (CORNERS[:4], CORNERS[4:]):
                b.word(np.resize(x, R), head, ctx)
                b.t += 1
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """Sums now and then, also in neighbouring cycles; words before, with and behind their writes."""
    b = await Bench.first(dut, "random")
    for n in range(300):
        if b.rng.random() < (0.8 if n % 100 > 90 else 0.1):
            b.sums(b.some(), b.ctx())
        if n < 100 or b.rng.random() < 0.6:
            b.word(b.values(R), int(b.rng.integers(HEADS)), b.ctx())
        b.t += 1
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def a_model(dut: Any) -> None:
    """Tiny's softmax sums and contexts."""
    b = await Bench.first(dut, "a_model")
    for layer in (0, 1):
        reduced = token()[layer, "reduce"]
        ctx = layer % TOKENS
        b.sums(np.resize(reduced["sums"], HEADS).astype(np.float32), ctx)
        b.settle()
        for k, x in enumerate(in_words(reduced["ctx"], R)):
            b.word(x, k % HEADS, ctx)
            b.t += 1
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """A reset in every cycle between sums and their write; old registers stay in use."""
    b = await Bench.first(dut, "resets")
    for _ in range(3):
        b.resets(b.job, RECIP_LATENCY + 3)
    await b.end()
