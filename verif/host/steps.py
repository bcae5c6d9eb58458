"""What a system and a chip do in the tests of axi_host, step by step."""

from __future__ import annotations

from typing import Any

from cocotb.triggers import ClockCycles, RisingEdge

from golden.host import CMD_LOAD, CMD_RUN
from verif.host.host_bench import SIZES, HostBench

WHOLE = min(6, (1 << SIZES.window_w) // SIZES.beat)  # beats of a bench's longest image


async def made(dut: Any, name: str) -> HostBench:
    """A bench behind its reset."""
    b = HostBench(dut, name)
    await b.start()
    return b


async def load(b: HostBench, slot: int, beats: int, order: str = "command") -> None:
    """A LOAD with its whole image in good bursts, to the last byte; no response yet."""
    image = b.random.bytes(beats * SIZES.beat)
    await b.write("IMAGE_BYTES", len(image))
    done = 0
    if order == "image":  # bytes that come with the command wait for the chip to take it
        b.gates["cmd"].closed = True
        await b.command(CMD_LOAD, slot)
        burst, done = b.bursts.good(image, 0)
        b.put_burst(burst)
        await ClockCycles(b.dut.clk_i, 60)
        b.gates["cmd"].closed = False
        await b.taken()
        await b.answer(b.golden.port.write(burst))
    else:
        await b.command(CMD_LOAD, slot)
        await b.taken()
    while done < len(image):
        burst, n = b.bursts.good(image[done:], done)
        await b.burst(burst, w_first=bool(b.random.integers(2)))
        done += n


async def run(b: HostBench, prompt: list[int], max_new: int, made_tokens: int, seq: int = 0) -> None:
    """A RUN up to its response, which the caller gives."""
    b.prompt(prompt, seq) if prompt else None
    await b.command(CMD_RUN, max_new << 16 | len(prompt), seq)
    await b.taken()
    while b.golden.prompt or b.prompts.count():
        await RisingEdge(b.dut.clk_i)
    for _ in range(made_tokens):
        b.tok.put(seq=seq, token=int(b.random.integers(1 << 32)))
    await b.tok.sent()


async def pop(b: HostBench) -> None:
    """Read and drop the oldest response."""
    b.same("RESPONSE", await b.read("RESPONSE"), b.golden.read("RESPONSE"))
    b.same("RESPONSE_INFO", await b.read("RESPONSE_INFO"), b.golden.read("RESPONSE_INFO"))
    await b.write("RESPONSE_POP", 1)


async def pops(b: HostBench, count: int) -> None:
    """Take so many responses as they come."""
    for _ in range(count):
        while not b.golden.responses:
            await RisingEdge(b.dut.clk_i)
        await ClockCycles(b.dut.clk_i, 4)
        await pop(b)


async def soft(b: HostBench) -> None:
    """A soft reset between two beats of a burst, with tokens before the stream and responses waiting."""
    r, dut = b.random, b.dut
    b.packets.clear_pause_generator()
    b.packets.pause = True
    await b.command(CMD_RUN, 9 << 16)
    await b.taken()
    await b.write("IMAGE_BYTES", WHOLE * SIZES.beat)
    await b.command(CMD_LOAD)
    await b.taken()
    for token in range(2):
        b.tok.put(seq=0, token=token)
    await b.tok.sent()
    await b.respond(CMD_RUN, 2, 2)
    while True:
        burst, n = b.bursts.good(r.bytes(WHOLE * SIZES.beat), 0)
        if burst.length > 1:
            break
    cut = int(r.integers(1, burst.length))
    want = b.golden.port.write(burst, cut)
    b.put_burst(burst, cut=cut)
    await b.settle()
    await b.write("CONTROL", 1)
    status = await b.read("STATUS")
    b.same("STATUS under reset", status, 1 | 1 << 5)
    await ClockCycles(dut.clk_i, 40)
    b.put_beats(burst.beats[cut:])
    await b.answer(want)
    await b.settle()
    b.packets.pause = False
    await b.drained()
    await load(b, 1, WHOLE)
    await b.respond(CMD_LOAD)
    await b.settle()
    await pop(b)
