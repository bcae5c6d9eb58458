"""cocotb tests of dequantiser: integer sums, zero-points, scales, exponents, the column tree."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.matrix_unit import dequantise, dequantiser_cycles
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS as P
from verif.matrix.cycle_bench import CycleBench, Port, random_stream, words

C, F = P["COLUMNS"], P["FRAC_BITS"]
LARGEST_D, LARGEST_S = 255 * 127 * 256, 127 * 256
KINDS = ("usual", "wide", "extreme", "tie", "zero", "tiny", "huge", "cancel", "subnormal scale")


class Bench(CycleBench):
    """Rows of operands of a kind."""

    ports = {"term": Port("valid_o", (), "term_o")}
    payloads = {"valid_i": ("d_i", "sum_i", "exp_i", "scale_i")}

    def row(self, kind: str) -> None:
        """One row in this cycle."""
        d, s, e, z, h = self.operands(kind)
        word = z.astype(np.int64) << 16 | h
        self.put(
            self.t,
            valid_i=1,
            d_i=pack(d, 32),
            sum_i=pack(s, 16),
            exp_i=pack(e, 8),
            scale_i=pack(word, 28),
        )
        term = dequantise(d, s, e, z, h, F)
        self.expect("term", self.t + dequantiser_cycles(C), (), words(term))
        self.t += 1

    def operands(self, kind: str) -> tuple[np.ndarray, ...]:
        """Sums, sums of mantissas, exponents, zero-points, FP16 scales, [C] each."""
        r = self.rng
        d = r.integers(-60000, 60000, C)
        s = r.integers(-2000, 2000, C)
        e = r.integers(115, 132, C)
        z = r.integers(0, 256, C)
        scale = r.uniform(-0.1, 0.1, C).astype(np.float16)
        if kind == "wide":
            d = r.integers(-LARGEST_D, LARGEST_D + 1, C)
            s = r.integers(-LARGEST_S, LARGEST_S + 1, C)
            z = r.integers(0, 4096, C)
            e = r.integers(0, 255, C)
            scale = self.any_scale()
        elif kind == "extreme":
            d = r.choice([-LARGEST_D, LARGEST_D, 0], C)
            s = r.choice([-LARGEST_S, LARGEST_S, 0], C)
            z = r.choice([0, 4095], C)
        elif kind == "tie":  # integers beyond 24 bits that end in a half, scale a power of two
            d = (r.integers(1 << 20, LARGEST_D >> 2, C) << 2 | 2) * r.choice([-1, 1], C)
            z = z * 0
            scale = np.ldexp(1.0, r.integers(-14, 8, C)).astype(np.float16)
        elif kind == "zero":
            d = d * 0
            s = s * r.integers(0, 2, C)
            z = z * r.integers(0, 2, C)
            scale = scale * r.integers(0, 2, C).astype(np.float16)
        elif kind == "tiny":
            e = r.integers(0, 30, C)
            scale = self.any_scale()
        elif kind == "huge":
            e = r.integers(235, 255, C)
            d = r.integers(-LARGEST_D, LARGEST_D + 1, C)
        elif kind == "cancel":  # neighbours that differ little or not at all in size
            d = np.repeat(d[::2], 2)[:C] * np.resize([1, -1], C) + r.integers(0, 2, C)
            s, e, z, scale = s * 0, np.full(C, 120), z, np.full(C, 0.5, np.float16)
        elif kind == "subnormal scale":
            scale = r.integers(0, 1024, C).astype(np.uint16).view(np.float16)
        return d, s, e, z, scale.view(np.uint16)

    def any_scale(self) -> np.ndarray:
        """FP16 of any exponent; field 31 is an ordinary one."""
        h = self.rng.integers(0, 0x8000, C) | self.rng.integers(0, 2, C) << 15
        return h.astype(np.uint16).view(np.float16)


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def operand_classes(dut: Any) -> None:
    """Every class back to back, then mixed with gaps."""
    b = Bench(dut, random_stream("classes"))
    await b.start()
    for kind in KINDS:
        for _ in range(60):
            b.row(kind)
    for _ in range(200):
        b.row(str(b.rng.choice(KINDS)))
        b.t += int(b.rng.integers(0, 3))
    await b.run()
    assert b.compared >= 740


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def reset_in_mid_job(dut: Any) -> None:
    """Reset drops the rows under way, at every depth of the pipeline."""
    b = Bench(dut, random_stream("reset"))
    await b.start()
    for delay in range(dequantiser_cycles(C) + 2):
        for _ in range(2):
            b.row("usual")
        b.cut(b.t - 1 + delay)
        b.row("usual")
        await b.run()
    assert b.compared
