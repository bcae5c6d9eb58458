"""Two users of a port of the SRAM, which the chip never has: the assertion stops the simulation."""

from __future__ import annotations

import os
from typing import Any

import cocotb

from golden.h_unit import HUnitShape
from golden.latency import EXP_LATENCY
from golden.program import CONTEXT, LORA_B, TO_K
from verif.matrix.cycle_bench import random_blocks, random_stream
from verif.matrix.h_unit.bench import HUnitBench


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def collision(dut: Any) -> None:
    """Everything else is as it should be."""
    b = HUnitBench(dut, HUnitShape(), random_stream("collision"))
    await b.start(bc_dest_i=TO_K, col_i=0, row_i=0)
    b.fill("real")
    if os.environ["COLLISION"] == "write":
        behind = b.send(TO_K, *random_blocks(b.rng, (2, 1), 8, "real"), 0)
        b.put(behind - 1, ld_valid_i=1, ld_addr_i=1)
    else:  # a dot product one cycle too early behind a context's values
        b.steps(CONTEXT, 1, 1, lambda j, k: 1, 0, pos=0)
        b.t += EXP_LATENCY + 1
        b.steps(LORA_B, 1, 1, lambda j, k: 1, 1)
    await b.run()
