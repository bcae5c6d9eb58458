"""cocotb tests of threefry: published answers, random keys and counters, every cycle."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.gumbel import THREEFRY_CYCLES, threefry2x32
from golden.tests.known_answers import THREEFRY
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS, Port, words
from verif.vector.bench import VectorBench

LANES = PARAMETERS["LANES"]


class Bench(VectorBench):
    """Counters in, words out."""

    ports = {"word": Port("valid_o", (), "word_o", held=True)}
    payloads = {"valid_i": ("counter_i",)}
    constants = {"key_i": 0}

    def key(self, key: np.ndarray) -> None:
        """Another key, when all words have left."""
        self.t += THREEFRY_CYCLES
        self.put(self.t, key_i=pack(key))
        self.now = key

    def word(self, counter: np.ndarray, gaps: bool = False) -> None:
        """A word of counters uint32 [LANES, 2]."""
        self.wait(gaps)
        self.put(self.t, valid_i=1, counter_i=pack(counter))
        want = threefry2x32(tuple(self.now), (counter[:, 0], counter[:, 1]))
        self.expect("word", self.t + THREEFRY_CYCLES, (), words(want))
        self.t += 1

    def draw(self, n: int) -> np.ndarray:
        """Random pairs of words."""
        return self.rng.integers(0, 1 << 32, (n, 2)).astype(np.uint32)

    def job(self) -> None:
        """Three words of one key."""
        self.key(self.draw(1)[0])
        for _ in range(3):
            self.word(self.draw(LANES))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def known_answers(dut: Any) -> None:
    """Random123's vectors: golden's words are the published ones, and the RTL's are golden's."""
    b = await Bench.ready(dut, "known")
    for key, counter, answer in THREEFRY:
        b.key(np.array(key, np.uint32))
        b.word(np.tile(np.array(counter, np.uint32), (LANES, 1)))
        (got,) = b.expected["word"][b.t - 1 + THREEFRY_CYCLES][1:]
        assert got == answer * LANES
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """Keys and counters with few bits and with many, back to back and with gaps."""
    b = await Bench.ready(dut, "random")
    for n in range(40):
        b.key(b.draw(1)[0] if n % 3 else np.array([n, n >> 1], np.uint32))
        for word in range(int(b.rng.integers(1, 12))):
            rows = np.arange(LANES) + word * LANES
            counter = np.stack([rows, 0 * rows], axis=1) if n & 1 else b.draw(LANES)
            b.word(counter.astype(np.uint32), gaps=bool(n & 2))
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """A reset in every cycle of three words drops what is inside; the next words are whole."""
    b = await Bench.ready(dut, "resets")
    b.resets(b.job, 3 + 2 * THREEFRY_CYCLES)
    await b.end()
