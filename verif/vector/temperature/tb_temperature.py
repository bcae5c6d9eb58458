"""cocotb tests of temperature: logits drawn and as they are, every cycle."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.gumbel import gumbel, noise_words, temper
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS, Port, words
from verif.vector.bench import CORNERS, VectorBench, all_pairs, in_words, token

R = PARAMETERS["ROWS"]
LATENCY = 2
# 1/T of ordinary and of extreme temperatures.
INVERSES = np.float32([1, 1 / 0.7, 0.5, 100, 1e-3, 3.4028235e38, 1.1754944e-38])


class Bench(VectorBench):
    """Logits in, their noise one cycle later, values out."""

    ports = {"value": Port("valid_o", (), "value_o", held=True)}
    payloads = {"valid_i": ("value_i",)}
    constants = {"draw_en_i": 0, "inv_temperature_i": 0, "noise_i": 0}

    def mode(self, inverse: float | None) -> None:
        """1/T of the words to come, None for greedy (the port may then hold anything)."""
        self.t += LATENCY
        self.inverse = None if inverse is None else np.float32(inverse)
        shown = self.garbage("inv_temperature_i") if inverse is None else pack(self.inverse)
        self.put(self.t, draw_en_i=int(inverse is not None), inv_temperature_i=shown)

    def words(self, logits: np.ndarray, noise: np.ndarray, gaps: bool = False) -> None:
        """Words [n, R] with their noise."""
        for x, g in zip(logits, noise, strict=True):
            self.wait(gaps)
            self.put(self.t, valid_i=1, value_i=pack(x))
            self.put(self.t + 1, noise_i=pack(g))
            want = x if self.inverse is None else temper(x, self.inverse, g)
            self.expect("value", self.t + LATENCY, (), words(want))
            self.t += 1

    def job(self) -> None:
        """Three words."""
        self.mode(self.rng.choice(INVERSES))
        self.words(self.values(3, R), self.values(3, R))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def corners(dut: Any) -> None:
    """Every pair of corner values under every kind of temperature; as they are without one."""
    b = await Bench.ready(dut, "corners")
    for inverse in (None, *INVERSES, None):
        b.mode(inverse)
        b.words(*all_pairs(R))
    assert len(CORNERS)
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """Random words and temperatures, drawn and greedy, gaps and none."""
    b = await Bench.ready(dut, "random")
    for n in range(60):
        b.mode(None if n % 3 == 0 else float(np.exp(b.rng.normal())))
        count = int(b.rng.integers(1, 7))
        b.words(b.values(count, R), b.values(count, R), gaps=bool(n & 1))
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def a_model(dut: Any) -> None:
    """Tiny's logits with their noise."""
    b = await Bench.ready(dut, "a_model")
    logits = in_words(token()[-1, "drain:lm_head"]["out"], R, most=300)
    noise = gumbel(noise_words(5, 3, np.arange(logits.size, dtype=np.uint32))).reshape(logits.shape)
    for inverse in (None, 1 / 0.8):
        b.mode(inverse)
        b.words(logits, noise)
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """A reset in every cycle of three words drops what is inside; the next ones are whole."""
    b = await Bench.ready(dut, "resets")
    b.resets(b.job, 3 + 2 * LATENCY)
    await b.end()
