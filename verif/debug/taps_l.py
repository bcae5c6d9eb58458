"""Ports of a GEMV, of its drain and of a LoRA product: engines, mesh, matrix unit."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from golden import program as p
from golden.burn import rom_words, scale_words
from golden.engines import HStep, LStep, drain_steps, h_steps, l_steps
from golden.formats import fp32_accumulate, mx_dot_term
from golden.matrix_unit import accumulate, dequantise, join_passes, unit_dots
from verif.debug.taps import Array, Place, Tap, patterns, sram_words, steps


def bundle(module: str, scope: str, port: str, valid: str, cycles: Array, rows: Iterable[object]) -> Tap:
    """A control bundle whose fields golden's engines know."""
    listed = [vars(r) for r in rows]
    ports = {f"{port}.{k}": np.array([int(r[k]) for r in listed]) for k in listed[0]}
    return Tap(module, scope, cycles, ports, valid)


def gemv(at: Place) -> list[Tap]:
    """From the L engine to the accumulator."""
    i, case, g = at.i, at.case, at.g
    loop: list[LStep] = list(l_steps(i, at.ctx, g.chip.group_size // g.chip.block))
    n, every = len(loop), steps(at, 1, i.n0 * i.n1 * i.n2)
    m = every + at.hops
    last = np.array([s.last_pass for s in loop])
    weights = case.chip.model.weights
    w = weights.lm_head if i.what == "lm_head" else weights.layers[i.layer][i.what]
    _, v = at.sent(p.TO_X)
    chunk = np.array([s.chunk for s in loop])
    x = v["m"].reshape(at.C, -1, g.chip.block)[:, chunk].transpose(1, 0, 2)
    e = v["e"].reshape(at.C, -1)[:, chunk].T.astype(np.int64)
    sums = v["s"].reshape(at.C, -1)[:, chunk].T.astype(np.int64)
    offset = at.row_block()
    first = offset * i.n1 * i.n2  # row blocks stand one behind the other
    words = rom_words(w, g, i.what)[at.c, at.r, first : first + n]
    d = np.array([unit_dots(words[k], x[k], g.chip.weight_bits) for k in range(n)])
    passes = d.reshape(-1, i.n2, at.C).transpose(1, 0, 2)
    d = join_passes(passes, g.chip.weight_bits)
    groups = g.scale_groups(i.what)
    raw = scale_words(w, g, i.what)[at.c, at.r]
    at_word = np.array([s.scale_addr - i.addr1 for s in loop])[last] + offset * groups
    field = [int.from_bytes(raw[k].tobytes(), "big") for k in at_word]
    scale = np.array([[f >> 28 * c & 0xFFFF for c in range(at.C)] for f in field], np.uint16)
    zero = np.array([[f >> 28 * c + 16 & 0xFFF for c in range(at.C)] for f in field])
    terms = dequantise(d, sums[last], e[last], zero, scale, g.chip.frac_bits)
    values = np.array([accumulate(t) for t in _running(terms.reshape(i.n1, i.n0))])
    cell = m[last]
    return [
        bundle("l_engine", "u_l_engine", "l_ctrl_o", "l_valid_o", every, loop),
        bundle("mesh", "u_mesh", "l_ctrl_o", "l_valid_o", m, loop),
        Tap(
            "x_buffer",
            f"{at.unit}.u_x_buffer",
            m + 1,
            {"x_o": x.astype(np.int64) & 0xFF, "exp_o": e, "sum_o": sums & 0xFFFF},
        ),
        Tap("fused_cell", f"{at.unit}.u_fused_cell", cell + 2, {"d_o": d & 0xFFFFFFFF}, "valid_o"),
        Tap(
            "rom",
            f"{at.unit}.u_dequantiser",
            cell + 2,
            {"scale_i": zero.astype(np.int64) << 16 | scale.astype(np.int64)},
            means="content or address of the scale ROM",
        ),
        Tap(
            "dequantiser",
            f"{at.unit}.u_dequantiser",
            cell + 4 + at.lc,
            {"term_o": patterns(terms)},
            "valid_o",
        ),
        Tap(
            "accumulator",
            f"{at.unit}.u_accumulator",
            cell + 5 + at.lc,
            {"value_o": patterns(values)},
            "value_valid_o",
        ),
    ]


def _running(terms: Array) -> list[Array]:
    """Terms [chunks, slots] up to each step, for the accumulator behind it."""
    return [terms[: k + 1, s] for k in range(len(terms)) for s in range(terms.shape[1])]


def drain(at: Place) -> list[Tap]:
    """From the D engine to the gather's arrival."""
    i, n = at.i, at.i.n0
    words = list(drain_steps(i, at.ctx, at.case.step.lora))
    ctrl = {
        "dr_ctrl_o.ctx": np.array([w >> 14 for w in words]),
        "dr_ctrl_o.slot": np.array([w >> 2 & 0xFFF for w in words]),
        "dr_ctrl_o.bank": np.array([w >> 1 & 1 for w in words]),
        "dr_ctrl_o.lora": np.array([w & 1 for w in words]),
    }
    leaves = steps(at, 1 + at.case.schedule.timing.lead(i, at.case.step.flight.draw), n)
    m = leaves + at.hops
    first = i.addr1 // at.R
    rows = slice(first, first + n)
    acc = at.case.schedule._rows(at.of(f"acc:{i.what}")["acc"][-1])[rows, at.c, at.r]
    y = at.case.schedule._rows(at.of(f"drain:{i.what}")["y"])[rows]
    taps = [
        Tap("drain_engine", "u_row.u_drain_engine", leaves, ctrl, "dr_valid_o"),
        Tap("mesh", "u_mesh", m, ctrl, "dr_valid_o"),
        Tap("accumulator", f"{at.unit}.u_accumulator", m + 1, {"rd_data_o": patterns(acc)}),
    ]
    if words[0] & 1:
        b = at.case.schedule._rows(at.of(f"lora_b:{i.what}")["y"])[:n, at.c, at.r]
        taps.append(Tap("h_unit", f"{at.unit}.u_h_unit", m + 1, {"lb_data_o": patterns(b)}))
    slots = np.arange(n)
    own = {"data_o": patterns(y[:, at.c, at.r]), "slot_o": slots}
    whole = {"drain_data_o": patterns(y), "drain_slot_o": slots}
    return [
        *taps,
        Tap("drain", f"{at.unit}.u_drain", m + 2, own, "valid_o"),
        Tap("mesh", "u_mesh", m + 2 + at.hops, whole, "drain_valid_o"),
    ]


def h_control(at: Place) -> tuple[list[Tap], list[HStep], Array]:
    """Engine and mesh of an H operation; its steps and their cycles at the matrix unit."""
    loop = list(h_steps(at.i, at.token(), at.g.kv_group))
    every = steps(at, 1, len(loop))
    taps = [
        bundle("h_engine", "u_h_engine", "h_ctrl_o", "h_valid_o", every, loop),
        bundle("mesh", "u_mesh", "h_ctrl_o", "h_valid_o", every + at.hops, loop),
    ]
    if at.i.op == p.REDUCE:
        for tap in taps:
            tap.ports.pop("h_ctrl_o.addr")
    return taps, loop, every + at.hops


def lora_a(at: Place) -> list[Tap]:
    """From the H engine to the reduced t."""
    taps, loop, m = h_control(at)
    i, hb = at.i, at.g.chip.h_block
    _, v = at.sent(p.TO_X)
    blk = np.array([s.blk for s in loop])
    x = v["m"].reshape(at.C, -1, hb)[at.c, blk]
    e = v["e"].reshape(at.C, -1)[at.c, blk * hb // at.g.chip.block]
    t = at.of(f"lora_t:{i.what}")["t"].reshape(i.n0, at.R)
    (am, ae), _ = at.case.adapter.blocks[i.layer, i.what]
    rows = np.array([s.slot for s in loop]) * at.R + at.r
    per_column = len(ae[0]) // at.C
    stored = am.reshape(len(am), -1, hb)[rows, at.c * per_column + blk], ae[rows, at.c * per_column + blk]
    return [
        *taps,
        Tap(
            "x_buffer",
            f"{at.unit}.u_x_buffer",
            m + 1,
            {"xr_data_o": x.astype(np.int64) & 0xFF, "xr_exp_o": e.astype(np.int64)},
        ),
        *_dots(at, m, loop, stored, (x, e), i.n0, i.n1),
        Tap(
            "mesh",
            "u_mesh",
            m.reshape(i.n0, i.n1)[:, -1] + 4 + 2 * at.hops + at.lc,
            {"t_data_o": patterns(t), "t_slot_o": np.arange(i.n0), "t_ctx_o": np.full(i.n0, at.ctx)},
            "t_valid_o",
        ),
    ]


def lora_b(at: Place) -> list[Tap]:
    """From the H engine to the LoRA buffer's write port."""
    taps, loop, m = h_control(at)
    i, hb = at.i, at.g.chip.h_block
    _, v = at.sent(p.TO_T)
    blk = np.array([s.blk for s in loop])
    tm, te = v["m"].reshape(-1, hb)[blk], v["e"].reshape(-1)[blk]
    _, (bm, be) = at.case.adapter.blocks[i.layer, i.what]
    row = at.c * (len(bm) // at.C) + np.array([s.slot for s in loop]) * at.R + at.r
    stored = bm.reshape(len(bm), -1, hb)[row, blk], be[row, blk]
    operand = sram_words(tm, te)
    buffer = Tap("h_block_buffer", f"{at.unit}.u_h_unit.u_lora_t", m + 1, {"words_o": operand[:, None]})
    return [*taps, buffer, *_dots(at, m, loop, stored, (tm, te), i.n0, i.n1)]


def _dots(
    at: Place,
    m: Array,
    loop: list[HStep],
    stored: tuple[Array, Array],
    x: tuple[Array, Array],
    slots: int,
    blocks: int,
) -> list[Tap]:
    """SRAM words and the dot products of adapter rows."""
    sram = sram_words(*stored)
    dots = (stored[0].astype(np.int64) * x[0].astype(np.int64)).sum(axis=1)
    terms = mx_dot_term(dots, x[1], stored[1]).reshape(slots, blocks)
    acc = fp32_accumulate(terms, axis=1)
    return [
        Tap(
            "adapter_loader",
            f"{at.unit}.u_h_unit.u_sram",
            m + 1,
            {"rdata_o": sram},
            means="this word of the SRAM does not hold what the adapter image had for it",
        ),
        Tap(
            "h_dot",
            f"{at.unit}.u_h_unit.u_dot",
            m.reshape(slots, blocks)[:, -1] + 4,
            {"acc_o": patterns(acc)[:, None]},
        ),
    ]


TAPS = {"acc": gemv, "drain": drain, "lora_t": lora_a, "lora_b": lora_b}
