"""cocotb tests of fp_mul: every operand class, gaps, reset."""

from __future__ import annotations

from typing import Any

import cocotb

from golden.formats import fp32_mul
from verif.fp.bench import LaneBench, generator, values
from verif.fp.operands import pair_classes, words


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def classes(dut: Any) -> None:
    """Zeros, subnormals, ties, extremes, cancellation, flush, saturation, random pairs."""
    rng = generator("classes")
    bench = LaneBench(dut, 1, rng, ("a_i", "b_i"))
    await bench.start()
    count = 0
    for a, b in pair_classes(rng, len(dut.a_i) // 32).values():
        await bench.run((a, b), fp32_mul(values(a), values(b)).view("u4"))
        count += len(a)
    assert bench.compared >= count > 0
    cocotb.log.info("%d results compared", bench.compared)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def gaps_and_reset(dut: Any) -> None:
    """Garbage between bundles, then a reset while one is inside."""
    rng = generator("gaps")
    bench = LaneBench(dut, 1, rng, ("a_i", "b_i"))
    await bench.start()
    n = 60 * (len(dut.a_i) // 32)
    for busy, reset_at in ((0.5, None), (1.0, 30), (0.7, 20)):
        a, b = words(rng, n), words(rng, n)
        await bench.run((a, b), fp32_mul(values(a), values(b)).view("u4"), busy=busy, reset_at=reset_at)
