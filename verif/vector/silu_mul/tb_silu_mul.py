"""cocotb tests of silu_mul: gated words a fixed time behind their operands, every cycle."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.latency import SIGMOID_LATENCY
from golden.silu_mul import silu_mul
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS, Port, words
from verif.vector.bench import VectorBench, all_pairs, in_words, token

R = PARAMETERS["ROWS"]
LATENCY = SIGMOID_LATENCY + 2


class Bench(VectorBench):
    """Gates and ups in, products out."""

    ports = {"y": Port("valid_o", (), "y_o", held=True)}
    payloads = {"valid_i": ("g_i", "u_i")}

    def word(self, g: np.ndarray, u: np.ndarray) -> None:
        """One word in the next cycle."""
        self.put(self.t, valid_i=1, g_i=pack(g), u_i=pack(u))
        self.expect("y", self.t + LATENCY, (), words(silu_mul(g, u)))
        self.t += 1

    def job(self) -> None:
        """As many words as the sigmoid holds, and one more."""
        for _ in range(SIGMOID_LATENCY + 1):
            self.word(self.values(R), self.values(R))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def corners(dut: Any) -> None:
    """Every pair of corner values; gates where the sigmoid saturates."""
    b = await Bench.ready(dut, "corners")
    for g, u in zip(*all_pairs(R), strict=True):
        b.word(g, u)
    for gate in (-104, -88, -87.4, -1e-7, 1e-7, 17.4, 88, 104):
        b.word(np.full(R, gate, np.float32), b.values(R))
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """Back to back, then with gaps; one word alone; as many as wait for the sigmoid, one less, one more."""
    b = await Bench.ready(dut, "random")
    for n in range(200):
        b.word(b.values(R), b.values(R))
        b.wait(gaps=n >= 100)
    for n in (1, SIGMOID_LATENCY - 1, SIGMOID_LATENCY, SIGMOID_LATENCY + 1):
        b.t += LATENCY + 1
        for _ in range(n):
            b.word(b.values(R), b.values(R))
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def a_model(dut: Any) -> None:
    """Tiny's gate and up."""
    b = await Bench.ready(dut, "a_model")
    g, u = (in_words(token()[1, f"drain:{name}_proj"]["out"], R) for name in ("gate", "up"))
    for k in range(len(g)):
        b.word(g[k], u[k])
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """A reset in every cycle of a run of words; the words behind it meet their own gates."""
    b = await Bench.ready(dut, "resets")
    b.resets(b.job, SIGMOID_LATENCY + 1 + LATENCY)
    await b.end()
