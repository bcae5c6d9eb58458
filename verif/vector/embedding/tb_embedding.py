"""cocotb tests of embedding: ROM words to FP32 under their addresses, every cycle."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.embed import embed
from golden.quantise import QuantisedMatrix
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS, Port, words
from verif.vector.bench import VectorBench, tiny

R, FRAC = PARAMETERS["ROWS"], PARAMETERS["FRAC_BITS"]
LATENCY = 2
ZERO_POINTS = 1 << 8 + FRAC


class Bench(VectorBench):
    """ROM words in, values out."""

    ports = {"y": Port("valid_o", ("addr_o",), "data_o", held=True)}
    payloads = {"valid_i": ("addr_i", "word_i")}

    def word(self, codes: np.ndarray, scale: int, zero: int, addr: int | None = None) -> None:
        """One word in the next cycle: R codes, FP16 pattern of the scale, zero-point."""
        addr = int(self.rng.integers(4096)) if addr is None else addr
        row = codes.astype(np.uint8)[None]
        scales = np.array([[scale]], np.uint16).view(np.float16)
        table = QuantisedMatrix(row, scales, np.array([[zero]], np.uint16), 8, R, FRAC)
        word = pack(row) | scale << 8 * R | zero << 8 * R + 16
        self.put(self.t, valid_i=1, addr_i=addr, word_i=word)
        self.expect("y", self.t + LATENCY, (addr,), words(embed(table, 0)))
        self.t += 1

    def draw(self) -> None:
        """One word of any kind: scales 0, subnormal and all others."""
        r = self.rng
        scale = int(r.integers(0, r.choice([1, 0x400, 0x7C00, 0x7C00])))
        self.word(r.integers(0, 256, R), scale, int(r.integers(ZERO_POINTS)))

    def job(self) -> None:
        """Three words without a gap."""
        for _ in range(3):
            self.draw()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def corners(dut: Any) -> None:
    """Least and greatest codes, zero-points, scales, addresses; codes that are the zero-point."""
    b = await Bench.ready(dut, "corners")
    for scale in (0, 1, 0x3FF, 0x400, 0x3C00, 0x7BFF, 0x7C00, 0x7FFF):
        for zero in (0, 1, ZERO_POINTS // 2, ZERO_POINTS - 1):
            for code in (0, 1, 127, 128, 255):
                b.word(np.full(R, code), scale, zero, addr=(0, 4095)[code & 1])
    for code in (0, 100, 255):
        b.word(np.full(R, code), 0x3C00, code << FRAC)
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """Back to back, then with gaps."""
    b = await Bench.ready(dut, "random")
    for n in range(200):
        b.draw()
        b.wait(gaps=n >= 100)
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def a_model(dut: Any) -> None:
    """Rows of tiny's table."""
    b = await Bench.ready(dut, "a_model")
    table = tiny().embedding
    for row in (0, 17, len(table.codes) - 1):
        for start in range(0, table.codes.shape[1] - R + 1, R):
            group = start // table.group_size
            zero = int(table.zero_point[row, group]) % ZERO_POINTS
            scale = int(table.scale[row, group : group + 1].view(np.uint16)[0])
            b.word(table.codes[row, start : start + R], scale, zero, addr=start // R)
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """A reset in every cycle of three words."""
    b = await Bench.ready(dut, "resets")
    b.resets(b.job, 3 + LATENCY)
    await b.end()
