"""cocotb tests of stream_fifo: order, content and the cycle of every beat, stalls, reset."""

from __future__ import annotations

import os
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles

from golden.stream_fifo import StreamFifo
from verif.lib.bench import PARAMETERS, log_compared, reset, rng, settled, start
from verif.lib.scoreboard import Scoreboard
from verif.lib.streams import Monitor, Sink, Source

WIDTH, DEPTH = PARAMETERS["WIDTH"], PARAMETERS["DEPTH"]
STALLS = os.environ["STALLS"]


class Bench:
    """Source, sink, order by scoreboard, time by the golden queue."""

    def __init__(self, dut: Any, name: str) -> None:
        self.dut, self.rng = dut, rng(name)
        self.board, self.cycles, self.full, self.empty = Scoreboard("stream_fifo"), 0, 0, 0

    async def start(self) -> None:
        """Reset, then all parts."""
        dut = self.dut
        await start(dut, in_data_i=0, in_valid_i=0, out_ready_i=0)
        data, ready = {"data": dut.in_data_i}, dut.in_ready_o
        self.source = Source(dut.clk_i, dut.in_valid_i, data, self.rng, ready=ready, stalls=STALLS)
        self.source.on_sent.append(lambda beat: self.board.expect(beat.fields))
        self.sink = Sink(dut.clk_i, dut.out_ready_i, self.rng, stalls=STALLS)
        data, ready = {"data": dut.out_data_o}, dut.out_ready_i
        Monitor(dut.clk_i, dut.rst_ni, dut.out_valid_o, data, self.board.see, ready=ready)
        cocotb.start_soon(self._follow())

    async def _follow(self) -> None:
        dut, queue = self.dut, StreamFifo(DEPTH)
        while True:
            await settled(dut)
            got = int(dut.in_ready_o.value), int(dut.out_valid_o.value)
            want = int(queue.in_ready), int(queue.out_valid)
            assert got == want, f"cycle {self.cycles}: (in_ready_o, out_valid_o) is {got}, expected {want}"
            if queue.out_valid:
                assert int(dut.out_data_o.value) == queue.out_data, f"cycle {self.cycles}: out_data_o"
            self.cycles += 1
            self.full += not queue.in_ready
            self.empty += not queue.out_valid
            sent = int(dut.in_data_i.value) if int(dut.in_valid_i.value) else None
            queue.step(sent, bool(int(dut.out_ready_i.value)), reset=not int(dut.rst_ni.value))

    def put(self, beats: int) -> None:
        """Queue random beats at the source."""
        for _ in range(beats):
            self.source.put(data=int.from_bytes(self.rng.bytes(WIDTH // 8 + 1), "little") % (1 << WIDTH))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def stream(dut: Any) -> None:
    """Many beats in order; full and empty are both reached when sides rest."""
    bench = Bench(dut, "stream")
    await bench.start()
    bench.put(60 * DEPTH + 200)
    await bench.source.sent()
    await bench.board.finish(dut.clk_i, quiet=4 * DEPTH + 32)
    assert bench.empty > 0
    assert bench.full > 0 or STALLS in ("none", "source")
    log_compared(bench.cycles, "cycles")


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def reset_in_mid_stream(dut: Any) -> None:
    """A reset empties the queue; nothing of before comes out."""
    bench = Bench(dut, "reset")
    await bench.start()
    for _ in range(20):
        bench.put(4 * DEPTH + 20)
        await ClockCycles(dut.clk_i, int(bench.rng.integers(1, 3 * DEPTH + 10)))
        await reset(dut, int(bench.rng.integers(1, 4)), clear=(bench.source, bench.board))
    bench.put(2 * DEPTH + 2)
    await bench.source.sent()
    await bench.board.finish(dut.clk_i, quiet=4 * DEPTH + 32)
