"""Ports of attention: H engine, mesh, KV cache, scores, softmax numerators, context."""

from __future__ import annotations

import numpy as np

from golden import program as p
from golden.formats import (
    bf16_round,
    fp32_accumulate,
    fp32_max,
    fp32_sub,
    mx_dot_term,
)
from golden.h_unit import HUnit, HUnitShape
from golden.latency import EXP_LATENCY, RECIP_LATENCY
from golden.probes import BROADCAST_TAGS
from golden.transcendental import exp
from verif.debug.taps import Array, Place, Tap, patterns, sram_words
from verif.debug.taps_l import h_control


class Attention:
    """Attention of one unit: the positions that it holds, and their words."""

    def __init__(self, at: Place) -> None:
        g, model = at.g, at.g.model
        self.head = at.c // g.cpk
        self.member = at.c % g.cpk * at.R + at.r
        self.held = np.arange(self.member, at.pos + 1, g.kv_group)
        self.cache = at.case.chip.model._caches[at.seq][at.i.layer]
        self.nb, self.hb, self.nq = g.head_blocks, g.chip.h_block, model.q_per_kv
        self.heads = slice(self.head * self.nq, (self.head + 1) * self.nq)

    def words(self, m: Array, e: Array) -> Array:
        """SRAM words [held, NB] of K or V."""
        m, e = m[self.held, self.head], e[self.held, self.head]
        return sram_words(m.reshape(-1, self.hb), e.reshape(-1)).reshape(-1, self.nb)


def score(at: Place) -> list[Tap]:
    """From the H engine to the score buffer."""
    taps, loop, m = h_control(at)
    a = Attention(at)
    slots = np.array([step.slot for step in loop[:: a.nb]])  # all up to the token's own, or a part
    there = slots < len(a.held)
    a.held = a.held[slots[there]]
    _, v = at.sent(p.TO_Q)
    qm = v["m"].reshape(-1, a.nb, a.hb)[a.heads]
    qe = v["e"].reshape(-1, a.nb)[a.heads]
    n = len(a.held)
    if not n:
        return taps
    mine = m.reshape(-1, a.nb)[there]
    query = np.stack([sram_words(qm[:, b], qe[:, b]) for b in range(a.nb)])  # [NB, NQ]
    km = a.cache.k_m[a.held, a.head].reshape(n, a.nb, a.hb).astype(np.int64)
    ke = a.cache.k_e[a.held, a.head]
    dots = np.einsum("nbj,qbj->bnq", km, qm.astype(np.int64))
    acc = fp32_accumulate(mx_dot_term(dots, qe.T[:, None], ke.T[:, :, None]), axis=0)
    s = at.of("score")["s"][a.heads][:, a.held].T
    return [
        *taps,
        Tap(
            "h_block_buffer",
            f"{at.unit}.u_h_unit.u_query",
            mine.reshape(-1) + 1,
            {"words_o": np.tile(query, (n, 1))},
        ),
        Tap(
            "h_sram",
            f"{at.unit}.u_h_unit.u_sram",
            mine.reshape(-1) + 1,
            {"rdata_o": a.words(a.cache.k_m, a.cache.k_e).reshape(-1)},
            means="this word of the SRAM is not the K that was appended",
        ),
        Tap("h_dot", f"{at.unit}.u_h_unit.u_dot", mine[:, -1] + 4, {"acc_o": patterns(acc)}),
        Tap("h_score", f"{at.unit}.u_h_unit.u_attention.u_score", mine[:, -1] + 5, {"score_o": patterns(s)}),
    ]


def gmax(at: Place) -> list[Tap]:
    """From the scores to the group's maximum at the units."""
    _, _, m = h_control(at)
    a = Attention(at)
    end, scores = m[-1:], f"{at.unit}.u_h_unit.u_attention.u_score"
    best = np.full((1, a.nq), -np.finfo(np.float32).max, np.float32)
    for s in at.of("score")["s"][a.heads][:, a.held].T:
        best = fp32_max(best, s[None])
    group = np.asarray(at.of("gmax")["m"], np.float32).reshape(-1, a.nq)
    far = end + 7 + 3 * at.hops + at.lr + at.lk
    return [
        Tap("h_score", scores, end + 6, {"max_o": patterns(best)}, "max_valid_o"),
        Tap("h_unit", f"{at.unit}.u_h_unit", end + 7, {"rd_kind_o": np.array([2])}, "rd_valid_o"),
        Tap(
            "mesh",
            "u_mesh",
            far,
            {"gmax_o": patterns(np.repeat(group, at.g.cpk, axis=0)[None])},
            "gmax_valid_o",
        ),
    ]


def prob(at: Place) -> list[Tap]:
    """From the H engine to the numerators."""
    taps, _, m = h_control(at)
    a = Attention(at)
    n = len(a.held)
    if not n:
        return taps
    mine = m.reshape(-1, a.nb)[:n, 0]
    scope = f"{at.unit}.u_h_unit.u_attention.u_prob"
    s = at.of("score")["s"][a.heads][:, a.held].T
    top = np.asarray(at.of("gmax")["m"], np.float32).reshape(-1, a.nq)[a.head]
    difference = fp32_sub(s, top[None])
    return [
        *taps,
        Tap("h_prob", scope, mine + 1, {"score_q": patterns(s)}, means="score buffer"),
        Tap("h_prob", scope, mine + 2, {"difference_q": patterns(difference)}),
        Tap("fp_exp", f"{scope}.u_exp", mine + 2 + EXP_LATENCY, {"data_o": patterns(exp(difference))}),
        Tap(
            "h_prob",
            scope,
            mine + 3 + EXP_LATENCY,
            {"p_o": patterns(bf16_round(exp(difference))) >> 16},
        ),
    ]


def red(at: Place) -> list[Tap]:
    """From V and the numerators to the sums of the group."""
    taps, _, m = h_control(at)
    a, g = Attention(at), at.g
    unit = HUnit(HUnitShape.of(g.parameters), at.c, at.r)
    p_all = at.of("prob")["p"][a.heads]
    for j in range(at.pos // g.kv_group + 1):
        held = j < len(a.held)
        position = a.held[j] if held else 0
        unit.accumulate(
            p_all[:, position],
            a.cache.v_m[position, a.head].reshape(a.nb, a.hb),
            a.cache.v_e[position, a.head],
            first=j == 0,
            held=held,
        )
    own = np.array([beat.data for beat in unit.reduce()], np.int64)
    program = at.case.schedule.program
    ctx = next(k for k in range(at.pc, -1, -1) if program[k].engine == p.H and program[k].op == p.CONTEXT)
    first = at.case.issue[ctx] + 1 + at.hops + EXP_LATENCY + 3
    read = first + np.arange(len(a.held) * a.nb)
    want = at.case.beats("red", at.pc)
    tags = {"red_ctx_o": want[:, 1], "red_kind_o": want[:, 2], "red_slot_o": want[:, 3]}
    data = want[:, 4:].reshape(len(want), at.C, at.R)
    values = a.words(a.cache.v_m, a.cache.v_e).reshape(-1)
    return [
        Tap(
            "h_sram",
            f"{at.unit}.u_h_unit.u_sram",
            read,
            {"rdata_o": values},
            means="this word of the SRAM is not the V that was appended",
        ),
        *taps,
        Tap("h_context", f"{at.unit}.u_h_unit.u_attention.u_context", m + 1, {"data_o": own}),
        Tap("h_unit", f"{at.unit}.u_h_unit", m + 1, {"rd_data_o": own, "rd_ctx_o": np.full(len(m), at.ctx)}),
        Tap("mesh", "u_mesh", want[:, 0].astype(np.int64), {"red_data_o": data} | tags, "red_valid_o"),
    ]


def inv(at: Place) -> list[Tap]:
    """1/sum in the vector unit of the column."""
    want = at.case.beats("inv", at.pc)
    data = want[:, 2:].reshape(len(want), at.C, -1)[:, at.c]
    scope = f"{at.column}.u_send.u_softmax_inv"
    cycle = want[:, 0].astype(np.int64)
    sums = at.case.beats("red", at.pc)[:1, 4:].reshape(1, at.C, at.R)[:, at.c, : data.shape[1]]
    return [
        Tap("vector_unit", scope, cycle - RECIP_LATENCY, {"sum_i": sums}, "sum_valid_i"),
        Tap("fp_recip", f"{scope}.u_recip", cycle, {"data_o": data}, "valid_o"),
        Tap("softmax_inv", scope, cycle, {"write_ctx_o": want[:, 1]}, "write_valid_o"),
    ]


def kv(at: Place) -> list[Tap]:
    """From the broadcast's arrival to the append's write port."""
    sent = at.case.beats("bcast", at.pc)
    names = tuple(f"bc_{tag}_o" for tag in BROADCAST_TAGS)
    tags = {n: sent[:, 1 + k] for k, n in enumerate(names)}
    first = 1 + len(names)
    head = sent[:, first : first + at.C]
    lanes = np.ascontiguousarray(sent[:, first + at.C :]).view(np.uint8)[:, : at.C * at.R]
    tags |= {"bc_exp_o": head & 0xFF, "bc_data_o": lanes.reshape(len(sent), at.C, at.R)}
    want = at.case.beats("kv", at.pc)
    want = want[want[:, 1] == at.c * at.R + at.r]
    mantissas = np.ascontiguousarray(want[:, 3:-1]).view(np.int8)
    data = {"addr_o": want[:, 2], "wdata_o": sram_words(mantissas, want[:, -1])}
    scope = f"{at.unit}.u_h_unit.u_append"
    return [
        Tap("mesh", "u_mesh", sent[:, 0].astype(np.int64) + at.hops, tags, "bc_valid_o"),
        Tap("h_kv_append", scope, want[:, 0].astype(np.int64), data, "we_o"),
    ]


TAPS = {"score": score, "gmax": gmax, "prob": prob, "red": red, "inv": inv, "kv": kv}
