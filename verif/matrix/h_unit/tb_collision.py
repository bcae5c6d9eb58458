"""A load while LoRA B reads, which the chip never does: the assertion stops the simulation."""

from __future__ import annotations

from typing import Any

import cocotb

from golden.h_unit import HUnitShape
from golden.program import LORA_B, TO_K
from verif.matrix.cycle_bench import random_stream
from verif.matrix.h_unit.bench import HUnitBench


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def collision(dut: Any) -> None:
    """Everything else is as it should be."""
    b = HUnitBench(dut, HUnitShape(), random_stream("collision"))
    await b.start(bc_dest_i=TO_K, lb_slot_i=0, col_i=0, row_i=0)
    b.fill("real")
    b.put(b.t, ld_valid_i=1, ld_addr_i=0)
    b.steps(LORA_B, 1, 1, lambda j, k: 1)
    await b.run()
