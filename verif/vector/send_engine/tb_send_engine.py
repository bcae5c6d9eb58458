"""cocotb tests of send_engine: steps, job, times and flags of sends at many shapes."""

from __future__ import annotations

from typing import Any

import cocotb

from golden import program as p
from golden.engines import SEND_JOB, TokenContext, send_job, send_steps
from golden.library import load_model
from verif.matrix.cycle_bench import PARAMETERS as P
from verif.matrix.cycle_bench import Port, random_stream
from verif.vector.job_bench import JobBench, View, timing

TRANSFORMS = (p.NONE, p.NORM, p.ROPE, p.INV, p.SILU)
DESTINATIONS = (p.TO_X, p.TO_Q, p.TO_K, p.TO_V, p.TO_T)


class Bench(JobBench):
    """The step bundle; the job, both times and both flags beside it."""

    ports = {"step": Port("step_valid", (), "step_o", 68)}
    layout = SEND_JOB

    def __init__(self, dut: Any, name: str) -> None:
        times = timing(P["COLUMNS"], P["ROWS"], P["HOPS"], P["CPK"])
        super().__init__(View(dut, "step_o", "step_valid"), random_stream(name), times)
        self.kv_busy: set[int] = set()
        self.norms: dict[int, int] = {}  # issue -> D of the rinv unit

    def send(self, i: p.Instr, token: TokenContext | None = None) -> int:
        """A SEND; returns the cycle of its issue."""
        token = token or self.token()
        t0 = self.issue(i, token, send_job(i, token, P["HEAD_DIM"] // P["ROWS"]))
        for j, step in enumerate(send_steps(i), 1):
            self.expect("step", t0 + j, (), (step.encode(),))
        if i.dest in (p.TO_K, p.TO_V):
            self.kv_busy.update(range(t0 + 1, t0 + self.works[t0] + 1))
        if i.transform == p.NORM:
            self.norms[t0] = self.timing.rinv_duration(i)
        return t0

    def draw(self, words: int, block: int, **fields: int) -> int:
        """A SEND of ``words`` blocks with random fields."""
        r = self.rng
        n = words * block
        kind = {"transform": int(r.choice(TRANSFORMS)), "dest": int(r.choice(DESTINATIONS))}
        addr0, addr1 = int(r.integers(1 << 12)), int(r.integers(1 << 31))
        shape = {"n0": n, "n1": block, "n2": int(r.choice([0, 1, n // 2, n - 1, n, 4095])), "steps": n}
        base = {"addr0": addr0, "addr1": addr1, "k_rope": int(r.integers(2))}
        return self.send(p.Instr(p.S, p.SEND, "", 0, **(base | kind | shape | fields)))

    def cut(self, cycle: int) -> None:
        """Reset: nothing is under way."""
        super().cut(cycle)
        self.kv_busy = {c for c in self.kv_busy if c <= cycle}
        self.norms = {c: n for c, n in self.norms.items() if c < cycle}

    def sample(self) -> None:
        """The marks and times of a norm, and whether K or V is under way."""
        super().sample()
        t, d = self.cycle, self.dut
        assert int(d.norm_start_o.value) == (t in self.norms), f"cycle {t}: norm_start_o"
        if t in self.norms:
            got = int(d.norm_flush_o.value)
            assert got == self.norms[t], f"cycle {t}: norm_flush_o is {got}, expected {self.norms[t]}"
        busy = int(d.kv_busy_o.value)
        assert t == 0 or busy == (t in self.kv_busy), f"cycle {t}: kv_busy_o is {busy}"


async def make(dut: Any, name: str) -> Bench:
    """A bench behind reset."""
    b = Bench(dut, name)
    await b.start()
    return b


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def shapes(dut: Any) -> None:
    """One to several words and blocks, one right behind the other and with pauses."""
    b = await make(dut, "shapes")
    for words in (1, 2, 3, 7, 30):
        for block in (1, 2, 5):
            b.draw(words, block)
            b.pause()
    for _ in range(150):
        b.draw(int(b.rng.integers(1, 9)), int(b.rng.integers(1, 5)))
        b.pause()
    await b.end()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def every_send(dut: Any) -> None:
    """Every transform to every destination, from the first word to the last valid one."""
    b = await make(dut, "every_send")
    for transform in TRANSFORMS:
        for dest in DESTINATIONS:
            b.draw(2, 2, transform=transform, dest=dest, n2=3)
    await b.end()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def keys_and_values(dut: Any) -> None:
    """K and V one behind the other, and behind and before others, near enough to overlap in the mesh."""
    b = await make(dut, "keys_and_values")
    for first in (p.TO_K, p.TO_V, p.TO_X):
        for second in (p.TO_K, p.TO_V, p.TO_X):
            for gap in (0, 1, P["HOPS"] + P["CPK"] - 1, P["HOPS"] + P["CPK"], P["HOPS"] + P["CPK"] + 1):
                b.draw(1, 1, transform=p.NONE, dest=first)
                b.t += gap
                b.draw(1, 1, transform=p.NONE, dest=second)
                b.t += 80
    await b.end()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def long_loops(dut: Any) -> None:
    """The ends of the counters: 4,095 words in one block and in blocks of one."""
    b = await make(dut, "long_loops")
    b.draw(1, 4095, dest=p.TO_K)
    b.draw(4095, 1, transform=p.NORM)
    await b.end()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def a_model(dut: Any) -> None:
    """The sends of tiny's programme."""
    b = await make(dut, "a_model")
    for i in p.build(load_model("tiny").geometry):
        if i.engine == p.S:
            b.send(i)
    await b.end()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """Reset in the loop, at its ends and while words leave; the next send is whole."""
    b = await make(dut, "resets")
    for after in range(1, 40):
        t0 = b.draw(3, 2)
        b.cut(t0 + after)
        b.draw(2, 2)
    await b.end()
