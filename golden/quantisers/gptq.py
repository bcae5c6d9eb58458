"""GPTQ (Frantar et al., 2210.17323): each column's rounding error is made good by those behind it.

Columns go in the order of their activations' energy; a group's grid is settled beforehand, so that
the order of the columns and the chip's groups do not meet.
"""

from __future__ import annotations

import numpy as np

from golden.quantise import QuantisedMatrix, quantise

Array = np.ndarray

_DAMPING = 0.01  # of the mean energy, added to every column's
_BLOCK = 128  # columns whose corrections are carried to the rest at once


def gptq(
    w: Array, hessian: Array, bits: int, group_size: int, frac_bits: int, whole: Array | None = None
) -> QuantisedMatrix:
    """Quantise float32 [N, K] for inputs x with ``hessian`` = sum of x x^T [K, K].

    ``whole`` as for ``golden.quantise``.

    Raises
    ------
    RomaError
        As ``golden.quantise``.
    """
    n, k = w.shape
    energy = np.diag(hessian).astype(np.float64)
    importance = energy + _DAMPING * energy.mean() + 1e-30
    grid = quantise(w, bits, group_size, frac_bits, importance, whole=whole)
    scale = np.repeat(grid.scale.astype(np.float32), group_size, axis=1)
    zero = grid.zero_point.astype(np.float32) / np.float32(1 << frac_bits)
    zero = np.repeat(zero, group_size, axis=1)
    order = np.argsort(-energy, kind="stable")
    factor = _inverse_factor(hessian[np.ix_(order, order)].astype(np.float64)).astype(np.float32)
    left = np.ascontiguousarray(w[:, order].T, np.float32)  # [K, N]: a column of w is a row here
    scale, zero = (np.ascontiguousarray(x[:, order].T) for x in (scale, zero))
    safe = np.where(scale > 0, scale, 1)
    codes = np.empty((k, n), np.uint8)
    top = np.float32((1 << bits) - 1)
    for start in range(0, k, _BLOCK):
        stop = min(start + _BLOCK, k)
        errors = np.empty((stop - start, n), np.float32)
        for i in range(start, stop):
            q = np.clip(np.rint(left[i] / safe[i] + zero[i]), 0, top)
            codes[i] = q
            errors[i - start] = (left[i] - scale[i] * (q - zero[i])) / factor[i, i]
            left[i + 1 : stop] -= factor[i, i + 1 : stop, None] * errors[i - start]
        left[stop:] -= factor[start:stop, stop:].T @ errors
    out = np.zeros_like(grid.codes)
    out[:, order] = codes.T
    out[np.repeat(grid.scale == 0, group_size, axis=1)] = 0
    return QuantisedMatrix(out, grid.scale, grid.zero_point, bits, group_size, frac_bits)


def _inverse_factor(hessian: Array) -> Array:
    """Upper U with U^T U = the inverse of the damped Hessian, float64 [K, K]."""
    energy = np.diag(hessian)
    mean = energy.mean()
    damped = hessian + np.diag(np.where(energy > 0, _DAMPING * mean, mean if mean > 0 else 1.0))
    return np.linalg.cholesky(np.linalg.inv(damped)).T
