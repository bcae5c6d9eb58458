"""cocotb tests of l_engine: steps, addresses and flags of GEMVs of many shapes."""

from __future__ import annotations

from itertools import product
from typing import Any

import cocotb

from golden import program as p
from golden.engines import l_steps
from verif.control.engine_bench import EngineBench, timing
from verif.matrix.cycle_bench import PARAMETERS as P
from verif.matrix.cycle_bench import Port, random_stream

GROUP = P["GROUP_BLOCKS"]
TIMING = timing(P["COLUMNS"], 2, P["HOPS"], 1)


class Bench(EngineBench):
    """The bundle of the L-Units."""

    ports = {"l": Port("l_valid_o", (), "l_ctrl_o", 128)}
    bundle = "l"

    def gemv(self, slots: int, chunks: int, passes: int, wait_idle: bool) -> int:
        """A GEMV at random addresses; returns the cycle of its start."""
        t0 = self.t
        rom, scale, bank = (int(self.rng.integers(1 << w)) for w in (31, 31, 1))
        shape = {"n0": slots, "n1": chunks, "n2": passes}
        i = p.Instr(p.L, p.GEMV, 0, "", 0, addr0=rom, addr1=scale, bank=bank, **shape)
        self.job(i, (s.encode() for s in l_steps(i, GROUP)), TIMING.cost(i, 0), wait_idle)
        return t0


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def shapes(dut: Any) -> None:
    """One, few and many slots, chunks around the ends of groups, one to four passes."""
    b = Bench(dut, random_stream("shapes"))
    await b.start()
    chunks = sorted({1, 2, 3, *(g for g in (GROUP, GROUP + 1, 2 * GROUP + 1) if g < 300)})
    for shape in product((1, 2, 5), chunks, (1, 2, 4)):
        b.gemv(*shape, wait_idle=bool(b.rng.integers(2)))
        b.t += int(b.rng.choice([0, 0, 1, 30]))
    await b.run(60)
    b.finish()
    assert b.flags


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def long_loops(dut: Any) -> None:
    """The ends of the counters: 4,095 slots; 4,095 chunks."""
    b = Bench(dut, random_stream("long_loops"))
    await b.start()
    b.gemv(4095, 2, 1, wait_idle=False)
    b.gemv(1, 4095, 1, wait_idle=False)
    b.gemv(1, 1, 4095, wait_idle=False)
    await b.run(60)
    b.finish()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """Reset in the loop, at its ends and while it flushes; the next job is whole."""
    b = Bench(dut, random_stream("resets"))
    await b.start()
    for after in range(1, 32):
        t0 = b.gemv(3, 2, 2, wait_idle=True)
        b.cut(t0 + after)
        b.gemv(2, 2, 1, wait_idle=False)
    await b.run(60)
    b.finish()
