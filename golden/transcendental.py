"""exp, 1/x, 1/sqrt(x), sigmoid and ln as the tables and FP stages of ``hdl/fp`` compute them.

Arguments and results are canonical float32 arrays (no subnormals, infinities or NaN). Each function
has a ``_float`` twin in float64 that says what it approximates.
"""

from __future__ import annotations

import numpy as np

from golden.formats import FP32_MAX, fp32_add, fp32_mul, fp32_scale, fp32_sub
from golden.tables import (
    EXP_ARGUMENT,
    EXP_BASE,
    EXP_DELTA,
    EXP_FRACTION,
    EXP_STEP,
    LN_BASE,
    LN_FALL,
    LN_STEP,
    RECIP_SEED,
    RSQRT_SEED,
    SEED_FRACTION,
    SIGMOID_ARGUMENT,
    SIGMOID_BASE,
    SIGMOID_DELTA,
    SIGMOID_FRACTION,
)

Array = np.ndarray

LOG2E = np.float32(np.log2(np.e))
LN2 = np.float32(np.log(2))
EXP_LOWEST = np.float32(-87)
_PLACE = (1 << EXP_STEP) - 1
_MANTISSA = np.uint32(0x7FFFFF)
_EXP_BASE, _EXP_DELTA = EXP_BASE.astype(np.uint32), EXP_DELTA.astype(np.uint32)
_LN_BASE, _LN_FALL = LN_BASE.astype(np.uint32), LN_FALL.astype(np.uint64)
_SIGMOID_BASE, _SIGMOID_DELTA = SIGMOID_BASE.astype(np.int32), SIGMOID_DELTA.astype(np.int32)


def _seeds(table: Array) -> Array:
    """Seeds 0.5 * 1.xxx as float32."""
    return (0.5 + table / 2.0 ** (SEED_FRACTION + 1)).astype(np.float32)


_RECIP, _RSQRT = _seeds(RECIP_SEED), _seeds(RSQRT_SEED)


def _bits(x: Array) -> Array:
    return np.asarray(x, np.float32, order="C").view(np.uint32)


def exp(x: Array) -> Array:
    """Exponential: +0 below -87, saturated above; relative error below 1.9e-5."""
    x = np.asarray(x, np.float32)
    t = np.multiply(np.clip(x, np.float32(-88), np.float32(89)), LOG2E)
    fixed = np.multiply(t, np.float32(1 << EXP_ARGUMENT)).astype(np.int32)  # towards 0
    interval = fixed >> EXP_STEP & 63
    step = _EXP_DELTA[interval] * (fixed & _PLACE).astype(np.uint32) >> EXP_STEP
    field = ((fixed >> EXP_ARGUMENT) + 127).astype(np.uint32)
    y = ((field << EXP_FRACTION) + _EXP_BASE[interval] + step).view(np.float32)
    y = np.where(t >= 128, FP32_MAX, y)
    return np.where(x < EXP_LOWEST, np.float32(0), y)


def exp_float(x: Array) -> Array:
    """Exponential in float64."""
    return np.exp(np.asarray(x, np.float64))


def recip(x: Array) -> Array:
    """Reciprocal by a seed and y (2 - m y); relative error below 6.2e-5. 1/0 is FP32_MAX."""
    u = _bits(x)
    m = ((u & _MANTISSA) | np.uint32(0x3F800000)).view(np.float32)
    seed = _RECIP[u >> 17 & 63]
    y = fp32_mul(seed, fp32_sub(np.float32(2), fp32_mul(m, seed)))
    field = (u >> 23 & 255).astype(np.int64)
    y = np.where(field == 0, FP32_MAX, fp32_scale(y, 127 - field))
    return np.copysign(y, x)


def recip_float(x: Array) -> Array:
    """Reciprocal in float64."""
    return 1 / np.asarray(x, np.float64)


def rsqrt(x: Array) -> Array:
    """Compute 1/sqrt(|x|) by a seed and y (1.5 - m/2 y y); relative error below 9.0e-5."""
    u = _bits(x)
    field = (u >> 23 & 255).astype(np.int64)
    odd = (field & 1 ^ 1).astype(np.uint32)  # |x| = m * 4^j, the odd power goes to m
    half = ((u & _MANTISSA) | (odd + np.uint32(126)) << 23).view(np.float32)
    seed = _RSQRT[(odd << 5) | (u >> 18 & 31)]
    product = fp32_mul(half, fp32_mul(seed, seed))
    y = fp32_mul(seed, fp32_sub(np.float32(1.5), product))
    return np.where(field == 0, FP32_MAX, fp32_scale(y, 128 - field >> 1))


def rsqrt_float(x: Array) -> Array:
    """Compute 1/sqrt(x) in float64."""
    return 1 / np.sqrt(np.asarray(x, np.float64))


def sigmoid(x: Array) -> Array:
    """Logistic function by a table over abs(x); absolute error below 9.6e-5."""
    size = np.abs(np.asarray(x, np.float32))
    over = size >= 16
    inside = np.minimum(size, np.float32(15.99999))
    fixed = np.multiply(inside, np.float32(1 << SIGMOID_ARGUMENT)).astype(np.int32)
    octave = (fixed >= 4 << SIGMOID_ARGUMENT).astype(np.int32) + (fixed >= 8 << SIGMOID_ARGUMENT)
    where = (fixed >> octave) + (octave << EXP_STEP + 4)
    interval = where >> EXP_STEP
    step = _SIGMOID_DELTA[interval] * (where & _PLACE) >> EXP_STEP
    total = np.where(over, 1 << SIGMOID_FRACTION, _SIGMOID_BASE[interval] + step)
    total = np.where(np.signbit(x), (1 << SIGMOID_FRACTION) - total, total)
    return total.astype(np.float32) * np.float32(2.0**-SIGMOID_FRACTION)


def sigmoid_float(x: Array) -> Array:
    """Logistic function in float64."""
    return 1 / (1 + np.exp(-np.asarray(x, np.float64)))


def ln(x: Array) -> Array:
    """Natural logarithm of abs(x) by a table of ln(1 + t)/t; relative error below 2.1e-5. ln(0) is -FP32_MAX.

    abs(x) = 2^n (1 + t) with t in [-1/4, 1/2), so that the result is relatively exact around 1, too.
    """
    u = _bits(x)
    fraction, field = (u & _MANTISSA).astype(np.int64), (u >> 23 & 255).astype(np.int64)
    upper = fraction >> 22  # 1 + t is half the significand
    t = fp32_scale((fraction - (upper << 23)).astype(np.float32), -23 - upper)
    interval, place = u >> LN_STEP & 63, (u & np.uint32((1 << LN_STEP) - 1)).astype(np.uint64)
    step = (_LN_FALL[interval] * place >> np.uint64(LN_STEP)).astype(np.uint32)
    c = (np.uint32(0x3F000000) + _LN_BASE[interval] - step).view(np.float32)
    whole = fp32_mul((field - 127 + upper).astype(np.float32), LN2)
    return np.where(field == 0, -FP32_MAX, fp32_add(whole, fp32_mul(t, c)))


def ln_float(x: Array) -> Array:
    """Natural logarithm of abs(x) in float64."""
    return np.log(np.abs(np.asarray(x, np.float64)))
