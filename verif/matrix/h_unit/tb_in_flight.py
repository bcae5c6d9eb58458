"""cocotb test of the H-Unit with several tokens in flight: their operations without a gap between them.

While one token is in attention, LoRA operations of others fill the gaps, the next token's q, t, k and
v arrive, drains read LoRA results, and the loader writes an adapter.
"""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.h_unit import HUnitShape
from golden.program import TO_K
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS, random_blocks, random_stream
from verif.matrix.h_unit.bench import HUnitBench

S = HUnitShape.of(PARAMETERS)
KV_WORDS = S.kv_slots * 2 * S.head_blocks
CAPACITY = S.kv_slots * S.group
# Two sequences where there is room; behind them what LoRA reads, then what the loader writes.
SEQUENCES = 2 if S.sram_words >= 2 * KV_WORDS + S.t_blocks else 1
LORA = SEQUENCES * KV_WORDS
SPARE = 2 if S.sram_words - LORA - S.t_blocks >= 4 else 0
LORA_WORDS = S.sram_words - LORA - SPARE


class Flight(HUnitBench):
    """Tokens of contexts 0, 1, … in turn, each sequence's in ascending positions."""

    def __init__(self, dut: Any) -> None:
        super().__init__(dut, S, random_stream("flight"))
        self.blocks = min(3, max(LORA_WORDS, 1))
        self.x = random_blocks(self.rng, (self.blocks,), S.h_block, "real")
        self.first = int(self.rng.integers(max(1, CAPACITY - 8)))

    def place_of(self, i: int) -> tuple[int, int, int]:
        """Context, first KV word and position of token ``i``."""
        return i % S.tokens, i % SEQUENCES * KV_WORDS, self.first + i // SEQUENCES

    def send_next(self, i: int, start: int) -> int:
        """What token ``i`` brings to the unit, from a cycle on; the cycle behind it."""
        ctx, addr, pos = self.place_of(i)
        return self.send_t("real", ctx, self.send_token(addr, pos, "real", ctx, start))

    def a(self, ctx: int) -> None:
        """LoRA A, directly behind what was before."""
        if LORA_WORDS >= self.blocks:
            self.lora_a(LORA, min(2, LORA_WORDS // self.blocks), *self.x, ctx)

    def b(self, ctx: int, bank: int) -> None:
        """LoRA B, directly behind what was before, and its drain beside what follows."""
        slots = min(3, S.acc_depth, LORA_WORDS // S.t_blocks)
        if slots:
            self.lora_b(LORA + LORA_WORDS - slots * S.t_blocks, slots, ctx, bank)
            self.drain(slots, ctx, bank)

    def load_beside(self, first: int, last: int) -> None:
        """The loader writes the spare words in cycles in which no KV word is written."""
        free = [c for c in range(first, last) if c not in self.expected["kv"]]
        for addr in range(S.sram_words - SPARE, S.sram_words) if len(free) >= SPARE else ():
            m, e = random_blocks(self.rng, (1,), S.h_block, "real")
            data = pack(np.append(m[0].view(np.uint8), e[0]))
            cycle = free.pop(int(self.rng.integers(len(free))))
            self.put(cycle, ld_valid_i=1, ld_addr_i=addr, ld_data_i=data)
            self.unit.load(addr, m[0], int(e[0]))

    def attend(self, i: int, more: bool) -> None:
        """Attention of token ``i`` amidst LoRA of all; with ``more`` the next token's words arrive."""
        ctx, addr, pos = self.place_of(i)
        following = (i + 1) % S.tokens
        start, slots = self.t, pos // S.group + 1
        ready = self.t
        if more and S.tokens > 1:
            ready = self.send_next(i + 1, start)
        self.b(ctx, i % 2)
        maxima, gmax = self.score(addr, pos, slots, ctx)
        self.a(following)
        # Of the token before, unless that is the one whose t arrives.
        self.b((i - 1) % S.tokens if S.tokens > 2 else ctx, 1 - i % 2)
        if more and S.tokens == 1:
            ready = self.send_next(i + 1, self.t)
        self.t = max(self.t, maxima)
        self.maxima(self.t, gmax)  # context follows in the same cycle
        self.context(addr, pos, slots, ctx)
        loop_end = self.t
        self.a(following)
        self.t = max(self.t, loop_end + 3)
        self.reduce(ctx)
        self.load_beside(start, self.t)
        self.a(ctx)
        self.t = max(self.t, ready)


@cocotb.test(timeout_time=8, timeout_unit="ms")
async def in_flight(dut: Any) -> None:
    """Operations of different contexts follow one another at the least distance that they may have."""
    b = Flight(dut)
    await b.start(bc_dest_i=TO_K)
    for _ in range(4):
        b.place(int(b.rng.integers(S.columns)), int(b.rng.integers(S.rows)))
        b.fill("real")
        b.t = b.send_next(0, b.t)
        for ctx in range(1, S.tokens):
            b.send_t("real", ctx)
        tokens = min(2 * S.tokens + 1, SEQUENCES * (CAPACITY - b.first))
        for i in range(tokens):
            b.attend(i, more=i + 1 < tokens)
        await b.run()
        if SPARE:  # what the loader wrote
            b.lora_a(S.sram_words - SPARE, SPARE, *(v[:1] for v in b.x), 0)
            await b.run()
    b.finish()
