"""A system with a chip: adapters over AXI4, prompts and tokens over AXI4-Stream, commands by registers."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

import cocotb

from golden import host
from golden.axi_host import ROMA_ID, Irq
from golden.image_port import OKAY, SLVERR, Error
from verif.host.driver import Driver, Response
from verif.lib.bench import start

JOB = json.loads(os.environ.get("JOB", "{}"))


def is_ok(response: Response, op: int, info: int) -> None:
    """A response as the test wants it."""
    assert response == Response(op, response.seq, host.ST_OK, info), response


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def session(dut: Any) -> None:
    """Load an adapter, generate with it, load another one meanwhile, change over, go on without any."""
    logging.getLogger("cocotb.tb_roma_chip").setLevel(logging.WARNING)
    ports = [x for x in dir(dut) if x.startswith(("s_axi", "m_axi")) and not _output(x)]
    await start(dut, **dict.fromkeys(ports, 0))
    driver = Driver(dut)
    images = [Path(p).read_bytes() for p in JOB["images"]]
    assert await driver.read("ID") == ROMA_ID
    for name, field, want in JOB["capabilities"]:
        assert await driver.read(name, field) == want, (name, field)
    await driver.write("IRQ_ENABLE", 1 << Irq.RESPONSE)
    packets = []

    assert await driver.load(0, images[0]) == OKAY
    is_ok(await driver.response(host.CMD_LOAD), host.CMD_LOAD, JOB["words"])
    is_ok(await driver.ask(host.CMD_SELECT, 1), host.CMD_SELECT, 0)
    # A RUN with the first adapter; the second one comes in while it generates.
    prompt, many = JOB["prompt"], JOB["tokens"]
    driver.send_prompt(prompt)
    await driver.command(host.CMD_RUN, many << 16 | len(prompt))
    assert await driver.load(1, images[1]) == OKAY
    is_ok(await driver.response(host.CMD_LOAD), host.CMD_LOAD, JOB["words"])
    is_ok(await driver.response(host.CMD_RUN), host.CMD_RUN, many)
    packets.append(await driver.packet())
    is_ok(await driver.ask(host.CMD_SELECT, 2), host.CMD_SELECT, 0)
    is_ok(await driver.ask(host.CMD_RUN, 3 << 16), host.CMD_RUN, 3)
    packets.append(await driver.packet())
    # Greedy stays greedy, whatever the seed.
    is_ok(await driver.ask(host.CMD_SAMPLING, 0), host.CMD_SAMPLING, 0)
    is_ok(await driver.ask(host.CMD_SEED, 7), host.CMD_SEED, 0)
    # An image that is cut short is refused by the chip, and its slot is empty.
    cut = images[0][: len(images[0]) // 2 // JOB["beat"] * JOB["beat"]]
    assert await driver.load(0, cut) == OKAY
    assert (await driver.response(host.CMD_LOAD)).status == host.ST_ADAPTER_BAD
    assert (await driver.ask(host.CMD_SELECT, 1)).status == host.ST_NO_ADAPTER
    # Bytes that nobody asked for reach nothing.
    assert int((await driver.image.write(0, b"nobody asked")).resp) == SLVERR
    assert await driver.read("ERROR", "code") == Error.IMAGE_NO_LOAD
    # A stop token ends a RUN early; TLAST is there all the same.
    is_ok(await driver.ask(host.CMD_SELECT, 0), host.CMD_SELECT, 0)
    is_ok(await driver.ask(host.CMD_RUN, 4 << 16), host.CMD_RUN, 4)
    packets.append(await driver.packet())
    is_ok(await driver.ask(host.CMD_NEW), host.CMD_NEW, 0)
    is_ok(await driver.ask(host.CMD_STOP, packets[0][0]), host.CMD_STOP, 0)
    driver.send_prompt(prompt)
    is_ok(await driver.ask(host.CMD_SELECT, 2), host.CMD_SELECT, 0)
    got = await driver.ask(host.CMD_RUN, 6 << 16 | len(prompt))
    packets.append(await driver.packet())
    assert got.info == len(packets[-1])
    packets += await others(driver)
    assert await driver.read("TOKENS") == sum(map(len, packets))
    assert not await driver.read("STATUS", "busy")
    Path("packets.json").write_text(json.dumps(packets))


async def others(driver: Driver) -> list[list[int]]:
    """The prompt in every sequence at once, none with an adapter; a sequence that does not exist."""
    prompt, count = JOB["prompt"], JOB["sequences"]
    is_ok(await driver.ask(host.CMD_STOP, host.NO_STOPS), host.CMD_STOP, 0)
    for seq in range(count):
        is_ok(await driver.ask(host.CMD_NEW, 0, seq), host.CMD_NEW, 0)
        is_ok(await driver.ask(host.CMD_SELECT, 0, seq), host.CMD_SELECT, 0)
    for seq in range(count):
        driver.send_prompt(prompt, seq)
        await driver.command(host.CMD_RUN, 3 << 16 | len(prompt), seq)
    packets = [await driver.packet(seq) for seq in range(count)]
    for seq in range(count):
        is_ok(await driver.response(host.CMD_RUN, seq), host.CMD_RUN, 3)
    assert packets == packets[:1] * count, "sequences differ"
    for seq in range(count, 4):
        assert await driver.ask(host.CMD_NEW, 0, seq) == Response(
            host.CMD_NEW, seq, host.ST_BAD_SEQUENCE, seq
        )
    return packets


def _output(name: str) -> bool:
    """Whether a port is the chip's to drive."""
    given = (
        "awready",
        "wready",
        "bresp",
        "bvalid",
        "bid",
        "arready",
        "rdata",
        "rresp",
        "rvalid",
        "rid",
        "rlast",
    )
    return (
        name.rsplit("_", 1)[1] in (*given, "tready")
        and "m_axis" not in name
        or (name.startswith("m_axis") and not name.endswith("tready"))
    )
