"""cocotb tests of gumbel: noise of rows, seeds and positions, every cycle."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.gumbel import GUMBEL_CYCLES, gumbel, noise_words
from verif.matrix.cycle_bench import PARAMETERS, Port, words
from verif.vector.bench import VectorBench

R = PARAMETERS["ROWS"]
MOST = np.uint32(0xFFFFFFFF)


class Bench(VectorBench):
    """Rows in, noise out."""

    ports = {"noise": Port("valid_o", (), "noise_o", held=True)}
    payloads = {"valid_i": ("row_i",)}
    constants = {"seed_i": 0, "pos_i": 0}

    def token(self, seed: int, pos: int) -> None:
        """Another token, when all noise has left."""
        self.t += GUMBEL_CYCLES
        self.put(self.t, seed_i=seed, pos_i=pos)
        self.seed, self.pos = seed, pos

    def row(self, row: int, gaps: bool = False) -> np.ndarray:
        """Noise of the rows from ``row`` on; returns it."""
        self.wait(gaps)
        self.put(self.t, valid_i=1, row_i=row)
        rows = np.uint32(row) + np.arange(R, dtype=np.uint32)
        want = gumbel(noise_words(self.seed, self.pos, rows))
        self.expect("noise", self.t + GUMBEL_CYCLES, (), words(want))
        self.t += 1
        return want

    def job(self) -> None:
        """Three words of one token."""
        self.token(int(self.rng.integers(1 << 32)), int(self.rng.integers(4096)))
        for n in range(3):
            self.row(n * R)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def tokens(dut: Any) -> None:
    """Ends of seeds, positions and rows; random ones; consecutive rows back to back and with gaps."""
    b = await Bench.ready(dut, "tokens")
    for seed in (0, 1, int(MOST)):
        for pos in (0, 4095):
            b.token(seed, pos)
            for row in (0, R, (1 << 17) - R, (1 << 32) - R):
                b.row(row)
    for n in range(30):
        b.token(int(b.rng.integers(1 << 32)), int(b.rng.integers(4096)))
        first = int(b.rng.integers(1 << 16)) * R
        for word in range(int(b.rng.integers(1, 20))):
            b.row(first + word * R, gaps=bool(n & 1))
    await b.end()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def tails(dut: Any) -> None:
    """The rarest noise among 2^20 rows, both ends, and those around it."""
    b = await Bench.ready(dut, "tails")
    seed = int(b.rng.integers(1 << 32))
    b.token(seed, 7)
    word = noise_words(seed, 7, np.arange(1 << 20, dtype=np.uint32))
    order = np.argsort(word)
    seen = [b.row(int(row) // R * R).copy() for row in [*order[:40], *order[-40:]]]
    assert min(map(np.min, seen)) < -2.5 and max(map(np.max, seen)) > 12
    await b.end()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """A reset in every cycle of three rows drops what is inside; the next ones are whole."""
    b = await Bench.ready(dut, "resets")
    b.resets(b.job, 3 + 2 * GUMBEL_CYCLES)
    await b.end()
