"""RMSNorm with deferred normalisation (``hdl/vector/rms_norm.sv``, ``rinv_unit.sv``).

The GEMV's input is x * g; 1/rms multiplies the GEMV's results.
"""

from __future__ import annotations

import numpy as np

from golden.formats import fp32_accumulate, fp32_add, fp32_mul, fp32_sum_tree
from golden.transcendental import rsqrt

Array = np.ndarray


def rms_norm_float(x: Array, g: Array, eps: float, size: int) -> Array:
    """Compute x g / sqrt(mean(x^2) + eps) in float64; ``size``: true length of a padded x."""
    x = np.asarray(x, np.float64)
    return x * g / np.sqrt((x * x).sum() / size + eps)


def rms_norm(x: Array, g: Array) -> Array:
    """Compute what the norm sends: x * g, float32 [hidden]."""
    return fp32_mul(x, g)


def rinv(x: Array, columns: int, rows: int, inv_hidden: np.float32, eps: np.float32) -> np.float32:
    """1/rms in hardware order, SPEC chapter 2.

    Parameters
    ----------
    x
        float32 [hidden], padded.
    columns, rows
        C, R: a lane sums its words, lanes and columns meet in trees.
    inv_hidden, eps
        FP32 of 1 / hidden_size (the true size) and of the epsilon.
    """
    lanes = fp32_accumulate(fp32_mul(x, x).reshape(columns, -1, rows), axis=1)
    total = fp32_sum_tree(fp32_sum_tree(lanes, axis=1), axis=0)
    mean = fp32_add(fp32_mul(total, inv_hidden), eps)
    return rsqrt(np.reshape(mean, 1))[0]
