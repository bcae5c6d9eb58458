"""cocotb tests of drain: accumulator, with and without LoRA's result, to the gather port."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.matrix_unit import DRAIN_CYCLES, drain
from verif.lib.packing import pack
from verif.matrix.cycle_bench import CycleBench, Port, random_stream, words


class Bench(CycleBench):
    """One row a cycle."""

    ports = {"row": Port("valid_o", ("slot_o",), "data_o")}
    payloads = {"valid_i": ("slot_i", "lora_i", "acc_i", "lora_data_i")}

    def row(self, slot: int, lora: bool, kind: str) -> None:
        """A row addressed in this cycle."""
        acc, extra = self.value(kind), self.value(kind)
        if kind == "cancel":
            extra = -acc
        self.put(self.t, valid_i=1, slot_i=slot, lora_i=int(lora))
        self.put(self.t + 1, acc_i=pack(acc), lora_data_i=pack(extra))
        want = drain(acc, extra if lora else None)
        self.expect("row", self.t + DRAIN_CYCLES, (slot,), words(want))
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
    b = Bench(dut, random_stream("rows"))
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
    b = Bench(dut, random_stream("reset"))
    await b.start()
    for delay in range(DRAIN_CYCLES + 1):
        b.row(1, True, "usual")
        b.row(2, False, "usual")
        b.cut(b.t - 1 + delay)
        b.row(3, True, "usual")
        await b.run()
    assert b.compared
