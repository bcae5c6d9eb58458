"""cocotb tests of v_engine: steps, addresses, job and flags of all operations at many shapes."""

from __future__ import annotations

from typing import Any

import cocotb

from golden import program as p
from golden.engines import V_JOB, drain_steps, v_job, v_steps
from golden.library import load_model
from verif.control.engine_bench import EngineBench, timing
from verif.matrix.cycle_bench import PARAMETERS as P
from verif.matrix.cycle_bench import Port, random_stream

TIMING = timing(P["COLUMNS"], P["ROWS"], P["HOPS"], P["CPK"])
TRANSFORMS = (p.NONE, p.NORM, p.ROPE, p.INV, p.SILU)
DESTINATIONS = (p.TO_X, p.TO_Q, p.TO_K, p.TO_V, p.TO_T)
STEP_BITS = 5 + 12 + 32 + 32


class Signal:
    """A port that is computed from the DUT's."""

    def __init__(self, read: Any) -> None:
        self.read = read

    @property
    def value(self) -> int:
        """Its value now."""
        return self.read()


class View:
    """The DUT with the valid of its step bundle, and the bundle without what means nothing."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.step_valid = Signal(lambda: int(self.word() >> STEP_BITS - 2 != 0))
        self.step = Signal(self.meaning)

    def word(self) -> int:
        """``step_o``."""
        return int(self.dut.step_o.value)

    def meaning(self) -> int:
        """``step_o``; an EMBED has neither zero words nor a second address."""
        word = self.word()
        embed = word >> STEP_BITS - 1
        return word & ~(0xFFFFFFFF | 1 << 32 + 32 + 12) if embed else word

    def __getattr__(self, name: str) -> Any:
        """All else is the DUT's."""
        return getattr(self.dut, name)


class Bench(EngineBench):
    """The bundles of the vector units; the job and the RoPE base beside them."""

    ports = {
        "step": Port("step_valid", (), "step", 128),
        "dr": Port("dr_valid_o", (), "dr_ctrl_o", 14),
        "sample": Port("sample_o", (), "sample_o", 1),
        "noise": Port("noise_valid_o", (), "noise_slot_o", 12),
    }
    payloads = {"start_i": ("instr_i", "draw_i")}

    def __init__(self, dut: Any, rng: Any) -> None:
        super().__init__(dut, rng)
        self.jobs: dict[int, dict[str, int]] = {}  # cycle -> fields that must hold
        self.rope: dict[int, int] = {}
        self.norms: set[int] = set()

    def run_op(
        self, i: p.Instr, pos: int = 0, token: int = 0, adapter: bool = False, draw: bool = False
    ) -> int:
        """One operation; returns the cycle of its start."""
        t0, cost = self.t, TIMING.cost(i, pos, draw)
        self.put(t0, token_i=token, pos_i=pos, adapter_on_i=int(adapter), draw_i=int(draw))
        late = 0
        if i.op in (p.EMBED, p.SEND):
            self.bundle = "step"
            steps = (s.encode() for s in v_steps(i, token, P["HIDDEN_WORDS"]))
        elif i.op == p.DRAIN:
            self.bundle, steps, late = "dr", drain_steps(i, adapter), TIMING.lead(i, draw)
            for slot in range(i.n0) if draw and i.drain == p.ARGMAX else ():
                self.expect("noise", t0 + 1 + TIMING.noise_pause + slot, (), (slot,))
        else:
            self.bundle, steps = "sample", [1]
        if i.op == p.SEND and i.transform == p.NORM:
            self.norms.add(t0)
        if i.op == p.SEND and i.transform == p.ROPE:
            base = pos * (P["HEAD_DIM"] // P["ROWS"])
            self.rope |= dict.fromkeys(range(t0 + 1, t0 + 1 + cost.loop), base)
        self.jobs |= dict.fromkeys(range(t0 + 1, t0 + 1 + cost.flush), v_job(i))
        # Every V operation waits for V: the next one finds the engine idle.
        self.job(i, steps, cost, wait_idle=True, late=late)
        return t0

    def draw(self, op: int, words: int, block: int = 1) -> int:
        """An operation of this shape with random fields."""
        r = self.rng
        small, wide = (int(r.integers(1 << w)) for w in (12, 31))
        base = {"what": "", "layer": 0, "wait_for": int(r.integers(16))}
        if op == p.EMBED:
            i = p.Instr(p.V, op, addr0=small, n0=words, **base)
        elif op == p.SEND:
            kind = {"transform": int(r.choice(TRANSFORMS)), "dest": int(r.choice(DESTINATIONS))}
            n = words * block
            shape = {"n0": n, "n1": block, "n2": int(r.choice([0, 1, n // 2, n - 1, n, 4095]))}
            i = p.Instr(p.V, op, addr0=small, addr1=wide, k_rope=int(r.integers(2)), **kind, **shape, **base)
        elif op == p.DRAIN:
            kind = {"drain": int(r.integers(3)), "rinv": int(r.integers(2)), "bank": int(r.integers(2))}
            i = p.Instr(p.V, op, addr0=small, addr1=wide, n0=words, **kind, **base)
        else:
            i = p.Instr(p.V, op, addr1=wide, n0=words, **base)
        token = int(r.integers(1 << 20))
        adapter, draw = (bool(x) for x in r.integers(2, size=2))
        return self.run_op(i, int(r.integers(4096)), token, adapter, draw)

    def cut(self, cycle: int) -> None:
        """Reset: the job means nothing any more."""
        super().cut(cycle)
        self.jobs = {c: f for c, f in self.jobs.items() if c <= cycle}
        self.rope = {c: f for c, f in self.rope.items() if c <= cycle}
        self.norms = {c for c in self.norms if c < cycle}

    def sample(self) -> None:
        """Flags, job, RoPE base and the mark of a norm."""
        super().sample()
        t, d = self.cycle, self.dut
        assert int(d.norm_start_o.value) == (t in self.norms), f"cycle {t}: norm_start_o"
        if t in self.rope:
            got = int(d.rope_base_o.value)
            assert got == self.rope[t], f"cycle {t}: rope_base_o is {got}, expected {self.rope[t]}"
        fields = self.jobs.get(t, {})
        job = int(d.job_o.value) if fields else 0
        for name, width in reversed(V_JOB.items()):
            got, job = job & (1 << width) - 1, job >> width
            want = fields.get(name, got)
            assert got == want, f"cycle {t}: job_o.{name} is {got}, expected {want}"
        self.compared += len(fields)


async def make(dut: Any, name: str) -> Bench:
    """A bench behind reset."""
    b = Bench(View(dut), random_stream(name))
    await b.start(token_i=0, pos_i=0, adapter_on_i=0)
    return b


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def shapes(dut: Any) -> None:
    """Each operation, one to several words and blocks, one after the other and with pauses."""
    b = await make(dut, "shapes")
    for words in (1, 2, 3, 7, 30):
        for op in (p.EMBED, p.DRAIN, p.SAMPLE):
            b.draw(op, words)
            b.t += int(b.rng.choice([0, 0, 1, 9]))
        for block in (1, 2, 5):
            b.draw(p.SEND, words, block)
    for op in b.rng.integers(0, 4, 120):
        b.draw(int(op), int(b.rng.integers(1, 9)), int(b.rng.integers(1, 5)))
        b.t += int(b.rng.choice([0, 0, 1, 9]))
    await b.run(80)
    b.finish()
    assert b.flags


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def every_send(dut: Any) -> None:
    """Every transform to every destination, from the first word to the last valid one."""
    b = await make(dut, "every_send")
    for transform in TRANSFORMS:
        for dest in DESTINATIONS:
            kind = {"transform": transform, "dest": dest, "n0": 4, "n1": 2, "n2": 3}
            b.run_op(p.Instr(p.V, p.SEND, 0, "", 0, addr0=7, addr1=1 << 20, **kind), pos=4095)
    await b.run(80)
    b.finish()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def drains(dut: Any) -> None:
    """Every kind of drain of one slot to more than noise is on its way, greedy and drawn."""
    b = await make(dut, "drains")
    for drain in (p.STORE, p.RESIDUAL, p.ARGMAX):
        for draw in (False, True, True, False):
            for slots in (1, 2, 12, 13, 40):
                b.run_op(p.Instr(p.V, p.DRAIN, 0, "", 0, addr1=4, drain=drain, n0=slots), draw=draw)
    await b.run(80)
    b.finish()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def long_loops(dut: Any) -> None:
    """The ends of the counters: 4,095 words in one block and in blocks of one, 4,095 slots."""
    b = await make(dut, "long_loops")
    b.draw(p.EMBED, 4095)
    b.draw(p.SEND, 1, 4095)
    b.draw(p.SEND, 4095, 1)
    b.draw(p.DRAIN, 4095)
    await b.run(80)
    b.finish()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def a_model(dut: Any) -> None:
    """The V operations of tiny's programme, as a token walks them."""
    b = await make(dut, "a_model")
    for adapter, draw in ((False, True), (True, False)):
        for i in p.build(load_model("tiny").geometry):
            if i.engine == p.V and i.layer <= 0:
                b.run_op(i, 5, int(b.rng.integers(512)), adapter, draw)
    await b.run(80)
    b.finish()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """Reset in the loop, at its ends and while it flushes; the next job is whole."""
    b = await make(dut, "resets")
    for after in range(1, 40):
        t0 = b.draw(after % 4, 3, 2)
        b.cut(t0 + after)
        b.draw((after + 1) % 4, 2, 2)
    await b.run(80)
    b.finish()
