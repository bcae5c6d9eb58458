"""cocotb tests of broadcast_tag: context, destination, block, word and KV place of every word."""

from __future__ import annotations

from typing import Any

import cocotb

from golden import program as p
from golden.library import load_model
from golden.vector_row import kv_place
from verif.matrix.cycle_bench import PARAMETERS as P
from verif.matrix.cycle_bench import CycleBench, Port, random_stream

HEAD_BLOCKS = P["HEAD_DIM"] // P["H_BLOCK"]
DESTINATIONS = (p.TO_X, p.TO_Q, p.TO_K, p.TO_V, p.TO_T)


class Bench(CycleBench):
    """Tags are compared in the cycles of the words."""

    ports = {"tag": Port("word_valid_i", ("ctx_o", "dest_o", "blk_o", "addr_o", "member_o"), "word_o", 12)}
    payloads = {
        "start_i": ("dest_i", "ctx_i", "layer_base_i", "kv_base_i", "pos_slot_i", "pos_unit_i"),
        "word_valid_i": ("word_last_i",),
    }

    def send(
        self,
        dest: int,
        blocks: int,
        words: int,
        pos_slot: int,
        unit: int | None = None,
        base: int | None = None,
        gaps: bool = False,
    ) -> None:
        """A SEND whose words come some time behind its start; context, owner and base of the KV are any."""
        base = int(self.rng.integers(1 << 24)) if base is None else base
        ctx, sequence = int(self.rng.integers(4)), int(self.rng.choice([0, self.rng.integers(1 << 24)]))
        unit = int(self.rng.integers(4096)) if unit is None else unit
        place = {"layer_base_i": base, "kv_base_i": sequence, "pos_slot_i": pos_slot, "pos_unit_i": unit}
        self.put(self.t, start_i=1, dest_i=dest, ctx_i=ctx, **place)
        self.t += 1 + int(self.rng.choice([0, 1, 6]))
        addr, member = kv_place(dest, base + sequence, pos_slot, unit, HEAD_BLOCKS)
        for blk in range(blocks):
            for word in range(words):
                self.t += int(self.rng.choice([0, 0, 1, 3])) if gaps else 0
                self.put(self.t, word_valid_i=1, word_last_i=int(word == words - 1))
                self.expect("tag", self.t, (ctx, dest, blk, addr, member), (word,))
                self.t += 1


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def sends(dut: Any) -> None:
    """Every destination; blocks of one to many words; the first and last position; gaps and none."""
    b = Bench(dut, random_stream("sends"))
    await b.start()
    for dest in DESTINATIONS:
        for blocks, words in ((1, 1), (1, 4), (5, 1), (3, 2), (2, 7)):
            for pos_slot in (0, 4095):
                b.send(dest, blocks, words, pos_slot, gaps=bool(b.rng.integers(2)))
    for _ in range(60):
        blocks, words, slot = (int(b.rng.integers(low, high)) for low, high in ((1, 9), (1, 6), (0, 4096)))
        b.send(int(b.rng.choice(DESTINATIONS)), blocks, words, slot, gaps=bool(b.rng.integers(2)))
    await b.run()
    b.finish()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def counters(dut: Any) -> None:
    """4,095 blocks of one word; one block of 4,095 words."""
    b = Bench(dut, random_stream("counters"))
    await b.start()
    b.send(p.TO_X, 4095, 1, 0, gaps=False)
    b.send(p.TO_V, 1, 4095, 1, gaps=False)
    await b.run()
    b.finish()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def a_model(dut: Any) -> None:
    """The SENDs of tiny's programme, at its first and last positions."""
    b = Bench(dut, random_stream("a_model"))
    await b.start()
    g = load_model("tiny").geometry
    for pos in (0, 1, g.kv_group, g.chip.context - 1):
        for i in p.build(g):
            if i.engine == p.S:
                place = divmod(pos, g.kv_group)
                b.send(i.dest, i.n0 // i.n1, i.n1, *place, base=i.addr1)
    await b.run()
    b.finish()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """A reset anywhere in a SEND; the next one begins at block 0, word 0."""
    b = Bench(dut, random_stream("resets"))
    await b.start()
    for after in range(1, 12):
        begin = b.t
        b.send(p.TO_K, 3, 3, 2, gaps=False)
        b.cut(begin + after)
        b.send(p.TO_V, 2, 2, 3, gaps=True)
    await b.run()
    b.finish()
