"""cocotb tests of host_port: a host, a sequencer and a loader that do as they please within the rules."""

from __future__ import annotations

from collections import Counter
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from golden import host
from golden.host_port import Wants
from verif.control.host_port.bench import CONTEXT, SEQUENCES, SLOTS, TOKENS, VOCAB, Bench
from verif.lib.bench import PARAMETERS as P
from verif.lib.bench import reset

OK = (host.ST_OK, 0)
FROM_LOADER = {host.ST_ADAPTER_TOO_LARGE, host.ST_ADAPTER_BAD, host.ST_ADAPTER_IN_USE}


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def random_commands(dut: Any) -> None:
    """Any order of commands, as many open as may be and the next one on offer; all answers appear."""
    b = Bench(dut, "random_commands", bad=0.04 if CONTEXT > 8 else 0.15)
    await b.start()
    for n in range(900):
        b.random_command()
        b.chip.rests = (0, 0.2, 0.8)[n // 50 % 3]
        await b.answered(open_commands=int(b.random.integers(3 + SEQUENCES)))
    await b.answered()
    seen = Counter(status for *_, status, _ in b.answers)
    cocotb.log.info("answers by status: %s, most in flight %d", dict(sorted(seen.items())), b.most)
    rare = FROM_LOADER | {host.ST_STOP_LIST_FULL} | ({host.ST_BAD_SEQUENCE} if SEQUENCES == 4 else set())
    assert set(range(14)) - rare <= set(seen)
    assert b.most == TOKENS or CONTEXT < TOKENS
    await b.finish()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def fill_context(dut: Any) -> None:
    """To the last position and no further, by prompt and by generation; NEW begins again."""
    b = Bench(dut, "fill_context", longest=2, bad=0)
    await b.start()
    b.chip.rests = 0
    for seq in range(SEQUENCES):
        assert await b.run(CONTEXT + 1, 1, seq) == (host.ST_PROMPT_TOO_LONG, CONTEXT + 1)
        assert await b.run(CONTEXT, 0xFFFF, seq) == (host.ST_CONTEXT_FULL, 1)
        assert await b.run(0, 1, seq) == (host.ST_CONTEXT_FULL, 0)
        assert await b.run(1, 1, seq) == (host.ST_PROMPT_TOO_LONG, CONTEXT + 1)
        assert await b.ask(host.CMD_NEW, 0, seq) == OK
        assert await b.run(0, 1, seq) == (host.ST_NOTHING_TO_DO, 0)
        assert await b.run(1, 0xFFFF, seq) == (host.ST_CONTEXT_FULL, CONTEXT)
    await b.finish()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def stop_list(dut: Any) -> None:
    """Filled, full, emptied; what is in it may be added again, what is no token may not."""
    b = Bench(dut, "stop_list", bad=0)
    await b.start()
    room, last = P["STOP_TOKENS"], SEQUENCES - 1
    for _ in range(2):
        for token in range(room):
            assert await b.ask(host.CMD_STOP, VOCAB - 1 - token, token % 4) == OK
        assert await b.ask(host.CMD_STOP, 1) == (host.ST_STOP_LIST_FULL, 1)
        assert await b.ask(host.CMD_STOP, VOCAB - room) == OK
        assert await b.ask(host.CMD_STOP, VOCAB) == (host.ST_BAD_TOKEN, VOCAB)
        assert await b.ask(host.CMD_STOP, host.NO_STOPS - 1) == (host.ST_BAD_TOKEN, host.NO_STOPS - 1)
        assert await b.run(1, 1, last) in [(host.ST_OK, 1), (host.ST_STOPPED, 1)]
        assert await b.ask(host.CMD_NEW, 0, last) == OK
        assert await b.ask(host.CMD_STOP, host.NO_STOPS) == OK
        assert await b.run(1, 1, last) == (host.ST_OK, 1)
        assert await b.ask(host.CMD_NEW, 0, last) == OK
    await b.finish()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def beside_a_run(dut: Any) -> None:
    """While a RUN waits for its prompt SELECT and LOAD are answered; the rest of its sequence waits."""
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
        assert b.loads[-1] == (0, b.twin.sequences[0].settings.selected == 1)
        for seq in range(1, SEQUENCES):  # another sequence does not wait
            assert (await _beside(b, host.CMD_NEW, seq)) == OK
            assert (await _beside(b, host.CMD_RUN, seq)) == (host.ST_NOTHING_TO_DO, 0)
        for seq in range(SEQUENCES, 4):  # nor does one that does not exist
            for bad in host.OF_A_SEQUENCE:
                assert (await _beside(b, bad, seq)) == (host.ST_BAD_SEQUENCE, seq)
        b.send(op, 0)
        await b.cycles(40)
        assert b.sent - len(b.answers) == 2
        b.prompts = 8
        await b.answered()
        assert [a[0] for a in b.answers[-2:]] == [host.CMD_RUN, op]
    await b.finish()


async def _beside(b: Bench, op: int, seq: int) -> tuple[int, int]:
    """A command that passes the RUN which is open."""
    b.send(op, 0, seq)
    await b.answered(open_commands=1)
    assert b.answers[-1][:2] == (op, seq)
    return b.answers[-1][2:]


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def keeps_adapter(dut: Any) -> None:
    """The slots of the last T tokens are in use although another is selected; in the next RUN not."""
    b = Bench(dut, "keeps_adapter", bad=0)
    await b.start()
    seq = SEQUENCES - 1
    while not b.chip.full & 1:
        await b.ask(host.CMD_LOAD, 0)
    assert await b.ask(host.CMD_SELECT, 1, seq) == OK
    b.prompts = 0
    while b.prompt.queue:
        await b.run(1, 0, 0)
    many = min(CONTEXT, TOKENS + 1)
    b.send(host.CMD_RUN, many, seq)
    for n in range(many):
        while b.chip.flying:
            await RisingEdge(dut.clk_i)
        b.chip.hold = n == many - 1  # the RUN stays open
        b.prompt.put(seq=seq, token=0)
        started = b.tokens
        while b.tokens == started:
            await RisingEdge(dut.clk_i)
        for op, arg in ((host.CMD_SELECT, 0), (host.CMD_LOAD, 0), (host.CMD_LOAD, SLOTS)):
            b.send(op, arg, seq)
            await b.answered(open_commands=1)
        # The first token alone had an adapter; it counts until T others have started.
        assert b.loads[-2:] == [(0, n < TOKENS), (SLOTS, False)]
    b.chip.hold, b.prompts = False, 8
    await b.answered()
    for prompt_len in (0xFFFF, 0):  # refused RUNs
        b.send(host.CMD_RUN, prompt_len, seq)
        b.send(host.CMD_LOAD, 0)
        await b.answered()
    assert b.loads[-2:] == [(0, False), (0, False)]
    await b.finish()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def full_pipe(dut: Any) -> None:
    """A prompt fills every context in consecutive cycles; its answer comes when all are through."""
    b = Bench(dut, "full_pipe", stalls="none", bad=0)
    await b.start()
    b.chip.rests, b.chip.hold = 0, True
    many = min(TOKENS, CONTEXT)
    cycles = []
    b.send(host.CMD_RUN, many)
    for n in range(60):
        before = b.tokens
        await RisingEdge(dut.clk_i)
        cycles += [n] * (b.tokens - before)
    assert len(cycles) == many and cycles[-1] - cycles[0] == many - 1
    assert b.twin.sequences[0].wants == Wants.THROUGH and not b.answers
    b.chip.hold = False
    await b.answered()
    await b.finish()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def bad_token_in_flight(dut: Any) -> None:
    """A bad token behind good ones: the answer waits for them, the position is as before."""
    b = Bench(dut, "bad_token_in_flight", bad=0)
    await b.start()
    b.prompts = 0
    while b.prompt.queue:
        await b.run(1, 0)
        await b.ask(host.CMD_NEW)
    good = min(TOKENS, CONTEXT) - 1
    for dropped in (0, 2):
        if good + 1 + dropped > CONTEXT:
            continue
        b.chip.hold = True
        b.send(host.CMD_RUN, 1 << 16 | good + 1 + dropped)
        for token in [0] * good + [VOCAB + 3] + [1] * dropped:
            b.prompt.put(seq=0, token=token)
        await b.prompt.sent()
        await b.cycles(10)
        assert (b.sent == len(b.answers)) == (good == 0)
        assert len(b.chip.flying) == good and b.twin.sequences[0].pos == 0
        b.chip.hold = False
        await b.answered()
        assert b.answers[-1] == (host.CMD_RUN, 0, host.ST_BAD_TOKEN, VOCAB + 3)
    assert await b.run(0, 1) == (host.ST_NOTHING_TO_DO, 0)
    b.prompts = 8
    assert await b.run(1, 0) == OK
    await b.finish()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def takes_turns(dut: Any) -> None:
    """All sequences generate at once; a prompt for a sequence without a RUN waits, whatever else moves."""
    b = Bench(dut, "takes_turns", bad=0)
    await b.start()
    for seq in range(SEQUENCES):
        b.send(host.CMD_RUN, 3 << 16 | 1, seq)
    await b.answered()
    if SEQUENCES > 1:
        b.prompts = 0
        b.send(host.CMD_RUN, 3 << 16, 1)
        b.prompt.put(seq=0, token=1)
        await b.answered()
        assert len(b.prompt.queue) == 1
        assert await b.ask(host.CMD_NEW) == OK
        b.send(host.CMD_RUN, 1)
        await b.answered()
        b.prompts = 8
    if SEQUENCES < 4:
        assert not b.prompt.queue or SEQUENCES == 1
        if SEQUENCES > 1:
            b.prompt.put(seq=SEQUENCES, token=1)
            for seq in range(SEQUENCES):
                b.send(host.CMD_RUN, 3 << 16, seq)
            await b.answered()
            assert len(b.prompt.queue) == 1
    await b.finish()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """Reset anywhere; the chip then knows no sequence and no adapter."""
    b = Bench(dut, "resets")
    await b.start()
    for _ in range(60):
        for _ in range(4):
            b.random_command()
        await b.cycles(int(b.random.integers(1, 60)))
        await reset(dut, int(b.random.integers(1, 4)), clear=[b.commands, b.prompt])
        b.sent = len(b.answers)
        for seq in range(SEQUENCES):
            assert await b.run(0, 1, seq) == (host.ST_NOTHING_TO_DO, 0)
    await b.finish()
