"""cocotb tests of sequencer: the issue rule in every cycle, engines that answer at random."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from golden import program as p
from golden.program import Instr
from golden.sequencer import ENGINES, Issued, Sequencer, SequencerOut, Start
from verif.control.lockstep import Lockstep, Values
from verif.lib.bench import PARAMETERS, log_compared, reset, rng, start

PROGRAM = [Instr(**i) for i in json.loads(Path(os.environ["PROGRAM"]).read_text())]
HEADER = int(os.environ["HEADER"], 16)
TOKENS, SEQUENCES = PARAMETERS["TOKENS"], PARAMETERS["SEQUENCES"]
WORD, TOKEN, DURATION = 8 * p.WORD_BYTES, 2 + 32 + 37 + 32 + 1 + 32 + 32 + 32 + 1, 24


def packed(issued: Issued) -> int:
    """``roma_pkg::token_t``."""
    start, ctx = issued.start, issued.ctx
    pos, slot, member = start.pos
    word = ctx << 32 | start.token
    word = word << 37 | pos << 24 | slot << 12 | member
    word = word << 32 | start.seq * PARAMETERS["SEQUENCE_WORDS"]
    word = word << 33 | (0 if start.adapter is None else 1 << 32 | start.adapter)
    word = word << 64 | start.inv_temperature << 32 | start.noise_seed
    return word << 1 | issued.scored


class Bench:
    """The DUT, its twin, and engines that take any time."""

    def __init__(self, dut: Any, name: str, longest: int = 12) -> None:
        self.dut, self.random, self.longest = dut, rng(name), longest
        self.twin = Sequencer(PROGRAM, TOKENS)
        self.busy = [0] * len(ENGINES)  # cycles until an engine is ready
        self.start: Start | None = None
        self.out: SequencerOut | None = None  # of the cycle that is under way
        self.issued = self.ended = self.together = 0
        self.early: Counter[str] = Counter()  # what became of words EARLY
        self.stood: set[int] = set()  # contexts at an EARLY that did not go in the cycle before

    async def begin(self) -> None:
        """Clock and reset; everything is compared."""
        self.idle_inputs()
        self.lockstep = Lockstep(self.dut, self.twin_reset, self.expected)
        await start(self.dut)

    def twin_reset(self) -> None:
        """A cycle in reset."""
        self.twin.reset()
        self.out = None

    def idle_inputs(self) -> None:
        """Nothing asked, all engines free."""
        self.start = None
        self.drive(token_start_i=0, ready_i=0b1111, flush_i=0, norm_flush_i=0, sample_ctx_i=0)
        self.garbage()

    def drive(self, **values: int) -> None:
        """Set inputs."""
        for name, value in values.items():
            getattr(self.dut, name).value = value

    def bits(self, n: int) -> int:
        """``n`` random bits."""
        return int.from_bytes(self.random.bytes(-(-n // 8)), "little") % (1 << n)

    def garbage(self) -> None:
        """Payloads without their valid."""
        widths = {"seq": 2, "token": 32, "sample": 1, "pos": 37, "adapter_on": 1, "adapter_base": 32}
        for name, width in (widths | {"inv_temperature": 32, "noise_seed": 32}).items():
            self.drive(**{f"start_{name}_i": self.bits(width)})

    def expected(self) -> Values:
        """The twin's outputs for what stands on the inputs."""
        if self.out is not None:  # the first cycle out of reset has none before it
            # The edge behind the cycle before: what was issued got the durations of that cycle.
            self.twin.edge(self.out, *self.answers)
        ready = int(self.dut.ready_i.value)
        out = self.out = self.twin.outputs(ready)
        flush = int(self.dut.flush_i.value)
        durations = {e: flush >> DURATION * e & (1 << DURATION) - 1 for e in ENGINES}
        self.answers = durations, int(self.dut.norm_flush_i.value), self.start
        for engine in out.issues:
            if engine != p.END:
                self.busy[engine] = int(self.random.integers(self.longest))
        self.count(out)
        self.issued += len(out.issues)
        self.together += len(out.issues) > 1
        self.ended += out.done is not None
        return self.signals(out)

    def count(self, out: SequencerOut) -> None:
        """Words EARLY that issue, that are skipped, and why; SCOREs behind one."""
        issuing, contexts = {i.ctx for i in out.issues.values()}, self.twin.contexts
        stood, self.stood = self.stood, set()
        for ctx, own in contexts.items():
            word = PROGRAM[own.pc - 1]
            if p.scores(word) and ctx in issuing and own.scored:
                self.early["scored"] += 1
            if not p.early(word) or (word.if_lora and own.start.adapter is None):
                continue
            if ctx in issuing:
                self.early["beside" if len(contexts) > 1 else "issued"] += 1
            elif len(contexts) == 1 and own.start.pos[1] > 0:
                self.stood.add(ctx)
            else:
                self.early["slot 0" if len(contexts) == 1 else "waited" if ctx in stood else "skipped"] += 1

    def signals(self, out: SequencerOut) -> Values:
        """Outputs by port."""
        given = {e: i for e, i in out.issues.items() if e != p.END}
        instr = sum(PROGRAM[i.pc - 1].encode() << WORD * e for e, i in given.items())
        token = sum(packed(i) << TOKEN * e for e, i in given.items())
        context = self.twin.contexts.get(int(self.dut.sample_ctx_i.value))
        return {
            "header_valid_o": int(out.header),
            "header_o": HEADER if out.header else None,
            "room_o": int(out.room),
            "pr_issue_valid": sum(1 << i.ctx for i in out.issues.values()),
            "start_o": sum(1 << e for e in given),
            "instr_o": instr,
            "token_o": token,
            "done_valid_o": int(out.done is not None),
            "done_seq_o": out.done,
            "sample_seq_o": None if context is None else context.start.seq,
        }

    async def cycle(self, chaos: bool = False) -> None:
        """One cycle with the engines' flags, or with any."""
        await RisingEdge(self.dut.clk_i)
        r = self.random
        ready = sum((n == 0) << e for e, n in enumerate(self.busy))
        self.busy = [max(n - 1, 0) for n in self.busy]
        if chaos:
            ready = int(r.choice([15, r.integers(16)]))
        flush = sum(int(r.integers(1, 4 * self.longest)) << DURATION * e for e in range(len(ENGINES)))
        self.drive(ready_i=ready, flush_i=flush, norm_flush_i=int(r.integers(1, 4 * self.longest)))
        self.drive(token_start_i=0, sample_ctx_i=int(r.integers(TOKENS)))
        self.garbage()
        self.start = None

    def accept(self) -> None:
        """A token comes in this cycle."""
        r = self.random
        pos = self.bits(13), int(r.choice([0, 1, self.bits(12)])), self.bits(12)
        adapter = self.bits(32) if r.integers(2) else None
        seq = int(r.integers(SEQUENCES))
        self.start = Start(
            self.bits(32), bool(r.integers(2)), seq, pos, adapter, self.bits(32), self.bits(32)
        )
        s = self.start
        self.drive(token_start_i=1, start_seq_i=s.seq, start_token_i=s.token, start_sample_i=int(s.sample))
        self.drive(
            start_pos_i=pos[0] << 24 | pos[1] << 12 | pos[2], start_adapter_on_i=int(adapter is not None)
        )
        self.drive(start_adapter_base_i=adapter or 0, start_inv_temperature_i=s.inv_temperature)
        self.drive(start_noise_seed_i=s.noise_seed)

    async def tokens(
        self, count: int, chaos: bool = False, until: int | None = None, disturb: bool = False
    ) -> None:
        """So many tokens, as close behind one another as contexts allow or not; then all ends.

        ``disturb``: the next one starts when the one before is alone at an EARLY, or through.
        """
        started = cycles = 0
        while (started < count or self.start or self.twin.contexts) and cycles != until:
            await self.cycle(chaos)
            cycles += 1
            # A context whose END issued in the cycle before is free in this one.
            ending = self.out is not None and p.END in self.out.issues
            flying = len(self.twin.contexts) - ending + (self.answers[2] is not None if self.out else 0)
            often = (0.5 if self.stood or not flying else 0) if disturb else 0.3
            if started < count and flying < TOKENS and self.random.random() < often:
                self.accept()
                started += 1

    async def finish(self, quiet: int = 20) -> None:
        """Nothing comes behind the last token; no vacuous pass."""
        for _ in range(quiet):
            await self.cycle()
        assert self.issued and self.ended and (TOKENS == 1 or len(PROGRAM) < 10 or self.together)
        log_compared(self.lockstep.compared, f"outputs, {self.issued} issues, {self.ended} tokens")


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def tokens(dut: Any) -> None:
    """Tokens with and without adapter, sampled or not, engines fast and slow."""
    b = Bench(dut, "tokens")
    await b.begin()
    for _ in range(3):
        await b.cycle()
    for longest in (1, 3, 12, 12, 30):
        b.longest = longest
        await b.tokens(2 * TOKENS if len(PROGRAM) > 50 else 12)
    await b.finish()


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def chaos(dut: Any) -> None:
    """Flags that no engine would show: the rule looks at nothing else."""
    b = Bench(dut, "chaos")
    await b.begin()
    for _ in range(3):
        await b.cycle()
    await b.tokens(3 * TOKENS if len(PROGRAM) > 50 else 30, chaos=True)
    await b.finish()


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def early(dut: Any) -> None:
    """Tokens alone and not: EARLY issues, is skipped, and is skipped behind a wait in vain."""
    b = Bench(dut, "early")
    await b.begin()
    for _ in range(3):
        await b.cycle()
    wanted = {"issued", "scored", "slot 0"} | ({"skipped", "waited"} if TOKENS > 1 else set())
    if not any(map(p.early, PROGRAM)):
        wanted = set()
    for _ in range(40):
        await b.tokens(TOKENS)
        await b.tokens(2, disturb=True)
        if wanted <= set(b.early):
            break
    assert wanted <= set(b.early) and not b.early["beside"], b.early
    await b.finish()


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """Reset anywhere in a token; then whole tokens."""
    b = Bench(dut, "resets", longest=4)
    await b.begin()
    for until in (0, 1, 2, 3, 7, 30, 200):
        for _ in range(3):
            await b.cycle()
        await b.tokens(1)
        await b.tokens(TOKENS, until=until)
        await reset(dut, int(b.random.integers(1, 4)))
        b.busy = [0] * len(ENGINES)
        b.idle_inputs()
    for _ in range(3):
        await b.cycle()
    await b.tokens(2)
    await b.finish()
