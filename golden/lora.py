"""LoRA: t = A x, y = B t beside the base GEMV (``hdl/matrix/h_unit.sv``); alpha/r is folded into B.

``lora_a`` and ``lora_b`` are the definition, ``Lora`` the same numbers from prepared weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from golden.blocks import Blocks, block_values, fast_accumulate, fast_tree, ordinary
from golden.formats import fp32_accumulate, fp32_sum_tree, mx_dot_term

Array = np.ndarray
BlockMatrix = tuple[Array, Array]  # mantissas int8 [rows, n], exponent fields uint8 [rows, n / HB]


def lora_float(a: Array, b: Array, x: Array) -> Array:
    """B (A x) in float64: a [rank, K], b [N, rank], x [K]."""
    a, b, x = (np.asarray(v, np.float64) for v in (a, b, x))
    return b @ (a @ x)


def _terms(matrix: BlockMatrix, x_m: Array, x_e: Array) -> Array:
    """Terms float32 [blocks, rows] of a matrix with x in blocks of the same length."""
    m, e = matrix
    hb = m.shape[1] // e.shape[1]
    blocks = m.reshape(len(m), -1, hb).astype(np.int64)
    dots = np.einsum("rbj,bj->br", blocks, x_m.reshape(-1, hb).astype(np.int64))
    return mx_dot_term(dots, x_e[:, None], e.T)


def lora_a(a: BlockMatrix, x: Blocks, columns: int) -> Array:
    """Compute t = A x, SPEC chapter 2.

    Parameters
    ----------
    a
        A's rows in blocks of HB: int8 [max_rank, K], uint8 [max_rank, K / HB].
    x
        The GEMV's input; its block length is a multiple of HB.
    columns
        C: each sums its segment of K, then the columns' tree.

    Returns
    -------
    float32 [max_rank].
    """
    hb = a[0].shape[1] // a[1].shape[1]
    terms = _terms(a, x.m, np.repeat(x.e, x.block // hb))
    by_column = terms.reshape(columns, -1, terms.shape[1])
    return fp32_sum_tree(fp32_accumulate(by_column, axis=1), axis=0)


def lora_b(b: BlockMatrix, t: Blocks) -> Array:
    """Compute y = B t, float32 [N].

    Parameters
    ----------
    b
        B's rows along the rank in blocks of HB: int8 [N, TB * HB], uint8 [N, TB].
    t
        TB blocks of HB.
    """
    return fp32_accumulate(_terms(b, t.m, t.e), axis=0)


def send_t(t: Array, h_block: int) -> Blocks:
    """Quantise the intermediate as the vector units send it: zeros up to whole blocks of HB."""
    padded = np.zeros((*t.shape[:-1], -(-t.shape[-1] // h_block) * h_block), np.float32)
    padded[..., : t.shape[-1]] = t
    return Blocks.of(padded.reshape(-1), h_block)


class Lora:
    """LoRA of linears that share an input.

    Parameters
    ----------
    pairs
        (A, B) of each linear as MXINT8 blocks of HB in padded shapes.
    h_block, columns
        HB and C.
    """

    def __init__(self, pairs: Sequence[tuple[BlockMatrix, BlockMatrix]], h_block: int, columns: int) -> None:
        self.pairs, self.h_block, self.columns = list(pairs), h_block, columns
        self.ordinary = all(ordinary(e) for pair in self.pairs for _, e in pair)
        self.rank = len(self.pairs[0][0][0])
        a = [block_values(*a, h_block).transpose(1, 0, 2) for a, _ in self.pairs]
        self.a = np.concatenate(a, axis=1)  # [blocks, linears * max_rank, HB]
        self.b = [block_values(*b, h_block).transpose(1, 0, 2) for _, b in self.pairs]

    def __call__(self, x: Blocks) -> tuple[Array, Blocks, Array]:
        """Return t float32 [linears, max_rank], t as sent (linear after linear), y [sum of N]."""
        t = self._a(x)
        sent = send_t(t, self.h_block)
        return t, sent, self._b(sent)

    def _a(self, x: Blocks) -> Array:
        if not (self.ordinary and x.ordinary):
            return np.stack([lora_a(a, x, self.columns) for a, _ in self.pairs])
        blocks = x.values.reshape(-1, self.h_block, 1)
        terms = np.matmul(self.a, blocks)[..., 0] + np.float32(0)
        by_column = terms.reshape(self.columns, -1, terms.shape[1]).swapaxes(0, 1)
        return fast_tree(fast_accumulate(by_column)).reshape(len(self.pairs), self.rank)

    def _b(self, sent: Blocks) -> Array:
        n = len(sent.m) // len(self.pairs)
        if not (self.ordinary and sent.ordinary):
            parts = [sent.part(i * n, (i + 1) * n) for i in range(len(self.pairs))]
            rows = [lora_b(b, t) for (_, b), t in zip(self.pairs, parts, strict=True)]
            return np.concatenate(rows)
        values = sent.values.reshape(len(self.pairs), -1, self.h_block, 1)
        terms = [np.matmul(b, t)[..., 0] for b, t in zip(self.b, values, strict=True)]
        return fast_accumulate(np.concatenate(terms, axis=1) + np.float32(0))
