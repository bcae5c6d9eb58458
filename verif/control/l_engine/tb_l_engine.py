"""cocotb tests of l_engine: steps, addresses and times of GEMVs of many shapes."""

from __future__ import annotations

from itertools import product
from typing import Any

import cocotb

from golden import program as p
from golden.engines import l_steps
from golden.library import load_model
from verif.control.engine_bench import EngineBench
from verif.matrix.cycle_bench import PARAMETERS as P
from verif.matrix.cycle_bench import Port, random_stream
from verif.vector.job_bench import timing

GROUP = P["GROUP_BLOCKS"]


class Bench(EngineBench):
    """The bundle of the L-Units."""

    ports = {"l": Port("l_valid_o", (), "l_ctrl_o", 128)}
    bundle = "l"

    def gemv(self, slots: int, chunks: int, passes: int, ctx: int | None = None) -> int:
        """A GEMV at random addresses for a random token; returns the cycle of its issue."""
        rom, scale, bank = (int(self.rng.integers(1 << w)) for w in (31, 31, 1))
        shape = {"n0": slots, "n1": chunks, "n2": passes}
        steps = slots * chunks * passes
        i = p.Instr(p.L, p.GEMV, "", 0, steps, addr0=rom, addr1=scale, bank=bank, **shape)
        token = self.small_token(**({} if ctx is None else {"ctx": ctx}))
        return self.follow(i, token, l_steps(i, token.ctx, GROUP))


async def make(dut: Any, name: str) -> Bench:
    """A bench behind reset."""
    b = Bench(dut, random_stream(name), timing(P["COLUMNS"], 2, P["HOPS"], 1))
    await b.start()
    return b


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def shapes(dut: Any) -> None:
    """One, few and many slots, chunks around the ends of groups, one to four passes."""
    b = await make(dut, "shapes")
    chunks = sorted({1, 2, 3, *(g for g in (GROUP, GROUP + 1, 2 * GROUP + 1) if g < 300)})
    for shape in product((1, 2, 5), chunks, (1, 2, 4)):
        b.gemv(*shape)
        b.t += int(b.rng.choice([0, 0, 1, 30]))
    await b.end()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def contexts(dut: Any) -> None:
    """One to four contexts in turn without a gap, jobs of one step to eight."""
    b = await make(dut, "contexts")
    for tokens in (1, 2, 3, 4):
        for k in range(60):
            b.gemv(*(int(x) for x in b.rng.integers(1, 3, 3)), ctx=k % tokens)
    cycles = b.expected["l"].keys()
    assert len(cycles) == max(cycles) - min(cycles) + 1  # a step in every cycle
    await b.end()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def long_loops(dut: Any) -> None:
    """The ends of the counters: 4,095 slots; 4,095 chunks; 4,095 passes."""
    b = await make(dut, "long_loops")
    b.gemv(4095, 2, 1)
    b.gemv(1, 4095, 1)
    b.gemv(1, 1, 4095)
    await b.end()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def a_model(dut: Any) -> None:
    """The GEMVs of tiny's programme without a gap, each for another context."""
    b = await make(dut, "a_model")
    for k, i in enumerate(i for i in p.build(load_model("tiny").geometry) if i.engine == p.L):
        b.follow(i, b.small_token(ctx=k % 4), l_steps(i, k % 4, GROUP))
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """Reset in the loop, at its ends and behind it; the next job is whole."""
    b = await make(dut, "resets")
    for after in range(1, 32):
        t0 = b.gemv(3, 2, 2)
        b.gemv(3, 2, 2)
        b.cut(t0 + after)
        b.gemv(2, 2, 1)
    await b.end()
