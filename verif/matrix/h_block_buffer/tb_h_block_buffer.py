"""cocotb test of the operand buffer: blocks of several columns come out in the vector's order."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS, CycleBench, Port, random_blocks, random_stream

DEFAULTS = dict(COLS=1, BLOCKS=2, READS=2, ROWS=2, H_BLOCK=8)
COLS, BLOCKS, READS, ROWS, HB = (PARAMETERS.get(k, v) for k, v in DEFAULTS.items())


class Bench(CycleBench):
    """All reads leave on one port."""

    ports = {"words": Port("", (), "words_o", 8)}
    payloads = {"we_i": ("blk_i", "word_i", "data_i", "exp_i"), "re_i": ("rblk_i",)}


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """Refills with and without gaps, single blocks replaced, all blocks read, outputs held."""
    b = Bench(dut, random_stream("random"))
    await b.start()
    m = np.zeros((COLS, BLOCKS, HB), np.int8)
    e = np.zeros((COLS, BLOCKS), np.uint8)
    for job in range(24):
        blocks = range(BLOCKS) if job % 3 == 0 else [int(b.rng.integers(BLOCKS))]
        for blk in blocks:
            m[:, blk], e[:, blk] = random_blocks(b.rng, (COLS,), HB, "mixed")
            for w in range(HB // ROWS):
                beat = pack(m[:, blk, w * ROWS : (w + 1) * ROWS])
                b.put(b.t, we_i=1, blk_i=blk, word_i=w, data_i=beat, exp_i=pack(e[:, blk]))
                b.t += 1 + int(job % 2 and b.rng.integers(3))
        vector = np.concatenate([m.view(np.uint8), e[..., None]], axis=2).reshape(READS, -1, HB + 1)
        for blk in b.rng.permutation(vector.shape[1]):
            b.put(b.t, re_i=1, rblk_i=int(blk))
            words = tuple(int(x) for x in vector[:, blk].ravel())
            hold = 1 + int(b.rng.integers(2))
            for c in range(hold):
                b.expect("words", b.t + 1 + c, (), words)
            b.t += hold
    await b.run()
    b.finish()
