"""Base GEMV: fused cells, group dequantiser, accumulators (``hdl/rom``, ``hdl/matrix``).

``gemv`` is the definition, ``Gemv`` the same numbers from prepared weights, for generating text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from golden.blocks import Blocks, fast_accumulate, fast_tree
from golden.formats import dequant_term, fp16_to_fp32, fp32_running, fp32_sum_tree
from golden.quantise import QuantisedMatrix

Array = np.ndarray

_EXACT = 1 << 24  # integers up to here are exact in float32
_TILE = 1024  # rows that a streamed GEMV prepares at a time


def gemv_float(w: QuantisedMatrix, x: Array) -> Array:
    """W x in float64: w [N, K] quantised, x [K]."""
    return w.dequantise().astype(np.float64) @ np.asarray(x, np.float64)


def gemv(w: QuantisedMatrix, x: Blocks, columns: int) -> Array:
    """Accumulator of every row after each chunk, SPEC chapter 2.

    Parameters
    ----------
    w
        Codes [N, K].
    x
        K elements; the block length divides the weight group.
    columns
        C: K is dealt to C columns, a chunk is one block of each.

    Returns
    -------
    float32 [chunks, N].
    """
    n, k = w.codes.shape
    codes = w.codes.reshape(n, -1, x.block).astype(np.int64)
    m = x.m.reshape(-1, x.block).astype(np.int64)
    dots = np.einsum("nbj,bj->bn", codes, m)
    zero, scale = _per_block(w, x.block)
    sums = x.sums.astype(np.int64)[:, None]
    terms = dequant_term(dots, sums, zero, scale, x.e[:, None], w.frac_bits)
    tree = fp32_sum_tree(terms.reshape(columns, -1, n), axis=0)
    return fp32_running(tree, axis=0)


def _per_block(w: QuantisedMatrix, block: int) -> tuple[Array, Array]:
    """Zero-points (int64) and scales (float32) of every block: [K / block, N] each."""
    per_group = w.group_size // block
    zero = np.repeat(w.zero_point.astype(np.int64).T, per_group, axis=0)
    scale = np.repeat(fp16_to_fp32(w.scale).T, per_group, axis=0)
    return zero, scale


class Gemv:
    """Matrices that share an input, one below the other.

    Inside a block, code - zero_point times the block's values is an integer times a power of two.
    As long as the integer stays below 2**24, a float32 product sums it exactly in any order (else
    float64 does), and multiplying by the scale rounds as the chip rounds.

    Parameters
    ----------
    matrices
        Codes [N_i, K], the same K, group and F.
    block, columns
        As for ``gemv``.
    """

    def __init__(self, matrices: Sequence[QuantisedMatrix], block: int, columns: int) -> None:
        self.matrices, self.columns = list(matrices), columns
        one = 1 << max(w.frac_bits for w in self.matrices)
        surely = (block << max(w.bits for w in self.matrices)) * one * 127 < _EXACT
        kind = np.float32 if surely else np.float64
        weights, scales = [], []
        for w in self.matrices:
            zero, scale = _per_block(w, block)
            codes = w.codes.reshape(len(w.codes), -1, block).transpose(1, 0, 2)
            weights.append(codes - (zero[..., None] / float(1 << w.frac_bits)).astype(kind))
            scales.append(scale)
        exact = np.concatenate(weights, axis=1)  # [blocks, N, block]
        if not surely and np.abs(exact).sum(axis=2).max(initial=0) * one * 127 < _EXACT:
            exact = exact.astype(np.float32)
        self.weights = exact
        self.scales = np.concatenate(scales, axis=1)

    def running(self, x: Blocks) -> Array:
        """float32 [chunks, N], equal to ``gemv`` of every matrix."""
        if not x.ordinary:
            return np.concatenate([gemv(w, x, self.columns) for w in self.matrices], axis=1)
        return np.add.accumulate(self._chunks(x), axis=0)

    def __call__(self, x: Blocks) -> Array:
        """float32 [N]: the last row of ``running``."""
        if not x.ordinary:
            return self.running(x)[-1]
        return fast_accumulate(self._chunks(x))

    def _chunks(self, x: Blocks) -> Array:
        """Tree outputs [chunks, N] for an ordinary input."""
        weights = self.weights
        values = x.values.astype(weights.dtype, copy=False)
        exact = np.matmul(weights, values[..., None])[..., 0]
        exact = exact.astype(np.float32, copy=False) + np.float32(0)  # an integer 0 has no sign
        terms = exact * self.scales
        return fast_tree(terms.reshape(self.columns, -1, terms.shape[1]))


class StreamedGemv:
    """The same for matrices that are too large to keep: a few rows at a time are prepared, each time.

    Parameters are those of ``Gemv``.
    """

    def __init__(self, matrices: Sequence[QuantisedMatrix], block: int, columns: int) -> None:
        self.matrices, self.block, self.columns = list(matrices), block, columns

    def running(self, x: Blocks) -> Array:
        """float32 [chunks, N]; see ``Gemv``."""
        return np.concatenate([part.running(x) for part in self._parts()], axis=1)

    def __call__(self, x: Blocks) -> Array:
        """float32 [N]; see ``Gemv``."""
        return np.concatenate([part(x) for part in self._parts()])

    def _parts(self) -> Iterator[Gemv]:
        for w in self.matrices:
            n = w.shape[0]
            for start in range(0, n, _TILE):
                yield Gemv([w.rows(start, min(start + _TILE, n))], self.block, self.columns)
