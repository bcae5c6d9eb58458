"""cocotb tests of drain: accumulator, with and without LoRA's result, to the gather port."""

from __future__ import annotations

import os
from typing import Any

import cocotb
import numpy as np

from golden.matrix_unit import DRAIN_CYCLES, drain
from verif.matrix.timeline import Timeline, bits32

SEED = int(os.environ.get("RANDOM_SEED", "1"))


class Bench(Timeline):
    """One row a cycle."""

    def __init__(self, dut: Any, name: str) -> None:
        rng = np.random.default_rng([SEED, *name.encode()])
        payload = {"slot_i": 12, "lora_i": 1, "acc_i": 32, "lora_data_i": 32}
        super().__init__(dut, rng, {"valid_i": payload}, ("valid_o",))

    def row(self, slot: int, lora: bool, kind: str) -> None:
        """A row addressed in this cycle."""
        acc, extra = self.value(kind), self.value(kind)
        if kind == "cancel":
            extra = -acc
        self.put(self.t, valid_i=1, slot_i=slot, lora_i=int(lora))
        self.put(self.t + 1, acc_i=bits32(acc), lora_data_i=bits32(extra))
        want = drain(acc, extra if lora else None)
        self.expect(self.t + DRAIN_CYCLES, "valid_o", slot_o=slot, data_o=bits32(want))
        self.t += 1

    def value(self, kind: str) -> np.float32:
        """A float32 of a kind."""
        low, high = {"tiny": (1, 3), "huge": (252, 255), "any": (1, 255)}.get(kind, (124, 130))
        e, sign, man = (
            self.rng.integers(low, high),
            self.rng.integers(2),
            self.rng.integers(1 << 23),
        )
        if kind == "zero":
            e = man = 0
        return np.array(int(sign) << 31 | int(e) << 23 | int(man), np.uint32).view(np.float32)[()]


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def rows(dut: Any) -> None:
    """All classes, with LoRA and without, back to back and with gaps."""
    b = Bench(dut, "rows")
    await b.start()
    for gaps in (False, True):
        for kind in ("usual", "any", "tiny", "huge", "cancel", "zero"):
            for i in range(40):
                b.row(int(b.rng.integers(4096)) if i else 4095, bool(b.rng.integers(2)), kind)
                b.t += int(b.rng.integers(0, 3)) if gaps else 0
    await b.run()
    assert b.compared >= 480


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def reset_in_mid_job(dut: Any) -> None:
    """Reset drops the rows under way."""
    b = Bench(dut, "reset")
    await b.start()
    for delay in range(DRAIN_CYCLES + 1):
        b.row(1, True, "usual")
        b.row(2, False, "usual")
        b.reset(b.t - 1 + delay)
        b.row(3, True, "usual")
        await b.run()
    assert b.compared
