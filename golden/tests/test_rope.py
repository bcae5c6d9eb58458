"""RoPE: table, float twin, products and sums rounded one by one."""

import numpy as np
import pytest

from golden.formats import fp32_add, fp32_mul, fp32_sub
from golden.rope import rope, rope_float, rope_table
from golden.tests.sizes import same_bits


@pytest.mark.parametrize("head_dim, theta", [(32, 1e4), (64, 1e5), (128, 5e5)])
def test_float_twin(head_dim, theta):
    cos, sin = rope_table(300, head_dim, theta)
    assert cos.shape == sin.shape == (300, head_dim // 2) and cos.dtype == np.float32
    x = np.random.default_rng(0).normal(size=(3, head_dim)).astype(np.float32)
    for pos in (0, 1, 17, 299):
        np.testing.assert_allclose(rope(x, cos[pos], sin[pos]), rope_float(x, pos, theta), atol=1e-6)


def test_position_zero_changes_nothing():
    cos, sin = rope_table(1, 8, 1e4)
    x = np.random.default_rng(1).normal(size=(2, 8)).astype(np.float32)
    same_bits(rope(x, cos[0], sin[0]), x)


def test_score_depends_on_distance_only():
    cos, sin = rope_table(60, 16, 1e4)
    q, k = np.random.default_rng(2).normal(size=(2, 1, 16)).astype(np.float32)
    dots = [float((rope(q, cos[p + 7], sin[p + 7]) * rope(k, cos[p], sin[p])).sum()) for p in (0, 20, 50)]
    np.testing.assert_allclose(dots, dots[0], atol=1e-5)


def test_rounding_order():
    cos, sin = rope_table(9, 4, 100.0)
    x = np.random.default_rng(3).normal(size=(1, 4)).astype(np.float32)
    got = rope(x, cos[8], sin[8])[0]
    for pair in range(2):
        (a, b), c, s = x[0, 2 * pair : 2 * pair + 2], cos[8, pair], sin[8, pair]
        same_bits(got[2 * pair], fp32_sub(fp32_mul(a, c), fp32_mul(b, s)))
        same_bits(got[2 * pair + 1], fp32_add(fp32_mul(a, s), fp32_mul(b, c)))
