"""cocotb tests of axi_host: a system that does as it pleases, a chip that answers when it likes."""

from __future__ import annotations

import itertools
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge

from golden.axi_host import Irq
from golden.host import CMD_LOAD, CMD_NEW, CMD_RUN, CMD_SELECT
from golden.image_port import SLVERR, Error
from verif.host.bursts import BREAKS
from verif.host.host_bench import ADDRESS, SIZES
from verif.host.steps import WHOLE, load, made, pop, pops, run, soft


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def registers(dut: Any) -> None:
    """Reset values, writes, refused accesses, every word of the page that the map does not name."""
    b = await made(dut, "registers")
    await b.settle()
    for name in ("COMMAND_ARG", "IMAGE_BYTES", "IRQ_ENABLE"):
        await b.write(name, int(b.random.integers(1 << 32)))
    await b.settle()
    # Strobes: one byte of a word changes.
    await b.write("COMMAND_ARG", 0x11223344)
    await b.axil.write(ADDRESS["COMMAND_ARG"] + 1, b"\xaa")
    b.golden.arg = 0x1122AA44
    await b.settle()
    nowhere = [a for a in (*range(0, 0xA0, 4), 0x800, 0xFFC) if a not in ADDRESS.values()]
    assert nowhere
    writes_only = [ADDRESS[n] for n in ("COMMAND", "CONTROL", "RESPONSE_POP", "ERROR_CLEAR")]
    reads_only = [ADDRESS[n] for n in ("ID", "STATUS", "RESPONSE", "ERROR", "CYCLES", "TOKENS", "CAP_IMAGE")]
    for address in (*nowhere, *writes_only):
        b.same(f"answer to a read of {address:#x}", int((await b.axil.read(address, 4)).resp), SLVERR)
    for address in (*nowhere, *reads_only):
        answer = await b.axil.write(address, b"\xff\xff\xff\xff")
        b.same(f"answer to a write of {address:#x}", int(answer.resp), SLVERR)
    await b.settle()
    b.finish()


@cocotb.test(timeout_time=6, timeout_unit="ms")
async def traffic(dut: Any) -> None:
    """RUN and LOAD at once, responses in any order, images in bursts of every shape."""
    b = await made(dut, "traffic")
    r = b.random
    for _ in range(12):
        loads = cocotb.start_soon(load(b, int(r.integers(4)), int(r.integers(1, WHOLE + 1)), "command"))
        await loads
        max_new = int(r.integers(5))
        many = int(r.integers(max_new + 1))
        prompt = [int(x) for x in r.integers(1 << 32, size=int(r.integers(4)))]
        seqs = {CMD_RUN: int(r.integers(SIZES.sequences)), CMD_LOAD: 0, CMD_SELECT: int(r.integers(4))}
        await run(b, prompt, max_new, many, seqs[CMD_RUN])
        await b.command(CMD_SELECT, int(r.integers(3)), seqs[CMD_SELECT])
        await b.taken()
        ops = [CMD_RUN, CMD_LOAD, CMD_SELECT]
        r.shuffle(ops)
        await b.settle()
        answers = cocotb.start_soon(pops(b, 3))
        for op in ops:
            await b.respond(int(op), int(r.integers(14)), int(r.integers(1 << 32)), seqs[op])
        await answers
        await b.drained()
        await load(b, 1, WHOLE, "image")
        await b.respond(CMD_LOAD)
        await b.settle()
        await pop(b)
    await b.settle()
    b.finish()


@cocotb.test(timeout_time=8, timeout_unit="ms")
async def malformed(dut: Any) -> None:
    """Bursts that are wrong in every way, in the middle of images that arrive whole all the same."""
    b = await made(dut, "malformed")
    r, breaks = b.random, itertools.cycle(BREAKS)
    for turn in range(24):
        image = r.bytes(int(r.integers(1, WHOLE + 1)) * SIZES.beat)
        # No image is open.
        burst, _ = b.bursts.good(image, 0)
        await b.burst(burst, w_first=turn % 2 == 0)
        await b.write("ERROR_CLEAR", 1)
        await b.write("IMAGE_BYTES", len(image))
        await b.command(CMD_LOAD, 0)
        await b.taken()
        while b.golden.port.wanted:
            done = b.golden.port.offset
            burst, _ = b.bursts.good(image[done:], done)
            if r.random() < 0.5:
                # What a broken burst carries before it breaks is not the image's; golden follows.
                await b.burst(b.bursts.broken(burst, next(breaks)), bool(r.integers(2)))
                if r.random() < 0.5:
                    await b.settle()
                    await b.write("ERROR_CLEAR", int(r.integers(2)))
            else:
                await b.burst(burst, w_first=bool(r.integers(2)))
            if r.random() < 0.2:
                await b.read_burst(int(r.integers(1 << 32)), int(r.integers(1, 5)))
        await b.respond(CMD_LOAD)
        await b.settle()
        await pop(b)
    await b.read_burst(0xFFFFFFFF, 256)
    await b.read_burst(0, 1)
    missing = {e for e in Error if e.name.startswith("IMAGE")} - {Error.IMAGE_LENGTH, *b.golden.reported}
    # No address of 32 bits is outside a window of 32.
    assert missing <= ({Error.IMAGE_WINDOW} if SIZES.window_w == 32 else set()), f"never provoked: {missing}"
    b.finish()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def refused(dut: Any) -> None:
    """Commands that the interface refuses: busy, bad lengths, a pop of nothing."""
    b = await made(dut, "refused")
    b.gates["cmd"].closed = True
    await b.command(CMD_RUN, 5)
    for _ in range(3):
        await b.command(int(b.random.integers(8)), int(b.random.integers(1 << 32)))
    await b.settle()
    b.gates["cmd"].closed = False
    await b.taken()
    b.same("the command that waited", b.commands, [(CMD_RUN, 0, 5)])
    await b.respond(CMD_RUN)
    await b.settle()
    await pop(b)
    window = 1 << SIZES.window_w
    longest = window // SIZES.beat * SIZES.beat
    for size in (0, 1, SIZES.beat - 1, SIZES.beat + 1, longest + SIZES.beat, (1 << 32) - 2):
        if size >> 32:
            continue
        await b.write("ERROR_CLEAR", 1)
        await b.write("IMAGE_BYTES", size)
        await b.command(CMD_LOAD)
        await b.settle()
        b.same("refusal", b.golden.errors.code, Error.IMAGE_LENGTH)
    await b.write("ERROR_CLEAR", 1)
    await b.write("RESPONSE_POP", 0)
    await b.write("RESPONSE_POP", 1)
    await b.settle()
    b.same("refusal", b.golden.errors.code, Error.RESPONSE_EMPTY)
    # The longest image that the window has room for is taken.
    await b.write("IMAGE_BYTES", longest)
    await b.command(CMD_LOAD, 1)
    await b.taken()
    await b.settle()
    b.finish()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def back_pressure(dut: Any) -> None:
    """Every queue full: the stream before it waits, nothing is lost; the prompt flush empties one."""
    b = await made(dut, "back_pressure")
    b.gates["prompt"].closed = True
    tokens = [int(x) for x in b.random.integers(1 << 32, size=SIZES.prompt_depth + 5)]
    b.prompt(tokens)
    while len(b.golden.prompt) < SIZES.prompt_depth:
        await RisingEdge(dut.clk_i)
    await b.settle()
    b.gates["prompt"].closed = False
    while b.golden.prompt or not b.prompts.idle():
        await RisingEdge(dut.clk_i)
    b.gates["prompt"].closed = True
    b.prompt(tokens[:1])
    while not b.golden.prompt:
        await RisingEdge(dut.clk_i)
    await b.write("CONTROL", 2)
    await b.settle()
    await b.write("CONTROL", 2)  # and of an empty queue
    await b.settle()
    b.gates["prompt"].closed = False
    # Tokens that nobody reads fill the queue, the register before the stream and the held one.
    b.packets.clear_pause_generator()
    b.packets.pause = True
    count = SIZES.token_depth + 4
    await b.command(CMD_RUN, count << 16)
    await b.taken()
    for _ in range(count):
        b.tok.put(seq=0, token=int(b.random.integers(1 << 32)))
    await ClockCycles(dut.clk_i, 20 * count)
    assert len(b.tok.queue) == 2, f"{len(b.tok.queue)} tokens wait, expected 2"
    await b.settle()
    b.packets.pause = False
    await b.tok.sent()
    await b.respond(CMD_RUN, 0, count)
    await b.drained()
    await b.settle()
    # Responses that nobody pops hold the chip's.
    while len(b.golden.responses) < SIZES.response_depth:
        await b.command(CMD_NEW)
        await b.taken()
        await b.respond(CMD_NEW, 0, len(b.golden.responses))
    await b.command(CMD_SELECT)
    await b.taken()
    b.rsp.put(op=CMD_SELECT, seq=0, status=5, info=7)
    await b.settle()
    assert b.rsp.queue, "a response entered a full queue"
    while b.golden.responses or b.rsp.queue:
        await RisingEdge(dut.clk_i)
        if b.golden.responses:
            await pop(b)
    await b.settle()
    # The chip does not take image beats: the bus waits, the image arrives all the same.
    b.gates["img"].closed = True
    images = cocotb.start_soon(load(b, 0, WHOLE))
    await ClockCycles(dut.clk_i, 400)
    assert not images.done() or WHOLE == 1
    b.gates["img"].closed = False
    await images
    await b.respond(CMD_LOAD)
    await b.settle()
    b.finish()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def last_token(dut: Any) -> None:
    """TLAST on the last token of a RUN, whether it reaches max_new or ends early."""
    b = await made(dut, "last_token")
    for max_new, many in [(1, 1), (3, 3), (3, 2), (5, 1), (2, 0), (4, 4), (65535, 3)]:
        await run(b, [], max_new, many)
        await b.settle()  # an early end is not known yet: its last token is held
        readable = many - (0 < many < max_new)
        b.same("tokens before the response", sum(map(len, b.frames)) + len(b.frame), readable)
        await b.respond(CMD_RUN, 0, many)
        await b.settle()
        b.same("packets", len(b.frames), int(many > 0))
        await b.drained()
        await pop(b)
    b.finish()


@cocotb.test(timeout_time=6, timeout_unit="ms")
async def sequences(dut: Any) -> None:
    """RUNs of all sequences open at once, their tokens in any order, each with a TLAST of its own."""
    b = await made(dut, "sequences")
    r = b.random
    for _ in range(8):
        left, made_tokens = {}, {}
        for seq in r.permutation(SIZES.sequences):
            seq, max_new = int(seq), int(r.integers(5))
            await run(b, [int(x) for x in r.integers(1 << 32, size=int(r.integers(3)))], max_new, 0, seq)
            left[seq] = made_tokens[seq] = int(r.integers(max_new + 1))
        await b.settle()
        while left:
            seq = int(r.choice(list(left)))
            if left[seq]:
                left[seq] -= 1
                b.tok.put(seq=seq, token=int(r.integers(1 << 32)))
                continue
            await b.tok.sent()
            del left[seq]
            answer = cocotb.start_soon(pops(b, 1))
            await b.respond(CMD_RUN, int(r.integers(14)), made_tokens[seq], seq)
            await answer
        await b.drained()
        await b.settle()
    b.finish()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def nobodys(dut: Any) -> None:
    """Prompt tokens and a command for a sequence that the chip does not have."""
    b = await made(dut, "nobodys")
    for seq in range(SIZES.sequences, 4):
        b.prompt([1, 2, 3], seq)
        await run(b, [4, 5], 0, 0)
        await b.settle()
        b.same("error", (b.golden.errors.code, b.golden.errors.info), (Error.PROMPT_DEST, seq))
        b.same("errors", b.golden.errors.count, 3)
        await b.command(CMD_RUN, 7, seq)
        await b.taken()
        await b.settle()
        for answer in ((13, seq, seq), (0, 0, 0)):
            await b.respond(CMD_RUN, *answer)
            await b.settle()
            await pop(b)
        await b.write("ERROR_CLEAR", 1)
    await b.settle()
    b.finish()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def interrupts(dut: Any) -> None:
    """Each event sets its bit, each enable lets it through, writing 1 clears that bit alone."""
    b = await made(dut, "interrupts")
    for enabled in (*Irq, None):
        await b.write("IRQ_ENABLE", 0 if enabled is None else 1 << enabled)
        await b.settle()
        await load(b, 0, 1)
        await b.respond(CMD_LOAD)
        await b.settle()
        await pop(b)
        await run(b, [], 1, 1)
        await b.settle()
        await b.respond(CMD_RUN)
        await b.settle()
        await pop(b)
        await b.write("RESPONSE_POP", 1)  # an error
        await b.settle()
        b.same("all events", b.golden.irq_status, 15)
        for bit in b.random.permutation(4):
            await b.write("IRQ_STATUS", 1 << int(bit))
            await b.settle()
        b.same("no event", b.golden.irq_status, 0)
        await b.write("ERROR_CLEAR", 1)
    await b.drained()
    b.finish()


@cocotb.test(timeout_time=8, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """The bus's reset anywhere, and the soft reset in the middle of bursts and packets."""
    b = await made(dut, "resets")
    r = b.random
    for _ in range(10):
        await b.command(CMD_RUN, 2 << 16)
        await b.taken()
        b.tok.put(seq=0, token=1)
        await b.write("IMAGE_BYTES", WHOLE * SIZES.beat)
        await b.command(CMD_LOAD)
        await b.taken()
        await b.tok.sent()
        burst, _ = b.bursts.good(r.bytes(WHOLE * SIZES.beat), 0)
        b.golden.port.write(burst)
        b.put_burst(burst)
        b.prompt([1, 2, 3])
        await ClockCycles(dut.clk_i, int(r.integers(1, 60)))
        await b.reset(int(r.integers(1, 4)))
        await b.settle()
        await load(b, 1, 1)
        await b.respond(CMD_LOAD)
        await b.settle()
        await pop(b)
    for _ in range(10):
        await soft(b)
    b.finish()
