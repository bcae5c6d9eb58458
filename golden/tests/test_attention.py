"""Attention: float twin, unit by unit in slow hardware order, fast path bit for bit."""

import numpy as np
import pytest

from golden.attention import KvCache, attention, attention_float
from golden.blocks import Blocks
from golden.formats import (
    FP32_MAX,
    bf16_round,
    fp32_add,
    fp32_from_int,
    fp32_max,
    fp32_mul,
    fp32_scale,
    fp32_sub,
    mx_dot_term,
)
from golden.tests.sizes import GEOMETRIES, same_bits
from golden.transcendental import exp, recip


def tree(values, op):
    while len(values) > 1:
        pairs = [op(*values[i : i + 2]) for i in range(0, len(values) - 1, 2)]
        values = pairs + ([values[-1]] if len(values) % 2 else [])
    return values[0]


def slow_head(g, q, k, v, pos):
    """One query head: q (m, e); k, v lists of (m, e) of its KV head; loops over the units."""
    hb, nb, rows, group = g.chip.h_block, g.head_blocks, g.chip.rows, g.kv_group
    score, best = {}, []
    for member in range(group):
        top = np.float32(-FP32_MAX)
        for p in range(member, pos + 1, group):
            acc = None
            for b in range(nb):
                at = slice(b * hb, b * hb + hb)
                dot = int((q[0][at].astype(int) * k[p][0][at].astype(int)).sum())
                term = mx_dot_term(np.array(dot), q[1][b], k[p][1][b])
                acc = term if acc is None else fp32_add(acc, term)
            score[p] = fp32_mul(acc, np.float32(g.model.head_dim**-0.5))
            top = fp32_max(top, score[p])
        best.append(top)
    columns = [tree(best[c * rows : c * rows + rows], fp32_max) for c in range(g.cpk)]
    gmax = tree(columns, fp32_max)
    prob = {p: bf16_round(exp(fp32_sub(s, gmax))) for p, s in score.items()}
    units = []
    for member in range(group):
        total = np.zeros(g.model.head_dim + 1, np.float32)
        for p in range(member, pos + 1, group):
            e = np.repeat(v[p][1].astype(int) - 133, hb)
            terms = fp32_scale(fp32_mul(prob[p], fp32_from_int(v[p][0])), e)
            terms = np.append(terms, prob[p]).astype(np.float32)
            total = terms if p == member else fp32_add(total, terms)
        units.append(total)
    total = tree([tree(units[c * rows : c * rows + rows], fp32_add) for c in range(g.cpk)], fp32_add)
    inv = recip(total[-1:])[0]
    positions = range(pos + 1)
    return {
        "score": np.array([score[p] for p in positions]),
        "gmax": gmax,
        "prob": np.array([prob[p] for p in positions]),
        "ctx": total[:-1],
        "sums": total[-1],
        "inv": inv,
        "out": fp32_mul(total[:-1], inv),
    }


def fill(g, r, positions, k_scale=1.0, v_scale=1.0, spread=0.0):
    """A cache with random positions, a query, and the float k and v."""
    m, hb = g.model, g.chip.h_block
    cache = KvCache(g)
    k = (r.normal(size=(positions, m.kv_dim)) * k_scale).astype(np.float32)
    v = (r.normal(size=(positions, m.kv_dim)) * v_scale).astype(np.float32)
    v *= np.exp(spread * r.normal(size=(positions, 1))).astype(np.float32)
    for pos in range(positions):
        cache.append(pos, Blocks.of(k[pos], hb), Blocks.of(v[pos], hb))
    q = r.normal(size=m.q_dim).astype(np.float32)
    return cache, Blocks.of(q, hb), q, k, v


def compare_slow(g, cache, q, pos, got):
    m, nb, hd = g.model, g.head_blocks, g.model.head_dim
    for head in range(m.num_attention_heads):
        kv = head // m.q_per_kv
        qh = q.m[head * hd : head * hd + hd], q.e[head * nb : head * nb + nb]
        k = [(cache.k_m[p, kv], cache.k_e[p, kv]) for p in range(pos + 1)]
        v = [(cache.v_m[p, kv], cache.v_e[p, kv]) for p in range(pos + 1)]
        want = slow_head(g, qh, k, v, pos)
        for name in ("score", "gmax", "prob", "sums", "inv"):
            same_bits(getattr(got, name)[head], want[name])
        for name in ("ctx", "out"):
            same_bits(getattr(got, name)[head * hd : head * hd + hd], want[name])


@pytest.mark.parametrize("name", ["tiny", "tiny-wide", "odd", "shared"])
def test_hardware_order(name):
    """At the first position, with units that hold nothing, full slots and a partly filled slot."""
    g = GEOMETRIES[name]
    for positions in (1, g.kv_group - 1, g.kv_group, 2 * g.kv_group + 1):
        cache, q, *_ = fill(g, np.random.default_rng(positions), positions, spread=3)
        pos = positions - 1
        got = attention(q, cache, pos, g)
        compare_slow(g, cache, q, pos, got)
        compare_slow(g, cache, q, pos, attention(q, cache, pos, g, fast=False))


@pytest.mark.parametrize(
    "k_scale, v_scale",
    [(30, 1), (300, 1), (1e-25, 1e-25), (1e-36, 1e-36), (0, 0), (1, 1e36), (1e30, 1)],
)
def test_far_values(k_scale, v_scale):
    """Numerators that vanish, blocks at the ends of FP32: the slow path takes over unnoticed."""
    g = GEOMETRIES["tiny-wide"]
    cache, q, *_ = fill(g, np.random.default_rng(7), 11, k_scale, v_scale)
    got = attention(q, cache, 10, g)
    assert np.isfinite(got.out).all()
    compare_slow(g, cache, q, 10, got)


@pytest.mark.parametrize("name", ["tiny", "tiny-wide", "odd", "shared"])
def test_float_twin(name):
    g, positions = GEOMETRIES[name], 21
    m = g.model
    cache, q, qf, k, v = fill(g, np.random.default_rng(0), positions)
    got = attention(q, cache, positions - 1, g)
    shape = (positions, m.num_key_value_heads, m.head_dim)
    want = attention_float(qf.reshape(-1, m.head_dim), k.reshape(shape), v.reshape(shape))
    error = got.out - want.reshape(-1)
    assert np.sqrt(np.mean(error**2)) < 0.02 * want.std()
    same_bits(got.gmax, got.score.max(axis=1))
    np.testing.assert_allclose(got.sums, got.prob.sum(axis=1), rtol=1e-6)


def test_vanishing_numerators():
    """The maximum has v = 0: what the others add near the end of FP32 is seen, flushed or not."""
    g, r = GEOMETRIES["tiny-wide"], np.random.default_rng(3)
    m, hb, positions = g.model, g.chip.h_block, 40
    cache = KvCache(g)
    for pos in range(positions):
        # score = head_dim * c / sqrt(head_dim), differences from -80 to -88
        c = 0 if pos == 0 else -(80 + 8 * pos / positions) / np.sqrt(m.head_dim)
        v = r.normal(size=m.kv_dim).astype(np.float32) * (pos > 0)
        k = np.full(m.kv_dim, c, np.float32)
        cache.append(pos, Blocks.of(k, hb), Blocks.of(v.astype(np.float32), hb))
    q = Blocks.of(np.ones(m.q_dim, np.float32), hb)
    got = attention(q, cache, positions - 1, g)
    assert (got.prob[:, 1:] < 1e-30).all() and np.count_nonzero(got.ctx)
    compare_slow(g, cache, q, positions - 1, got)


def test_sequential_sum_of_many_slots():
    """The fast context adds slots one after the other, whatever NumPy does for long axes."""
    g = GEOMETRIES["tiny"]
    positions = g.chip.context
    cache, q, *_ = fill(g, np.random.default_rng(1), positions, 0.3, spread=3)
    fast = attention(q, cache, positions - 1, g)
    slow = attention(q, cache, positions - 1, g, fast=False)
    for name in ("score", "gmax", "prob", "ctx", "sums", "inv", "out"):
        same_bits(getattr(fast, name), getattr(slow, name))


def test_truncate_forgets():
    g = GEOMETRIES["tiny"]
    hb = g.chip.h_block
    full, q, _, k, v = fill(g, np.random.default_rng(2), 9)
    fresh = KvCache(g)
    full.truncate(0)
    for pos in range(6):
        for cache in (full, fresh):
            cache.append(pos, Blocks.of(k[8 - pos], hb), Blocks.of(v[8 - pos], hb))
    a, b = (attention(q, cache, 5, g) for cache in (full, fresh))
    same_bits(a.ctx, b.ctx)
    same_bits(a.sums, b.sums)
