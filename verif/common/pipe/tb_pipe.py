"""cocotb tests of pipe: values and cycles, gaps, reset while beats are inside."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import ClockCycles

from verif.lib.bench import PARAMETERS, reset, rng, start
from verif.lib.scoreboard import Scoreboard
from verif.lib.streams import Monitor, Source

WIDTH, STAGES = PARAMETERS["WIDTH"], PARAMETERS["STAGES"]
CORNERS = [0, (1 << WIDTH) - 1, 1, 1 << WIDTH - 1]


async def play(dut: Any, stalls: str, beats: int, resets: int = 0) -> None:
    """Beats through the pipe, each due STAGES cycles later; ``resets`` times a reset between."""
    random = rng(stalls)
    board = Scoreboard("pipe")
    await start(dut, data_i=0)
    source = Source(dut.clk_i, dut.valid_i, {"data": dut.data_i}, random, stalls=stalls)
    source.on_sent.append(lambda beat: board.expect(beat.fields, beat.cycle + STAGES))
    Monitor(dut.clk_i, dut.rst_ni, dut.valid_o, {"data": dut.data_o}, board.see)
    for _ in range(resets + 1):
        words = CORNERS + [
            int.from_bytes(random.bytes(WIDTH // 8 + 1), "little") % (1 << WIDTH) for _ in range(beats)
        ]
        for word in words:
            source.put(data=word)
        if resets:
            await ClockCycles(dut.clk_i, int(random.integers(1, beats)))
            await reset(dut, int(random.integers(1, 4)), clear=(source, board))
    await source.sent()
    await board.finish(dut.clk_i, quiet=2 * STAGES + 16)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def back_to_back(dut: Any) -> None:
    """A beat in every cycle."""
    await play(dut, "none", 200)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def gaps(dut: Any) -> None:
    """Gaps with garbage on the data."""
    await play(dut, "source", 200)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """A reset empties it; nothing of before comes out."""
    await play(dut, "source", 30, resets=20)
