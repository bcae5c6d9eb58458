"""cocotb tests of drain_engine: steps, job, times and ready of EMBED, DRAIN and SAMPLE at many shapes."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden import program as p
from golden.engines import DRAIN_JOB, TokenContext, drain_job, drain_steps, embed_steps
from golden.library import load_model
from verif.matrix.cycle_bench import PARAMETERS as P
from verif.matrix.cycle_bench import Port, random_stream
from verif.vector.job_bench import JobBench, View, timing


class Bench(JobBench):
    """The bundles of the vector units and of the mesh; the job and D beside them."""

    ports = {
        "embed": Port("embed_valid", (), "embed_o", 45),
        "dr": Port("dr_valid_o", (), "dr_ctrl_o", 16),
        "noise": Port("noise_valid_o", (), "noise_slot_o", 12),
        "sample": Port("sample_o", (), "sample_o", 1),
    }
    layout = DRAIN_JOB

    def __init__(self, dut: Any, name: str) -> None:
        times = timing(P["COLUMNS"], 2, P["HOPS"], 1)
        super().__init__(View(dut, "embed_o", "embed_valid"), random_stream(name), times)

    def operate(self, i: p.Instr, token: TokenContext | None = None) -> int:
        """An operation; returns the cycle of its issue."""
        token = token or self.token()
        t0 = self.issue(i, token, drain_job(i, token))
        if i.op == p.EMBED:
            for j, step in enumerate(embed_steps(i, token.token, P["HIDDEN_WORDS"]), 1):
                self.expect("embed", t0 + j, (), (step.encode(),))
        elif i.op == p.SAMPLE:
            self.expect("sample", t0 + 1, (), (1,))
        else:
            draw = bool(token.inv_temperature)
            late = 1 + self.timing.lead(i, draw)
            for slot, word in enumerate(drain_steps(i, token.ctx, token.adapter)):
                self.expect("dr", t0 + late + slot, (), (word,))
                if draw and i.drain == p.ARGMAX:
                    self.expect("noise", t0 + 1 + self.timing.noise_pause + slot, (), (slot,))
        return t0

    def draw(self, op: int, words: int) -> int:
        """An operation of this length with random fields."""
        r = self.rng
        kind = {"drain": int(r.integers(3)), "rinv": int(r.integers(2)), "bank": int(r.integers(2))}
        kind = kind if op == p.DRAIN else {}
        steps = 1 if op == p.SAMPLE else words
        addr0, addr1 = int(r.integers(1 << 12)), int(r.integers(1 << 31))
        return self.operate(p.Instr(p.D, op, "", 0, addr0=addr0, addr1=addr1, n0=words, steps=steps, **kind))


async def make(dut: Any, name: str) -> Bench:
    """A bench behind reset."""
    b = Bench(dut, name)
    await b.start()
    return b


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def shapes(dut: Any) -> None:
    """Each operation, one to many words, one right behind the other and with pauses."""
    b = await make(dut, "shapes")
    for words in (1, 2, 3, 7, 30):
        for op in (p.EMBED, p.DRAIN, p.SAMPLE):
            b.draw(op, words)
            b.pause()
    for op in b.rng.integers(0, 3, 150):
        b.draw(int(op), int(b.rng.integers(1, 9)))
        b.pause()
    await b.end()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def drains(dut: Any) -> None:
    """Every kind of drain of one slot to more than noise is on its way, greedy and drawn, of all contexts."""
    b = await make(dut, "drains")
    one = int(np.float32(1).view(np.uint32))
    for drain in (p.STORE, p.RESIDUAL, p.ARGMAX):
        for n, temperature in enumerate((0, one, one, 0)):
            for slots in (1, 2, 12, 13, 40):
                token = TokenContext(n, 5, 7, adapter=bool(slots & 1), inv_temperature=temperature)
                kind = {"drain": drain, "n0": slots, "steps": slots, "bank": n & 1}
                b.operate(p.Instr(p.D, p.DRAIN, "", 0, addr1=4, **kind), token)
    await b.end()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def long_loops(dut: Any) -> None:
    """The ends of the counters: 4,095 words and slots."""
    b = await make(dut, "long_loops")
    b.draw(p.EMBED, 4095)
    b.draw(p.DRAIN, 4095)
    await b.end()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def a_model(dut: Any) -> None:
    """The D operations of tiny's programme, as two tokens walk them."""
    b = await make(dut, "a_model")
    for _ in range(2):
        token = b.token()
        for i in p.build(load_model("tiny").geometry):
            if i.engine == p.D and i.layer <= 0:
                b.operate(i, token)
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """Reset in the loop, at its ends and while words are under way; the next operation is whole."""
    b = await make(dut, "resets")
    for after in range(1, 40):
        t0 = b.draw(after % 3, 3)
        b.cut(t0 + after)
        b.draw((after + 1) % 3, 2)
    await b.end()
