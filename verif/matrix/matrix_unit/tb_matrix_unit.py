"""cocotb tests of matrix_unit: whole GEMVs with drains and LoRA, attention, reset in mid-job."""

from __future__ import annotations

import json
import os
from typing import Any

import cocotb

from verif.matrix.matrix_unit.bench import Bench, steps_in_flight
from verif.matrix.matrix_unit.case import GEOMETRIES, Case

CASE = Case(**json.loads(os.environ["MATRIX_UNIT_CASE"]))
LINEARS = GEOMETRIES[CASE.name][2]


async def started(dut: Any, name: str) -> Bench:
    """A bench out of reset."""
    b = Bench(dut, name, CASE)
    await b.start(col_i=b.col, row_i=b.row)
    b.ctx = int(b.rng.integers(b.tokens))
    return b


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def every_linear(dut: Any) -> None:
    """Each linear and row block on alternate banks; the drain runs beside the next row block."""
    b = await started(dut, "linears")
    bank, busy = 0, 0
    for linear, kind in zip(LINEARS, ("real", "extreme", "mixed", "real"), strict=False):
        b.t = max(b.t, busy)
        b.send_x(b.g.shape[linear][1], kind)
        for block in CASE.row_blocks(linear):
            acc = b.gemv(linear, block, bank)
            busy = b.drain(max(b.t + b.settle, busy), acc, bank)
            bank = 1 - bank
        b.t += b.settle
    await b.run()
    assert b.compared


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def operand_classes(dut: Any) -> None:
    """Two linears that share an input, back to back on both banks; all operand classes."""
    b = await started(dut, "classes")
    for kind in ("zero", "extreme", "wide", "large", "tiny", "mixed", "real"):
        b.send_x(b.g.shape[LINEARS[0]][1], kind)
        accs = []
        for bank, linear in enumerate(LINEARS[:2]):
            block = next(CASE.row_blocks(linear))
            accs.append(b.gemv(linear, block, bank))
            if bank == 0:
                end = b.drain(b.t + b.settle, accs[0], 0)
        b.t = b.drain(max(b.t + b.settle, end), accs[1], 1)
    await b.run()
    assert b.compared


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def lora_beside_gemv(dut: Any) -> None:
    """LoRA A reads x while the GEMV does; LoRA B's rows are added by the drain, or not."""
    b = await started(dut, "lora")
    linear = LINEARS[1]
    rank_slots = b.g.chip.max_rank // b.g.chip.rows
    for kind in ("real", "mixed"):
        b.load(0, 160, kind)
        b.send_x(b.g.shape[linear][1], kind)
        block = next(CASE.row_blocks(linear))
        end = b.lora_a(b.t, rank_slots) + 4
        acc = b.gemv(linear, block, 1)
        b.t = max(end, b.t + b.settle)
        b.lora_b(len(acc), kind, 1)
        b.t = b.drain(b.t, acc, 1, lora=True) + 1
        b.t = b.drain(b.t, acc, 1, lora=False)
    await b.run()
    assert b.compared


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def attention(dut: Any) -> None:
    """Tokens of a sequence through KV cache, scores and context."""
    b = await started(dut, "attention")
    for pos in range(2 * b.g.kv_group + 1):
        b.ctx = pos % b.tokens
        b.token(pos, "real")
    await b.run()
    assert b.compared


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def tokens_in_flight(dut: Any) -> None:
    """GEMVs of all contexts without a gap; the next inputs arrive, results leave beside them.

    A drain reads a bank while its later slots are still on their way to it, LoRA A of one context
    follows directly behind that of another, LoRA results are added from the bank that is drained.
    """
    b = await started(dut, "flight")
    linear, g = LINEARS[1], b.g
    k, slots = g.shape[linear][1], next(CASE.row_blocks(linear))[1]
    words, sweep = g.chip.block // g.chip.rows, slots * g.passes(linear)

    def send_from(start: int) -> tuple[int, int]:
        """A new input: the cycle behind it; the first in which a GEMV may follow it, chunk by chunk."""
        late = max((chunk + 1) * words - chunk * sweep for chunk in range(g.chunks(k)))
        return b.send_x(k, "real", start), start + late

    b.load(0, 160, "real")
    ready, whole = [0] * b.tokens, [0] * b.tokens  # each context's input: for a GEMV, for LoRA A
    for ctx in range(b.tokens):
        b.ctx = ctx
        for bank in range(2):
            b.lora_b(slots, "real", bank)
        whole[ctx], ready[ctx] = send_from(b.t)
        b.t = whole[ctx]
    sent, b.t = b.t, ready[-1]  # the last one still arrives when its GEMV starts
    drained, h_free = b.t, b.t
    for i in range(2 * b.tokens + 2):
        b.ctx, bank = (i - 1) % b.tokens, i // b.tokens % 2
        b.t = max(b.t, ready[b.ctx])
        h_free = b.lora_a(max(b.t, h_free, whole[b.ctx]), g.chip.max_rank // g.chip.rows)
        acc = b.gemv(linear, next(CASE.row_blocks(linear)), bank)
        # The last slot is read in the first cycle in which it is there.
        drained = b.drain(max(drained, b.t + b.settle - slots), acc, bank, lora=i % 3 != 0)
        if b.tokens > 1:  # the input that this GEMV and its LoRA A have read is replaced beside the next
            whole[b.ctx], ready[b.ctx] = send_from(max(sent, b.t, h_free))
            sent = whole[b.ctx]
    await b.run()
    assert b.compared


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def reset_in_mid_job(dut: Any) -> None:
    """Reset at every depth of the pipeline; the whole job after it is right."""
    b = await started(dut, "reset")
    linear = LINEARS[0]
    block = next(CASE.row_blocks(linear))
    for depth in range(steps_in_flight(b.g.chip.columns)):
        b.send_x(b.g.shape[linear][1], "real")
        start = b.t
        b.gemv(linear, block, 0)
        b.cut(start + depth)
        acc = b.gemv(linear, block, 0)
        b.t = b.drain(b.t + b.settle, acc, 0)
        await b.run()
    assert b.compared
