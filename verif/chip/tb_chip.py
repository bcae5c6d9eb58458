"""Host of the chip: plays a script of commands on the host port. No clock edge is polled.

The clock comes from ``chip_main.cpp``, which leaves cocotb alone while ``idle_i`` is set.

The script is the JSON file named by ``ROMA_SCRIPT``, a list of steps:

- ``{"op": "new"}``
- ``{"op": "select", "slot": n}``, 0 for none
- ``{"op": "load", "slot": n, "image": path}``
- ``{"op": "run", "prompt": [ids], "max_new": n}``
- ``{"op": "raw", "code": n}``, any command code
- ``{"op": "cut", "token": id, "length": n, "max_new": m, "cycles": c}``: a RUN of one token over and over
  that a reset ends after some cycles
- ``{"op": "rests", "seed": n}``: from here on the host rests at random on every stream

Each may carry ``"status"`` (expected, default OK) and ``"info"``. Tokens and beats are judged by the
checker from the trace, not here.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.handle import SimHandleBase
from cocotb.triggers import FallingEdge, RisingEdge, SimTimeoutError, with_timeout

from golden.host import (
    CMD_LOAD,
    CMD_NEW,
    CMD_RUN,
    CMD_SELECT,
    ST_BAD_TOKEN,
    ST_CONTEXT_FULL,
    ST_OK,
)

PERIOD = 2  # steps
PROMPT_TAKEN = (ST_OK, ST_CONTEXT_FULL, ST_BAD_TOKEN)  # statuses of a RUN that takes its prompt


class Host:
    """Drives commands, prompts and images; takes tokens and responses at once, or after a rest.

    Everything is driven and sampled at the falling edge, where a cycle's signals are stable: a beat
    is taken at the rising edge behind the falling edge that sees valid and ready.
    """

    def __init__(self, dut: SimHandleBase) -> None:
        self.dut = dut
        self.edge = FallingEdge(dut.clk_i)
        self.random: np.random.Generator | None = None  # of a host that rests

    async def reset(self) -> None:
        """Reset for some cycles."""
        dut = self.dut
        for name in ("cmd_valid_i", "prompt_valid_i", "img_valid_i", "img_last_i", "idle_i", "rst_ni"):
            getattr(dut, name).value = 0
        for name in ("cmd_op_i", "cmd_arg_i", "prompt_token_i", "img_data_i"):
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
        if self.random is not None:
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
        self.dut.rsp_ready_i.value = self.dut.tok_ready_i.value = 0
        cocotb.start_soon(self._take_tokens())

    async def _take_tokens(self) -> None:
        """Take each token some cycles after it is offered."""
        dut = self.dut
        while True:
            await self._rises(dut.tok_valid_o)
            await self._rest(dut.tok_valid_o, dut.tok_token_o)
            dut.tok_ready_i.value = 1
            await self.edge
            dut.tok_ready_i.value = 0

    async def _rest(self, *held: Any) -> None:
        """No cycle or some; what is on the ports ``held`` must not change."""
        if self.random is None:
            return
        before = [int(h.value) for h in held]
        for _ in range(int(self.random.choice([0, 0, 1, 2, 3, 40]))):
            await self.edge
            assert [int(h.value) for h in held] == before, "a beat changed while it waited"

    async def command(self, op: int, arg: int) -> None:
        """Hand over one command."""
        dut = self.dut
        await self._rest()
        dut.cmd_op_i.value, dut.cmd_arg_i.value, dut.cmd_valid_i.value = op, arg, 1
        await self._taken(dut.cmd_ready_o)
        dut.cmd_valid_i.value = 0

    async def prompt(self, tokens: list[int]) -> None:
        """Send prompt tokens until all are taken."""
        dut = self.dut
        for token in tokens:
            dut.prompt_valid_i.value = 0
            await self._rest()
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

    async def response(self) -> tuple[int, int]:
        """Status and info of the command in hand."""
        dut = self.dut
        if not int(dut.rsp_valid_o.value):
            await self._rises(dut.rsp_valid_o)
        await self._rest(dut.rsp_valid_o, dut.rsp_status_o, dut.rsp_info_o)
        dut.rsp_ready_i.value = 1
        out = int(dut.rsp_status_o.value), int(dut.rsp_info_o.value)
        await self.edge
        dut.rsp_ready_i.value = int(self.random is None)
        return out

    async def cut(self, step: dict[str, Any]) -> None:
        """A RUN that ends in a reset."""
        dut = self.dut
        await self.command(CMD_RUN, step["max_new"] << 16 | step["length"])
        dut.prompt_token_i.value, dut.prompt_valid_i.value = step["token"], 1
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
        if op == "new":
            await self.command(CMD_NEW, 0)
        elif op == "select":
            await self.command(CMD_SELECT, step["slot"])
        elif op == "load":
            await self.command(CMD_LOAD, step["slot"])
            await self.image(Path(step["image"]).read_bytes())
        elif op == "raw":
            await self.command(step["code"], 0)
        else:
            prompt = step["prompt"]
            await self.command(CMD_RUN, step["max_new"] << 16 | len(prompt))
            if step.get("status", ST_OK) in PROMPT_TAKEN:
                await self.prompt(prompt)
        status, info = await self.response()
        cocotb.log.debug("%s: status %d info %d", step, status, info)
        assert status == step.get("status", ST_OK), f"{step}: status {status}, info {info}"
        if "info" in step:
            assert info == step["info"], f"{step}: info {info}"


@cocotb.test()
async def script(dut: SimHandleBase) -> None:
    """Play the whole script."""
    steps = json.loads(Path(os.environ["ROMA_SCRIPT"]).read_text())
    assert steps, "an empty script tests nothing"
    host = Host(dut)
    await host.reset()
    for step in steps:
        cycles = int(step.get("max_cycles", 2_000_000))
        try:
            await with_timeout(cocotb.start_soon(host.play(step)), cycles * PERIOD, "step")
        except SimTimeoutError:
            raise AssertionError(f"{step}: no response within {cycles} cycles") from None
