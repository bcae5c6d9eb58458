"""Runs that must fail, each in its own way, and one that must pass."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, Timer

from verif.lib.bench import rng, start
from verif.lib.scoreboard import Scoreboard
from verif.lib.streams import Monitor, Source


async def board(dut: Any, sent: list[int], expected: list[tuple[int, int | None]]) -> None:
    """A scoreboard of ``seen_o`` behind beats in which the payload is the clock's own reset."""
    parts = Scoreboard("canary")
    await start(dut, trip_i=0)
    source = Source(dut.clk_i, dut.trip_i, {}, rng())
    source.on_sent.append(lambda beat: None)
    Monitor(dut.clk_i, dut.rst_ni, dut.seen_o, {"data": dut.rst_ni}, parts.see)
    for value, due in expected:
        parts.expect({"data": value}, due)
    await parts.finish(dut.clk_i)


@cocotb.test()
async def passes(dut: Any) -> None:
    """Nothing trips."""
    await start(dut, trip_i=0)
    await ClockCycles(dut.clk_i, 4)
    assert int(dut.seen_o.value) == 0


@cocotb.test()
async def trips(dut: Any) -> None:
    """Violates the assertion; the test itself is content."""
    await start(dut, trip_i=0)
    dut.trip_i.value = 1
    await ClockCycles(dut.clk_i, 4)


@cocotb.test()
async def asserts(dut: Any) -> None:
    """A Python assertion in the test."""
    await start(dut, trip_i=0)
    assert int(dut.seen_o.value) == 1, "the canary was not seen"


@cocotb.test()
async def part_asserts(dut: Any) -> None:
    """A Python assertion in a part that nobody awaits."""

    async def part() -> None:
        await Timer(20, "ns")
        raise AssertionError("a part failed")

    await start(dut, trip_i=0)
    cocotb.start_soon(part())
    await ClockCycles(dut.clk_i, 10)


@cocotb.test(timeout_time=1, timeout_unit="us")
async def hangs(dut: Any) -> None:
    """Waits for ever, in simulated time."""
    await start(dut, trip_i=0)
    await Timer(1, "sec")
