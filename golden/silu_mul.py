"""silu(gate) * up, the input of down_proj (``hdl/vector/silu_mul.sv``)."""

from __future__ import annotations

import numpy as np

from golden.formats import fp32_mul
from golden.transcendental import sigmoid, sigmoid_float

Array = np.ndarray


def silu_mul_float(gate: Array, up: Array) -> Array:
    """Compute gate / (1 + e^-gate) * up in float64."""
    return np.asarray(gate, np.float64) * sigmoid_float(gate) * up


def silu_mul(gate: Array, up: Array) -> Array:
    """(g * sigmoid(g)) * u, float32 of the same shape, SPEC chapter 2."""
    return fp32_mul(fp32_mul(gate, sigmoid(gate)), up)
