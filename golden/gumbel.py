"""Gumbel noise of the sampler: Threefry-2x32 and -ln(-ln u). SPEC-formats chapter 6.

The greatest of logit / T + g, with a Gumbel number g for every row, is a draw from softmax(logits / T).
A number depends on seed, position and row alone, so a draw is the same on every chip.
"""

from __future__ import annotations

import numpy as np

from golden.formats import canonical, fp32_add, fp32_mul, fp32_scale
from golden.latency import LN_LATENCY
from golden.transcendental import ln

Array = np.ndarray

ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)
ROUNDS = 20
ROUNDS_A_STAGE = 4
PARITY = np.uint32(0x1BD11BDA)
# As in hdl/vector/vector_pkg.sv: the stages of Threefry, u, twice ln.
THREEFRY_CYCLES = ROUNDS // ROUNDS_A_STAGE
GUMBEL_CYCLES = THREEFRY_CYCLES + 1 + 2 * LN_LATENCY
UNIFORM_BITS = 23


def threefry2x32(key: tuple[Array | int, Array | int], counter: tuple[Array | int, Array | int]) -> Array:
    """Threefry-2x32 with 20 rounds.

    Parameters
    ----------
    key, counter
        Two words of 32 bits each; arrays broadcast against one another.

    Returns
    -------
    uint32 [..., 2]

    Notes
    -----
    J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
    """
    k0, k1 = (np.atleast_1d(np.asarray(k, np.uint32)) for k in key)
    ks = (k0, k1, PARITY ^ k0 ^ k1)
    x0, x1 = (np.atleast_1d(np.asarray(c, np.uint32)) for c in counter)
    shape = np.broadcast_shapes(*(np.shape(a) for a in (*key, *counter)))
    x0, x1 = x0 + k0, x1 + k1
    for d in range(ROUNDS):
        left = np.uint32(ROTATIONS[d % 8])
        x0 = x0 + x1
        x1 = (x1 << left | x1 >> np.uint32(32) - left) ^ x0
        if d % ROUNDS_A_STAGE == ROUNDS_A_STAGE - 1:
            j = d // ROUNDS_A_STAGE + 1
            x0, x1 = x0 + ks[j % 3], x1 + ks[(j + 1) % 3] + np.uint32(j)
    return np.stack(np.broadcast_arrays(x0, x1), axis=-1).reshape(*shape, 2)


def noise_words(seed: Array | int, pos: Array | int, rows: Array | int) -> Array:
    """Noise words uint32 of vocabulary rows for the token at position ``pos``."""
    return threefry2x32((seed, pos), (rows, 0))[..., 0]


def uniform(words: Array) -> Array:
    """float32 u = (k + 1/2) / 2^23 of the upper 23 bits k of noise words: exact, inside (0, 1)."""
    k = np.asarray(words, np.uint32) >> np.uint32(32 - UNIFORM_BITS)
    return fp32_scale((2 * k + 1).astype(np.float32), -UNIFORM_BITS - 1)


def uniform_float(words: Array) -> Array:
    """What ``uniform`` is, in float64."""
    k = np.asarray(words, np.uint32) >> np.uint32(32 - UNIFORM_BITS)
    return (k + 0.5) / 2.0**UNIFORM_BITS


def gumbel(words: Array) -> Array:
    """Gumbel numbers float32 of noise words; absolute error below 1.5e-5."""
    return -ln(ln(uniform(words)))


def gumbel_float(words: Array) -> Array:
    """Gumbel numbers of noise words in float64."""
    return -np.log(-np.log(uniform_float(words)))


def drawing(inv_temperature: np.float32) -> bool:
    """Whether tokens are drawn; with all bits 0 the sampler is greedy."""
    return bool(np.float32(inv_temperature).view(np.uint32))


def tempered(
    logits: Array, inv_temperature: np.float32, seed: Array | int, pos: Array | int, rows: Array
) -> Array:
    """Compute what the argmax compares.

    Parameters
    ----------
    logits
        float32 of the vocabulary rows ``rows``.
    inv_temperature
        FP32(1/T), 0 for greedy.
    seed, pos
        Noise seed; position of the input token.
    rows
        Vocabulary rows, the shape of ``logits`` or one that broadcasts with it.
    """
    if not drawing(inv_temperature):
        return logits
    return temper(logits, inv_temperature, gumbel(noise_words(seed, pos, rows)))


def temper(logits: Array, inv_temperature: np.float32, noise: Array) -> Array:
    """Compute logit * inv_temperature + noise: one product, one addition."""
    return fp32_add(fp32_mul(logits, canonical(np.float32(inv_temperature))), noise)
