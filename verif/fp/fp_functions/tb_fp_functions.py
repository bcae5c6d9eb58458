"""cocotb tests of the functions of fp_pkg: exhaustive where the domain allows."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from golden import formats as F
from verif.fp.bench import LaneBench, generator, values
from verif.fp.operands import SPECIAL, grid, join, pair_classes, words

OPS = (
    "sub",
    "max",
    "gt",
    "from_int",
    "scale",
    "bf16_round",
    "bf16_to_fp32",
    "fp16_to_fp32",
    "mx_mantissa",
    "mx_dot",
    "add",
    "mul",
)


async def start(dut: Any, name: str) -> LaneBench:
    """A started bench."""
    bench = LaneBench(dut, 1, generator(name), ("a_i", "b_i"))
    await bench.start()
    return bench


async def check(bench: LaneBench, op: str, a: np.ndarray, b: np.ndarray | None, expected: np.ndarray) -> None:
    """Apply ``op`` to one set of operands; floats count as bit patterns, integers as words."""
    expected = np.asarray(expected)
    wanted = expected.view(np.uint32) if expected.dtype == np.float32 else expected.astype(np.uint32)
    a = np.asarray(a).astype(np.uint32)
    b = np.zeros_like(a) if b is None else np.asarray(b).astype(np.uint32)
    before = bench.compared
    await RisingEdge(bench.dut.clk_i)
    bench.dut.op_i.value = OPS.index(op)
    await bench.run((a, b), wanted)
    assert bench.compared - before >= len(a) > 0


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def pairs(dut: Any) -> None:
    """add, sub, mul, max, gt on every class of pairs, and on equal values of both signs."""
    bench = await start(dut, "pairs")
    lanes = len(dut.a_i) // 32
    twins = {"add": F.fp32_add, "sub": F.fp32_sub, "mul": F.fp32_mul, "max": F.fp32_max, "gt": F.fp32_gt}
    for op, twin in twins.items():
        same = words(bench.rng, 20 * lanes)
        sets = pair_classes(bench.rng, max(lanes // 8, 1)) | {"equal": (same, same)}
        for a, b in sets.values():
            await check(bench, op, a, b, twin(values(a), values(b)))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def from_int(dut: Any) -> None:
    """Random integers of all lengths, powers of two and their neighbours, ties."""
    bench = await start(dut, "from_int")
    n = 400 * (len(dut.a_i) // 32)
    i = bench.rng.integers(-(2**31), 2**31, n) >> bench.rng.integers(0, 31, n)
    powers = 1 << np.arange(31, dtype=np.int64)
    ties = (2**24 + 1) << np.arange(7) | np.arange(-1, 2)[:, None]
    i = np.concatenate([i, powers, powers - 1, powers + 1, ties.reshape(-1), [0, -(2**31), 2**31 - 1]])
    i = np.concatenate([i, -i[i > -(2**31)]]).astype(np.int32)
    await check(bench, "from_int", i.view(np.uint32), None, F.fp32_from_int(i))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def scale(dut: Any) -> None:
    """Every special value with every shift, random values with random shifts."""
    bench = await start(dut, "scale")
    a, n = grid(SPECIAL, np.arange(-1024, 1024))
    size = 200 * (len(dut.a_i) // 32)
    a = np.concatenate([a, words(bench.rng, size)])
    n = np.concatenate([n, bench.rng.integers(-300, 300, size)])
    await check(bench, "scale", a, n & 0x7FF, F.fp32_scale(values(a), n))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def bf16(dut: Any) -> None:
    """All upper halves with lower halves around the tie; every BF16 back."""
    bench = await start(dut, "bf16")
    high, low = grid(np.arange(2**16), np.array([0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF]))
    u = (high << 16 | low).astype(np.uint32)
    u = u[(u >> 23 & 255) < 255]
    await check(bench, "bf16_round", u, None, F.bf16_round(values(u)).view(np.uint32) >> 16)
    h = np.arange(2**16)[(np.arange(2**16) >> 7 & 255) % 255 != 0]
    await check(bench, "bf16_to_fp32", h, None, values(h << 16))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def fp16(dut: Any) -> None:
    """All 2^16 patterns."""
    bench = await start(dut, "fp16")
    h = np.arange(2**16, dtype=np.uint16)
    await check(bench, "fp16_to_fp32", h, None, F.fp16_to_fp32(h))


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def mx_mantissa(dut: Any) -> None:
    """Every upper half of the fraction, lower bits of each kind, all distances of exponents."""
    bench = await start(dut, "mx_mantissa")
    high, low = grid(np.arange(2**16), np.array([0, 1, 64, 127]))
    fraction = high << 7 | low
    for top, distance in (
        (127, 0),
        (127, 1),
        (133, 2),
        (5, 4),
        (254, 5),
        (120, 7),
        (130, 8),
        (254, 253),
    ):
        x = join(
            bench.rng.integers(0, 2, len(fraction)),
            np.full(len(fraction), top - distance),
            fraction,
        )
        # A block of two: the largest element sets the exponent.
        block = np.stack([values(x), np.full(len(x), 2.0 ** (top - 127), np.float32)], axis=1)
        m, e = F.mx_quantise(block, 2)
        await check(bench, "mx_mantissa", x, e.reshape(-1), m[:, 0].view(np.uint8))
    x = words(bench.rng, 400 * (len(dut.a_i) // 32), 0, 20)
    m, e = F.mx_quantise(values(x).reshape(-1, 1), 1)
    await check(bench, "mx_mantissa", x, e.reshape(-1), m.reshape(-1).view(np.uint8))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def mx_dot(dut: Any) -> None:
    """Dot products of all sizes, every exponent."""
    bench = await start(dut, "mx_dot")
    n = 400 * (len(dut.a_i) // 32)
    dot = (bench.rng.integers(-(2**31), 2**31, n) >> bench.rng.integers(4, 31, n)).astype(np.int32)
    ea, eb = bench.rng.integers(0, 255, (2, n)).astype(np.uint8)
    b = ea.astype(np.uint32) | eb.astype(np.uint32) << 8
    await check(bench, "mx_dot", dot.view(np.uint32), b, F.mx_dot_term(dot, ea, eb))
