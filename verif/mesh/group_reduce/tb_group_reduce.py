"""cocotb tests of group_reduce: values and cycles, back to back, gaps, reset."""

from __future__ import annotations

from typing import Any

import cocotb

from golden.mesh import MeshCycles, group_reduce
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS as P
from verif.matrix.cycle_bench import CycleBench, Port, random_stream, words
from verif.mesh.values import KINDS, leaves

LATENCY = MeshCycles(P["COLUMNS"], P["ROWS"], P["CPK"], P["HOPS"]).group_tree


class Bench(CycleBench):
    """One beat in, one out."""

    ports = {"group": Port("valid_o", (), "data_o")}
    payloads = {"valid_i": ("data_i",)}

    def beat(self, kind: str) -> None:
        """Values of a kind in the next cycle."""
        x = leaves(self.rng, kind, (P["ROWS"], P["COLUMNS"], P["LANES"])).swapaxes(0, 1)
        self.put(self.t, valid_i=1, data_i=pack(x))
        total = group_reduce(x, P["CPK"], bool(P["MAXIMUM"]))
        self.expect("group", self.t + LATENCY, (), words(total))
        self.t += 1


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def every_kind(dut: Any) -> None:
    """Back to back, with gaps, resets between."""
    b = Bench(dut, random_stream("every_kind"))
    await b.start()
    for gaps in (False, True):
        for kind in KINDS:
            for _ in range(30):
                b.beat(kind)
                b.t += int(b.rng.integers(4)) if gaps else 0
    for back in range(LATENCY + 2):
        for _ in range(LATENCY + 3):
            b.beat("usual")
        b.cut(b.t - back)
    b.beat("usual")
    await b.run()
    b.finish()
