"""cocotb tests of rms_norm: weighted words and sums of squares, every cycle."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.config import clog2
from golden.rms_norm import rms_norm
from golden.vector_row import column_sum_of_squares
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS, Port, words
from verif.vector.bench import CORNERS, VectorBench, all_pairs, in_words, tiny, token

R = PARAMETERS["ROWS"]
SUM = 2 + clog2(R)  # cycles from the last word to its sum


class Bench(VectorBench):
    """Vectors in; their words, weighted, and their sums of squares out."""

    ports = {"y": Port("y_valid_o", (), "y_o", held=True), "ss": Port("ss_valid_o", (), "ss_o", held=True)}
    payloads = {"valid_i": ("first_i", "last_i", "x_i", "g_i")}

    def vector(self, x: np.ndarray, g: np.ndarray, gaps: bool = False) -> None:
        """A vector [n, R]; the next one may follow in the next cycle."""
        for i in range(len(x)):
            if i:
                self.wait(gaps)
            ends = {"first_i": int(i == 0), "last_i": int(i == len(x) - 1)}
            self.put(self.t, valid_i=1, x_i=pack(x[i]), g_i=pack(g[i]), **ends)
            self.expect("y", self.t + 1, (), words(rms_norm(x[i], g[i])))
            self.t += 1
        self.expect("ss", self.t - 1 + SUM, (), words(column_sum_of_squares(x)))

    def draw(self, n: int, gaps: bool = False) -> None:
        """A vector of n words whose squares do not all saturate."""
        x = self.values(n, R)
        x = np.copysign(np.abs(x) ** np.float32(0.25), x)
        self.vector(x, self.values(n, R), gaps)

    def job(self) -> None:
        """Two vectors."""
        self.draw(2)
        self.draw(1)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def corners(dut: Any) -> None:
    """Vectors of one corner value, of zeros with one, of every pair with a weight; squares that saturate."""
    b = await Bench.ready(dut, "corners")
    for value in CORNERS:
        b.vector(np.full((3, R), value, np.float32), b.values(3, R))
        one = np.zeros((3, R), np.float32)
        one[b.rng.integers(3), b.rng.integers(R)] = value
        b.vector(one, b.values(3, R))
    b.vector(*all_pairs(R))
    b.vector(b.values(4, R), b.values(4, R))
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """One to nine words, vectors back to back, with gaps inside and between."""
    b = await Bench.ready(dut, "random")
    for gaps in (False, True):
        for n in (1, 1, 2, 3, 9, 2, 5, 4, 1):
            b.draw(n, gaps)
            b.wait(gaps)
    for n in b.rng.integers(1, 6, 30):
        b.draw(int(n), bool(b.rng.integers(2)))
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def a_model(dut: Any) -> None:
    """Tiny's residual stream with the weights of its norms, without a pause."""
    b = await Bench.ready(dut, "a_model")
    x = in_words(token()[-1, "embed"]["x"], R)
    for norm in tiny().norms:
        b.vector(x, in_words(norm, R))
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """A reset in every cycle of two vectors; the next one's sum is its own."""
    b = await Bench.ready(dut, "resets")
    b.resets(b.job, 3 + SUM)
    await b.end()
