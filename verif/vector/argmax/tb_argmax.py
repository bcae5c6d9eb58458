"""cocotb tests of argmax: the running best in every cycle."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.argmax import best_word
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS
from verif.vector.bench import CORNERS, VectorBench, in_words, token

R = PARAMETERS["ROWS"]
LATENCY = 2
VALID = 1 << 64


class Bench(VectorBench):
    """Words of logits in; the best is compared in every cycle, its fields where it is valid."""

    ports = {}
    payloads = {"valid_i": ("restart_i", "row_i", "value_i")}
    constants = {"vocab_size_i": 1}

    def __init__(self, dut: Any, rng: np.random.Generator) -> None:
        super().__init__(dut, rng)
        self.changes: dict[int, int] = {}  # cycle -> best from then on, 0: none
        self.best: int | None = None

    def search(
        self, logits: np.ndarray, vocab: int, row: int = 0, gaps: bool = False, restart: bool = True
    ) -> None:
        """Logits [n, R] of the rows from ``row`` on; ``vocab`` rows of them are in the vocabulary."""
        flat = logits.ravel()
        self.put(self.t, vocab_size_i=row + vocab)
        for i, word in enumerate(logits):
            self.wait(gaps)
            self.put(self.t, valid_i=1, restart_i=int(restart and i == 0), row_i=row + i * R)
            self.put(self.t, value_i=pack(word))
            self.changes[self.t + LATENCY] = best_word(flat[: (i + 1) * R], row, row + vocab)
            self.t += 1

    def job(self) -> None:
        """Three words."""
        self.search(self.values(3, R), 3 * R)

    def cut(self, cycle: int) -> None:
        """Reset: nothing seen."""
        super().cut(cycle)
        self.changes = {c: b for c, b in self.changes.items() if c <= cycle} | {cycle + 1: 0}

    def sample(self) -> None:
        """The best of this cycle."""
        self.best = self.changes.pop(self.cycle, self.best)
        if self.best is None:
            return
        got = int(self.dut.best_o.value)
        got = got if self.best else got & VALID
        assert got == self.best, f"cycle {self.cycle}: best_o is {got:#x}, expected {self.best:#x}"
        self.compared += 1


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def corners(dut: Any) -> None:
    """Equals of both zeros and of extremes; the best in every place; none in the vocabulary."""
    b = await Bench.ready(dut, "corners")
    for value in CORNERS:
        b.search(np.full((2, R), value, np.float32), 2 * R)
    for signs in ([0.0, -0.0], [-0.0, 0.0], [3.4028235e38, -3.4028235e38]):
        b.search(np.resize(np.float32(signs), (2, R)), 2 * R)
    for place in range(2 * R):
        x = np.full((2, R), -1, np.float32)
        x.flat[place] = 1
        b.search(x, 2 * R)
    b.search(b.values(2, R), 0)
    b.search(b.values(1, R), 1, row=(1 << 32) - 2 * R)
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """Many equals, vocabularies that end anywhere, any first row, one to six words, gaps and none."""
    b = await Bench.ready(dut, "random")
    for n in range(60):
        count = int(b.rng.integers(1, 7))
        vocab = int(b.rng.choice([1, R - 1, R, R + 1, count * R, b.rng.integers(1, count * R + 1)]))
        x = b.rng.choice(np.float32([-2, -1, 3]), (count, R)) if n % 5 < 3 else b.values(count, R)
        b.search(x, vocab, row=int(b.rng.integers(1 << 20)) * R * (n & 1), gaps=bool(n & 2))
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def a_model(dut: Any) -> None:
    """Tiny's logits."""
    b = await Bench.ready(dut, "a_model")
    logits = in_words(token()[-1, "drain:lm_head"]["out"], R, most=1000)
    b.search(logits, logits.size)
    b.search(logits, logits.size - R - 1)
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """A reset in every cycle of a search: nothing is known any more, also without a restart."""
    b = await Bench.ready(dut, "resets")
    b.resets(b.job, 3 + LATENCY)
    for after in range(3):
        begin = b.t
        b.job()
        b.cut(begin + after)
        b.search(-np.abs(b.values(2, R)), 2 * R, restart=False)
    await b.end()
