"""cocotb test of the vector memory: all read ports and the write port, every cycle."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ReadOnly, RisingEdge

from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS, random_stream

R, WORDS, PORTS = (PARAMETERS[n] for n in ("ROWS", "WORDS", "READ_PORTS"))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def ports(dut: Any) -> None:
    """A read returns the word written last before its cycle and holds; writes and reads collide."""
    rng = random_stream("ports")
    dut.wr_en_i.value = dut.rd_en_i.value = 0
    Clock(dut.clk_i, 10, "ns", impl="gpi").start(start_high=False)
    await RisingEdge(dut.clk_i)
    memory: dict[int, int] = {}
    held: list[int | None] = [None] * PORTS
    compared = 0
    for cycle in range(WORDS + 600):
        fill = cycle < WORDS
        write = cycle if fill else int(rng.integers(WORDS))
        writes = fill or rng.random() < 0.5
        data = pack(rng.integers(0, 1 << 32, R, np.uint32))
        # Half of the reads meet the write of their cycle.
        reads = [write if rng.random() < 0.5 else int(rng.integers(WORDS)) for _ in range(PORTS)]
        enable = 0 if fill else int(rng.integers(1 << PORTS))
        dut.wr_en_i.value = int(writes)
        dut.wr_addr_i.value = write
        dut.wr_data_i.value = data
        dut.rd_en_i.value = enable
        dut.rd_addr_i.value = sum(addr << 14 * p for p, addr in enumerate(reads))
        await ReadOnly()
        word = int(dut.rd_data_o.value)
        for p in range(PORTS):
            got = word >> 32 * R * p & (1 << 32 * R) - 1
            if held[p] is not None:
                assert got == held[p], f"cycle {cycle} port {p}: {got:x}, expected {held[p]:x}"
                compared += 1
            if enable >> p & 1:
                held[p] = memory[reads[p]]
        if writes:
            memory[write] = data
        await RisingEdge(dut.clk_i)
    assert compared > 500
