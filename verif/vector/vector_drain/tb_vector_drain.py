"""cocotb tests of vector_drain: results into the vector memory or the argmax, every cycle."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden import program as p
from golden.argmax import best_word
from golden.formats import fp32_mul
from golden.gumbel import GUMBEL_CYCLES, tempered
from golden.library import load_model
from golden.model import Model
from golden.residual import residual
from golden.schedule import TokenTrace
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS as P
from verif.matrix.cycle_bench import CycleBench, Port, random_stream, words

R, VOCAB_ROWS = P["ROWS"], P["VOCAB_ROWS"]
WRITE, BEST = 2, 6  # cycles from an arrival to the write, to the result of the argmax
AHEAD = GUMBEL_CYCLES - 2  # cycles from a noise step to its arrival


class Bench(CycleBench):
    """Writes with their addresses; the best in the cycles where it is known."""

    ports = {"write": Port("valid_o", ("addr_o",), "data_o"), "best": Port("", (), "best_o", 65)}
    payloads = {"valid_i": ("slot_i", "data_i"), "noise_valid_i": ("noise_slot_i",)}

    def __init__(self, dut: Any, rng: np.random.Generator) -> None:
        super().__init__(dut, rng)
        self.seen = np.zeros(0, np.float32)  # what is compared in this column, since the last restart
        self.greedy()
        self.none: set[int] = set()  # cycles in which there must be no candidate

    def values(self, *shape: int) -> np.ndarray:
        """Ordinary values with zeros of both signs, extremes and equals among them."""
        x = self.rng.normal(0, 1, shape) * 10.0 ** self.rng.integers(-4, 4, shape)
        corner = self.rng.choice([0.0, -0.0, 1, -1, 3.4e38, -3.4e38, 1.2e-38], shape)
        return np.where(self.rng.random(shape) < 0.15, corner, x).astype(np.float32)

    def greedy(self) -> None:
        """The words to come are compared as they are."""
        self.sampling = (np.float32(0), 0, 0)
        self.put(self.t, draw_en_i=0, inv_temperature_i=0)

    def draw(self) -> None:
        """The words to come are a token that is drawn, from a temperature, seed and position."""
        inverse = np.float32(self.rng.choice([1, 1 / 0.7, 3, 100, 1e-3]))
        seed, pos = int(self.rng.integers(1 << 32)), int(self.rng.integers(4096))
        self.sampling = (inverse, seed, pos)
        self.put(self.t, draw_en_i=1, inv_temperature_i=pack(inverse), noise_seed_i=seed, pos_i=pos)

    def arrive(self, y: np.ndarray, gaps: bool, noise: bool = False) -> list[int]:
        """Words [slots, R] arrive; returns their cycles. Their noise begins before them."""
        cycles = []
        self.t += AHEAD if noise else 0
        for slot, word in enumerate(y):
            self.t += int(self.rng.choice([0, 0, 1, 4])) if gaps else 0
            self.put(self.t, valid_i=1, slot_i=slot, data_i=pack(word))
            if noise:
                self.put(self.t - AHEAD, noise_valid_i=1, noise_slot_i=slot)
            cycles.append(self.t)
            self.t += 1
        return cycles

    def store(self, mode: int, use_rinv: bool, y: np.ndarray, x: np.ndarray, gaps: bool = False) -> None:
        """A DRAIN into the vector memory, which holds ``x`` there."""
        dst, rinv = int(self.rng.integers(4096 - len(y))), np.abs(self.values(1)) + np.float32(0.1)
        self.put(self.t, mode_i=mode, rinv_en_i=int(use_rinv), dst_i=dst, rinv_i=pack(rinv))
        out = fp32_mul(y, rinv) if use_rinv else y
        out = residual(x, out) if mode == p.RESIDUAL else out
        for slot, cycle in enumerate(self.arrive(y, gaps)):
            self.put(cycle + 1, x_i=pack(x[slot]))
            self.expect("write", cycle + WRITE, (dst + slot,), words(out[slot]))
        self.t += WRITE

    def search(self, column: int, vocab: int, row: int, y: np.ndarray, use_rinv: bool, gaps: bool) -> None:
        """A DRAIN into the argmax: rows from ``row`` on of this column's share of the vocabulary."""
        rinv = np.abs(self.values(1)) + np.float32(0.1)
        self.put(self.t, mode_i=p.ARGMAX, rinv_en_i=int(use_rinv), row_i=row, rinv_i=pack(rinv))
        self.put(self.t, col_i=column, vocab_size_i=vocab)
        out = (fp32_mul(y, rinv) if use_rinv else y).ravel()
        rows = np.uint32(column * VOCAB_ROWS + row) + np.arange(len(out), dtype=np.uint32)
        value = tempered(out, *self.sampling, rows)
        self.seen = value if row == 0 else np.concatenate([self.seen, value])
        cycles = self.arrive(y, gaps, noise=bool(self.sampling[0]))
        self.t += BEST
        best = best_word(self.seen, column * VOCAB_ROWS, vocab)
        for cycle in range(cycles[-1] + BEST, self.t + 2):
            if best:
                self.expect("best", cycle, (), (best,))
            else:
                self.none.add(cycle)

    def sample(self) -> None:
        """No candidate where none may be."""
        if self.cycle in self.none:
            assert not int(self.dut.best_o.value) >> 64, f"cycle {self.cycle}: best_o is valid"
            self.compared += 1


async def make(dut: Any, name: str) -> Bench:
    """A bench behind reset."""
    b = Bench(dut, random_stream(name))
    zero = ("mode_i", "rinv_en_i", "dst_i", "row_i", "rinv_i", "x_i", "col_i", "vocab_size_i")
    zero += ("draw_en_i", "inv_temperature_i", "noise_seed_i", "pos_i")
    await b.start(**dict.fromkeys(zero, 0))
    return b


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def stores(dut: Any) -> None:
    """With and without residual and 1/rms; one to many words; gaps and none; back to back."""
    b = await make(dut, "stores")
    for mode in (p.STORE, p.RESIDUAL):
        for use_rinv in (False, True):
            for slots in (1, 2, 3, 17):
                for gaps in (False, True):
                    b.store(mode, use_rinv, b.values(slots, R), b.values(slots, R), gaps)
    await b.run()
    b.finish()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def searches(dut: Any) -> None:
    """Many equals, row blocks one after the other, rows beyond the vocabulary, every column; drawn."""
    b = await make(dut, "searches")
    whole = VOCAB_ROWS // R
    for n in range(48):
        b.t += BEST
        b.draw() if n & 8 else b.greedy()
        column = int(b.rng.integers(0, 4))
        first = column * VOCAB_ROWS
        vocab = int(b.rng.choice([1, first, first + 1, first + VOCAB_ROWS, first + VOCAB_ROWS // 2 + 1]))
        slots, done = [], 0
        while done < whole:
            slots.append(int(b.rng.integers(1, whole - done + 1)))
            done += slots[-1]
        row = 0
        for k in slots:
            y = b.rng.choice(np.float32([-2, -1, 3]), (k, R)) if n % 3 else b.values(k, R)
            b.search(column, max(vocab, 1), row, y, bool(n & 4), gaps=bool(n & 1))
            row += k * R
    await b.run()
    b.finish()
    assert b.none


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def extremes(dut: Any) -> None:
    """All lanes infinite in float, that is saturated; zeros; sums that cancel."""
    b = await make(dut, "extremes")
    big = np.full((2, R), 3.4e38, np.float32)
    for y, x in ((big, big), (big, -big), (-big, -big), (0 * big, -0 * big)):
        for use_rinv in (False, True):
            b.store(p.RESIDUAL, use_rinv, y, x)
    await b.run()
    b.finish()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def a_model(dut: Any) -> None:
    """Results of tiny's o_proj onto its residual, and its logits."""
    b = await make(dut, "a_model")
    trace = TokenTrace()
    Model(load_model("tiny").weights, trace=trace).step(17, 0, sample=True)
    x, drained = trace.values[-1, "embed"]["x"], trace.values[0, "drain:o_proj"]
    b.store(p.RESIDUAL, False, drained["y"].reshape(-1, R), x.reshape(-1, R))
    logits = trace.values[-1, "drain:lm_head"]["y"].ravel()[:VOCAB_ROWS]
    b.search(0, VOCAB_ROWS, 0, logits.reshape(-1, R), True, gaps=False)
    b.draw()
    b.search(0, VOCAB_ROWS, 0, logits.reshape(-1, R), True, gaps=False)
    await b.run()
    b.finish()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """A reset anywhere in a DRAIN; what follows is whole."""
    b = await make(dut, "resets")
    for after in range(1, 24):
        b.draw() if after > 7 else b.greedy()
        begin = b.t
        if after > 7:
            b.search(0, VOCAB_ROWS, 0, b.values(1, R), False, gaps=False)
            b.cut(begin + after)
            b.search(0, VOCAB_ROWS, 0, b.values(1, R), False, gaps=False)
            continue
        b.store(p.STORE, True, b.values(4, R), b.values(4, R))
        b.cut(begin + after)
        b.store(p.RESIDUAL, True, b.values(2, R), b.values(2, R))
        b.search(0, 3, 0, b.values(1, R), False, gaps=False)
    await b.run()
    b.finish()
