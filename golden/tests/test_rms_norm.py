"""RMSNorm: float twin and slow hardware order."""

import numpy as np
import pytest

from golden.formats import fp32_add, fp32_mul
from golden.rms_norm import rinv, rms_norm, rms_norm_float
from golden.tests.sizes import same_bits
from golden.transcendental import rsqrt


def slow(x, columns, rows, inv_hidden, eps):
    def tree(v):
        while len(v) > 1:
            v = [fp32_add(*v[i : i + 2]) for i in range(0, len(v) - 1, 2)] + ([v[-1]] if len(v) % 2 else [])
        return v[0]

    sums = []
    for segment in x.reshape(columns, -1):
        lanes = []
        for lane in range(rows):
            acc = None
            for value in segment[lane::rows]:
                square = fp32_mul(value, value)
                acc = square if acc is None else fp32_add(acc, square)
            lanes.append(acc)
        sums.append(tree(lanes))
    return rsqrt(fp32_add(fp32_mul(tree(sums), inv_hidden), eps).reshape(1))[0]


@pytest.mark.parametrize("scale", [1, 1e-3, 2e4, 1e-22, 1e19, 1e-38, 0])
@pytest.mark.parametrize("columns, rows, words", [(1, 2, 5), (2, 4, 4), (3, 8, 2), (5, 2, 1)])
def test_hardware_order(columns, rows, words, scale):
    n = columns * rows * words
    x = (np.random.default_rng(n).normal(size=n) * scale).astype(np.float32)
    constants = np.float32(1 / n), np.float32(1e-5)
    same_bits(rinv(x, columns, rows, *constants), slow(x, columns, rows, *constants))


def test_float_twin():
    r = np.random.default_rng(1)
    x, g = r.normal(size=(2, 128)).astype(np.float32)
    x[120:] = 0  # padding
    got = rms_norm(x, g).astype(np.float64) * rinv(x, 2, 4, np.float32(1 / 120), np.float32(1e-5))
    np.testing.assert_allclose(got, rms_norm_float(x, g, 1e-5, 120), rtol=1e-4)
