"""cocotb tests of h_engine: steps, addresses and times of all operations at many shapes."""

from __future__ import annotations

from itertools import product
from typing import Any

import cocotb

from golden import program as p
from golden.engines import ADDR_SHIFT, OP_SHIFT, h_steps
from golden.library import load_model
from verif.control.engine_bench import EngineBench
from verif.matrix.cycle_bench import PARAMETERS as P
from verif.matrix.cycle_bench import Port, random_stream
from verif.vector.job_bench import timing

OPS = (p.LORA_A, p.LORA_B, p.SCORE, p.CONTEXT, p.REDUCE, p.EARLY)


class MaskedPort:
    """The bundle without its address while a REDUCE runs, for which it means nothing."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle

    @property
    def value(self) -> int:
        """What is compared."""
        word = int(self.handle.value)
        reduce = word >> OP_SHIFT == p.REDUCE
        return word & ~(0xFFFFFFFF << ADDR_SHIFT) if reduce else word


class View:
    """The DUT with its masked bundle."""

    def __init__(self, dut: Any) -> None:
        self.dut, self.h_ctrl = dut, MaskedPort(dut.h_ctrl_o)

    def __getattr__(self, name: str) -> Any:
        """All else is the DUT's."""
        return getattr(self.dut, name)


class Bench(EngineBench):
    """The bundle of the H-Units. The engine gets slot and member of a position; the bench draws the group."""

    ports = {"h": Port("h_valid_o", (), "h_ctrl", 128)}
    bundle = "h"

    def position(self, slots: int) -> int:
        """A position in the last of ``slots`` position slots, of groups of any size."""
        group = int(self.rng.integers(1, min(8191 // slots, 4096) + 1))
        self.timing.g.kv_group = group
        return (slots - 1) * group + int(self.rng.integers(group))

    def run_op(self, op: int, slots: int, blocks: int, **fields: int) -> int:
        """One operation at random addresses for a random token; returns the cycle of its issue.

        ``slots`` of an EARLY are those before the token's own.
        """
        r = self.rng
        attention = op in (p.SCORE, p.CONTEXT, p.EARLY)
        # A count that the operation does not use is anything.
        n0 = int(r.integers(4096)) if attention else slots
        n1 = int(r.integers(4096)) if op == p.REDUCE else blocks
        steps = blocks if attention else slots if op == p.REDUCE else slots * blocks
        addr0, addr1, bank = (int(r.integers(1 << w)) for w in (30, 32, 1))
        i = p.Instr(p.H, op, "", 0, steps, addr0=addr0, addr1=addr1, n0=n0, n1=n1, bank=bank)
        slots += op == p.EARLY
        pos = self.position(slots if attention else int(r.choice([1, 2, r.integers(1, 4097)])))
        return self.walk(i, pos=pos, **fields)

    def walk(self, i: p.Instr, **fields: int) -> int:
        """An instruction for a token."""
        token = self.small_token(**fields)
        return self.follow(i, token, h_steps(i, token, self.timing.g.kv_group))


async def make(dut: Any, name: str) -> Bench:
    """A bench behind reset."""
    b = Bench(View(dut), random_stream(name), timing(P["COLUMNS"], P["ROWS"], P["HOPS"], P["CPK"]))
    await b.start()
    return b


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def shapes(dut: Any) -> None:
    """Each operation, one to several slots and blocks, one after the other and with pauses."""
    b = await make(dut, "shapes")
    for op, slots, blocks in product(OPS, (1, 2, 3, 7), (1, 2, 5)):
        b.run_op(op, slots, blocks)
        b.pause()
    for slots, blocks in product((1, 2, 3, 7), (1, 2, 5)):
        b.run_op(p.SCORE, slots, blocks, scored=True)
        b.pause()
    for op in b.rng.choice(OPS, 60):
        b.run_op(int(op), int(b.rng.integers(1, 9)), int(b.rng.integers(1, 5)))
    await b.end()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def contexts(dut: Any) -> None:
    """One to four contexts in turn without a gap, every operation behind every one."""
    b = await make(dut, "contexts")
    for tokens in (1, 2, 3, 4):
        k = 0
        for pair in product(OPS, OPS):
            for op in pair:
                scored = bool(b.rng.integers(2))
                b.run_op(op, *(int(x) for x in b.rng.integers(1, 4, 2)), ctx=k % tokens, scored=scored)
                k += 1
    await b.end()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def long_loops(dut: Any) -> None:
    """The ends of the counters: all 4,095 slots, 4,095 blocks, the last position slot."""
    b = await make(dut, "long_loops")
    b.run_op(p.LORA_B, 4095, 1)
    b.run_op(p.LORA_A, 1, 4095)
    b.run_op(p.SCORE, 4096, 1)
    b.run_op(p.CONTEXT, 2, 4095)
    b.run_op(p.EARLY, 4095, 1)
    b.run_op(p.SCORE, 4096, 1, scored=True)
    b.run_op(p.SCORE, 3, 4095, scored=True)
    await b.end()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def a_model(dut: Any) -> None:
    """The operations of tiny's programme, each for another context."""
    b = await make(dut, "a_model")
    for k, i in enumerate(i for i in p.build(load_model("tiny").geometry) if i.engine == p.H):
        b.walk(i, ctx=k % 4, pos=b.position(1 + p.early(i) + k % 3), scored=bool(k % 2))
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """Reset in the loop, at its ends and behind it; the next job is whole."""
    b = await make(dut, "resets")
    for after in range(1, 40):
        t0 = b.run_op(OPS[after % 6], 3, 2)
        b.run_op(OPS[after % 4], 3, 2)
        b.cut(t0 + after)
        b.run_op(p.LORA_A, 2, 2)
    await b.end()
