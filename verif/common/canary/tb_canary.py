"""One test that passes, and tests that fail, each in its own way."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, Timer

from verif.lib.bench import rng, start
from verif.lib.scoreboard import Scoreboard
from verif.lib.streams import Monitor, Source


@cocotb.test()
async def passes(dut: Any) -> None:
    """Nothing trips."""
    await start(dut, trip_i=0, beat_i=0)
    await ClockCycles(dut.clk_i, 4)
    assert int(dut.beat_o.value) == 0


@cocotb.test()
async def trips(dut: Any) -> None:
    """Violates the assertion; the test itself is content."""
    await start(dut, trip_i=0, beat_i=0)
    dut.trip_i.value = 1
    await ClockCycles(dut.clk_i, 4)


@cocotb.test()
async def asserts(dut: Any) -> None:
    """A Python assertion in the test."""
    await start(dut, trip_i=0, beat_i=0)
    assert int(dut.beat_o.value) == 1, "no canary there"


@cocotb.test()
async def part_asserts(dut: Any) -> None:
    """A Python assertion in a part that nobody awaits."""

    async def part() -> None:
        await Timer(20, "ns")
        raise AssertionError("a part failed")

    await start(dut, trip_i=0, beat_i=0)
    cocotb.start_soon(part())
    await ClockCycles(dut.clk_i, 10)


@cocotb.test(timeout_time=1, timeout_unit="us")
async def hangs(dut: Any) -> None:
    """Waits for ever, in simulated time."""
    await start(dut, trip_i=0, beat_i=0)
    await Timer(1, "sec")


async def beat(dut: Any, expected: int, late: int = 0) -> None:
    """One beat into the canary, which shows it a cycle later; ``expected`` beats, ``late`` cycles late."""
    board = Scoreboard("canary")
    await start(dut, trip_i=0, beat_i=0)
    source = Source(dut.clk_i, dut.beat_i, {}, rng())
    for _ in range(expected):
        source.on_sent.append(lambda b: board.expect(b.fields, b.cycle + 1 + late))
    Monitor(dut.clk_i, dut.rst_ni, dut.beat_o, {}, board.see)
    source.put()
    await source.sent()
    await board.finish(dut.clk_i)


@cocotb.test()
async def beat_in_time(dut: Any) -> None:
    """As it is."""
    await beat(dut, 1)


@cocotb.test()
async def beat_early(dut: Any) -> None:
    """Due one cycle later."""
    await beat(dut, 1, late=1)


@cocotb.test()
async def beat_missing(dut: Any) -> None:
    """Two are due."""
    await beat(dut, 2)


@cocotb.test()
async def beat_unexpected(dut: Any) -> None:
    """None is due."""
    await beat(dut, 0)


@cocotb.test()
async def nothing_compared(dut: Any) -> None:
    """A scoreboard that saw nothing."""
    await start(dut, trip_i=0, beat_i=0)
    await Scoreboard("canary").finish(dut.clk_i)
