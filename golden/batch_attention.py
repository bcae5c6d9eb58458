"""Attention of all positions of a sequence, in the hardware order of ``golden.attention``."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from golden.blocks import fast_tree
from golden.formats import FP32_MAX, bf16_round, fp32_mul, fp32_sub
from golden.geometry import Geometry
from golden.transcendental import exp, recip

Array = np.ndarray

_TILE = 1 << 17  # float32 values of the context's working tile
# The least numerator whose product with an ordinary V cannot be flushed; 0 is harmless: it adds
# zeros, and no sign of a zero outlives the quantisation of the result.
_LEAST_P = np.float32(2.0**-60)


class Rows(Protocol):
    """``golden.batch.Rows``."""

    m: Array
    ordinary: Array

    def values(self) -> Array:
        """float32 [T, blocks, HB]."""


def attend(q: Rows, k: Rows, v: Rows, g: Geometry) -> tuple[Array, Array]:
    """Scores, softmax and context of every position.

    Parameters
    ----------
    q, k, v
        After RoPE: heads (or KV heads) * head_dim elements a position, in blocks of HB.

    Returns
    -------
    out
        float32 [T, heads * head_dim].
    settled
        bool [T]: where plain float32 arithmetic is the chip's, up to the sign of a zero. The other
        rows of ``out`` are undefined.
    """
    total, kv, hd = len(q.m), g.model.num_key_value_heads, g.head_dim
    heads, nb = g.model.num_attention_heads, g.head_blocks
    settled = q.ordinary & np.logical_and.accumulate(k.ordinary & v.ordinary)
    out = np.zeros((total, heads * hd), np.float32)
    keys = k.values().reshape(total, kv, nb, -1).transpose(1, 2, 3, 0)  # [KV, NB, HB, T]
    queries = q.values().reshape(total, kv, -1, nb, g.chip.h_block).transpose(1, 3, 2, 0, 4)
    ones = np.ones((total, kv, 1), np.float32)  # their column sums the numerators
    held = np.concatenate([v.values().reshape(total, kv, hd), ones], axis=2)
    tile = max(1, _TILE // (heads * (hd + 1) * g.kv_group))
    for start in range(0, total, tile):
        stop = min(start + tile, total)
        score = _score(queries[:, :, :, start:stop], keys[..., :stop], g)  # [KV, NQ, t, positions]
        future = np.arange(stop) > np.arange(start, stop)[:, None]
        gmax = np.where(future, -FP32_MAX, score).max(axis=-1)
        p = bf16_round(exp(fp32_sub(score, gmax[..., None])))
        p[..., future] = 0
        small = ((p > 0) & (p <= _LEAST_P)).any(axis=(0, 1, 3))
        settled[start:stop] &= ~small
        units = _context(p, held[:stop], g)  # [units, t, KV, NQ, head_dim + 1]
        units = units.reshape(g.cpk, g.chip.rows, *units.shape[1:])
        context = fast_tree(fast_tree(units, axis=1))
        inv = recip(np.ascontiguousarray(context[..., -1]))
        out[start:stop] = fp32_mul(context[..., :-1], inv[..., None]).reshape(stop - start, -1)
    return out, settled


def _score(q: Array, k: Array, g: Geometry) -> Array:
    """[KV, NB, NQ, t, HB] times [KV, NB, HB, positions]: blocks added in ascending order, scaled."""
    kv, nb, nq, t, hb = q.shape
    terms = np.matmul(q.reshape(kv, nb, nq * t, hb), k)
    terms += np.float32(0)  # an integer 0 has no sign
    acc = terms[:, 0]
    for b in range(1, nb):
        acc = acc + terms[:, b]
    return fp32_mul(acc, np.float32(g.model.head_dim**-0.5)).reshape(kv, nq, t, -1)


def _context(p: Array, v: Array, g: Geometry) -> Array:
    """Sum of p times v in every unit, over its position slots in ascending order."""
    kv, nq, t, positions = p.shape
    units = g.kv_group
    slots = -(-positions // units)
    width = v.shape[-1]
    weights = np.zeros((slots * units, t, kv, nq, 1), np.float32)
    weights[:positions, ..., 0] = p.transpose(3, 2, 0, 1)
    values = np.zeros((slots * units, 1, kv, 1, width), np.float32)
    values[:positions, 0, :, 0] = v
    total = weights[:units] * values[:units]
    term = np.empty_like(total)
    for j in range(1, slots):
        rows = slice(j * units, (j + 1) * units)
        np.multiply(weights[rows], values[rows], out=term)
        total += term
    return total
