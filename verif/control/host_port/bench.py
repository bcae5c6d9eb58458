"""host_port between a host and a chip that do as they please within the rules, and its golden twin."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from golden import host
from golden.host_port import HostIn, HostOut, HostPort, Wants, position
from verif.control.host_port.chip import Chip
from verif.control.lockstep import Lockstep, Values
from verif.lib.bench import PARAMETERS as P
from verif.lib.bench import log_compared, rng, start
from verif.lib.streams import Sink, Source

CONTEXT, SLOTS, TOKENS, SEQUENCES = (P[n] for n in ("CONTEXT", "ADAPTER_SLOTS", "TOKENS", "SEQUENCES"))
CHIP = SimpleNamespace(
    context=CONTEXT, adapter_slots=SLOTS, stop_tokens=P["STOP_TOKENS"], tokens=TOKENS, sequences=SEQUENCES
)
GEOMETRY = SimpleNamespace(chip=CHIP, adapter_words=P["ADAPTER_WORDS"])
VOCAB = 50
STALLS = os.environ["STALLS"]
# Of commands by op; where little fits NEW makes room.
WEIGHTS = (
    [0.08, 0.34, 0.2, 0.16, 0.06, 0.03, 0.1, 0.03] if CONTEXT > 8 else [0.2, 0.34, 0.12, 0.12] + [0.055] * 4
)
Answer = tuple[int, int, int, int]  # op, seq, status, info


class Bench:
    """The DUT, its twin, the streams and the chip behind.

    Attributes
    ----------
    prompts
        Prompt tokens that the host has on offer; with one sequence also before a RUN wants them.
    """

    def __init__(
        self, dut: Any, name: str, stalls: str = STALLS, longest: int = 6, bad: float = 0.04
    ) -> None:
        self.dut, self.random, self.stalls, self.bad = dut, rng(name), stalls, bad
        self.twin = HostPort(GEOMETRY, VOCAB)
        self.chip = Chip(self.random, TOKENS, SLOTS, longest)
        self.out = HostOut()
        self.answers: list[Answer] = []
        self.loads: list[tuple[int, bool]] = []  # slot, whether it was in use
        self.most = self.tokens = self.sent = 0  # most tokens in flight; tokens started; commands
        self.prompts = 8

    async def start(self) -> None:
        """Clock and reset; everything is compared."""
        d, r, s = self.dut, self.random, self.stalls
        self.lockstep = Lockstep(d, self.restart, self.expected)
        cmd = {"op": d.cmd_op_i, "seq": d.cmd_seq_i, "arg": d.cmd_arg_i}
        prompt = {"seq": d.prompt_seq_i, "token": d.prompt_token_i}
        self.commands = Source(d.clk_i, d.cmd_valid_i, cmd, r, ready=d.cmd_ready_o, stalls=s)
        self.prompt = Source(d.clk_i, d.prompt_valid_i, prompt, r, ready=d.prompt_ready_o, stalls=s)
        for ready in (d.rsp_ready_i, d.tok_ready_i):
            Sink(d.clk_i, ready, r, stalls=s)
        self.chip.drive(d, [])
        cocotb.start_soon(self._chip())
        await start(d, vocab_size_i=VOCAB)

    async def _chip(self) -> None:
        while True:
            await RisingEdge(self.dut.clk_i)
            self._feed()
            self.chip.see(self.out)
            self.most = max(self.most, len(self.chip.flying))
            self.chip.drive(self.dut, self.twin.stops)

    def _feed(self) -> None:
        """Prompt tokens for the sequences that want some, in runs of any length."""
        r, queue = self.random, self.prompt.queue
        while len(queue) < self.prompts:
            left = [
                s.prompt_left * (s.wants == Wants.PROMPT) - sum(beat["seq"] == n for beat in queue)
                for n, s in enumerate(self.twin.sequences)
            ]
            wanting = [n for n, many in enumerate(left) if many > 0 or SEQUENCES == 1]
            if not wanting:
                break
            seq = int(r.choice(wanting))
            for _ in range(int(r.integers(1, max(left[seq], 1) + 1))):
                token = int(r.integers(VOCAB, 1 << 32) if r.random() < self.bad else r.integers(VOCAB))
                self.prompt.put(seq=seq, token=token)

    def restart(self) -> None:
        """Reset of everything but the host."""
        self.twin.reset()
        self.chip.clear()
        self.out = HostOut()

    def expected(self) -> Values:
        """The twin's outputs for what stands on the inputs."""
        d = self.dut

        def at(*handles: Any) -> tuple[int, ...]:
            return tuple(int(h.value) for h in handles)

        def when(valid: Any, *handles: Any) -> Any:
            return at(*handles) if int(valid.value) else None

        done = when(d.done_valid_i, d.done_seq_i)
        out = self.out = self.twin.cycle(
            HostIn(
                cmd=at(d.cmd_op_i, d.cmd_seq_i, d.cmd_arg_i),
                cmd_valid=bool(int(d.cmd_valid_i.value)),
                prompt=at(d.prompt_seq_i, d.prompt_token_i),
                prompt_valid=bool(int(d.prompt_valid_i.value)),
                tok_ready=bool(int(d.tok_ready_i.value)),
                rsp_ready=bool(int(d.rsp_ready_i.value)),
                header=bool(int(d.header_valid_i.value)),
                room=bool(int(d.room_i.value)),
                done=done[0] if done else None,
                sampled=when(d.sampled_valid_i, d.sampled_seq_i, d.sampled_i),
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
        op, seq, status, info = out.rsp or (None,) * 4
        slot, in_use = out.load or (None, None)
        tok_seq, tok = out.tok or (None, None)
        s = out.start
        return {
            "cmd_ready_o": int(out.cmd_ready),
            "prompt_ready_o": int(out.prompt_ready),
            "tok_valid_o": int(out.tok is not None),
            "tok_seq_o": tok_seq,
            "tok_token_o": tok,
            "rsp_valid_o": int(out.rsp is not None),
            "rsp_op_o": op,
            "rsp_seq_o": seq,
            "rsp_status_o": status,
            "rsp_info_o": info,
            "token_start_o": int(s is not None),
            "start_seq_o": s and s.seq,
            "start_token_o": s and s.token,
            "start_sample_o": s and int(s.sample),
            "start_pos_o": s and position(s.pos, P["GROUP_UNITS"]),
            "start_adapter_on_o": s and int(s.adapter is not None),
            "start_adapter_base_o": s and s.adapter,
            "start_inv_temperature_o": s and s.inv_temperature,
            "start_noise_seed_o": s and s.noise_seed,
            "load_start_o": int(out.load is not None),
            "load_slot_o": slot,
            "load_in_use_o": None if in_use is None else int(in_use),
        }

    def send(self, op: int, arg: int, seq: int = 0) -> None:
        """Offer a command."""
        self.commands.put(op=op, seq=seq, arg=arg)
        self.sent += 1

    async def answered(self, open_commands: int = 0) -> None:
        """Wait until at most so many commands have no answer."""
        while self.sent - len(self.answers) > open_commands:
            await RisingEdge(self.dut.clk_i)

    async def ask(self, op: int, arg: int = 0, seq: int = 0) -> tuple[int, int]:
        """A command and its answer; no other is open."""
        self.send(op, arg, seq)
        await self.answered()
        assert self.answers[-1][:2] == (op, seq)
        return self.answers[-1][2:]

    async def run(self, prompt_len: int, max_new: int, seq: int = 0) -> tuple[int, int]:
        """RUN and its answer."""
        return await self.ask(host.CMD_RUN, max_new << 16 | prompt_len, seq)

    async def cycles(self, count: int) -> None:
        """Let time pass."""
        for _ in range(count):
            await RisingEdge(self.dut.clk_i)

    def random_command(self) -> None:
        """Anything, mostly RUN with lengths around what still fits."""
        r = self.random
        op = int(r.choice(range(8), p=WEIGHTS))
        arg = int(r.integers(1 << 32))
        seq = int(r.integers(4) if r.random() < 0.05 else r.integers(SEQUENCES))
        if op == host.CMD_RUN:
            left = CONTEXT - self.twin.sequences[min(seq, SEQUENCES - 1)].pos
            prompt_len = int(r.choice([0, 0, 0, 1, 2, 3, max(left, 0), left + 1, 0xFFFF]))
            arg = int(r.choice([0, 1, 1, 2, 3, left + 1, 0xFFFF])) << 16 | prompt_len
        elif op in (host.CMD_SELECT, host.CMD_LOAD) and r.random() < 0.9:
            arg = int(r.integers(SLOTS + 3))
        elif op == host.CMD_STOP and r.random() < 0.9:
            arg = int(r.choice([host.NO_STOPS, VOCAB, *r.integers(VOCAB, size=20)]))
        elif op == host.CMD_SAMPLING:
            exponent, sign = int(r.choice([0, 1, 127, 254, 255])), int(r.random() < 0.2)
            arg = sign << 31 | exponent << 23 | int(r.choice([0, 1, 0x7FFFFF]))
        self.send(op, arg, seq)

    async def finish(self) -> None:
        """Nothing comes behind; no vacuous pass."""
        await self.cycles(20)
        assert len(self.answers) == self.sent and self.tokens
        log_compared(
            self.lockstep.compared,
            f"outputs, {self.sent} commands, {self.tokens} tokens, up to {self.most} in flight",
        )
