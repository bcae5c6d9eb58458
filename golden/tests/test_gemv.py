"""GEMV: by hand, in slow hardware order, and the prepared weights bit for bit."""

import numpy as np
import pytest

from golden.blocks import Blocks
from golden.formats import dequant_term, fp32_add
from golden.gemv import Gemv, gemv, gemv_float
from golden.quantise import QuantisedMatrix
from golden.tests.sizes import random_matrix, same_bits


def slow(w, x, columns):
    """Row by row, chunk by chunk, as SPEC chapters 1 and 2 say."""
    n, k = w.codes.shape
    b, chunks = x.block, k // columns // x.block
    out = np.empty((chunks, n), np.float32)
    for row in range(n):
        acc = None
        for chunk in range(chunks):
            terms = []
            for c in range(columns):
                first = c * (k // columns) + chunk * b
                d = s = 0
                for i in range(first, first + b):
                    d += int(w.codes[row, i]) * int(x.m[i])
                    s += int(x.m[i])
                group = first // w.group_size
                z, scale = int(w.zero_point[row, group]), np.float32(w.scale[row, group])
                terms.append(dequant_term(np.array(d), s, z, scale, x.e[first // b], w.frac_bits))
            while len(terms) > 1:
                pairs = [fp32_add(*terms[i : i + 2]) for i in range(0, len(terms) - 1, 2)]
                terms = pairs + ([terms[-1]] if len(terms) % 2 else [])
            acc = terms[0] if acc is None else fp32_add(acc, terms[0])
            out[chunk, row] = acc
    return out


def test_by_hand():
    """Two columns, two chunks of blocks of two; every sum is a small integer."""
    codes = np.array([[1, 2, 3, 0, 2, 2, 1, 3]], np.uint8)
    w = QuantisedMatrix(codes, np.full((1, 4), 0.5, np.float16), np.full((1, 4), 4, np.uint16), 2, 2, 2)
    x = Blocks(np.array([64, 32, 64, 0, 64, 64, 0, 64], np.int8), np.full(4, 127, np.uint8), 2)
    # weights (q - 1) / 2 = 0 .5 1 -.5 .5 .5 0 1; x = 1 .5 1 0 1 1 0 1
    # blocks: .25 | 1 | 1 | 1; chunk 0 = blocks 0 and 2, chunk 1 = blocks 1 and 3
    same_bits(gemv(w, x, 2), [[1.25], [3.25]])
    assert gemv_float(w, x.dequantise()) == [3.25]


@pytest.mark.parametrize(
    "bits, frac, block, group, columns, chunks",
    [
        (2, 4, 8, 8, 1, 3),
        (4, 4, 8, 16, 2, 2),
        (4, 0, 16, 16, 3, 1),
        (8, 4, 8, 24, 4, 3),
        (8, 4, 32, 32, 2, 2),
    ],
)
def test_hardware_order(bits, frac, block, group, columns, chunks):
    r = np.random.default_rng(bits * 100 + columns)
    k = columns * chunks * block
    w = random_matrix(r, 5, k, bits, group, frac)
    x = Blocks.of((r.normal(size=k) * np.exp(r.normal(size=k) * 3)).astype(np.float32), block)
    want = slow(w, x, columns)
    same_bits(gemv(w, x, columns), want)
    prepared = Gemv([w], block, columns)
    same_bits(prepared.running(x), want)
    same_bits(prepared(x), want[-1])


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_float_twin(bits):
    r = np.random.default_rng(bits)
    w = random_matrix(r, 200, 768, bits, 32)
    x = Blocks.of(r.normal(size=768).astype(np.float32), 32)
    want = gemv_float(w, x.dequantise())
    size = np.abs(w.dequantise()).astype(np.float64) @ np.abs(x.dequantise())
    assert (np.abs(gemv(w, x, 4)[-1] - want) <= size * 2.0**-22).all()


@pytest.mark.parametrize("case", ["plain", "zeros", "extremes", "tiny", "huge", "mixed"])
@pytest.mark.parametrize("bits, block", [(2, 16), (4, 32), (8, 32), (8, 64)])
def test_prepared_is_the_definition(case, bits, block):
    """Also when a block is far from 1, where float32 alone would underflow or saturate."""
    r = np.random.default_rng(bits + block)
    k = 12 * block
    matrices = [random_matrix(r, n, k, bits, block) for n in (3, 130, 64)]
    m = r.integers(-127, 128, k).astype(np.int8)
    e = np.full(k // block, 127, np.uint8)
    if case == "zeros":
        m[: 5 * block] = 0
        e[:5] = 0
    elif case == "extremes":
        m = np.where(r.random(k) < 0.5, np.int8(127), np.int8(-127))
        m[:block] = 127
        for w in matrices:
            w.codes[:] = (1 << bits) - 1
            w.zero_point[::2], w.zero_point[1::2] = 0, (1 << bits + 4) - 1
            w.codes[1::2] = 0
    elif case == "tiny":
        e = r.integers(1, 40, len(e)).astype(np.uint8)
    elif case == "huge":
        e = r.integers(230, 255, len(e)).astype(np.uint8)
    elif case == "mixed":
        e = r.integers(1, 255, len(e)).astype(np.uint8)
    x = Blocks(m, e, block)
    prepared = Gemv(matrices, block, 4)
    want = np.concatenate([gemv(w, x, 4) for w in matrices], axis=1)
    assert np.isfinite(want).all()
    same_bits(prepared.running(x), want)
    same_bits(prepared(x), want[-1])


def test_large_integers_use_float64():
    """8-bit codes with 4 fractional bits over 64 inputs exceed 2**24; the sum is rounded once."""
    w = random_matrix(np.random.default_rng(0), 4, 64, 8, 64)
    w.codes[:], w.zero_point[:] = 0, 4095
    prepared = Gemv([w], 64, 1)
    assert prepared.weights.dtype == np.float64
    m = np.full(64, 127, np.int8)
    m[0] = 126
    x = Blocks(m, np.array([127], np.uint8), 64)
    same_bits(prepared(x), gemv(w, x, 1)[-1])


def test_padding_contributes_nothing():
    r = np.random.default_rng(5)
    w = random_matrix(r, 6, 64, 4, 16)
    w.scale[:, 2:], w.codes[:, 32:], w.zero_point[:, 2:] = 0, 0, 0
    x = Blocks.of(r.normal(size=64).astype(np.float32), 16)
    y = Blocks(x.m.copy(), x.e.copy(), 16)
    y.m[32:] = 1
    same_bits(gemv(w, x, 2), gemv(w, y, 2))
    same_bits(Gemv([w], 16, 2).running(y), gemv(w, x, 2))
