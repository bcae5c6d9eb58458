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
CHIP = SimpleNamespace(context=CONTEXT, adapter_slots=SLOTS, stop_tokens=P["STOP_TOKENS"])
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
        self.hold = False  # the running token goes on
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

    def drive(self, dut: Any, stops: tuple[int, ...] = ()) -> None:
        """The inputs of the next cycle; now and then a stop token is sampled."""
        r = self.random
        if self.hold:
            self.token_left += self.token_left > 0
            self.sample_left += self.sample_left > 0
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
        choice = int(r.choice(stops)) if stops and r.random() < 0.1 else int(r.integers(1 << 32))
        dut.sampled_i.value = choice
        dut.load_status_i.value, dut.load_info_i.value = int(r.integers(13)), int(r.integers(1 << 32))
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
        self.answers: list[tuple[int, int, int]] = []  # op, status, info
        self.loads: list[tuple[int, bool]] = []  # slot, whether it was in use
        self.tokens = 0
        self.sent = 0
        self.prompts = 8  # prompt tokens on offer

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
            while len(self.prompt.queue) < self.prompts:
                token = self.random.integers(VOCAB, 1 << 32) if self.random.random() < self.bad else None
                self.prompt.put(token=int(self.random.integers(VOCAB) if token is None else token))
            self.chip.see(self.out)
            self.chip.drive(self.dut, self.twin.settings.stops)

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
                cmd=(int(d.cmd_op_i.value), int(d.cmd_arg_i.value)),
                cmd_valid=bool(int(d.cmd_valid_i.value)),
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
        if out.load:
            self.loads.append(out.load)
        if out.rsp and int(d.rsp_ready_i.value):
            self.answers.append(out.rsp)
        self.tokens += out.start is not None
        return self.signals(out)

    @staticmethod
    def signals(out: HostOut) -> Values:
        """Outputs by port."""
        op, status, info = out.rsp or (None, None, None)
        slot, in_use = out.load or (None, None)
        token, sample = out.start or (None, None)
        return {
            "cmd_ready_o": int(out.cmd_ready),
            "prompt_ready_o": int(out.prompt_ready),
            "tok_valid_o": int(out.tok is not None),
            "tok_token_o": out.tok,
            "rsp_valid_o": int(out.rsp is not None),
            "rsp_op_o": op,
            "rsp_status_o": status,
            "rsp_info_o": info,
            "token_start_o": int(out.start is not None),
            "token_o": token,
            "sample_o": None if sample is None else int(sample),
            "pos_set_o": int(out.set_pos is not None),
            "pos_set_value_o": None if out.set_pos is None else position(out.set_pos),
            "load_start_o": int(out.load is not None),
            "load_slot_o": slot,
            "load_in_use_o": None if in_use is None else int(in_use),
            "adapter_on_o": int(out.adapter is not None),
            "adapter_base_o": out.adapter,
            "inv_temperature_o": out.inv_temperature,
            "noise_seed_o": out.noise_seed,
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
        """A command and its answer; no other is open."""
        self.send(op, arg)
        await self.answered()
        assert self.answers[-1][0] == op
        return self.answers[-1][1:]

    async def run(self, prompt_len: int, max_new: int) -> tuple[int, int]:
        """RUN and its answer."""
        return await self.ask(host.CMD_RUN, max_new << 16 | prompt_len)

    def random_command(self) -> None:
        """Anything, mostly RUN with lengths around what still fits."""
        r = self.random
        op = int(r.choice(range(8), p=WEIGHTS))
        arg = int(r.integers(1 << 32))
        if op == host.CMD_RUN:
            left = CONTEXT - self.chip.pos
            prompt_len = int(r.choice([0, 0, 0, 1, 2, max(left, 0), left + 1, 0xFFFF]))
            arg = int(r.choice([0, 1, 1, 2, 3, left + 1, 0xFFFF])) << 16 | prompt_len
        elif op in (host.CMD_SELECT, host.CMD_LOAD) and r.random() < 0.9:
            arg = int(r.integers(SLOTS + 3))
        elif op == host.CMD_STOP and r.random() < 0.9:
            arg = int(r.choice([host.NO_STOPS, VOCAB, *r.integers(VOCAB, size=20)]))
        elif op == host.CMD_SAMPLING:
            exponent, sign = int(r.choice([0, 1, 127, 254, 255])), int(r.random() < 0.2)
            arg = sign << 31 | exponent << 23 | int(r.choice([0, 1, 0x7FFFFF]))
        self.send(op, arg)

    async def finish(self) -> None:
        """Nothing comes behind; no vacuous pass."""
        for _ in range(20):
            await RisingEdge(self.dut.clk_i)
        assert len(self.answers) == self.sent and self.tokens
        log_compared(self.lockstep.compared, f"outputs, {self.sent} commands, {self.tokens} tokens")


WEIGHTS = [0.08, 0.34, 0.2, 0.16, 0.06, 0.03, 0.1, 0.03]  # by op
FROM_LOADER = {host.ST_ADAPTER_TOO_LARGE, host.ST_ADAPTER_BAD, host.ST_ADAPTER_IN_USE}


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def random_commands(dut: Any) -> None:
    """Any order of commands, as many open as may be and the next one on offer; all answers appear."""
    b = Bench(dut, "random_commands", bad=0.04 if CONTEXT > 8 else 0.3)
    await b.start()
    for _ in range(600):
        b.random_command()
        await b.answered(open_commands=int(b.random.integers(4)))
    await b.answered()
    seen = Counter(status for _, status, _ in b.answers)
    cocotb.log.info("answers by status: %s", dict(sorted(seen.items())))
    assert set(range(13)) - FROM_LOADER - {host.ST_STOP_LIST_FULL} <= set(seen)
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
async def stop_list(dut: Any) -> None:
    """Filled, full, emptied; what is in it may be added again, what is no token may not."""
    b = Bench(dut, "stop_list", bad=0)
    await b.start()
    room = P["STOP_TOKENS"]
    ok = (host.ST_OK, 0)
    for _ in range(2):
        for token in range(room):
            assert await b.ask(host.CMD_STOP, VOCAB - 1 - token) == ok
        assert await b.ask(host.CMD_STOP, 1) == (host.ST_STOP_LIST_FULL, 1)
        assert await b.ask(host.CMD_STOP, VOCAB - room) == ok
        assert await b.ask(host.CMD_STOP, VOCAB) == (host.ST_BAD_TOKEN, VOCAB)
        assert await b.ask(host.CMD_STOP, host.NO_STOPS - 1) == (host.ST_BAD_TOKEN, host.NO_STOPS - 1)
        assert await b.run(1, 1) in [(host.ST_OK, 1), (host.ST_STOPPED, 1)]
        assert await b.ask(host.CMD_NEW) == ok
        assert await b.ask(host.CMD_STOP, host.NO_STOPS) == ok
        assert await b.run(1, 1) == (host.ST_OK, 1)
        assert await b.ask(host.CMD_NEW) == ok
    await b.finish()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def beside_a_run(dut: Any) -> None:
    """While a RUN waits for its prompt SELECT and LOAD are answered; everything else waits for it."""
    b = Bench(dut, "beside_a_run", bad=0)
    await b.start()
    while not b.chip.full & 1:
        await b.ask(host.CMD_LOAD, 0)
    for op in (host.CMD_NEW, host.CMD_RUN, host.CMD_SAMPLING, host.CMD_SEED, host.CMD_STOP, 7):
        b.prompts = 0
        while b.prompt.queue:
            await b.ask(host.CMD_NEW)
            await b.run(1, 0)
        await b.ask(host.CMD_NEW)
        b.send(host.CMD_RUN, 1 << 16 | 1)
        b.send(host.CMD_SELECT, 1)
        b.send(host.CMD_LOAD, 0)
        b.send(host.CMD_SELECT, 1)  # refused while the LOAD is open
        await b.answered(open_commands=1)
        others = [a[0] for a in b.answers[-3:]]
        assert sorted(others) == [host.CMD_SELECT, host.CMD_SELECT, host.CMD_LOAD]
        assert b.loads[-1] == (0, b.twin.settings.selected == 1)
        b.send(op, 0)
        for _ in range(40):
            await RisingEdge(dut.clk_i)
        assert b.sent - len(b.answers) == 2
        b.prompts = 8
        await b.answered()
        assert [a[0] for a in b.answers[-2:]] == [host.CMD_RUN, op]
    await b.finish()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def keeps_adapter(dut: Any) -> None:
    """The running token's slot is in use although another is selected; in the next RUN it is not."""
    b = Bench(dut, "keeps_adapter", bad=0)
    await b.start()
    while not b.chip.full & 1:
        await b.ask(host.CMD_LOAD, 0)
    assert await b.ask(host.CMD_SELECT, 1) == (host.ST_OK, 0)
    b.chip.hold = True
    started = b.tokens
    b.send(host.CMD_RUN, 1)
    while b.tokens == started:
        await RisingEdge(dut.clk_i)
    for op, arg in ((host.CMD_SELECT, 0), (host.CMD_LOAD, 0), (host.CMD_LOAD, SLOTS)):
        b.send(op, arg)
        await b.answered(open_commands=1)
    assert b.loads[-2:] == [(0, True), (SLOTS, False)] and b.out.adapter == 0
    b.chip.hold = False
    await b.answered()
    for prompt_len in (0xFFFF, 0):  # refused RUNs
        b.send(host.CMD_RUN, prompt_len)
        b.send(host.CMD_LOAD, 0)
        await b.answered()
    assert b.loads[-2:] == [(0, False), (0, False)]
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
