"""A drain that is too early, which the chip never has: the assertion stops the simulation."""

from __future__ import annotations

from typing import Any

import cocotb

from verif.matrix.accumulator.tb_accumulator import Bench


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def too_early(dut: Any) -> None:
    """The slot is being written in the cycle of the read."""
    b = Bench(dut, "too_early")
    await b.start()
    b.fill(1, 0, 2, 1, "usual")
    b.put(b.t - 1, rd_en_i=1, rd_ctx_i=1, rd_bank_i=0, rd_slot_i=1)
    await b.run()
