"""cocotb tests of mx_quant: block lengths, back to back, gaps, reset; values and cycles."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ReadOnly, RisingEdge

from golden.formats import mx_quantise, mx_sums
from golden.latency import MXQ_LATENCY
from verif.fp.bench import generator, values
from verif.fp.operands import join, words
from verif.lib.packing import pack

KINDS = ("real", "wide", "zero", "subnormal", "one", "clip", "tie", "large")


def block_words(rng: np.random.Generator, kind: str, n: int) -> np.ndarray:
    """Bit patterns of one block of ``n`` elements."""
    if kind == "real":
        return rng.standard_normal(n).astype(np.float32).view(np.uint32)
    if kind == "wide":
        return words(rng, n)
    if kind == "zero":
        return rng.integers(0, 2, n).astype(np.uint32) << 31
    if kind == "subnormal":
        return words(rng, n, 0, 1)
    if kind == "one":
        x = words(rng, n, 0, 1)
        x[rng.integers(n)] = words(rng, 1, 1, 255)[0]
        return x
    if kind == "clip":  # magnitudes that round to 128
        return join(
            rng.integers(0, 2, n),
            np.full(n, rng.integers(1, 255)),
            rng.integers(0x7D0000, 0x800000, n),
        )
    if kind == "tie":  # halves of a mantissa step
        x = (rng.integers(-255, 256, n) / 2).astype(np.float32)
        x[rng.integers(n)] = 64
        return x.view(np.uint32)
    return words(rng, n, 247, 255)


class QuantBench:
    """Plans blocks cycle by cycle with what must come out, then plays the plan."""

    def __init__(self, dut: Any, rng: np.random.Generator) -> None:
        self.dut, self.rng = dut, rng
        self.lanes = len(dut.data_i) // 32
        self.max_words = int(dut.MAX_BLOCK.value) // self.lanes
        self.inputs: dict[int, tuple[int, int]] = {}  # cycle -> last, data
        self.expected: dict[int, tuple[int, int, int, int | None]] = {}  # last, data, exp, sum
        self.t = 1  # next cycle to plan
        self.free = 0  # first cycle in which the last word of a block may come
        self.cycle = 0
        self.compared = 0

    async def start(self) -> None:
        """Clock and reset."""
        self.dut.valid_i.value = 0
        self.dut.last_i.value = 0
        self.dut.rst_ni.value = 0
        Clock(self.dut.clk_i, 10, "ns", impl="gpi").start(start_high=False)
        for _ in range(3):
            await RisingEdge(self.dut.clk_i)
        self.dut.rst_ni.value = 1

    def block(self, kind: str, length: int, busy: float = 1.0) -> None:
        """Plan a block of ``length`` words at the next cycle, words with gaps if ``busy`` < 1."""
        x = block_words(self.rng, kind, length * self.lanes)
        m, e = mx_quantise(values(x), len(x))
        total = int(mx_sums(m, len(x))[0]) & 0xFFFF
        x, m = x.reshape(length, -1), m.reshape(length, -1)
        self.t = max(self.t, self.free - length + 1)
        for w in range(length):
            while self.rng.random() >= busy:
                self.t += 1
            last = w == length - 1
            self.inputs[self.t] = (int(last), pack(x[w]))
            self.t += 1
        first = self.t - 1 + MXQ_LATENCY
        for w in range(length):
            last = w == length - 1
            self.expected[first + w] = (
                int(last),
                pack(m[w].view(np.uint8)),
                int(e[0]),
                total if last else None,
            )
        self.free = self.t - 1 + length

    async def play(self, reset_at: int | None = None) -> None:
        """Play the plan and as many cycles more as a block takes; compare every cycle."""
        dut, rng = self.dut, self.rng
        if reset_at is not None:
            self.inputs = {c: v for c, v in self.inputs.items() if c < reset_at}
            self.expected = {c: v for c, v in self.expected.items() if c <= reset_at}
            self.t = self.free = reset_at + 1
        end = self.t + 2 * self.max_words + 4
        width = len(dut.data_i)
        idle = True
        while self.cycle < end:
            await RisingEdge(dut.clk_i)
            drive = self.inputs.pop(self.cycle, None)
            dut.rst_ni.value = int(self.cycle != reset_at)
            dut.valid_i.value = int(drive is not None)
            if drive is not None:
                dut.last_i.value, dut.data_i.value = drive
            elif not idle:
                dut.last_i.value = int(rng.integers(2))
                dut.data_i.value = int.from_bytes(rng.bytes(width // 8), "little")
            idle = drive is None
            await ReadOnly()
            self._check()
            self.cycle += 1
        assert not self.expected, f"never came: cycles {sorted(self.expected)[:8]}"
        self.t = self.cycle

    def _check(self) -> None:
        dut, cycle = self.dut, self.cycle
        want = self.expected.pop(cycle, None)
        got = int(dut.valid_o.value)
        assert got == (want is not None), f"cycle {cycle}: valid_o is {got}, expected {want}"
        if want is None:
            return
        last, data, e, total = want
        got = (int(dut.last_o.value), int(dut.data_o.value), int(dut.exp_o.value))
        assert got == (last, data, e), (
            f"cycle {cycle}: last, data, exponent are {got[0]}, {got[1]:x}, {got[2]}, "
            f"expected {last}, {data:x}, {e}"
        )
        if total is not None:
            got_sum = int(dut.sum_o.value)
            assert got_sum == total, f"cycle {cycle}: sum is {got_sum:04x}, expected {total:04x}"
        self.compared += self.lanes


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def back_to_back(dut: Any) -> None:
    """Blocks of every kind without a gap: of the greatest length, then of growing lengths."""
    b = QuantBench(dut, generator("back_to_back"))
    await b.start()
    for kind in KINDS * 4:
        b.block(kind, b.max_words)
    await b.play()
    for length in range(1, b.max_words + 1):
        b.block(KINDS[length % len(KINDS)], length)
    await b.play()
    assert b.compared > 0


@cocotb.test(timeout_time=8, timeout_unit="ms")
async def mixed(dut: Any) -> None:
    """Random kinds and lengths at the closest legal distance, some with gaps inside and between."""
    b = QuantBench(dut, generator("mixed"))
    await b.start()
    for i in range(400):
        n = b.max_words
        length = int(b.rng.choice([1, max(1, n - 1), n, b.rng.integers(1, n + 1)]))
        b.block(str(b.rng.choice(KINDS)), length, 1.0 if i % 3 else 0.6)
        b.t += int(b.rng.choice([0, 0, 0, 1, 5]))
    await b.play()
    assert b.compared > 0
    cocotb.log.info("%d mantissas compared", b.compared)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def reset(dut: Any) -> None:
    """Reset in every phase of a block: nothing of it leaves, the next block is whole."""
    b = QuantBench(dut, generator("reset"))
    await b.start()
    for offset in range(1, 2 * b.max_words + 2):
        start = b.t
        b.block("wide", b.max_words)
        b.block("real", b.max_words)
        await b.play(reset_at=start + offset)
        b.block("wide", b.max_words)
        await b.play()
    assert b.compared > 0
