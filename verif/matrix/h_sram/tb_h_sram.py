"""cocotb test of the H SRAM: random reads and writes against an array."""

from __future__ import annotations

from typing import Any

import cocotb

from verif.matrix.cycle_bench import PARAMETERS, CycleBench, Port, random_stream

WORDS, WIDTH = PARAMETERS.get("WORDS", 16), PARAMETERS.get("WIDTH", 72)


class Bench(CycleBench):
    """Every cycle's output is known once something has been read."""

    ports = {"rdata": Port("", (), "rdata_o", WIDTH)}
    payloads = {"req_i": ("we_i", "addr_i", "wdata_i")}


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """Read after write in the next cycle, hold without a request, all words, both ends."""
    b = Bench(dut, random_stream("random"))
    await b.start(we_i=0, addr_i=0, wdata_i=0)
    memory = [b.garbage("wdata_i") for _ in range(WORDS)]
    for addr, word in enumerate(memory):
        b.put(b.t, req_i=1, we_i=1, addr_i=addr, wdata_i=word)
        b.t += 1
    out = None
    for _ in range(600):
        if out is not None:
            b.expect("rdata", b.t, (), (out,))
        addr, action = int(b.rng.integers(WORDS)), int(b.rng.integers(4))
        addr = int(b.rng.choice([0, WORDS - 1, addr]))
        if action == 0:
            memory[addr] = b.garbage("wdata_i")
            b.put(b.t, req_i=1, we_i=1, addr_i=addr, wdata_i=memory[addr])
        elif action < 3:
            out = memory[addr]
            b.put(b.t, req_i=1, we_i=0, addr_i=addr, wdata_i=b.garbage("wdata_i"))
        b.t += 1
    await b.run()
    b.finish()
