"""cocotb test of the operand buffer: blocks of contexts and columns in the vectors' order."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS, CycleBench, Port, random_blocks, random_stream

DEFAULTS = dict(COLS=1, BLOCKS=2, READS=2, ROWS=2, H_BLOCK=8, TOKENS=2)
COLS, BLOCKS, READS, ROWS, HB, TOKENS = (PARAMETERS.get(k, v) for k, v in DEFAULTS.items())
BEATS, STRIDE = HB // ROWS, COLS * BLOCKS // READS


class Bench(CycleBench):
    """All reads leave on one port."""

    ports = {"words": Port("", (), "words_o", 8)}
    payloads = {"we_i": ("ctx_i", "blk_i", "word_i", "data_i", "exp_i"), "re_i": ("rctx_i", "rblk_i")}

    def __init__(self, dut: Any) -> None:
        super().__init__(dut, random_stream("random"))
        self.m = np.zeros((TOKENS, COLS, BLOCKS, HB), np.int8)
        self.e = np.zeros((TOKENS, COLS, BLOCKS), np.uint8)

    def beat(self, ctx: int, blk: int, w: int) -> None:
        """One word of a block in this cycle; the block's content is drawn with its first word."""
        if w == 0:
            self.m[ctx, :, blk], self.e[ctx, :, blk] = random_blocks(self.rng, (COLS,), HB, "mixed")
        data = pack(self.m[ctx, :, blk, w * ROWS : (w + 1) * ROWS])
        where = {"ctx_i": ctx, "blk_i": blk, "word_i": w}
        self.put(self.t, we_i=1, data_i=data, exp_i=pack(self.e[ctx, :, blk]), **where)

    def read(self, ctx: int, rblk: int, hold: int = 1) -> None:
        """A read in this cycle, whose words stay for ``hold`` cycles."""
        self.put(self.t, re_i=1, rctx_i=ctx, rblk_i=rblk)
        m, e = self.m[ctx].view(np.uint8), self.e[ctx][..., None]
        vector = np.concatenate([m, e], axis=2).reshape(READS, -1, HB + 1)
        for c in range(hold):
            self.expect("words", self.t + 1 + c, (), tuple(int(x) for x in vector[:, rblk].ravel()))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """Refills with and without gaps, single blocks replaced, all blocks read, outputs held."""
    b = Bench(dut)
    await b.start()
    for ctx in range(TOKENS):
        for blk in range(BLOCKS):
            for w in range(BEATS):
                b.beat(ctx, blk, w)
                b.t += 1
    for job in range(24):
        ctx = int(b.rng.integers(TOKENS))
        blocks = range(BLOCKS) if job % 3 == 0 else [int(b.rng.integers(BLOCKS))]
        for blk in blocks:
            for w in range(BEATS):
                b.beat(ctx, blk, w)
                b.t += 1 + int(job % 2 and b.rng.integers(3))
        for rctx in range(TOKENS):
            for rblk in b.rng.permutation(STRIDE):
                hold = 1 + int(b.rng.integers(2))
                b.read(rctx, int(rblk), hold)
                b.t += hold
    await b.run()
    b.finish()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def read_beside_write(dut: Any) -> None:
    """Other contexts are read while one is written, and its blocks as soon as they are whole."""
    b = Bench(dut)
    await b.start()
    known = 0
    for job in range(3 * TOKENS):
        ctx = job % TOKENS
        for blk in range(BLOCKS):
            for w in range(BEATS):
                b.beat(ctx, blk, w)
                others = [c for c in range(min(known, TOKENS)) if c != ctx]
                if others:
                    b.read(int(b.rng.choice(others)), int(b.rng.integers(STRIDE)))
                elif COLS == READS == 1 and blk:
                    b.read(ctx, blk - 1)
                b.t += 1
        known += 1
        for rblk in range(STRIDE):
            b.read(ctx, rblk)
            b.t += 1
    await b.run()
    b.finish()
