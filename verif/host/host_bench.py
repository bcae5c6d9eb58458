"""A bus and a chip around axi_host: cocotbext-axi on one side, the streams of roma_top on the other.

Golden hears of every event that the bench causes or sees, and says what must come out.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, ReadOnly, RisingEdge
from cocotbext.axi import (
    AxiLiteBus,
    AxiLiteMaster,
    AxiStreamBus,
    AxiStreamFrame,
    AxiStreamSink,
    AxiStreamSource,
)
from cocotbext.axi.axi_channels import (
    AxiARBus,
    AxiARSource,
    AxiARTransaction,
    AxiAWBus,
    AxiAWSource,
    AxiAWTransaction,
    AxiBBus,
    AxiBSink,
    AxiRBus,
    AxiRSink,
    AxiWBus,
    AxiWSource,
    AxiWTransaction,
)

from golden.axi_host import AxiHost, Sizes
from golden.image_port import INCR, OKAY, WriteBurst
from verif.host.bursts import Bursts
from verif.host.gates import QUIET, STALLS, Gate, pauses
from verif.host.registers import addresses
from verif.lib.bench import PARAMETERS, cycle, log_compared, reset, rng, start
from verif.lib.streams import Beat, Monitor, Source

SIZES = Sizes(**{k.lower(): v for k, v in PARAMETERS.items() if k.lower() in Sizes.__dataclass_fields__})
ADDRESS = addresses()
READABLE = [name for name in ADDRESS if name not in ("COMMAND", "CONTROL", "RESPONSE_POP", "ERROR_CLEAR")]
SETTLE = 60  # cycles in which everything comes to rest: the check of a LOAD's length takes 33


class HostBench:
    """Bus, chip and golden.

    Attributes
    ----------
    golden
        What must be.
    """

    def __init__(self, dut: Any, name: str) -> None:
        self.dut, self.random = dut, rng(name)
        self.golden = AxiHost(SIZES)
        self.bursts = Bursts(SIZES.bus, SIZES.window_w, self.random)
        self.compared = 0
        self.ids: list[int] = []  # of bursts without an answer
        self.commands: list[tuple[int, int, int]] = []  # op, seq, arg
        self.frames: deque[list[tuple[int, int]]] = deque()  # TID, token
        self.frame: list[tuple[int, int]] = []

    async def start(self) -> None:
        """Clock, reset, everything attached."""
        for part in ("s_axil", "s_axi", "s_axis_prompt", "m_axis_token"):
            logging.getLogger(f"cocotb.{self.dut._name}.{part}").setLevel(logging.WARNING)
        dut, clock, r = self.dut, self.dut.clk_i, self.random
        names = " ".join(QUIET).split()
        await start(dut, **dict.fromkeys(names, 0))
        self.since = cycle()
        at = (clock, dut.rst_ni, False)
        self.axil = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), *at)
        self.aw = AxiAWSource(AxiAWBus.from_prefix(dut, "s_axi"), *at)
        self.w = AxiWSource(AxiWBus.from_prefix(dut, "s_axi"), *at)
        self.b = AxiBSink(AxiBBus.from_prefix(dut, "s_axi"), *at)
        self.ar = AxiARSource(AxiARBus.from_prefix(dut, "s_axi"), *at)
        self.r = AxiRSink(AxiRBus.from_prefix(dut, "s_axi"), *at)
        self.prompts = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis_prompt"), *at, byte_lanes=1)
        self.packets = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_token"), *at, byte_lanes=1)
        lite_w, lite_r = self.axil.write_if, self.axil.read_if
        for i, (side, channel) in enumerate(
            [
                ("source", self.aw),
                ("source", self.w),
                ("sink", self.b),
                ("source", self.ar),
                ("sink", self.r),
                ("source", self.prompts),
                ("sink", self.packets),
                ("source", lite_w.aw_channel),
                ("source", lite_w.w_channel),
                ("sink", lite_w.b_channel),
                ("source", lite_r.ar_channel),
                ("sink", lite_r.r_channel),
            ]
        ):
            channel.set_pause_generator(pauses(rng(f"{i}{r.integers(1 << 30)}"), side))
        self._chip(clock)
        await RisingEdge(clock)

    def _chip(self, clock: Any) -> None:
        """The streams of roma_top's host port, and what golden hears of them."""
        d, reset_n = self.dut, self.dut.rst_ni
        op = {"op": d.rsp_op_i, "seq": d.rsp_seq_i, "status": d.rsp_status_i, "info": d.rsp_info_i}
        self.rsp = Source(clock, d.rsp_valid_i, op, rng("rsp"), ready=d.rsp_ready_o, stalls=STALLS)
        self.rsp.on_sent.append(lambda b: self.golden.respond(**b.fields, cycle=b.cycle))
        tok = {"seq": d.tok_seq_i, "token": d.tok_token_i}
        self.tok = Source(clock, d.tok_valid_i, tok, rng("tok"), ready=d.tok_ready_o, stalls=STALLS)
        self.tok.on_sent.append(lambda b: self.golden.token(**b.fields))
        self.gates = {}
        for name in ("cmd", "prompt", "img"):
            self.gates[name] = Gate(clock, getattr(d, f"{name}_ready_i"), rng(name))
        for name, fields, see in (
            ("cmd", {"op": d.cmd_op_o, "seq": d.cmd_seq_o, "arg": d.cmd_arg_o}, self._see_command),
            ("prompt", {"seq": d.prompt_seq_o, "token": d.prompt_token_o}, self._see_prompt),
            ("img", {"data": d.img_data_o, "last": d.img_last_o}, self._see_image),
        ):
            valid, ready = getattr(d, f"{name}_valid_o"), getattr(d, f"{name}_ready_i")
            Monitor(clock, reset_n, valid, fields, see, ready=ready)
        fields = {"seq": d.s_axis_prompt_tdest, "token": d.s_axis_prompt_tdata}
        seen = d.s_axis_prompt_tvalid, fields, lambda b: self.golden.prompt_in(**b.fields)
        Monitor(clock, reset_n, *seen, ready=d.s_axis_prompt_tready)
        fields = {"seq": d.m_axis_token_tid, "token": d.m_axis_token_tdata, "last": d.m_axis_token_tlast}
        seen = d.m_axis_token_tvalid, fields, self._see_token
        Monitor(clock, reset_n, *seen, ready=d.m_axis_token_tready)

    def same(self, what: str, got: Any, want: Any) -> None:
        """Compare one thing."""
        show = [hex(x) if isinstance(x, int) else x for x in (got, want)]
        assert got == want, f"{what} is {show[0]}, expected {show[1]} (cycle {cycle()})"
        self.compared += 1

    def _see_command(self, beat: Beat) -> None:
        want = self.golden.take_command(beat.cycle)
        self.same("command", tuple(beat.fields[n] for n in ("op", "seq", "arg")), want)
        self.commands.append(want)

    def _see_prompt(self, beat: Beat) -> None:
        got = beat.fields["seq"], beat.fields["token"]
        self.same("prompt token", got, self.golden.prompt_taken())

    def _see_image(self, beat: Beat) -> None:
        assert self.golden.port.beats, f"unexpected image beat {beat.fields['data']:#x}, cycle {beat.cycle}"
        data, last = self.golden.port.beats.popleft()
        self.same("image beat", (beat.fields["data"], bool(beat.fields["last"])), (data, last))

    def _see_token(self, beat: Beat) -> None:
        seq, token, last = self.golden.token_taken(beat.fields["seq"])
        self.same("token", (beat.fields["token"], bool(beat.fields["last"])), (token, last))
        self.frame.append((seq, token))
        if last:
            self.frames.append(self.frame)
            self.frame = []

    # ---- The bus -----------------------------------------------------------------------------------
    async def write(self, name: str, value: int, *, tell: bool = True) -> None:
        """Write a register; golden hears of it first unless the caller tells it."""
        if tell:
            self.golden.write(name, value)
        answer = await self.axil.write(ADDRESS[name], value.to_bytes(4, "little"))
        self.same(f"answer to a write of {name}", int(answer.resp), OKAY)

    async def read(self, name: str) -> int:
        """Read a register."""
        answer = await self.axil.read(ADDRESS[name], 4)
        self.same(f"answer to a read of {name}", int(answer.resp), OKAY)
        return int.from_bytes(answer.data, "little")

    async def command(self, op: int, arg: int = 0, seq: int = 0) -> None:
        """Argument and command."""
        await self.write("COMMAND_ARG", arg)
        await self.write("COMMAND", seq << 8 | op)

    async def taken(self) -> None:
        """Wait until no command waits."""
        while self.golden.waiting is not None:
            await RisingEdge(self.dut.clk_i)

    async def respond(self, op: int, status: int = 0, info: int = 0, seq: int = 0) -> None:
        """The chip's response; returns when it is in the queue."""
        self.rsp.put(op=op, seq=seq, status=status, info=info)
        await self.rsp.sent()

    def put_burst(self, burst: WriteBurst, w_first: bool = False, cut: int | None = None) -> None:
        """Queue a burst on the channels, W before AW if wanted; ``cut`` keeps the beats from there on."""
        ident = int(self.random.integers(1 << len(self.dut.s_axi_awid)))
        self.ids.append(ident)
        aw = AxiAWTransaction(
            awid=ident, awaddr=burst.addr, awlen=burst.length - 1, awsize=burst.size, awburst=burst.kind
        )
        if w_first:
            cocotb.start_soon(self._later(aw))
        else:
            self.aw.send_nowait(aw)
        self.put_beats(burst.beats[:cut])

    def put_beats(self, beats: Sequence[tuple[int, int, bool]]) -> None:
        """Queue W beats."""
        for data, strobes, last in beats:
            self.w.send_nowait(AxiWTransaction(wdata=data, wstrb=strobes, wlast=int(last)))

    async def _later(self, aw: Any) -> None:
        await ClockCycles(self.dut.clk_i, int(self.random.integers(1, 12)))
        self.aw.send_nowait(aw)

    async def answer(self, want: int) -> None:
        """Take the answer to the oldest burst."""
        got = await self.b.recv()
        self.same("answer to a burst", (int(got.bid), int(got.bresp)), (self.ids.pop(0), want))

    async def burst(self, burst: WriteBurst, w_first: bool = False) -> None:
        """Send a burst and compare its answer."""
        want = self.golden.port.write(burst)
        self.put_burst(burst, w_first)
        await self.answer(want)

    async def read_burst(self, addr: int, length: int) -> None:
        """An AXI4 read, which there is nothing to answer with."""
        want, ident = self.golden.port.read(addr), int(self.random.integers(2))
        self.ar.send_nowait(
            AxiARTransaction(arid=ident, araddr=addr, arlen=length - 1, arsize=0, arburst=INCR)
        )
        for i in range(length):
            got = await self.r.recv()
            seen = int(got.rid), int(got.rresp), int(got.rlast)
            self.same("beat of a read", seen, (ident, want, int(i == length - 1)))

    def prompt(self, tokens: list[int], seq: int = 0) -> None:
        """Queue a packet of prompt tokens."""
        self.prompts.send_nowait(AxiStreamFrame(list(tokens), tdest=seq))

    # ---- Coming to rest ------------------------------------------------------------------------------
    async def settle(self) -> None:
        """Let everything come to rest, then compare every register and the interrupt."""
        await ClockCycles(self.dut.clk_i, SETTLE)
        assert not self.golden.port.beats or self.gates["img"].closed, "image beats never came"
        for name in READABLE:
            before = cycle()
            got = await self.read(name)
            if name.startswith("CYCLES"):
                low = before - self.since if name == "CYCLES" else 0
                high = cycle() - self.since if name == "CYCLES" else 0
                assert low <= got <= high, f"{name} is {got}, expected {low} to {high}"
            elif name == "RUN_CYCLES" and self.golden.runs:
                continue  # it counts while it is read
            elif name in ("RESPONSE", "RESPONSE_INFO") and not self.golden.responses:
                assert name == "RESPONSE_INFO" or not got >> 31, "a response that nobody gave"
            else:
                self.same(name, got, self.golden.read(name))
        await ReadOnly()
        self.same("irq_o", bool(int(self.dut.irq_o.value)), self.golden.irq)
        await RisingEdge(self.dut.clk_i)

    async def drained(self) -> None:
        """Wait until every token has left, then compare the packets that cocotbext-axi saw."""
        await ClockCycles(self.dut.clk_i, 4)
        while self.golden.front is not None or self.golden.tokens:
            await RisingEdge(self.dut.clk_i)
        await ClockCycles(self.dut.clk_i, 2)
        while self.frames:
            frame = self.packets.recv_nowait(compact=False)
            self.same("packet", list(zip(frame.tid, frame.tdata, strict=True)), self.frames.popleft())
        assert self.packets.empty(), "a packet that nobody sent"

    async def reset(self, cycles: int) -> None:
        """The bus's reset."""
        await reset(self.dut, cycles, clear=[self, self.rsp, self.tok])
        self.clear()  # what was on its way when it began
        self.since = cycle()

    def clear(self) -> None:
        """Forget everything, at the edge where a reset begins."""
        self.golden.reset()
        for part in (self.aw, self.w, self.b, self.ar, self.r, self.prompts, self.packets):
            part.clear()
        for kept in (self.frames, self.frame, self.ids, self.commands):
            kept.clear()

    def finish(self) -> None:
        """No vacuous pass."""
        log_compared(self.compared, "things")
