"""cocotb tests of sequencer: the issue rule in every cycle, engines that answer at random."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from golden.program import Instr
from golden.sequencer import Sequencer, SequencerIn, SequencerOut
from verif.control.lockstep import Lockstep, Values
from verif.lib.bench import PARAMETERS, log_compared, reset, rng, start

PROGRAM = [Instr(**i) for i in json.loads(Path(os.environ["PROGRAM"]).read_text())]
HEADER = int(os.environ["HEADER"], 16)
GROUP = PARAMETERS["GROUP_UNITS"]
CONTEXT = 4096


def position(pos: int) -> int:
    """``roma_pkg::position_t``."""
    slot, member = divmod(pos, GROUP)
    return pos << 24 | slot << 12 | member


class Engines:
    """Flags of V, L, H and N, random but as engines have them: both fall in the cycle behind a start."""

    def __init__(self, random: np.random.Generator, longest: int) -> None:
        self.random, self.longest = random, longest
        self.clear()

    def clear(self) -> None:
        """All free."""
        self.loop, self.flush = [0] * 3, [0] * 4

    def give(self, engine: int) -> None:
        """A job of random length; N works beside V now and then."""
        n = int(self.random.integers(1, self.longest + 1))
        self.loop[engine] = n
        self.flush[engine] = max(self.flush[engine], n + int(self.random.integers(self.longest)))
        if engine == 0 and self.random.random() < 0.3:
            self.flush[3] = int(self.random.integers(1, 3 * self.longest))

    def flags(self) -> tuple[int, int]:
        """Ready and idle of the next cycle."""
        ready = sum((n == 0) << e for e, n in enumerate(self.loop))
        idle = sum((n == 0) << e for e, n in enumerate(self.flush))
        self.loop = [max(n - 1, 0) for n in self.loop]
        self.flush = [max(n - 1, 0) for n in self.flush]
        return ready, idle


class Bench:
    """The DUT, its twin and the engines."""

    def __init__(self, dut: Any, name: str, longest: int = 12) -> None:
        self.dut, self.random = dut, rng(name)
        self.engines = Engines(self.random, longest)
        self.twin = Sequencer(PROGRAM)
        self.issued = self.ended = 0

    async def start(self) -> None:
        """Clock and reset; everything is compared."""
        self.idle_inputs()
        self.lockstep = Lockstep(self.dut, self.twin.reset, self.expected)
        await start(self.dut)

    def idle_inputs(self) -> None:
        """Nothing asked, all engines free."""
        self.drive(adapter_on_i=0, ready_i=0b111, idle_i=0b1111, token_start_i=0, pos_set_i=0)
        self.garbage()

    def drive(self, **values: int) -> None:
        """Set inputs."""
        for name, value in values.items():
            getattr(self.dut, name).value = value

    def garbage(self) -> None:
        """Payloads without their valid."""
        r = self.random
        self.drive(token_i=int(r.integers(1 << 32)), sample_i=int(r.integers(2)))
        self.drive(pos_set_value_i=int(r.integers(1 << 37)))

    def expected(self) -> Values:
        """The twin's outputs for what stands on the inputs."""
        d = self.dut
        value: Callable[[Any], int] = lambda h: int(h.value)  # noqa: E731
        started, set_pos = value(d.token_start_i), value(d.pos_set_i)
        out = self.twin.cycle(
            SequencerIn(
                start=(value(d.token_i), bool(value(d.sample_i))) if started else None,
                set_pos=value(d.pos_set_value_i) >> 24 if set_pos else None,
                adapter=bool(value(d.adapter_on_i)),
                ready=value(d.ready_i),
                idle=value(d.idle_i),
            )
        )
        if out.engine is not None:
            self.engines.give(out.engine)
        self.issued += out.issue is not None
        self.ended += out.done
        return self.signals(out)

    @staticmethod
    def signals(out: SequencerOut) -> Values:
        """Outputs by port."""
        engine, issue = out.engine, out.issue
        return {
            "header_valid_o": int(out.header),
            "header_o": HEADER if out.header else None,
            "pr_issue_valid": int(issue is not None),
            "pr_issue_pc": issue,
            "start_o": 0 if engine is None else 1 << engine,
            "instr_o": None if engine is None else PROGRAM[issue - 1].encode(),
            "done_o": int(out.done),
            "token_o": out.token,
            "pos_o": position(out.pos),
        }

    async def cycle(self, chaos: bool = False) -> None:
        """One cycle with the engines' flags, or with any."""
        await RisingEdge(self.dut.clk_i)
        ready, idle = self.engines.flags()
        if chaos:
            ready, idle = (self.any_flags(width) for width in (3, 4))
        self.drive(ready_i=ready, idle_i=idle, token_start_i=0, pos_set_i=0)
        self.garbage()

    def any_flags(self, width: int) -> int:
        """Random, and once in a while all up, so that chaos comes to an end."""
        every = (1 << width) - 1
        return every if self.random.random() < 0.4 else int(self.random.integers(every + 1))

    async def token(self, chaos: bool = False, until: int | None = None) -> None:
        """A token from its start to END; with ``until`` only so many cycles of it."""
        r = self.random
        for _ in range(int(r.choice([1, 1, 2, 5]))):
            await self.cycle(chaos)
            if r.random() < 0.3:
                edge = int(r.integers(1, max(2, CONTEXT // GROUP + 1))) * GROUP - 1
                pos = int(r.choice([0, min(edge, CONTEXT - 1), r.integers(CONTEXT)]))
                self.drive(pos_set_i=1, pos_set_value_i=position(pos))
        token, sample = int(r.integers(1 << 32)), int(r.integers(2))
        self.drive(token_start_i=1, token_i=token, sample_i=sample, pos_set_i=0)
        self.drive(adapter_on_i=int(r.integers(2)))
        await self.cycle(chaos)
        count = 0
        while self.twin.running and count != until:
            await self.cycle(chaos)
            count += 1

    async def finish(self, quiet: int = 20) -> None:
        """Nothing comes behind the last token; no vacuous pass."""
        for _ in range(quiet):
            await self.cycle()
        assert self.issued and self.ended
        log_compared(self.lockstep.compared, f"outputs, {self.issued} issues, {self.ended} tokens")


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def tokens(dut: Any) -> None:
    """Tokens with and without adapter, sampled or not, engines fast and slow."""
    b = Bench(dut, "tokens")
    await b.start()
    for _ in range(2):
        await b.cycle()
    for longest in (1, 3, 12, 12, 30):
        b.engines.longest = longest
        for _ in range(2 if len(PROGRAM) > 50 else 12):
            await b.token()
    await b.finish()


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def chaos(dut: Any) -> None:
    """Flags that no engine would show: the rule looks at nothing else."""
    b = Bench(dut, "chaos")
    await b.start()
    for _ in range(2):
        await b.cycle()
    for _ in range(3 if len(PROGRAM) > 50 else 20):
        await b.token(chaos=True)
    await b.finish()


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """Reset anywhere in a token; then whole tokens, from position 0."""
    b = Bench(dut, "resets", longest=4)
    await b.start()
    for until in (0, 1, 2, 3, 7, 30, 200):
        for _ in range(2):
            await b.cycle()
        await b.token()
        await b.token(until=until)
        await reset(dut, int(b.random.integers(1, 4)))
        b.engines.clear()
        b.idle_inputs()
    for _ in range(2):
        await b.cycle()
    await b.token()
    await b.finish()
