"""A driver as docs/host-interface.md describes it, on cocotbext-axi: what a system does with the chip."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from cocotb.triggers import RisingEdge
from cocotbext.axi import (
    AxiBus,
    AxiLiteBus,
    AxiLiteMaster,
    AxiMaster,
    AxiStreamBus,
    AxiStreamFrame,
    AxiStreamSink,
    AxiStreamSource,
)

from golden.axi_host import Irq
from golden.host import CMD_LOAD
from golden.image_port import OKAY
from verif.host.registers import addresses, fields

ADDRESS, FIELDS = addresses(), fields()


@dataclass(frozen=True)
class Response:
    """What the chip answered."""

    op: int
    seq: int
    status: int
    info: int


class Driver:
    """Commands, images and tokens through the system's ports; sleeps until the interrupt."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        at = (dut.clk_i, dut.rst_ni, False)
        self.registers = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), *at)
        self.image = AxiMaster(AxiBus.from_prefix(dut, "s_axi"), *at)
        self.prompt = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis_prompt"), *at, byte_lanes=1)
        self.tokens = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_token"), *at, byte_lanes=1)
        self.responses: deque[Response] = deque()
        self.begun: dict[int, list[int]] = {}  # tokens of packets that have not ended, by sequence
        self.ended: deque[tuple[int, list[int]]] = deque()

    async def read(self, name: str, field: str | None = None) -> int:
        """A register, or a field of it."""
        answer = await self.registers.read(ADDRESS[name], 4)
        assert int(answer.resp) == OKAY, f"read of {name} answered {answer.resp}"
        value = int.from_bytes(answer.data, "little")
        if field is None:
            return value
        low, width = FIELDS[name][field]
        return value >> low & (1 << width) - 1

    async def write(self, name: str, value: int) -> None:
        """Write a register."""
        answer = await self.registers.write(ADDRESS[name], value.to_bytes(4, "little"))
        assert int(answer.resp) == OKAY, f"write of {name} answered {answer.resp}"

    async def command(self, op: int, arg: int = 0, seq: int = 0) -> None:
        """Issue a command as soon as none waits."""
        while await self.read("STATUS", "command_waits"):
            pass
        await self.write("COMMAND_ARG", arg)
        await self.write("COMMAND", seq << 8 | op)

    async def response(self, op: int, seq: int = 0) -> Response:
        """The next response to ``op`` of ``seq``; others are kept for those who ask for them."""
        while True:
            for kept in self.responses:
                if (kept.op, kept.seq) == (op, seq):
                    self.responses.remove(kept)
                    return kept
            await self.write("IRQ_STATUS", 1 << Irq.RESPONSE)
            if await self.read("RESPONSE", "valid"):
                word = await self.read("RESPONSE")
                got = []
                for name in ("op", "seq", "status"):
                    low, width = FIELDS["RESPONSE"][name]
                    got.append(word >> low & (1 << width) - 1)
                self.responses.append(Response(*got, await self.read("RESPONSE_INFO")))
                await self.write("RESPONSE_POP", 1)
            elif not int(self.dut.irq_o.value):
                await RisingEdge(self.dut.irq_o)

    async def ask(self, op: int, arg: int = 0, seq: int = 0) -> Response:
        """A command and its response."""
        await self.command(op, arg, seq)
        return await self.response(op, seq)

    async def load(self, slot: int, image: bytes) -> int:
        """Send an adapter image; its bus answer. The response is for the caller to take."""
        await self.write("IMAGE_BYTES", len(image))
        await self.command(CMD_LOAD, slot)
        answer = await self.image.write(0, image)
        return int(answer.resp)

    def send_prompt(self, tokens: list[int], seq: int = 0) -> None:
        """Queue prompt tokens on the stream."""
        self.prompt.send_nowait(AxiStreamFrame(list(tokens), tdest=seq))

    async def packet(self, seq: int = 0) -> list[int]:
        """The tokens of a RUN, up to TLAST; those of other sequences may stand between them."""
        while True:
            for kept in self.ended:
                if kept[0] == seq:
                    self.ended.remove(kept)
                    return kept[1]
            frame = await self.tokens.recv(compact=False)
            for tid, token in zip(frame.tid, frame.tdata, strict=True):
                self.begun.setdefault(tid, []).append(token)
            self.ended.append((frame.tid[-1], self.begun.pop(frame.tid[-1])))
