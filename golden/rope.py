"""Rotary position embedding of pairs (2t, 2t + 1) (``hdl/vector/rope.sv``)."""

from __future__ import annotations

import numpy as np

from golden.formats import fp32_add, fp32_mul, fp32_sub

Array = np.ndarray


def rope_table(context: int, head_dim: int, theta: float) -> tuple[Array, Array]:
    """Tabulate cos and sin of pos * theta^(-2t / head_dim): float64, rounded to FP32.

    Returns
    -------
    Two float32 arrays [context, head_dim / 2].
    """
    t = np.arange(head_dim // 2, dtype=np.float64)
    angle = np.arange(context)[:, None] * float(theta) ** (-2 * t / head_dim)
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def rope_float(x: Array, pos: int, theta: float) -> Array:
    """Rotation of [heads, head_dim] in float64."""
    x = np.asarray(x, np.float64)
    head_dim = x.shape[-1]
    angle = pos * float(theta) ** (-np.arange(0, head_dim, 2) / head_dim)
    turned = (x[..., 0::2] + 1j * x[..., 1::2]) * np.exp(1j * angle)
    return np.stack([turned.real, turned.imag], axis=-1).reshape(x.shape)


def rope(x: Array, cos: Array, sin: Array) -> Array:
    """Rotate (a, b) to (a cos - b sin, a sin + b cos), every step rounded, SPEC chapter 2.

    Parameters
    ----------
    x
        float32 [heads, head_dim].
    cos, sin
        float32 [head_dim / 2], a row of ``rope_table``.
    """
    a, b = x[..., 0::2], x[..., 1::2]
    out = np.empty_like(x)
    out[..., 0::2] = fp32_sub(fp32_mul(a, cos), fp32_mul(b, sin))
    out[..., 1::2] = fp32_add(fp32_mul(a, sin), fp32_mul(b, cos))
    return out
