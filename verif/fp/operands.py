"""Stimulus of the FP benches: bit patterns by class, from a test's generator only."""

from __future__ import annotations

import numpy as np

Words = np.ndarray  # uint32 bit patterns of FP32, exponent field below 255

SPECIAL = np.array(
    [0, 1, 0x7FFFFF, 0x800000, 0x800001, 0xFFFFFF, 0x1000000, 0x33000000, 0x33800000, 0x34000000]
    + [0x3F000000, 0x3F7FFFFF, 0x3F800000, 0x3F800001, 0x3FFFFFFF, 0x40000000, 0x4AFFFFFF]
    + [
        0x4B000000,
        0x4B7FFFFF,
        0x4B800000,
        0x4F000000,
        0x7E800000,
        0x7EFFFFFF,
        0x7F000000,
        0x7F7FFFFF,
    ],
    np.uint32,
)
SPECIAL = np.concatenate([SPECIAL, SPECIAL | np.uint32(1 << 31)])


def join(sign: np.ndarray, field: np.ndarray, fraction: np.ndarray) -> Words:
    """Bit patterns from their three parts; exponent fields are clipped to 0 … 254."""
    field = np.clip(field, 0, 254).astype(np.uint32)
    return np.asarray(sign).astype(np.uint32) << 31 | field << 23 | fraction.astype(np.uint32)


def words(rng: np.random.Generator, n: int, low: int = 0, high: int = 255) -> Words:
    """Any sign and fraction, exponent fields in [low, high)."""
    return join(rng.integers(0, 2, n), rng.integers(low, high, n), rng.integers(0, 2**23, n))


def grid(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All pairs."""
    x, y = np.meshgrid(a, b)
    return x.reshape(-1), y.reshape(-1)


def close_pairs(rng: np.random.Generator, n: int) -> tuple[Words, Words]:
    """Exponents up to 28 apart: alignment, guard and sticky bits, normalisation."""
    a = words(rng, n, 30, 225)
    field = (a >> 23 & 255).astype(np.int64) + rng.integers(-28, 29, n)
    return a, join(rng.integers(0, 2, n), field, rng.integers(0, 2**23, n))


def cancelling_pairs(rng: np.random.Generator, n: int) -> tuple[Words, Words]:
    """Pairs b = -a but for a few low bits, over all exponents, results flushed, too."""
    a = words(rng, n, 1, 254)
    near = (a & 0x7FFFFFFF).astype(np.int64) + (rng.integers(-1, 2, n) << rng.integers(0, 24, n))
    near = np.clip(near, 0, 0x7F7FFFFF).astype(np.uint32)
    return a, near | ~a & np.uint32(1 << 31)


def short_pairs(rng: np.random.Generator, n: int) -> tuple[Words, Words]:
    """Few bits set: exact ties in sums and products."""
    a = words(rng, n, 90, 150)
    field = (a >> 23 & 255).astype(np.int64) + rng.integers(-25, 26, n)
    b = join(rng.integers(0, 2, n), field, rng.integers(0, 2**23, n))
    keep = np.array([0x400000, 0x600000, 0x700001, 0x000001, 0x000801, 0x7FF000, 0x7FFFFF])
    sieve = (keep[rng.integers(0, len(keep), (2, n))] | 0xFF800000).astype(np.uint32)
    return a & sieve[0], b & sieve[1]


def product_pairs(rng: np.random.Generator, n: int) -> tuple[Words, Words]:
    """Products around the least normal and the largest, half of them next to a power of two."""
    f = rng.integers(2**23, 2**24, n)
    g = (2**47 - 1) // f - rng.integers(0, 2, n)
    g = np.where(rng.random(n) < 0.5, g, rng.integers(2**23, 2**24, n))
    g = np.clip(g, 2**23, 2**24 - 1)
    field = rng.integers(1, 127, n)
    partner = 127 - field + rng.integers(-2, 3, n)
    over = rng.random(n) < 0.3
    field, partner = np.where(over, 254 - field, field), np.where(over, 381 - 254 + field, partner)
    partner = partner + over * rng.integers(-2, 3, n)
    a = join(rng.integers(0, 2, n), field, f - 2**23)
    return a, join(rng.integers(0, 2, n), partner, g - 2**23)


def pair_classes(rng: np.random.Generator, lanes: int) -> dict[str, tuple[Words, Words]]:
    """Operand pairs by class, some thousand bundles; with 256 lanes 10^6 random pairs."""
    n = 200 * lanes
    return {
        "special": grid(SPECIAL, SPECIAL),
        "close": close_pairs(rng, n),
        "cancelling": cancelling_pairs(rng, n),
        "short": short_pairs(rng, n),
        "products": product_pairs(rng, n),
        "subnormal": (words(rng, n, 0, 2), words(rng, n, 0, 3)),
        "huge": (words(rng, n, 250, 255), words(rng, n, 250, 255)),
        "random": (words(rng, 4000 * lanes), words(rng, 4000 * lanes)),
    }


def float_words(x: np.ndarray) -> Words:
    """Bit patterns of a float array as float32."""
    return np.asarray(x, np.float32).view(np.uint32)
