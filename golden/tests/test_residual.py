"""The residual addition: IEEE in the normal range, flushed and saturated at its ends."""

import numpy as np

from golden.residual import residual, residual_float
from golden.tests.sizes import same_bits


def test_float_twin():
    x, y = np.random.default_rng(0).normal(size=(2, 1000)).astype(np.float32)
    same_bits(residual(x, y), residual_float(x, y).astype(np.float32))


def test_ends():
    x = np.array([3e38, -3e38, 1.5e-38, 1, -0.0], np.float32)
    y = np.array([3e38, -3e38, -1.4e-38, -1, -0.0], np.float32)
    top = np.finfo(np.float32).max
    same_bits(residual(x, y), [top, -top, 0, 0, -0.0])
