"""Host of the chip: plays a script of commands on the host port. No clock edge is polled.

The clock comes from ``chip_main.cpp``, which leaves cocotb alone while ``idle_i`` is set.

The script is the JSON file named by ``ROMA_SCRIPT``, a list of steps:

- ``{"op": "new"}``
- ``{"op": "select", "slot": n}``, 0 for none
- ``{"op": "load", "slot": n, "image": path}``; with ``"beside": true`` the image is streamed and the
  response taken beside the steps that follow, up to the next load or the end
- ``{"op": "run", "prompt": [ids], "max_new": n}``; ``"gap"`` cycles stand between two prompt tokens;
  ``"during"`` is a list of steps that each begin when ``"after"`` tokens of this RUN have been given out
  and then ``"wait"`` cycles have gone
- ``{"op": "raw", "code": n, "arg": n}``, any command code
- ``{"op": "stop", "back": n}``: makes the token that was given out n tokens ago a stop token
- ``{"op": "cut", "token": id, "length": n, "max_new": m, "cycles": c}``: a RUN of one token over and over
  that a reset ends after some cycles
- ``{"op": "rests", "seed": n}``: from here on the host rests at random on every stream

- ``{"op": "together", "runs": [run steps]}``: RUNs of different sequences at the same time

A step of a sequence may carry ``"seq"``, its number, default 0. Each may carry ``"status"`` (expected,
default OK, null for any) and ``"info"``. Tokens, beats and all responses are judged by the checker from
the trace, not here.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.handle import SimHandleBase
from cocotb.task import Task
from cocotb.triggers import FallingEdge, Lock, RisingEdge, SimTimeoutError, with_timeout

from golden.host import (
    CMD_LOAD,
    CMD_NEW,
    CMD_RUN,
    CMD_SELECT,
    CMD_STOP,
    ST_NOTHING_TO_DO,
    ST_OK,
    ST_PROMPT_TOO_LONG,
)

PERIOD = 2  # steps
PROMPT_LEFT = (ST_PROMPT_TOO_LONG, ST_NOTHING_TO_DO)  # statuses of a RUN that takes no prompt token


class Host:
    """Drives commands, prompts and images; takes tokens and responses at once, or after a rest.

    Everything is driven and sampled at the falling edge, where a cycle's signals are stable: a beat
    is taken at the rising edge behind the falling edge that sees valid and ready.
    """

    def __init__(self, dut: SimHandleBase) -> None:
        self.dut = dut
        self.edge = FallingEdge(dut.clk_i)
        self.random: np.random.Generator | None = None  # of a host that rests
        self.polls = False  # several things are under way: every edge is looked at
        self.answers: dict[tuple[int, int], list[tuple[int, int]]] = {}  # by op and seq, while it polls
        self.given: list[int] = []  # tokens that were given out, while it polls
        self.port, self.prompts = Lock(), Lock()  # one user at a time
        self.loading: Task[None] | None = None  # a load beside other steps

    async def reset(self) -> None:
        """Reset for some cycles."""
        dut = self.dut
        for name in ("cmd_valid_i", "prompt_valid_i", "img_valid_i", "img_last_i", "idle_i", "rst_ni"):
            getattr(dut, name).value = 0
        zero = ("cmd_op_i", "cmd_seq_i", "cmd_arg_i", "prompt_seq_i", "prompt_token_i", "img_data_i")
        for name in zero:
            getattr(dut, name).value = 0
        dut.rsp_ready_i.value = 1
        dut.tok_ready_i.value = 1
        for _ in range(4):
            await self.edge
        dut.rst_ni.value = 1
        await self.edge

    async def _taken(self, ready: Any) -> None:
        """With valid just set: return at the falling edge behind the handshake."""
        if not int(ready.value):
            await self._rises(ready)
        await self.edge

    async def _rises(self, signal: Any) -> None:
        """Return at the falling edge behind the rise of a handshake output; nothing else wakes cocotb."""
        if self.polls:
            while not int(signal.value):
                await self.edge
            return
        self.dut.idle_i.value = 1
        await RisingEdge(signal)
        self.dut.idle_i.value = 0
        await self.edge

    def rests(self, seed: int) -> None:
        """Rest at random from now on; tokens and responses that wait must stay as they are."""
        self.random = np.random.default_rng(seed)
        self.poll()

    def poll(self) -> None:
        """From now on look at every edge, so that several things can be under way."""
        if not self.polls:
            self.polls = True
            self.dut.rsp_ready_i.value = self.dut.tok_ready_i.value = 0
            cocotb.start_soon(self._take_tokens())
            cocotb.start_soon(self._take_responses())

    async def _take_tokens(self) -> None:
        """Take each token, at once or some cycles after it is offered."""
        dut = self.dut
        while True:
            await self._rises(dut.tok_valid_o)
            await self._rest(dut.tok_valid_o, dut.tok_token_o)
            dut.tok_ready_i.value = 1
            token = int(dut.tok_token_o.value)
            await self.edge
            dut.tok_ready_i.value = 0
            self.given.append(token)

    async def _take_responses(self) -> None:
        """Take each response and keep it by op."""
        dut = self.dut
        while True:
            await self._rises(dut.rsp_valid_o)
            held = (dut.rsp_valid_o, dut.rsp_op_o, dut.rsp_seq_o, dut.rsp_status_o, dut.rsp_info_o)
            await self._rest(*held)
            dut.rsp_ready_i.value = 1
            _, op, seq, *answer = (int(h.value) for h in held)
            await self.edge
            dut.rsp_ready_i.value = 0
            self.answers.setdefault((op, seq), []).append(tuple(answer))

    async def _rest(self, *held: Any) -> None:
        """No cycle or some; what is on the ports ``held`` must not change."""
        if self.random is None:
            return
        before = [int(h.value) for h in held]
        for _ in range(int(self.random.choice([0, 0, 1, 2, 3, 40]))):
            await self.edge
            assert [int(h.value) for h in held] == before, "a beat changed while it waited"

    async def command(self, op: int, arg: int, seq: int = 0) -> None:
        """Hand over one command."""
        async with self.port:
            await self._command(op, arg, seq)

    async def _command(self, op: int, arg: int, seq: int) -> None:
        dut = self.dut
        await self._rest()
        dut.cmd_op_i.value, dut.cmd_arg_i.value, dut.cmd_seq_i.value = op, arg, seq
        await self.edge  # ready depends on the op
        dut.cmd_valid_i.value = 1
        await self._taken(dut.cmd_ready_o)
        dut.cmd_valid_i.value = 0

    async def prompt(self, tokens: list[int], seq: int = 0, gap: int = 0) -> None:
        """Send prompt tokens until all are taken, some cycles between them."""
        async with self.prompts:
            await self._prompt(tokens, seq, gap)

    async def _prompt(self, tokens: list[int], seq: int, gap: int) -> None:
        dut = self.dut
        if int(dut.prompt_seq_i.value) != seq:
            dut.prompt_seq_i.value = seq
            await self.edge  # ready depends on the sequence
        for k, token in enumerate(tokens):
            dut.prompt_valid_i.value = 0
            await self._rest()
            for _ in range(gap if k else 0):
                await self.edge
            dut.prompt_token_i.value, dut.prompt_valid_i.value = token, 1
            await self._taken(dut.prompt_ready_o)
        dut.prompt_valid_i.value = 0

    async def image(self, raw: bytes) -> None:
        """Stream an adapter image."""
        dut = self.dut
        size = len(dut.img_data_i) // 8
        beats = len(raw) // size
        for i in range(beats):
            if self.random is not None and self.random.random() < 0.02:
                dut.img_valid_i.value = 0
                await self._rest()
            dut.img_valid_i.value = 1
            dut.img_data_i.value = int.from_bytes(raw[i * size : (i + 1) * size], "big")
            dut.img_last_i.value = int(i == beats - 1)
            await self._taken(dut.img_ready_o)
        dut.img_valid_i.value = 0

    async def response(self, op: int, seq: int) -> tuple[int, int]:
        """Status and info of the open command ``op`` of a sequence."""
        dut = self.dut
        if self.polls:
            while not self.answers.get((op, seq)):
                await self.edge
            return self.answers[op, seq].pop(0)
        if not int(dut.rsp_valid_o.value):
            await self._rises(dut.rsp_valid_o)
        assert int(dut.rsp_op_o.value) == op, f"response to op {int(dut.rsp_op_o.value)}, wanted {op}"
        out = int(dut.rsp_status_o.value), int(dut.rsp_info_o.value)
        await self.edge
        return out

    async def cut(self, step: dict[str, Any]) -> None:
        """A RUN that ends in a reset."""
        dut = self.dut
        await self.command(CMD_RUN, step["max_new"] << 16 | step["length"])
        dut.prompt_token_i.value, dut.prompt_seq_i.value, dut.prompt_valid_i.value = step["token"], 0, 1
        for _ in range(step["cycles"]):
            await self.edge
        await self.reset()

    async def play(self, step: dict[str, Any]) -> None:
        """One step of the script; fails when the response is not the expected one."""
        op = step["op"]
        if op == "cut":
            return await self.cut(step)
        if op == "rests":
            return self.rests(step["seed"])
        if op == "load":
            return await self.load(step)
        if op == "run":
            return await self.run(step)
        if op == "together":
            return await self.together(step["runs"])
        code, arg = {
            "new": lambda: (CMD_NEW, 0),
            "select": lambda: (CMD_SELECT, step["slot"]),
            "stop": lambda: (CMD_STOP, self.given[-step["back"]]),
            "raw": lambda: (step["code"], step.get("arg", 0)),
        }[op]()
        await self.command(code, arg, step.get("seq", 0))
        await self.expect(step, code)

    async def expect(self, step: dict[str, Any], op: int) -> None:
        """Wait for the response of a step's command and look at it."""
        status, info = await self.response(op, step.get("seq", 0))
        cocotb.log.debug("%s: status %d info %d", step, status, info)
        wanted = step.get("status", ST_OK)
        assert wanted in (None, status), f"{step}: status {status}, info {info}"
        if "info" in step:
            assert info == step["info"], f"{step}: info {info}"

    async def load(self, step: dict[str, Any]) -> None:
        """LOAD; beside the steps behind it, or to its end."""
        await self.loaded()
        if step.get("beside"):
            self.poll()
        await self.command(CMD_LOAD, step["slot"])
        self.loading = cocotb.start_soon(self._load(step))
        if not step.get("beside"):
            await self.loaded()

    async def _load(self, step: dict[str, Any]) -> None:
        await self.image(Path(step["image"]).read_bytes())
        await self.expect(step, CMD_LOAD)

    async def loaded(self) -> None:
        """Wait until no load is under way."""
        if self.loading is not None:
            await self.loading
            self.loading = None

    async def run(self, step: dict[str, Any]) -> None:
        """RUN, and what is to be done during it."""
        prompt, during = step["prompt"], step.get("during", [])
        if during:
            self.poll()
        first = len(self.given)
        seq = step.get("seq", 0)
        await self.command(CMD_RUN, step["max_new"] << 16 | len(prompt), seq)
        others = cocotb.start_soon(self._during(during, first)) if during else None
        if step.get("status", ST_OK) not in PROMPT_LEFT:
            await self.prompt(prompt, seq, step.get("gap", 0))
        await self.expect(step, CMD_RUN)
        if others is not None:
            await others

    async def together(self, runs: list[dict[str, Any]]) -> None:
        """RUNs that are open at the same time."""
        self.poll()
        tasks = [cocotb.start_soon(self.run(run)) for run in runs]
        for task in tasks:
            await task

    async def _during(self, steps: list[dict[str, Any]], first: int) -> None:
        for step in steps:
            while len(self.given) < first + step.get("after", 0):
                await self.edge
            for _ in range(step.get("wait", 0)):
                await self.edge
            await self.play(step)


@cocotb.test()
async def script(dut: SimHandleBase) -> None:
    """Play the whole script."""
    steps = json.loads(Path(os.environ["ROMA_SCRIPT"]).read_text())
    assert steps, "an empty script tests nothing"
    host = Host(dut)
    await host.reset()
    if any(step["op"] == "stop" for step in steps):
        host.poll()  # it must know the tokens
    for step in steps:
        cycles = int(step.get("max_cycles", 2_000_000))
        try:
            await with_timeout(cocotb.start_soon(host.play(step)), cycles * PERIOD, "step")
        except SimTimeoutError:
            raise AssertionError(f"{step}: no response within {cycles} cycles") from None
    await with_timeout(cocotb.start_soon(host.loaded()), 2_000_000 * PERIOD, "step")
