"""cocotb tests of x_buffer: broadcast in, chunks out to the L side, sub-blocks to the H side."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.formats import mx_sums
from golden.program import TO_K, TO_Q, TO_T, TO_V, TO_X
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS as P
from verif.matrix.cycle_bench import SEED, CycleBench, Port, random_stream, words

C, R, B, HB, CHUNKS, TOKENS = (P[k] for k in ("COLUMNS", "ROWS", "BLOCK", "H_BLOCK", "MAX_CHUNKS", "TOKENS"))
WORDS = B // R
ENTRIES = [(ctx, chunk) for ctx in range(TOKENS) for chunk in range(CHUNKS)]

Entry = tuple[int, int]  # context, chunk


class Bench(CycleBench):
    """Echo of what was sent: reads expect the content as of the cycle before."""

    ports = {
        "x": Port("", (), "x_o", 8),
        "exp": Port("", (), "exp_o", 8),
        "sum": Port("", (), "sum_o", 16),
        "h": Port("", ("xr_exp_o",), "xr_data_o", 8),
    }
    payloads = {
        "bc_valid_i": (
            *("bc_dest_i", "bc_ctx_i", "bc_blk_i", "bc_word_i", "bc_last_i"),
            *("bc_data_i", "bc_exp_i", "bc_sum_i"),
        ),
        "l_en_i": ("l_ctx_i", "l_chunk_i"),
        "xr_en_i": ("xr_ctx_i", "xr_chunk_i", "xr_sub_i"),
    }

    def __init__(self, dut: Any, name: str) -> None:
        super().__init__(dut, random_stream(name))
        self.m = np.zeros((TOKENS, CHUNKS, C, B), np.int8)
        self.e = np.zeros((TOKENS, CHUNKS, C), np.uint8)
        self.s = np.zeros((TOKENS, CHUNKS, C), np.int32)
        self.col = 0
        self.after: list[Any] = []  # writes that take effect behind this cycle

    def next(self) -> None:
        """Go on to the next cycle."""
        for at, w, data, e, s in self.after:
            self.m[at][:, w * R : (w + 1) * R] = data
            self.e[at] = e
            if s is not None:
                self.s[at] = s
        self.after = []
        self.t += 1

    def any(self) -> Entry:
        """Some chunk of some context."""
        return ENTRIES[int(self.rng.integers(len(ENTRIES)))]

    def write(self, at: Entry, w: int, block: Any, dest: int = TO_X) -> None:
        """One broadcast beat in this cycle."""
        m, e = block
        data, last, s = m[:, w * R : (w + 1) * R], w == WORDS - 1, mx_sums(m, B)[:, 0]
        self.put(
            self.t,
            bc_valid_i=1,
            bc_dest_i=dest,
            bc_ctx_i=at[0],
            bc_blk_i=at[1],
            bc_word_i=w,
            bc_last_i=int(last),
            bc_data_i=pack(data, 8),
            bc_exp_i=pack(e, 8),
        )
        if last:
            self.put(self.t, bc_sum_i=pack(s, 16))
        if dest == TO_X:
            self.after.append((at, w, data, e, s if last else None))

    def block(self, kind: str = "random") -> Any:
        """Mantissas [C, B] and exponents [C]."""
        m = self.rng.integers(-127, 128, (C, B)).astype(np.int8)
        if kind == "extreme":
            m = self.rng.choice(np.array([-127, 127], np.int8), (C, 1)).repeat(B, axis=1)
        if kind == "zero":
            m = np.zeros((C, B), np.int8)
        return m, self.rng.integers(0, 255, C).astype(np.uint8)

    def send(self, at: Entry, kind: str = "random") -> None:
        """A whole block, one word a cycle."""
        block = self.block(kind)
        for w in range(WORDS):
            self.write(at, w, block)
            self.next()

    def read_l(self, at: Entry) -> None:
        """L side in this cycle."""
        self.put(self.t, l_en_i=1, l_ctx_i=at[0], l_chunk_i=at[1])
        self.hold_l(at)

    def hold_l(self, at: Entry) -> None:
        """The L side's registers show this entry in the next cycle."""
        self.expect("x", self.t + 1, (), words(self.m[at]))
        self.expect("exp", self.t + 1, (), words(self.e[at]))
        self.expect("sum", self.t + 1, (), words(self.s[at].astype(np.int16)))

    def read_h(self, at: Entry, sub: int) -> None:
        """H side in this cycle."""
        self.put(self.t, xr_en_i=1, xr_ctx_i=at[0], xr_chunk_i=at[1], xr_sub_i=sub)
        self.hold_h(at, sub)

    def hold_h(self, at: Entry, sub: int) -> None:
        """The H side's registers show this sub-block in the next cycle."""
        own = self.m[at][self.col, sub * HB : (sub + 1) * HB]
        self.expect("h", self.t + 1, (int(self.e[at][self.col]),), words(own))


async def filled(dut: Any, name: str, col: int = 0) -> Bench:
    """A started bench with every chunk of every context written."""
    b = Bench(dut, name)
    b.col = col % C
    await b.start(col_i=b.col)
    for i, at in enumerate(ENTRIES):
        b.send(at, ("random", "extreme", "zero")[i % 3])
    return b


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def chunks_and_sub_blocks(dut: Any) -> None:
    """Every chunk on the L side, every sub-block of every column on the H side."""
    b = await filled(dut, "chunks")
    for at in ENTRIES:
        for _ in range(2):
            b.read_l(at)
            b.next()
        b.hold_l(at)  # no read: the registers stay
        b.next()
    await b.run()
    for col in range(C):
        b.col = col
        b.put(b.t, col_i=col)
        for at in ENTRIES:
            for sub in range(B // HB):
                b.read_h(at, sub)
                b.next()
                b.hold_h(at, sub)  # no read: the registers stay
                b.next()
        await b.run()
    assert b.compared


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def write_and_read_meet(dut: Any) -> None:
    """A read sees what the cycle before wrote, not what its own writes; held chunks too."""
    b = await filled(dut, "meet", 1)
    for kind in ("extreme", "zero", "random", "random"):
        at = b.any()
        block = b.block(kind)
        for w in range(WORDS):
            b.read_l(at)
            b.read_h(at, w * R // HB)
            b.write(at, w, block)
            b.next()
        b.read_l(at)
        b.read_h(at, B // HB - 1)
        b.next()
        b.write(at, 0, b.block())  # held while its chunk changes: the registers stay ...
        b.next()
        b.read_l(at)  # ... until they are read again
        b.next()
    await b.run()
    assert b.compared


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def contexts_side_by_side(dut: Any) -> None:
    """One context's chunks are written while others' are swept, and while its own follow them closely."""
    b = await filled(dut, "contexts", 3)
    for ctx in range(TOKENS):
        blocks = [b.block() for _ in range(CHUNKS)]
        for chunk in range(CHUNKS):
            other = ((ctx + 1 + chunk) % TOKENS, chunk) if TOKENS > 1 else (ctx, max(chunk - 1, 0))
            for w in range(WORDS):
                b.write((ctx, chunk), w, blocks[chunk])
                # The same chunk number of both contexts in turn: `held` must tell them apart.
                at = other if w % 2 or not chunk else (ctx, chunk - 1)
                b.read_l(at)
                b.read_h(at if w % 3 else other, int(b.rng.integers(B // HB)))
                b.next()
        for chunk in range(CHUNKS):
            for at in ((ctx, chunk), ((ctx + 1) % TOKENS, chunk), (ctx, chunk)):
                b.read_l(at)
                b.next()
    await b.run()
    assert b.compared


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def other_destinations(dut: Any) -> None:
    """Beats for Q, K, V and T leave the buffer alone."""
    b = await filled(dut, "dest", 2)
    for dest in (TO_Q, TO_K, TO_V, TO_T):
        for at in ENTRIES:
            block = b.block()
            for w in range(WORDS):
                b.write(at, w, block, dest)
                b.next()
            b.read_l(at)
            b.read_h(at, 0)
            b.next()
    await b.run()
    assert b.compared


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def at_random(dut: Any) -> None:
    """Writes, L and H reads with gaps; reset in the middle keeps the content."""
    b = await filled(dut, "random", SEED)
    for part in range(3):
        block = b.block()
        for _ in range(300):
            if b.rng.random() < 0.4:
                b.write(b.any(), int(b.rng.integers(WORDS)), block)
            if b.rng.random() < 0.7:
                b.read_l(b.any())
            if b.rng.random() < 0.5:
                b.read_h(b.any(), int(b.rng.integers(B // HB)))
            if b.rng.random() < 0.1:
                block = b.block()
            b.next()
        b.next()
        if part == 1:
            b.put(b.t, rst_ni=0)
            b.put(b.t + 1, rst_ni=1)
            b.t += 2
    await b.run()
    assert b.compared > 600
