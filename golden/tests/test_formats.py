"""Formats against rational arithmetic, IEEE float32, ml_dtypes and their own slow paths."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import ml_dtypes
import numpy as np
import pytest

from golden import formats as F

RNG = np.random.default_rng(2026)
TINY, LARGEST = Fraction(2) ** -126, Fraction(2) ** 128 - Fraction(2) ** 104
EDGES = np.array(
    [0, 0x800000, 0x800001, 0xFFFFFF, 0x33800000, 0x34000000, 0x3F7FFFFF, 0x3F800000, 0x3F800001]
    + [0x3FFFFFFF, 0x40000000, 0x4B7FFFFF, 0x4B800000, 0x7E800000, 0x7F000000, 0x7F7FFFFF],
    np.uint32,
)
EDGES = np.concatenate([EDGES, EDGES | 0x80000000])


def floats(bits: np.ndarray) -> np.ndarray:
    """Bit patterns as float32."""
    return np.asarray(bits, np.uint32).view(np.float32)


def bits(x: np.ndarray) -> np.ndarray:
    """Float32 as bit patterns."""
    return np.asarray(x, np.float32, order="C").view(np.uint32)


def random_floats(n: int, low: int = 1, high: int = 255) -> np.ndarray:
    """Any sign and fraction, exponent fields in [low, high)."""
    fields = RNG.integers(low, high, n).astype(np.uint32) << 23
    return floats(fields | RNG.integers(0, 2**32, n, dtype=np.uint32) & 0x807FFFFF)


def rounded(x: Fraction) -> Fraction:
    """SPEC-formats chapter 1 on an exact value (zero for a flushed one)."""
    size = abs(x)
    if size == 0:
        return Fraction(0)
    e = size.numerator.bit_length() - size.denominator.bit_length()
    e -= size < Fraction(2) ** e
    step = Fraction(2) ** (max(e, -126) - 23)
    size = round(size / step) * step  # Python rounds ties to even
    size = Fraction(0) if size < TINY else min(size, LARGEST)
    return size if x > 0 else -size


def check_exact(function, exact, a: np.ndarray, b: np.ndarray) -> None:
    """Function of float32 arrays against exact rational arithmetic, value by value."""
    got = function(a, b)
    for x, y, r in zip(a, b, got, strict=True):
        want = rounded(exact(Fraction(float(x)), Fraction(float(y))))
        assert Fraction(float(r)) == want, (x, y, r, float(want))


def pairs() -> tuple[np.ndarray, np.ndarray]:
    """Edges against edges, close exponents, products around the least normal and the largest."""
    a, b = (floats(x) for x in zip(*product(EDGES, EDGES), strict=True))
    near = random_floats(3000, 60, 200)
    partner = floats(bits(near) & 0xFF800000 | RNG.integers(0, 2**23, 3000, dtype=np.uint32))
    partner = F.fp32_scale(partner, RNG.integers(-26, 27, 3000))
    partner *= RNG.choice([-1, 1], 3000).astype(np.float32)
    low = random_floats(3000, 50, 78)
    low_partner = random_floats(3000, 50, 78)
    high = random_floats(1000, 185, 198)
    return (
        np.concatenate([a, near, low, high, random_floats(1000)]),
        np.concatenate([b, partner, low_partner, high[::-1], random_floats(1000)]),
    )


def test_add_sub_mul_are_exact_rounded_flushed_saturated() -> None:
    """Against rational arithmetic."""
    a, b = pairs()
    check_exact(F.fp32_add, lambda x, y: x + y, a, b)
    check_exact(F.fp32_sub, lambda x, y: x - y, a, b)
    check_exact(F.fp32_mul, lambda x, y: x * y, a, b)


def test_products_just_below_the_least_normal() -> None:
    """In [2^-126 - 2^-150, 2^-126) IEEE rounds up to the least normal; below it is flushed."""
    x = RNG.integers(2**23, 2**24, 2000)
    y = (2**47 - 1) // x
    x, y = x[y < 2**24], y[y < 2**24]
    a = floats(x.astype(np.uint32) - 2**23 | np.uint32(60 << 23))
    b = floats(y.astype(np.uint32) - 2**23 | np.uint32(67 << 23))
    reaches = x * y >= 2**47 - 2**23
    assert reaches.any() and not reaches.all()
    assert np.array_equal(bits(F.fp32_mul(a, b)), np.where(reaches, np.uint32(0x800000), np.uint32(0)))
    check_exact(F.fp32_mul, lambda p, q: p * q, a, b)


def test_signs_of_zero() -> None:
    """IEEE's signs, and a flushed result keeps its own."""
    p, m = np.float32(0.0), np.float32(-0.0)
    pairs = ((p, p), (p, m), (m, p), (m, m))
    assert [int(bits(F.fp32_add(x, y))[()]) >> 31 for x, y in pairs] == [0, 0, 0, 1]
    one, least = np.float32(1), floats(np.uint32(0x80800000))[()]
    assert bits(F.fp32_sub(one, one)) == 0
    assert bits(F.fp32_mul(m, one)) == 0x80000000
    assert bits(F.fp32_mul(least, np.float32(0.5))) == 0x80000000
    assert bits(F.fp32_scale(least, -1)) == 0x80000000
    assert bits(F.fp32_max(m, p)) == 0x80000000 and bits(F.fp32_max(p, m)) == 0
    assert not F.fp32_gt(p, m)


def test_add_and_mul_are_ieee_inside_the_normal_range() -> None:
    """10^6 pairs against NumPy where nothing is flushed or saturated."""
    a, b = random_floats(10**6, 64, 190), random_floats(10**6, 64, 190)
    assert np.array_equal(bits(F.fp32_add(a, b)), bits(a + b))
    assert np.array_equal(bits(F.fp32_mul(a, b)), bits(a * b))


def test_canonical() -> None:
    """Subnormals go to zero with their sign, infinities to the largest number."""
    x = floats([1, 0x80000001, 0x807FFFFF, 0x800000, 0x7F800000, 0xFF800000, 0x3F800000])
    want = [0, 0x80000000, 0x80000000, 0x800000, 0x7F7FFFFF, 0xFF7FFFFF, 0x3F800000]
    assert np.array_equal(bits(F.canonical(x)), np.array(want, np.uint32))


def test_scale_moves_the_exponent_only() -> None:
    """Every exponent field with every kind of shift, against the definition."""
    a = np.repeat(random_floats(254 * 2, 1, 2), 1)
    field = np.tile(np.arange(1, 255), 2).astype(np.uint32)
    a = floats(bits(a) & 0x807FFFFF | field << 23)
    a[:254] = floats(bits(a[:254]) | 0x7FFFFF)  # fractions that a rounding would carry
    for n in (-1024, -254, -253, -127, -126, -24, -1, 0, 1, 23, 127, 253, 254, 255, 1023):
        e = field.astype(int) + n
        want = bits(a) & 0x80000000 | np.clip(e, 1, 254).astype(np.uint32) << 23 | bits(a) & 0x7FFFFF
        want = np.where(e <= 0, bits(a) & 0x80000000, want)
        want = np.where(e >= 255, bits(a) & 0x80000000 | 0x7F7FFFFF, want)
        assert np.array_equal(bits(F.fp32_scale(a, n)), want), n


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_from_int(dtype: type) -> None:
    """Ties and random integers of all lengths against exact rounding."""
    i = RNG.integers(-(2**31), 2**31, 3000) >> RNG.integers(0, 31, 3000)
    powers = 1 << np.arange(31)
    ends = [0, 2**24 + 1, 2**24 + 3, 2**31 - 1, -(2**31)]
    i = np.concatenate([i, powers, powers - 1, -powers, powers * 3 // 2, ends])
    got = F.fp32_from_int(i.astype(dtype))
    for x, r in zip(i, got, strict=True):
        assert Fraction(float(r)) == rounded(Fraction(int(x)))


def test_sums_equal_their_definition_on_any_operands() -> None:
    """Trees and accumulations of 1 to 9 terms: ordinary, huge, tiny, cancelling."""
    for low, high in ((110, 140), (1, 30), (1, 60), (235, 255), (1, 255)):
        for n in range(1, 10):
            x = random_floats(n * 300, low, high).reshape(n, 300)
            x[RNG.random(x.shape) < 0.1] = 0
            x[-1] = np.where(RNG.random(300) < 0.5, -x[0], x[-1])
            running = [x[0]]
            for term in x[1:]:
                running.append(F.fp32_add(running[-1], term))
            assert np.array_equal(bits(F.fp32_running(x)), bits(np.array(running)))
            across = F.fp32_running(x.T[:9], axis=1)
            assert np.array_equal(bits(across), bits(np.array(running).T[:9]))
            assert np.array_equal(bits(F.fp32_accumulate(x)), bits(running[-1]))
            assert np.array_equal(bits(F.fp32_accumulate(x[:, :3])), bits(running[-1][:3]))
            if n > 1:
                assert np.array_equal(bits(F.fp32_accumulate(x[1:], init=x[0])), bits(running[-1]))
            level = list(x)
            while len(level) > 1:
                even = len(level) // 2 * 2
                sums = [F.fp32_add(level[i], level[i + 1]) for i in range(0, even, 2)]
                level = sums + level[even:]
            assert np.array_equal(bits(F.fp32_sum_tree(x)), bits(level[0]))


def test_max_tree() -> None:
    """The largest value; among equal zeros the first."""
    x = random_floats(7 * 100).reshape(7, 100)
    assert np.array_equal(F.fp32_max_tree(x), x.max(axis=0))
    assert bits(F.fp32_max_tree(np.float32([-0.0, 0.0, -1.0]))) == 0x80000000


def test_bf16_is_ml_dtypes() -> None:
    """All 2^16 upper halves with lower halves around the tie."""
    high = np.arange(2**16, dtype=np.uint32)[:, None] << 16
    low = np.array([0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF], np.uint32)
    u = (high | low).reshape(-1)
    u = u[(u >> 23 & 255) < 255]
    x = F.canonical(floats(u))
    want = x.astype(ml_dtypes.bfloat16).astype(np.float32)
    assert np.array_equal(bits(F.bf16_round(x)), bits(np.clip(want, -F.BF16_MAX, F.BF16_MAX)))


def test_fp16_is_numpy() -> None:
    """All 2^16 patterns; exponent field 31 goes on where 30 ends."""
    h = np.arange(2**16, dtype=np.uint16)
    got = F.fp16_to_fp32(h)
    finite = (h & 0x7C00) != 0x7C00
    assert np.array_equal(bits(got[finite]), bits(h[finite].view(np.float16).astype(np.float32)))
    assert np.array_equal(np.abs(got[~finite]), 2.0**16 * (1 + (h[~finite] & 0x3FF) / 1024))
    assert np.array_equal(bits(F.fp16_to_fp32(h.view(np.float16))), bits(got))


@pytest.mark.parametrize("block", [1, 8, 32])
def test_mx_quantise(block: int) -> None:
    """Against the definition in exact arithmetic, blocks of all magnitudes, ties and zeros."""
    x = np.concatenate(
        [
            random_floats(block * 40, 120, 130),
            random_floats(block * 40),
            np.zeros(block, np.float32),
            random_floats(block * 20, 1, 12),
            (RNG.integers(-255, 256, block * 40) / 2).astype(np.float32),  # ties, clipping
            random_floats(block * 20, 240, 255),
        ]
    )
    m, e = F.mx_quantise(x, block)
    assert m.dtype == np.int8 and e.dtype == np.uint8 and len(e) == len(x) // block
    for j, (values, mantissas) in enumerate(zip(x.reshape(-1, block), m.reshape(-1, block), strict=True)):
        top = int(bits(np.abs(values).max())[()]) >> 23
        assert e[j] == top
        unit = Fraction(2) ** (top - 133)
        want = [max(-127, min(127, round(Fraction(float(v)) / unit))) for v in values]
        assert list(mantissas) == want
    assert np.array_equal(F.mx_sums(m, block), m.reshape(-1, block).astype(int).sum(axis=1))
    back = F.mx_dequantise(m, e, block).reshape(-1, block)
    unit = np.ldexp(1.0, e.astype(int) - 133)[:, None]
    assert (np.abs(back - x.reshape(-1, block)) <= unit).all()  # half a unit, one when clipped


def test_terms_equal_their_definition() -> None:
    """Fast paths of the two block terms are the composition of their steps."""
    n = 20000
    for low, high in ((100, 140), (0, 255), (0, 12), (240, 255)):
        e, eb = RNG.integers(low, high, (2, n)).astype(np.uint8)
        dot = RNG.integers(-(2**22), 2**22, n).astype(np.int32)
        dot[RNG.random(n) < 0.1] = 0
        want = F.fp32_scale(F.fp32_from_int(dot), e.astype(int) + eb.astype(int) - 266)
        assert np.array_equal(bits(F.mx_dot_term(dot, e, eb)), bits(want))
        scale = F.fp16_to_fp32(RNG.integers(0, 2**16, n).astype(np.uint16) & 0xFBFF)
        s = RNG.integers(-16256, 16257, n).astype(np.int32)
        z = RNG.integers(0, 4096, n).astype(np.int32)
        for f in (0, 4):
            term = F.fp32_mul(F.fp32_from_int(dot.astype(np.int64) * 2**f - z * s), scale)
            want = F.fp32_scale(term, e.astype(int) - 133 - f)
            assert np.array_equal(bits(F.dequant_term(dot, s, z, scale, e, f)), bits(want))
    assert bits(F.mx_dot_term(np.int32(0), np.uint8(0), np.uint8(0))) == 0
