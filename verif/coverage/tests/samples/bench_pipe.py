"""cocotb side of the coverage tests: a delay line at rest, or with one beat."""

from __future__ import annotations

import os
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge

from verif.lib.bench import start


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def drive(dut: Any) -> None:
    """A beat when ``BEAT`` is 1, else rest."""
    await start(dut, valid_i=0, data_i=0)
    await RisingEdge(dut.clk_i)
    dut.valid_i.value = int(os.environ["BEAT"])
    await RisingEdge(dut.clk_i)
    dut.valid_i.value = 0
    await ClockCycles(dut.clk_i, 4)
    assert int(dut.valid_o.value) == 0
