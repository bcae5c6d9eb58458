"""cocotb test of the H SRAM: random reads and writes against an array."""

from __future__ import annotations

from typing import Any

import cocotb

from verif.matrix.cycle_bench import PARAMETERS, CycleBench, Port, random_stream

WORDS, WIDTH = PARAMETERS.get("WORDS", 16), PARAMETERS.get("WIDTH", 72)


class Bench(CycleBench):
    """Every cycle's output is known once something has been read."""

    ports = {"rdata": Port("", (), "rdata_o", WIDTH)}
    payloads = {"we_i": ("waddr_i", "wdata_i"), "re_i": ("raddr_i",)}


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """Both ports alone and at once, read behind write, hold without a read, all words, both ends."""
    b = Bench(dut, random_stream("random"))
    await b.start()
    memory = [b.garbage("wdata_i") for _ in range(WORDS)]
    for addr, word in enumerate(memory):
        b.put(b.t, we_i=1, waddr_i=addr, wdata_i=word)
        b.t += 1
    out, written = None, WORDS - 1
    for _ in range(800):
        if out is not None:
            b.expect("rdata", b.t, (), (out,))
        waddr, raddr = (int(b.rng.choice([0, WORDS - 1, b.rng.integers(WORDS)])) for _ in range(2))
        write, read = b.rng.random() < 0.5, b.rng.random() < 0.6
        if b.rng.random() < 0.3:
            raddr = written  # what the cycle before has written, perhaps
        if read and not (write and waddr == raddr):
            out = memory[raddr]
            b.put(b.t, re_i=1, raddr_i=raddr)
        if write:
            memory[waddr], written = b.garbage("wdata_i"), waddr
            b.put(b.t, we_i=1, waddr_i=waddr, wdata_i=memory[waddr])
        b.t += 1
    await b.run()
    b.finish()
