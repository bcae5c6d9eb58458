"""The residual addition at the end of o_proj and down_proj (``hdl/vector/residual.sv``)."""

from __future__ import annotations

import numpy as np

from golden.formats import fp32_add

Array = np.ndarray


def residual_float(x: Array, y: Array) -> Array:
    """Add x and y in float64."""
    return np.add(x, y, dtype=np.float64)


def residual(x: Array, y: Array) -> Array:
    """Add x and y, float32 [hidden], SPEC chapter 2."""
    return fp32_add(x, y)
