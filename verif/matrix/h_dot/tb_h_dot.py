"""cocotb test of the dot products: rows of blocks in, running sums out, one or all lanes."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.formats import fp32_running, mx_dot_term
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS, CycleBench, Port, random_blocks, random_stream, words

LANES, HB = PARAMETERS.get("LANES", 2), PARAMETERS.get("H_BLOCK", 8)
LATENCY = 3


class Bench(CycleBench):
    """The accumulators, compared after every block and while they hold."""

    ports = {"acc": Port("", (), "acc_o")}
    payloads = {"valid_i": ("all_i", "first_i", "stored_i", "operand_i")}


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """All operand classes, saturation and flush, extreme mantissas, gaps, lane 0 alone, reset."""
    b = Bench(dut, random_stream("random"))
    await b.start()
    acc = np.zeros(LANES, np.float32)
    known = False
    landed = [(0, acc.copy(), known)]  # what the accumulators hold from a cycle on
    for job in range(70):
        first = b.t
        kind = ("real", "wide", "large", "tiny", "zero", "mixed")[job % 6]
        lanes = LANES if job == 0 or b.rng.random() < 0.5 else 1
        blocks = int(b.rng.integers(1, 6))
        sm, se = random_blocks(b.rng, (blocks,), HB, kind)
        om, oe = random_blocks(b.rng, (LANES, blocks), HB, kind)
        if job % 5 == 4:  # the largest sums that there are
            sm, om = np.full_like(sm, 127), np.full_like(om, 127 if job % 2 else -127)
        dots = (sm.astype(np.int64)[None] * om.astype(np.int64)).sum(axis=2)
        running = fp32_running(mx_dot_term(dots, oe, se[None]), axis=1)
        for i in range(blocks):
            operand = np.concatenate([om.view(np.uint8), oe[..., None]], axis=2)[:, i]
            stored = np.append(sm[i].view(np.uint8), se[i])
            values = dict(all_i=int(lanes > 1 or LANES == 1), first_i=int(i == 0))
            b.put(b.t, valid_i=1, stored_i=pack(stored), operand_i=pack(operand), **values)
            acc[:lanes] = running[:lanes, i]
            known = known or lanes == LANES
            landed.append((b.t + LATENCY, acc.copy(), known))
            gap = int(b.rng.integers(3)) if job % 2 else 0
            for c in range(1 + gap):
                if known:
                    b.expect("acc", b.t + LATENCY + c, (), words(acc))
            b.t += 1 + gap
        if job % 7 == 6:
            reset = int(b.rng.integers(first, b.t + LATENCY))
            b.cut(reset)
            acc, known = [(x.copy(), k) for cycle, x, k in landed if cycle <= reset + 1][-1]
            for _ in range(LATENCY + 1):  # nothing else lands
                if known:
                    b.expect("acc", b.t, (), words(acc))
                b.t += 1
    await b.run()
    b.finish()
