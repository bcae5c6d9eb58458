"""Attention over the KV cache (``hdl/matrix/h_unit.sv``, ``hdl/vector/softmax_inv.sv``).

Position p of a KV head lives in member p mod GS of the head's group of matrix units, position slot
p / GS; every unit sums its own positions in ascending order, the units meet in trees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from golden.blocks import Blocks, fast_tree
from golden.formats import (
    FP32_MAX,
    bf16_round,
    fp32_accumulate,
    fp32_add,
    fp32_from_int,
    fp32_max,
    fp32_max_tree,
    fp32_mul,
    fp32_scale,
    fp32_sub,
    fp32_sum_tree,
    mx_dot_term,
)
from golden.geometry import Geometry
from golden.transcendental import exp, recip

Array = np.ndarray

# Below this numerator a product with an ordinary V might be flushed.
_LEAST_P = np.float32(2.0**-60)


def attention_float(q: Array, k: Array, v: Array) -> Array:
    """softmax(q k / sqrt(head_dim)) v in float64.

    Parameters
    ----------
    q
        [heads, head_dim].
    k, v
        [positions, KV heads, head_dim]; heads is a multiple of KV heads.

    Returns
    -------
    [heads, head_dim].
    """
    kv, head_dim = k.shape[1:]
    grouped = np.asarray(q, np.float64).reshape(kv, -1, head_dim)
    score = np.einsum("hqd,phd->hqp", grouped, np.asarray(k, np.float64)) / np.sqrt(head_dim)
    p = np.exp(score - score.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    return np.einsum("hqp,phd->hqd", p, np.asarray(v, np.float64)).reshape(q.shape)


class KvCache:
    """K and V of one layer as MXINT8 blocks of HB, room for ``context`` positions.

    ``k_m``, ``v_m`` int8 [positions, KV heads, head_dim]; ``k_e``, ``v_e`` uint8 [positions, KV
    heads, NB]. ``k`` [KV heads, NB, HB, positions] and ``v`` [positions, KV heads, head_dim + 1]
    hold the same as float32 values for the fast path; a last column of ones in ``v`` sums the
    numerators.
    """

    def __init__(self, g: Geometry) -> None:
        kv, hd, hb = g.model.num_key_value_heads, g.head_dim, g.chip.h_block
        n = g.kv_slots * g.kv_group
        self.h_block = hb
        self.k_m, self.v_m = (np.zeros((n, kv, hd), np.int8) for _ in range(2))
        self.k_e, self.v_e = (np.zeros((n, kv, hd // hb), np.uint8) for _ in range(2))
        self.k = np.zeros((kv, hd // hb, hb, n), np.float32)
        self.v = np.zeros((n, kv, hd + 1), np.float32)
        self.v[..., -1] = 1
        self.ordinary = True
        self.length = 0

    def truncate(self, length: int) -> None:
        """Forget the positions from ``length`` upwards."""
        self.length = min(self.length, length)
        if self.length == 0:
            self.ordinary = True

    def append(self, pos: int, k: Blocks, v: Blocks) -> None:
        """Write k (after RoPE) and v of all KV heads at ``pos``, KV heads * head_dim elements."""
        kv = self.k_m.shape[1]
        self.k_m[pos], self.v_m[pos] = k.m.reshape(kv, -1), v.m.reshape(kv, -1)
        self.k_e[pos], self.v_e[pos] = k.e.reshape(kv, -1), v.e.reshape(kv, -1)
        if k.ordinary and v.ordinary:
            self.k[..., pos] = k.values.reshape(self.k.shape[:3])
            self.v[pos, :, :-1] = v.values.reshape(kv, -1)
        else:
            self.ordinary = False
        self.length = pos + 1


@dataclass(frozen=True, eq=False)
class Attention:
    """All that the operator computes, float32 in natural order.

    score, prob [heads, positions] (prob holds BF16 values); gmax, sums, inv [heads]; ctx and out
    [heads * head_dim], before and after the division by the sums.
    """

    score: Array
    gmax: Array
    prob: Array
    ctx: Array
    sums: Array
    inv: Array
    out: Array


def attention(q: Blocks, cache: KvCache, pos: int, g: Geometry, fast: bool = True) -> Attention:
    """Scores, softmax and context of one layer in hardware order, SPEC chapter 2.

    Parameters
    ----------
    q
        Queries after RoPE, heads * head_dim elements in blocks of HB.
    cache
        Holds the positions 0 … ``pos``.
    fast
        Allow plain float32 arithmetic where it gives the same bits.
    """
    fast = fast and cache.ordinary and q.ordinary
    heads = g.model.num_attention_heads
    scale = np.float32(g.model.head_dim**-0.5)
    acc = _dots_fast(q, cache, pos) if fast else _dots(q, cache, pos)
    score = fp32_mul(acc, scale)  # [KV heads, NQ, positions]
    gmax = score.max(axis=-1) if fast else _maximum(score, g)
    prob = bf16_round(exp(fp32_sub(score, gmax[..., None])))
    if fast and prob.min() > _LEAST_P:
        units = _context_fast(prob, cache, g)
        total = fast_tree(fast_tree(units, axis=1))
    else:
        units = _context(prob, cache, g)
        total = fp32_sum_tree(fp32_sum_tree(units, axis=1), axis=0)  # [KV heads, NQ, head_dim + 1]
    ctx, sums = total[..., :-1].reshape(heads, -1), total[..., -1].reshape(heads)
    inv = recip(sums)
    return Attention(
        score.reshape(heads, -1),
        gmax.reshape(heads),
        prob.reshape(heads, -1),
        ctx.reshape(-1),
        sums,
        inv,
        fp32_mul(ctx, inv[:, None]).reshape(-1),
    )


def _dots(q: Blocks, cache: KvCache, pos: int) -> Array:
    """Dot products accumulated over the blocks of a head: [KV heads, NQ, positions]."""
    kv, nb, hb, _ = cache.k.shape
    qm = q.m.reshape(kv, -1, nb, hb).astype(np.int64)
    km = cache.k_m[: pos + 1].reshape(-1, kv, nb, hb).astype(np.int64)
    dots = np.einsum("hqbj,phbj->bhqp", qm, km)
    qe = q.e.reshape(kv, -1, nb).transpose(2, 0, 1)[..., None]
    ke = cache.k_e[: pos + 1].transpose(2, 1, 0)[:, :, None]
    return fp32_accumulate(mx_dot_term(dots, qe, ke), axis=0)


def _dots_fast(q: Blocks, cache: KvCache, pos: int) -> Array:
    # A block's products are integers times one power of two: any order of summation is exact.
    kv, nb, hb, _ = cache.k.shape
    values = q.values.reshape(kv, -1, nb, hb).swapaxes(1, 2)
    terms = np.matmul(values, cache.k[..., : pos + 1]) + np.float32(0)
    acc = terms[:, 0]
    for b in range(1, nb):
        acc = acc + terms[:, b]
    return acc


def _by_unit(x: Array, g: Geometry, fill: float) -> Array:
    """[..., positions] as [slots, cpk, R, ...], ``fill`` where a unit has no position."""
    positions = x.shape[-1]
    slots = -(-positions // g.kv_group)
    out = np.full((slots * g.kv_group, *x.shape[:-1]), fill, np.float32)
    out[:positions] = np.moveaxis(x, -1, 0)
    return out.reshape(slots, g.cpk, g.chip.rows, *x.shape[:-1])


def _maximum(score: Array, g: Geometry) -> Array:
    """Take the running maximum inside the units, then the trees; -FLT_MAX is "no position"."""
    best = np.float32(-FP32_MAX)
    for slot in _by_unit(score, g, -FP32_MAX):
        best = fp32_max(best, slot)
    return fp32_max_tree(fp32_max_tree(best, axis=1), axis=0)


def _context(prob: Array, cache: KvCache, g: Geometry) -> Array:
    """Per unit: ctx, and behind it the sum of p: [cpk, R, KV heads, NQ, head_dim + 1]."""
    kv, nb, hb, _ = cache.k.shape
    p = _by_unit(prob, g, 0)[..., None]
    held = _by_unit(np.ones(prob.shape[-1], np.float32), g, 0) > 0
    total = np.zeros((*p.shape[1:-1], nb * hb + 1), np.float32)
    for j, (pj, here) in enumerate(zip(p, held, strict=True)):
        rows = slice(j * g.kv_group, (j + 1) * g.kv_group)
        shape = (g.cpk, g.chip.rows, kv, 1, nb * hb)
        v = fp32_from_int(cache.v_m[rows]).reshape(shape)
        e = np.repeat(cache.v_e[rows].astype(np.int64) - 133, hb, axis=-1).reshape(shape)
        terms = np.concatenate([fp32_scale(fp32_mul(pj, v), e), pj], axis=-1)
        after = terms if j == 0 else fp32_add(total, terms)
        total = np.where(here[..., None, None, None], after, total)
    return total


def _context_fast(prob: Array, cache: KvCache, g: Geometry) -> Array:
    # A skipped position adds a zero, which changes nothing: p > 0, so no sum is -0 here.
    p = _by_unit(prob, g, 0)
    slots, units = len(p), g.kv_group
    _, kv, width = cache.v.shape
    v = cache.v[: slots * units].reshape(slots, -1, kv, 1, width)
    terms = p.reshape(slots, units, kv, -1, 1) * v
    total = np.add.reduce(terms.reshape(slots, -1), axis=0)  # row by row: ascending slots
    return total.reshape(g.cpk, g.chip.rows, kv, -1, width)
