"""cocotb tests of the H-Unit, values and cycles: LoRA, KV append, attention, reset.

Each job is of some context; tb_in_flight.py has the jobs of many at once.
"""

from __future__ import annotations

from typing import Any

import cocotb

from golden.h_unit import HUnitShape
from golden.program import TO_K
from verif.matrix.cycle_bench import PARAMETERS, random_blocks, random_stream
from verif.matrix.h_unit.bench import HUnitBench

SHAPE = HUnitShape.of(PARAMETERS)
KV_WORDS = SHAPE.kv_slots * 2 * SHAPE.head_blocks
CAPACITY = SHAPE.kv_slots * SHAPE.group
KINDS = ("real", "wide", "large", "tiny", "zero", "mixed")


async def bench(dut: Any, name: str) -> HUnitBench:
    """A started bench with its own random stream and a random place on the chip."""
    b = HUnitBench(dut, SHAPE, random_stream(name))
    await b.start(bc_dest_i=TO_K)
    b.place(int(b.rng.integers(SHAPE.columns)), int(b.rng.integers(SHAPE.rows)))
    return b


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def lora(dut: Any) -> None:
    """LoRA A and B of several shapes and operand classes."""
    b, s = await bench(dut, "lora"), SHAPE
    for i, kind in enumerate((*KINDS, "real", "mixed")):
        b.fill(kind)
        slots = int(b.rng.integers(1, 5)) if i else max(1, 64 // s.rows)
        room = s.sram_words // slots
        blocks = [1, 2, s.block // s.h_block, 5][i % 4]
        blocks = max(1, min(blocks, room))
        slots = min(slots, s.sram_words // blocks)
        x = random_blocks(b.rng, (blocks,), s.h_block, kind)
        ctx, bank = int(b.rng.integers(s.tokens)), i % 2
        b.lora_a(int(b.rng.integers(0, s.sram_words - slots * blocks + 1)), slots, *x, ctx)
        b.t += 1
        b.send_t(kind, ctx)
        slots = min(s.acc_depth, s.sram_words // s.t_blocks, int(b.rng.integers(1, s.acc_depth + 1)))
        b.lora_b(int(b.rng.integers(0, s.sram_words - slots * s.t_blocks + 1)), slots, ctx, bank)
        b.read_lora(slots, ctx, bank)
        await b.run()
    b.finish()


@cocotb.test(timeout_time=8, timeout_unit="ms")
async def attention(dut: Any) -> None:
    """Tokens at the positions around a group's size, of every class, all over the chip."""
    b, s = await bench(dut, "attention"), SHAPE
    gs = s.group
    positions = sorted({p for p in (0, 1, gs - 1, gs, gs + 1, CAPACITY // 2, CAPACITY - 1) if p < CAPACITY})
    for i, pos in enumerate(positions):
        for kind in ("real", KINDS[i % len(KINDS)]):
            b.place(int(b.rng.integers(s.columns)), int(b.rng.integers(s.rows)))
            b.fill(kind)
            b.token(int(b.rng.integers(0, s.sram_words - KV_WORDS + 1)), pos, kind)
            await b.run()
    b.finish()


@cocotb.test(timeout_time=8, timeout_unit="ms")
async def members(dut: Any) -> None:
    """Every member of a group owns a position once; members behind it skip the garbage there."""
    b, s = await bench(dut, "members"), SHAPE
    base = s.sram_words - KV_WORDS
    last = (min(2, s.kv_slots) - 1) * s.group
    for member in range(s.group):
        first = int(b.rng.integers(s.columns // s.cpk)) * s.cpk
        b.place(first + member // s.rows, member % s.rows)
        b.fill("mixed")
        for pos in {last + member, max(last + member - 1, 0)}:
            b.token(base, pos, "real", beyond=int(b.rng.integers(3)))
            b.t += 2
        await b.run()
    b.finish()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def sequence(dut: Any) -> None:
    """A growing sequence in one unit: what earlier tokens appended is scored by later ones."""
    b, s = await bench(dut, "sequence"), SHAPE
    b.fill("mixed")
    base = int(b.rng.integers(0, s.sram_words - KV_WORDS + 1))
    for pos in range(min(CAPACITY, 3 * s.group)):
        b.token(base, pos, "real")
    await b.run()
    b.finish()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def back_to_back(dut: Any) -> None:
    """Jobs of all contexts without a gap between them: A, A, B, B, A, score."""
    b, s = await bench(dut, "back_to_back"), SHAPE
    for _ in range(3):
        b.fill("real")
        for ctx in range(s.tokens):
            b.send_t("real", ctx)
        blocks = min(int(b.rng.integers(1, 4)), s.sram_words)
        x = random_blocks(b.rng, (blocks,), s.h_block, "real")
        slots = max(1, min(2, s.sram_words // blocks, s.sram_words // s.t_blocks, s.acc_depth))
        for i, job in enumerate("aabba"):
            ctx = i % s.tokens
            if job == "a":
                b.lora_a(0, slots, *x, ctx)
            else:
                b.lora_b(int(b.rng.integers(0, s.sram_words - slots * s.t_blocks + 1)), slots, ctx, i % 2)
        b.token(s.sram_words - KV_WORDS, int(b.rng.integers(CAPACITY)), "real")
        await b.run()
    b.finish()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def early(dut: Any) -> None:
    """Scores before the token's own k is there; LoRA A and B of it come between them and the last ones."""
    b, s = await bench(dut, "early"), SHAPE
    base = s.sram_words - KV_WORDS
    x = random_blocks(b.rng, (1,), s.h_block, "real")
    for i, kind in enumerate((*KINDS, "real")):
        b.place(int(b.rng.integers(s.columns)), int(b.rng.integers(s.rows)))
        b.fill("mixed" if i % 2 else kind)
        for slot in range(min(4, s.kv_slots)):
            ctx = int(b.rng.integers(s.tokens))

            def between(ctx: int = ctx, jobs: int = slot) -> None:
                if jobs % 2:
                    b.lora_a(0, min(2, s.sram_words), *x, ctx)
                    b.lora_b(0, 1, ctx, jobs // 2)

            b.send_t("real", ctx)
            b.token(base, slot * s.group + int(b.rng.integers(s.group)), kind, ctx=ctx, between=between)
            b.t += int(b.rng.integers(3))
        await b.run()
    b.finish()


@cocotb.test(timeout_time=8, timeout_unit="ms")
async def reset(dut: Any) -> None:
    """Reset in the middle of everything; the job behind it is right."""
    b, s = await bench(dut, "reset"), SHAPE
    base = s.sram_words - KV_WORDS
    for i in range(24):
        b.fill("real")
        b.t += 24
        await b.run()
        start = b.t
        pos = int(b.rng.integers(s.kv_slots)) * s.group + b.unit.member
        x = random_blocks(b.rng, (2,), s.h_block, "real")
        ctx = int(b.rng.integers(s.tokens))
        b.lora_a(0, max(1, min(2, s.sram_words // 2)), *x, ctx)
        b.send_t("real", ctx)
        b.lora_b(0, 1, ctx, i % 2)
        b.token(base, pos, "real")
        # Every other time right before a port's first beat (at it for kv, which then has more).
        port = ("kv", "score", "rd", "lt", "lora_b", "prob")[i // 2 % 6]
        first = min(b.expected[port]) - int(port != "kv")
        b.cut(first if i % 2 else int(b.rng.integers(start + 1, b.t)))
        b.fill("mixed")
        b.token(base, pos, "real")
        await b.run()
    b.finish()
