"""cocotb tests of fp_rsqrt: dense sweeps, corners, any bit pattern, gaps, reset."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.latency import RSQRT_LATENCY
from golden.transcendental import rsqrt
from verif.fp.bench import LaneBench, generator, values
from verif.fp.operands import SPECIAL, float_words, words


def corners() -> np.ndarray:
    """Special patterns and the neighbours of every place where the function changes its rule."""
    points = float_words([87, 88, 88.72284, 89, 4, 8, 16, 0.125, 0.25, 0.5, 1, 1.5, 2, 3])
    near = np.concatenate([points - 2, points - 1, points, points + 1, points + 2])
    return np.concatenate([SPECIAL, near, near | np.uint32(1 << 31)])


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def sweeps(dut: Any) -> None:
    """Dense: two octaves densely, every octave, ordinary sums; then corners, any patterns."""
    rng = generator("sweeps")
    bench = LaneBench(dut, RSQRT_LATENCY, rng, ("data_i",))
    await bench.start()
    n = 1000 * (len(dut.data_i) // 32)
    dense = np.linspace(1, 4, n), np.exp2(np.linspace(-126, 127.9, n)), np.linspace(0.001, 300, n)
    operands = [float_words(x) for x in dense] + [corners(), words(rng, n)]
    for x in operands:
        await bench.run((x,), rsqrt(values(x)).view("u4"))
    assert bench.compared >= sum(map(len, operands)) > 0
    cocotb.log.info("%d results compared", bench.compared)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def gaps_and_reset(dut: Any) -> None:
    """Garbage between bundles, then resets with bundles in the pipeline."""
    rng = generator("gaps")
    bench = LaneBench(dut, RSQRT_LATENCY, rng, ("data_i",))
    await bench.start()
    n = 60 * (len(dut.data_i) // 32)
    for busy, reset_at in ((0.5, None), (1.0, 30), (0.7, 20)):
        x = words(rng, n, 100, 134)
        await bench.run((x,), rsqrt(values(x)).view("u4"), busy=busy, reset_at=reset_at)
