"""cocotb tests of rope: rotated pairs two cycles behind their word, every cycle."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.rope import rope, rope_table
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS, Port, words
from verif.vector.bench import VectorBench, all_pairs, in_words, tiny, token

R = PARAMETERS["ROWS"]
LATENCY = 2


class Bench(VectorBench):
    """Words and their trigonometric values in, rotated words out."""

    ports = {"y": Port("valid_o", (), "y_o", held=True)}
    payloads = {"valid_i": ("x_i", "trig_i")}

    def word(self, x: np.ndarray, cos: np.ndarray, sin: np.ndarray) -> None:
        """One word in the next cycle."""
        self.put(self.t, valid_i=1, x_i=pack(x), trig_i=pack(np.stack([cos, sin], axis=1)))
        self.expect("y", self.t + LATENCY, (), words(rope(x, cos, sin)))
        self.t += 1

    def turn(self, x: np.ndarray, angle: np.ndarray) -> None:
        """One word by some angles."""
        self.word(x, np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32))

    def angles(self) -> np.ndarray:
        """All around, some 0 as at position 0."""
        return np.where(self.rng.random(R // 2) < 0.3, 0, self.rng.uniform(-7, 7, R // 2))

    def job(self) -> None:
        """Three words without a gap."""
        for _ in range(3):
            self.turn(self.values(R), self.angles())


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def corners(dut: Any) -> None:
    """Every pair of corner values by quarter turns, by an eighth (sums that cancel or saturate)."""
    b = await Bench.ready(dut, "corners")
    first, second = all_pairs(R // 2)
    for turns in range(8):
        angle = np.full(R // 2, turns * np.pi / 4)
        for x in np.stack([first, second], axis=2).reshape(-1, R):
            b.turn(x, angle)
        exact = np.float32([1, 0, -1, 0, 1])
        k = turns % 4
        b.word(b.values(R), np.full(R // 2, exact[k]), np.full(R // 2, exact[k + 1]))
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """Back to back, then with gaps."""
    b = await Bench.ready(dut, "random")
    for n in range(200):
        b.turn(b.values(R), b.angles())
        b.wait(gaps=n >= 100)
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def a_model(dut: Any) -> None:
    """Tiny's q and k at the first and last positions."""
    b = await Bench.ready(dut, "a_model")
    m = tiny().geometry.model
    for name in ("q_proj", "k_proj"):
        x = in_words(token()[0, f"drain:{name}"]["out"], R)
        for pos in (0, 1, 254):
            cos, sin = (
                np.resize(t[pos], x.size // 2).reshape(-1, R // 2)
                for t in rope_table(256, m.head_dim, m.rope_theta)
            )
            for k in range(len(x)):
                b.word(x[k], cos[k], sin[k])
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """A reset in every cycle of three words."""
    b = await Bench.ready(dut, "resets")
    b.resets(b.job, 3 + LATENCY)
    await b.end()
