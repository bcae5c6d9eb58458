"""cocotb tests of pair_tree: sums and maxima in their order, in their cycle."""

from __future__ import annotations

from typing import Any

import cocotb

from golden.config import clog2
from golden.mesh import pair_tree
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS, CycleBench, Port, random_stream, words
from verif.mesh.values import KINDS, leaves

N, LANES, MAXIMUM = PARAMETERS["N"], PARAMETERS["LANES"], bool(PARAMETERS["MAXIMUM"])


class Bench(CycleBench):
    """One beat in, one out."""

    ports = {"sum": Port("valid_o", (), "data_o", held=N > 1)}
    payloads = {"valid_i": ("data_i",)}

    def beat(self, kind: str) -> None:
        """Leaves of a kind in the next cycle."""
        x = leaves(self.rng, kind, (N, LANES))
        self.put(self.t, valid_i=1, data_i=pack(x))
        self.expect("sum", self.t + clog2(N), (), words(pair_tree(x, MAXIMUM)))
        self.t += 1


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def every_kind(dut: Any) -> None:
    """Back to back, then with gaps."""
    b = Bench(dut, random_stream("every_kind"))
    await b.start()
    for gaps in (False, True):
        for kind in KINDS:
            for _ in range(40):
                b.beat(kind)
                b.t += int(b.rng.integers(4)) if gaps else 0
    await b.run()
    b.finish()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """A reset drops what is inside."""
    b = Bench(dut, random_stream("resets"))
    await b.start()
    for back in range(clog2(N) + 2 if N > 1 else 1):
        for _ in range(8):
            b.beat("usual")
        b.cut(b.t - back)
        b.beat("any")
    await b.run()
    b.finish()
