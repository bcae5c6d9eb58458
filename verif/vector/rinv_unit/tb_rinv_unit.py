"""cocotb tests of rinv_unit: the write and the registers of all contexts, every cycle."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.formats import fp32_add, fp32_mul
from golden.latency import RSQRT_LATENCY
from golden.transcendental import rsqrt
from golden.vector_row import column_sum_of_squares
from verif.matrix.cycle_bench import PARAMETERS, Port, words
from verif.vector.bench import CORNERS, VectorBench, in_words, token

INV_HIDDEN, RMS_EPS = (np.uint32(PARAMETERS[k]).view(np.float32) for k in ("INV_HIDDEN", "RMS_EPS"))
TOKENS = PARAMETERS["TOKENS"]
WRITE = 2 + RSQRT_LATENCY + PARAMETERS["HOPS"]  # cycles from the total to the write


class Bench(VectorBench):
    """Totals in, the registers and their writes out."""

    ports = {"inv": Port("write_valid_o", ("write_ctx_o",), "write_data_o", held=True)}
    payloads = {"total_valid_i": ("total_i",), "start_i": ("ctx_i",)}

    def __init__(self, dut: Any, rng: np.random.Generator) -> None:
        super().__init__(dut, rng)
        self.changes: dict[int, tuple[int, int]] = {}  # cycle -> context, what it has from then on
        self.registers: dict[int, int] = {}

    def norm(self, total: np.ndarray, later: int = 1) -> None:
        """A vector begins; its total comes ``later`` cycles behind. The next may begin behind the write."""
        arrives, ctx = self.t + later, int(self.rng.integers(TOKENS))
        write = arrives + WRITE
        self.put(self.t, start_i=1, ctx_i=ctx)
        self.put(arrives, total_valid_i=1, total_i=words(total)[0])
        inverse = rsqrt(fp32_add(fp32_mul(np.float32(total), INV_HIDDEN), RMS_EPS))
        self.expect("inv", write, (ctx,), words(inverse))
        self.changes[write + 1] = ctx, words(inverse)[0]
        self.t = write + 1

    def job(self) -> None:
        """One vector."""
        self.norm(np.abs(self.values(1))[0], 3)

    def cut(self, cycle: int) -> None:
        """Reset: nothing is under way; the registers stay."""
        super().cut(cycle)
        self.changes = {c: v for c, v in self.changes.items() if c <= cycle + 1}

    def sample(self) -> None:
        """The registers of this cycle."""
        if self.cycle in self.changes:
            ctx, value = self.changes.pop(self.cycle)
            self.registers[ctx] = value
        word = int(self.dut.rinv_o.value) if self.registers else 0
        for ctx, want in self.registers.items():
            got = word >> 32 * ctx & 0xFFFF_FFFF
            assert got == want, f"cycle {self.cycle}: rinv_o[{ctx}] is {got:08x}, expected {want:08x}"
            self.compared += 1


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def corners(dut: Any) -> None:
    """Totals of 0 (only epsilon is left), least, greatest, and where the sum rounds."""
    b = await Bench.ready(dut, "corners")
    totals = np.abs(CORNERS).tolist() + [float(RMS_EPS / INV_HIDDEN) * f for f in (0.5, 1, 2**24, 2**-24)]
    for total in totals:
        b.norm(np.float32(total))
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """Totals of all sizes, early and late; the next vector at once and after a pause."""
    b = await Bench.ready(dut, "random")
    for total in np.abs(b.values(60)):
        b.norm(total, int(b.rng.choice([1, 1, 2, 9])))
        b.wait(gaps=True)
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def a_model(dut: Any) -> None:
    """Sums of squares of tiny's residual stream."""
    b = await Bench.ready(dut, "a_model")
    stream = [token()[-1, "embed"]["x"], *(token()[k, "drain:down_proj"]["out"] for k in (0, 1))]
    for x in stream:
        b.norm(column_sum_of_squares(in_words(x, 4)))
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """A reset in every cycle between the start and the write."""
    b = await Bench.ready(dut, "resets")
    b.job()
    b.resets(b.job, 3 + WRITE + 1)
    await b.end()
