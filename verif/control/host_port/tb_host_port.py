"""cocotb tests of host_port: a host, a sequencer and a loader that do as they please within the rules."""

from __future__ import annotations

import os
from collections import Counter
from types import SimpleNamespace
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from golden import host
from golden.host_port import HostIn, HostOut, HostPort
from verif.control.lockstep import Lockstep, Values
from verif.lib.bench import PARAMETERS as P
from verif.lib.bench import log_compared, reset, rng, start
from verif.lib.streams import Sink, Source

CONTEXT, SLOTS = P["CONTEXT"], P["ADAPTER_SLOTS"]
CHIP = SimpleNamespace(context=CONTEXT, adapter_slots=SLOTS)
GEOMETRY = SimpleNamespace(chip=CHIP, adapter_words=P["ADAPTER_WORDS"])
VOCAB = 50
STALLS = os.environ["STALLS"]


def position(pos: int) -> int:
    """``roma_pkg::position_t``; how slot and member follow from pos is the sequencer's business."""
    return pos << 24 | (pos * 7 & 0xFFF) << 12 | (pos * 5 & 0xFFF)


class Chip:
    """What stands behind the host port: the running token, the running load, what they leave."""

    def __init__(self, random: np.random.Generator, longest: int) -> None:
        self.random, self.longest = random, longest
        self.clear()

    def clear(self) -> None:
        """Reset."""
        self.pos = self.full = self.age = 0
        self.token_left = self.sample_left = self.load_left = 0
        self.header_at = int(self.random.integers(4))

    def see(self, out: HostOut) -> None:
        """What the host port asked for in the cycle that ends."""
        r = self.random
        self.age += 1
        if out.set_pos is not None:
            self.pos = out.set_pos
        if out.start:
            self.token_left = int(r.integers(1, self.longest + 1))
            self.sample_left = int(r.integers(1, self.token_left + 1)) if out.start[1] else 0
        if out.load is not None:
            self.load_left = int(r.integers(1, self.longest + 1))

    def drive(self, dut: Any) -> None:
        """The inputs of the next cycle."""
        r = self.random
        done, sampled, loaded = (n == 1 for n in (self.token_left, self.sample_left, self.load_left))
        self.token_left, self.sample_left, self.load_left = (
            max(n - 1, 0) for n in (self.token_left, self.sample_left, self.load_left)
        )
        self.pos += done
        if self.load_left:
            self.full ^= int(r.random() < 0.1) << int(r.integers(SLOTS))
        if loaded:
            self.full |= int(r.random() < 0.7) << int(r.integers(SLOTS))
        dut.header_valid_i.value = int(self.age >= self.header_at)
        dut.pos_i.value = position(self.pos)
        dut.done_i.value, dut.sampled_valid_i.value, dut.load_done_i.value = (
            int(x) for x in (done, sampled, loaded)
        )
        dut.sampled_i.value = int(r.integers(1 << 32))
        dut.load_status_i.value, dut.load_info_i.value = int(r.integers(9)), int(r.integers(1 << 32))
        dut.slot_full_i.value = self.full


class Bench:
    """The DUT, its twin, the streams and the chip behind."""

    def __init__(
        self, dut: Any, name: str, stalls: str = STALLS, longest: int = 6, bad: float = 0.04
    ) -> None:
        self.dut, self.random, self.stalls, self.bad = dut, rng(name), stalls, bad
        self.twin = HostPort(GEOMETRY, VOCAB)
        self.chip = Chip(self.random, longest)
        self.out = HostOut()
        self.answers: list[tuple[int, int]] = []
        self.tokens = 0
        self.sent = 0

    async def start(self) -> None:
        """Clock and reset; everything is compared."""
        d, r, s = self.dut, self.random, self.stalls
        self.lockstep = Lockstep(d, self.restart, self.expected)
        cmd, prompt = {"op": d.cmd_op_i, "arg": d.cmd_arg_i}, {"token": d.prompt_token_i}
        self.commands = Source(d.clk_i, d.cmd_valid_i, cmd, r, ready=d.cmd_ready_o, stalls=s)
        self.prompt = Source(d.clk_i, d.prompt_valid_i, prompt, r, ready=d.prompt_ready_o, stalls=s)
        for ready in (d.rsp_ready_i, d.tok_ready_i):
            Sink(d.clk_i, ready, r, stalls=s)
        self.chip.drive(d)
        cocotb.start_soon(self._chip())
        await start(d, vocab_size_i=VOCAB)

    async def _chip(self) -> None:
        while True:
            await RisingEdge(self.dut.clk_i)
            while len(self.prompt.queue) < 8:
                token = self.random.integers(VOCAB, 1 << 32) if self.random.random() < self.bad else None
                self.prompt.put(token=int(self.random.integers(VOCAB) if token is None else token))
            self.chip.see(self.out)
            self.chip.drive(self.dut)

    def restart(self) -> None:
        """Reset of everything but the host."""
        self.twin.reset()
        self.chip.clear()
        self.out = HostOut()

    def expected(self) -> Values:
        """The twin's outputs for what stands on the inputs."""
        d = self.dut

        def when(valid: Any, *payload: Any) -> Any:
            values = tuple(int(h.value) for h in payload)
            return (values if len(values) > 1 else values[0]) if int(valid.value) else None

        out = self.out = self.twin.cycle(
            HostIn(
                cmd=when(d.cmd_valid_i, d.cmd_op_i, d.cmd_arg_i),
                prompt=when(d.prompt_valid_i, d.prompt_token_i),
                tok_ready=bool(int(d.tok_ready_i.value)),
                rsp_ready=bool(int(d.rsp_ready_i.value)),
                header=bool(int(d.header_valid_i.value)),
                pos=int(d.pos_i.value) >> 24,
                done=bool(int(d.done_i.value)),
                sampled=when(d.sampled_valid_i, d.sampled_i),
                loaded=when(d.load_done_i, d.load_status_i, d.load_info_i),
                full=int(d.slot_full_i.value),
            )
        )
        if out.rsp and int(d.rsp_ready_i.value):
            self.answers.append(out.rsp)
        self.tokens += out.start is not None
        return self.signals(out)

    @staticmethod
    def signals(out: HostOut) -> Values:
        """Outputs by port."""
        status, info = out.rsp or (None, None)
        token, sample = out.start or (None, None)
        return {
            "cmd_ready_o": int(out.cmd_ready),
            "prompt_ready_o": int(out.prompt_ready),
            "tok_valid_o": int(out.tok is not None),
            "tok_token_o": out.tok,
            "rsp_valid_o": int(out.rsp is not None),
            "rsp_status_o": status,
            "rsp_info_o": info,
            "token_start_o": int(out.start is not None),
            "token_o": token,
            "sample_o": None if sample is None else int(sample),
            "pos_set_o": int(out.set_pos is not None),
            "pos_set_value_o": None if out.set_pos is None else position(out.set_pos),
            "load_start_o": int(out.load is not None),
            "load_slot_o": out.load,
            "adapter_on_o": int(out.adapter is not None),
            "adapter_base_o": out.adapter,
        }

    def send(self, op: int, arg: int) -> None:
        """Offer a command."""
        self.commands.put(op=op, arg=arg)
        self.sent += 1

    async def answered(self, open_commands: int = 0) -> None:
        """Wait until at most so many commands have no answer."""
        while self.sent - len(self.answers) > open_commands:
            await RisingEdge(self.dut.clk_i)

    async def ask(self, op: int, arg: int = 0) -> tuple[int, int]:
        """A command and its answer."""
        self.send(op, arg)
        await self.answered()
        return self.answers[-1]

    async def run(self, prompt_len: int, max_new: int) -> tuple[int, int]:
        """RUN and its answer."""
        return await self.ask(host.CMD_RUN, max_new << 16 | prompt_len)

    def random_command(self) -> None:
        """Anything, mostly RUN with lengths around what still fits."""
        r = self.random
        op = int(r.choice([host.CMD_NEW, host.CMD_RUN, host.CMD_SELECT, host.CMD_LOAD, 4, 7], p=WEIGHTS))
        arg = int(r.integers(1 << 32))
        if op == host.CMD_RUN:
            left = CONTEXT - self.chip.pos
            prompt_len = int(r.choice([0, 0, 0, 1, 2, max(left, 0), left + 1, 0xFFFF]))
            arg = int(r.choice([0, 1, 1, 2, 3, left + 1, 0xFFFF])) << 16 | prompt_len
        elif op in (host.CMD_SELECT, host.CMD_LOAD) and r.random() < 0.9:
            arg = int(r.integers(SLOTS + 3))
        self.send(op, arg)

    async def finish(self) -> None:
        """Nothing comes behind; no vacuous pass."""
        for _ in range(20):
            await RisingEdge(self.dut.clk_i)
        assert len(self.answers) == self.sent and self.tokens
        log_compared(self.lockstep.compared, f"outputs, {self.sent} commands, {self.tokens} tokens")


WEIGHTS = [0.15, 0.5, 0.18, 0.1, 0.04, 0.03]


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def random_commands(dut: Any) -> None:
    """Any order of commands, one at a time or the next one already on offer; all answers appear."""
    b = Bench(dut, "random_commands", bad=0.04 if CONTEXT > 8 else 0.3)
    await b.start()
    for _ in range(400):
        b.random_command()
        await b.answered(open_commands=int(b.random.integers(2)))
    await b.answered()
    seen = Counter(status for status, _ in b.answers)
    cocotb.log.info("answers by status: %s", dict(sorted(seen.items())))
    assert set(range(9)) - {host.ST_ADAPTER_TOO_LARGE, host.ST_ADAPTER_BAD} <= set(seen)
    await b.finish()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def fill_context(dut: Any) -> None:
    """To the last position and no further, by prompt and by generation; NEW begins again."""
    b = Bench(dut, "fill_context", longest=2, bad=0)
    await b.start()
    assert await b.run(CONTEXT + 1, 1) == (host.ST_PROMPT_TOO_LONG, CONTEXT + 1)
    assert await b.run(CONTEXT, 0xFFFF) == (host.ST_CONTEXT_FULL, 1)
    assert await b.run(0, 1) == (host.ST_CONTEXT_FULL, 0)
    assert await b.run(1, 1) == (host.ST_PROMPT_TOO_LONG, CONTEXT + 1)
    assert await b.ask(host.CMD_NEW) == (host.ST_OK, 0)
    assert await b.run(0, 1) == (host.ST_NOTHING_TO_DO, 0)
    assert await b.run(1, 0xFFFF) == (host.ST_CONTEXT_FULL, CONTEXT)
    await b.finish()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """Reset anywhere; the chip then knows no sequence and no adapter."""
    b = Bench(dut, "resets")
    await b.start()
    for _ in range(60):
        for _ in range(4):
            b.random_command()
        for _ in range(int(b.random.integers(1, 60))):
            await RisingEdge(dut.clk_i)
        await reset(dut, int(b.random.integers(1, 4)), clear=[b.commands, b.prompt])
        b.sent = len(b.answers)
        assert await b.run(0, 1) == (host.ST_NOTHING_TO_DO, 0)
    await b.finish()
