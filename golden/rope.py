"""Rotary position embedding of pairs (2t, 2t + 1) (``hdl/vector/rope.sv``)."""

from __future__ import annotations

import numpy as np

from golden.formats import fp32_add, fp32_mul, fp32_sub
from golden.geometry import Geometry

Array = np.ndarray


def rope_table(
    context: int, head_dim: int, theta: float, factors: Array | None = None
) -> tuple[Array, Array]:
    """Tabulate cos and sin of pos * theta^(-2t / head_dim) / factors[t]: float64, rounded to FP32.

    ``factors`` [head_dim / 2] are those of a model whose context was stretched; None: all 1.

    Returns
    -------
    Two float32 arrays [context, head_dim / 2].
    """
    t = np.arange(head_dim // 2, dtype=np.float64)
    frequency = float(theta) ** (-2 * t / head_dim)
    if factors is not None:
        frequency = frequency / factors
    angle = np.arange(context)[:, None] * frequency
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def chip_table(g: Geometry, factors: Array | None = None) -> tuple[Array, Array]:
    """``rope_table`` of a model on a chip: the pairs that pad a head are not turned (cos 1, sin 0).

    Returns
    -------
    Two float32 arrays [context, padded head_dim / 2].
    """
    m = g.model
    cos, sin = rope_table(g.chip.context, m.head_dim, m.rope_theta, factors)
    extra = ((0, 0), (0, (g.head_dim - m.head_dim) // 2))
    return np.pad(cos, extra, constant_values=1), np.pad(sin, extra)


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
