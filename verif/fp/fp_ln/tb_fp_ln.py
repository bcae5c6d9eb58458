"""cocotb tests of fp_ln: every significand, dense sweeps, corners, any bit pattern, gaps, reset."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.latency import LN_LATENCY
from golden.transcendental import ln
from verif.fp.bench import LaneBench, generator, values
from verif.fp.operands import SPECIAL, float_words, words


def corners() -> np.ndarray:
    """Special patterns and the neighbours of 1, 3/4, 3/2, powers of two and of ends of intervals."""
    points = float_words([0.5, 0.75, 1, 1.5, 2, 3, 2.0**-24, 1 - 2.0**-24, 1.1754944e-38, 1e38, 16.63])
    ends = np.uint32(0x3F800000) + (np.arange(64, dtype=np.uint32) << np.uint32(17))
    near = np.concatenate([p + np.uint32(d) for p in (points, ends) for d in (0, 1, 2, 2**32 - 1, 2**32 - 2)])
    return np.concatenate([SPECIAL, near, near | np.uint32(1 << 31)])


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def sweeps(dut: Any) -> None:
    """Dense: around 1, arguments of the noise, all exponents; then corners and random bit patterns."""
    rng = generator("sweeps")
    bench = LaneBench(dut, LN_LATENCY, rng, ("data_i",))
    await bench.start()
    n = 1000 * (len(dut.data_i) // 32)
    dense = np.linspace(0, 1, n), np.linspace(-0.7, -1.6, n), np.exp2(np.linspace(-126, 127.9, n))
    operands = [float_words(x) for x in dense] + [corners(), words(rng, n), words(rng, n, 124, 130)]
    for x in operands:
        await bench.run((x,), ln(values(x)).view("u4"))
    assert bench.compared >= sum(map(len, operands)) > 0
    cocotb.log.info("%d results compared", bench.compared)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def every_significand(dut: Any) -> None:
    """All significands, half of them below 1, where n is -1 or 0, half above."""
    bench = LaneBench(dut, LN_LATENCY, generator("every"), ("data_i",))
    await bench.start()
    x = np.arange(1 << 23, dtype=np.uint32) | np.uint32(0x3F000000)
    x |= (x & np.uint32(1)) << np.uint32(23)
    await bench.run((x,), ln(values(x)).view("u4"))
    assert bench.compared == len(x)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def gaps_and_reset(dut: Any) -> None:
    """Garbage between bundles, then resets with bundles in the pipeline."""
    rng = generator("gaps")
    bench = LaneBench(dut, LN_LATENCY, rng, ("data_i",))
    await bench.start()
    n = 60 * (len(dut.data_i) // 32)
    for busy, reset_at in ((0.5, None), (1.0, 30), (0.7, 20)):
        x = words(rng, n, 100, 134)
        await bench.run((x,), ln(values(x)).view("u4"), busy=busy, reset_at=reset_at)
