"""cocotb test of the sampler's tree: the best column, the lowest row among equals."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.argmax import argmax
from golden.config import clog2
from verif.matrix.cycle_bench import PARAMETERS, CycleBench, Port, random_stream

C, HOPS = PARAMETERS["COLUMNS"], PARAMETERS["HOPS"]


class Bench(CycleBench):
    """Candidates of all columns in, a token out."""

    ports = {"token": Port("token_valid_o", (), "token_o")}
    payloads = {"start_i": ("best_i",)}


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def candidates(dut: Any) -> None:
    """Equals, zeros of both signs, extremes, columns without a row; back to back and with gaps."""
    b = Bench(dut, random_stream("candidates"))
    await b.start()
    for trial in range(200):
        values = b.rng.normal(0, 1, C).astype(np.float32)
        if trial % 2:
            values = b.rng.choice(np.float32([0.0, -0.0, -1, 3.4e38, -3.4e38]), C)
        seen = b.rng.random(C) < (1 if trial % 3 else 0.5)
        seen[b.rng.integers(C)] = True
        rows = np.sort(b.rng.choice(1 << 30, C, replace=False))
        best = 0
        for c in reversed(range(C)):
            value = int(values[c].view(np.uint32))
            best = best << 65 | int(seen[c]) << 64 | value << 32 | int(rows[c])
        b.put(b.t, start_i=1, best_i=best)
        winner = argmax(np.where(seen, values, np.float32(-np.inf)), C)
        b.expect("token", b.t + HOPS + clog2(C) + 1, (), (int(rows[winner]),))
        b.t += int(b.rng.choice([1, 1, 2, 9]))
    await b.run()
    start = b.t
    b.put(start, start_i=1, best_i=1 << 64 | 7)
    b.cut(start + 1)  # a search in the tree does not survive a reset
    await b.run()
    b.finish()
