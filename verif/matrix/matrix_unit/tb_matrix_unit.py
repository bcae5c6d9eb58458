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
    await b.start(col_i=b.col, row_i=b.row, pos_slot_i=0, pos_unit_i=0)
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
        end = b.lora_a(b.t, rank_slots)
        acc = b.gemv(linear, block, 1)
        b.t = max(end, b.t + b.settle)
        b.lora_b(len(acc), kind)
        b.t = b.drain(b.t, acc, 1, lora=True) + 1
        b.t = b.drain(b.t, acc, 1, lora=False)
    await b.run()
    assert b.compared


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def attention(dut: Any) -> None:
    """Tokens of a sequence through KV cache, scores and context."""
    b = await started(dut, "attention")
    for pos in range(2 * b.g.kv_group + 1):
        b.token(pos, "real")
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
