"""cocotb tests of residual: the four ways of a drained word, every cycle."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.formats import fp32_mul
from golden.residual import residual
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS, Port, words
from verif.vector.bench import VectorBench, all_pairs, in_words, token

R = PARAMETERS["ROWS"]
LATENCY = 2
WAYS = [(use_rinv, add) for use_rinv in (0, 1) for add in (0, 1)]


class Bench(VectorBench):
    """Drained words in, one cycle later the memory's word beside each; results out."""

    ports = {"y": Port("valid_o", (), "data_o", held=True)}
    payloads = {"valid_i": ("y_i",)}
    constants = {"rinv_en_i": 0, "add_en_i": 0, "rinv_i": 0, "x_i": 0}
    rinv = np.float32(0)
    way = (0, 0)

    def drain(self, way: tuple[int, int], rinv: np.ndarray | None = None) -> None:
        """A new way, as soon as the words before it are out."""
        self.way = way
        self.rinv = np.abs(self.values(1))[0] if rinv is None else np.float32(rinv)
        self.t += LATENCY - 1
        self.put(self.t, rinv_en_i=way[0], add_en_i=way[1], rinv_i=pack(self.rinv))

    def word(self, y: np.ndarray, x: np.ndarray) -> None:
        """One word in the next cycle; the memory's output is something else before and behind."""
        self.put(self.t, valid_i=1, y_i=pack(y))
        self.put(self.t + 1, x_i=pack(x))
        self.put(self.t + 2, x_i=self.garbage("x_i"))
        out = fp32_mul(y, self.rinv) if self.way[0] else y
        self.expect("y", self.t + LATENCY, (), words(residual(x, out) if self.way[1] else out))
        self.t += 1

    def job(self) -> None:
        """Three words that are scaled and added."""
        self.drain((1, 1))
        for _ in range(3):
            self.word(self.values(R), self.values(R))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def corners(dut: Any) -> None:
    """Every way of every pair of corner values, with 1/rms from the least to the greatest; x = -y."""
    b = await Bench.ready(dut, "corners")
    for way in WAYS:
        for rinv in (0.0, 1.1754944e-38, 1.0, 3.4028235e38):
            b.drain(way, rinv)
            for y, x in zip(*all_pairs(R), strict=True):
                b.word(y, x)
        b.drain(way, 1.0)
        y = b.values(R)
        b.word(y, -y)
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """Drains of one to many words, one behind the other, with gaps and without."""
    b = await Bench.ready(dut, "random")
    for n, count in enumerate([1, 2, 3, 25] * 4):
        b.drain(WAYS[n // 4], None)
        for _ in range(count):
            b.word(b.values(R), b.values(R))
            b.wait(gaps=bool(n & 1))
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def a_model(dut: Any) -> None:
    """Tiny's o_proj onto its residual stream; its gate, scaled."""
    b = await Bench.ready(dut, "a_model")
    t = token()
    b.drain((0, 1))
    for y, x in zip(in_words(t[0, "drain:o_proj"]["y"], R), in_words(t[-1, "embed"]["x"], R), strict=False):
        b.word(y, x)
    b.drain((1, 0), t[1, "rinv:post_attention_layernorm"]["value"])
    for y in in_words(t[1, "drain:gate_proj"]["y"], R):
        b.word(y, b.values(R))
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """A reset in every cycle of a drain of three words."""
    b = await Bench.ready(dut, "resets")
    b.resets(b.job, 4 + LATENCY)
    await b.end()
