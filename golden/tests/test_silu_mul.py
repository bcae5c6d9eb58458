"""silu(gate) * up against its float twin."""

import numpy as np

from golden.formats import fp32_mul
from golden.silu_mul import silu_mul, silu_mul_float
from golden.tests.sizes import same_bits
from golden.transcendental import sigmoid


def test_float_twin():
    r = np.random.default_rng(0)
    gate, up = (r.normal(size=(2, 10000)) * 6).astype(np.float32)
    want = silu_mul_float(gate, up)
    assert (np.abs(silu_mul(gate, up) - want) <= 3e-4 * np.abs(up) + 1e-6).all()


def test_far_ends():
    gate, up = np.array([0, 20, -20, 1e30, -1e30], np.float32), np.full(5, 2, np.float32)
    same_bits(silu_mul(gate, up), [0, 40, -0.0, 2e30, -0.0])


def test_rounding_order():
    gate, up = np.random.default_rng(1).normal(size=(2, 100)).astype(np.float32)
    same_bits(silu_mul(gate, up), fp32_mul(fp32_mul(gate, sigmoid(gate)), up))


def test_zero_times_anything():
    same_bits(silu_mul(np.zeros(3, np.float32), np.array([1, -1, 0], np.float32)), [0, -0.0, 0])
