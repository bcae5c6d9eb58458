"""cocotb tests of h_engine: steps, addresses and flags of all operations at many shapes."""

from __future__ import annotations

from itertools import product
from typing import Any

import cocotb

from golden import program as p
from golden.engines import ADDR_SHIFT, h_steps
from verif.control.engine_bench import EngineBench, timing
from verif.matrix.cycle_bench import PARAMETERS as P
from verif.matrix.cycle_bench import Port, random_stream

TIMING = timing(P["COLUMNS"], P["ROWS"], P["HOPS"], P["CPK"])
OPS = (p.LORA_A, p.LORA_B, p.SCORE, p.CONTEXT, p.REDUCE)


class MaskedPort:
    """The bundle without its address while a REDUCE runs, for which it means nothing."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle

    @property
    def value(self) -> int:
        """What is compared."""
        word = int(self.handle.value)
        reduce = word >> (ADDR_SHIFT + 32) == p.REDUCE
        return word & ~(0xFFFFFFFF << ADDR_SHIFT) if reduce else word


class View:
    """The DUT with its masked bundle."""

    def __init__(self, dut: Any) -> None:
        self.dut, self.h_ctrl = dut, MaskedPort(dut.h_ctrl_o)

    def __getattr__(self, name: str) -> Any:
        """All else is the DUT's."""
        return getattr(self.dut, name)


class Bench(EngineBench):
    """The bundle of the H-Units."""

    ports = {"h": Port("h_valid_o", (), "h_ctrl", 128)}
    bundle = "h"

    def run_op(self, op: int, slots: int, blocks: int) -> int:
        """One operation at random addresses; returns the cycle of its start."""
        t0 = self.t
        addr, base = (int(self.rng.integers(1 << w)) for w in (30, 30))
        attention = op in (p.SCORE, p.CONTEXT)
        # A count that the operation does not use is anything.
        n0 = int(self.rng.integers(4096)) if attention else slots
        n1 = int(self.rng.integers(4096)) if op == p.REDUCE else blocks
        i = p.Instr(p.H, op, 0, "", 0, addr0=addr, addr1=self.garbage("pos_slot_i"), n0=n0, n1=n1)
        pos_slot = slots - 1 if attention else int(self.rng.integers(4096))
        pos = pos_slot * TIMING.g.kv_group + int(self.rng.integers(TIMING.g.kv_group))
        self.put(t0, pos_slot_i=pos_slot, adapter_base_i=base)
        steps = (s.encode() for s in h_steps(i, pos_slot, base))
        self.job(i, steps, TIMING.cost(i, pos), wait_idle=True)
        return t0


async def make(dut: Any, name: str) -> Bench:
    """A bench behind reset."""
    b = Bench(View(dut), random_stream(name))
    await b.start(pos_slot_i=0, adapter_base_i=0)
    return b


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def shapes(dut: Any) -> None:
    """Each operation, one to several slots and blocks, one after the other and with pauses."""
    b = await make(dut, "shapes")
    for op, slots, blocks in product(OPS, (1, 2, 3, 7), (1, 2, 5)):
        b.run_op(op, slots, blocks)
        b.t += int(b.rng.choice([0, 0, 1, 9]))
    for op in b.rng.choice(OPS, 60):
        b.run_op(int(op), int(b.rng.integers(1, 9)), int(b.rng.integers(1, 5)))
    await b.run(60)
    b.finish()
    assert b.flags


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def long_loops(dut: Any) -> None:
    """The ends of the counters: all 4,095 slots, 4,095 blocks, the last position slot."""
    b = await make(dut, "long_loops")
    b.run_op(p.LORA_B, 4095, 1)
    b.run_op(p.LORA_A, 1, 4095)
    b.run_op(p.SCORE, 4096, 1)
    b.run_op(p.CONTEXT, 2, 4095)
    await b.run(60)
    b.finish()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """Reset in the loop, at its ends and while it flushes; the next job is whole."""
    b = await make(dut, "resets")
    for after in range(1, 40):
        t0 = b.run_op(OPS[after % 5], 3, 2)
        b.cut(t0 + after)
        b.run_op(p.LORA_A, 2, 2)
    await b.run(60)
    b.finish()
