"""cocotb tests of fused_cell: ROM words times mantissas, one to four passes, values and cycles."""

from __future__ import annotations

import os
from typing import Any

import cocotb
import numpy as np

from golden.matrix_unit import DOT_CYCLES, join_passes, unit_dots
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS as P
from verif.matrix.cycle_bench import CycleBench, Port, random_stream, words

C, B, BITS = (P[k] for k in ("COLUMNS", "BLOCK", "WEIGHT_BITS"))
ROM = np.fromfile(os.environ["ROM_IMAGE"], np.uint8).reshape(P["ROM_WORDS"], -1)
MAX_PASSES = 8 // BITS


class Bench(CycleBench):
    """Steps of one to MAX_PASSES passes, one pass a cycle."""

    ports = {"d": Port("valid_o", (), "d_o")}
    payloads = {"valid_i": ("addr_i", "first_pass_i", "last_pass_i", "x_i")}

    def mantissas(self, kind: str) -> np.ndarray:
        """A chunk int8 [C, B]."""
        m = self.rng.integers(-127, 128, (C, B))
        if kind == "lowest":
            m = np.full((C, B), -127)
        if kind == "highest":
            m = np.full((C, B), 127)
        if kind == "zero":
            m = np.zeros((C, B))
        if kind == "one":
            m = np.zeros((C, B))
            m[self.rng.integers(C), self.rng.integers(B)] = self.rng.choice([-127, -1, 1, 127])
        return m.astype(np.int8)

    def step(self, addr: int, passes: int, x: np.ndarray) -> None:
        """Passes at consecutive addresses from this cycle on."""
        for p in range(passes):
            self.put(
                self.t,
                valid_i=1,
                addr_i=addr + p,
                first_pass_i=int(p == 0),
                last_pass_i=int(p == passes - 1),
            )
            self.put(self.t + 1, x_i=pack(x, 8))
            self.t += 1
        d = join_passes(np.stack([unit_dots(ROM[addr + p], x, BITS) for p in range(passes)]), BITS)
        self.expect("d", self.t - 1 + DOT_CYCLES, (), words(d.astype(np.int32)))


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def every_word(dut: Any) -> None:
    """Each ROM word with each class of mantissas, back to back."""
    b = Bench(dut, random_stream("words"))
    await b.start()
    for kind in ("random", "lowest", "highest", "zero", "one", "random"):
        for addr in range(len(ROM)):
            b.step(addr, 1, b.mantissas(kind))
    await b.run()
    assert b.compared >= 6 * len(ROM)


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def passes(dut: Any) -> None:
    """Codes of up to 8 bits in several passes, mixed, with and without gaps."""
    b = Bench(dut, random_stream("passes"))
    await b.start()
    for gaps in (False, True):
        for n in range(150):
            count = min(1 << int(b.rng.integers(0, MAX_PASSES.bit_length())), len(ROM))
            addr = int(b.rng.integers(0, len(ROM) - count + 1))
            b.step(addr, count, b.mantissas("lowest" if n % 7 == 0 else "random"))
            b.t += int(b.rng.integers(0, 3)) if gaps else 0
    await b.run()
    assert b.compared >= 300


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def reset_in_mid_job(dut: Any) -> None:
    """Reset drops what is under way; the next step is right."""
    b = Bench(dut, random_stream("reset"))
    await b.start()
    for delay in range(4):
        for _ in range(3):
            b.step(int(b.rng.integers(len(ROM))), 1, b.mantissas("random"))
        b.cut(b.t - 3 + delay)
        b.t += 1
        b.step(0, min(MAX_PASSES, len(ROM)), b.mantissas("random"))
        await b.run()
    assert b.compared >= 4
