"""The chip's numbers, SPEC-formats: FP32 with flush and saturation, BF16, FP16, MXINT8.

Every rounding and conversion of the project is here (and, the same, in ``hdl/fp/fp_pkg.sv``).
Arrays are *canonical* float32: no subnormals, infinities or NaN. ``canonical`` makes them so; every
function here takes and returns them so. Fast paths are taken only when a bound on the operands
proves that no flush and no saturation can happen in them.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray

FP32_MAX = np.float32(np.finfo(np.float32).max)
FP32_TINY = np.float32(np.finfo(np.float32).tiny)  # least normal, 2^-126
_POW2 = np.ldexp(1.0, np.arange(-1024, 1024))  # float64 powers of two
_POW2_FP32 = np.ldexp(np.float32(1), np.arange(-126, 128)).astype(np.float32)
# Sums of numbers that are 0 or >= 2^-102 are 0 or >= 2^-125: multiples of the last bit of 2^-102.
_SUM_SAFE = np.float32(2.0**-102).view(np.uint32) - 1
_QUIET = {"over": "ignore", "under": "ignore"}


def _limit(r: Array) -> Array:
    """Flush subnormals to zero with their sign, saturate; input as IEEE computed it."""
    r = r * (np.abs(r) >= FP32_TINY)
    return np.minimum(np.maximum(r, -FP32_MAX), FP32_MAX)


def canonical(x: Array) -> Array:
    """Any float array without NaN as canonical float32: rounded, flushed, saturated."""
    with np.errstate(**_QUIET):
        return _limit(np.asarray(x).astype(np.float32))


def fp32_add(a: Array, b: Array) -> Array:
    """Add: rounded to nearest even, flushed and saturated."""
    with np.errstate(**_QUIET):
        return _limit(np.add(a, b, dtype=np.float32))


def fp32_sub(a: Array, b: Array) -> Array:
    """Subtract: ``fp32_add(a, -b)``."""
    with np.errstate(**_QUIET):
        return _limit(np.subtract(a, b, dtype=np.float32))


def fp32_mul(a: Array, b: Array) -> Array:
    """Multiply: rounded to nearest even, flushed and saturated."""
    with np.errstate(**_QUIET):
        return _limit(np.multiply(a, b, dtype=np.float32))


def fp32_gt(a: Array, b: Array) -> Array:
    """Compare a > b as real numbers (-0 equals +0)."""
    return np.greater(a, b)


def fp32_max(a: Array, b: Array) -> Array:
    """The larger; the first of two equals (this matters for -0 and +0 only)."""
    return np.where(np.greater(b, a), b, a)


def fp32_from_int(i: Array) -> Array:
    """32-bit integers to FP32, rounded to nearest even."""
    return np.asarray(i).astype(np.float32)


def fp32_scale(a: Array, n: Array) -> Array:
    """Move the exponent: a * 2**n, -1024 <= n <= 1023, flushed or saturated, never rounded."""
    with np.errstate(**_QUIET):
        wide = np.multiply(a, _POW2[np.asarray(n) + 1024], dtype=np.float64)
        wide = wide * (np.abs(wide) >= FP32_TINY)
    return np.minimum(np.maximum(wide, -FP32_MAX), FP32_MAX).astype(np.float32)


def _scale_term(a: Array, n: Array) -> Array:
    """``fp32_scale`` of values that are 0 or within 2^-24 … 2^48."""
    n = np.asarray(n)
    if n.size and n.min() >= -102 and n.max() <= 79:
        return a * _POW2_FP32[n + 126]
    return fp32_scale(a, n)


def _sums_are_plain(x: Array, terms: int) -> bool:
    """Whether no sum of up to ``terms`` elements of x can leave the normal range."""
    if not x.size:
        return False
    size = np.abs(x)
    if not size.max() < FP32_MAX / np.float32(2 * terms):
        return False
    return bool((np.asarray(size, order="C").view(np.uint32) - 1).min() >= _SUM_SAFE)  # 0 wraps


def fp32_sum_tree(x: Array, axis: int = 0) -> Array:
    """Balanced pairwise tree: each level adds (0, 1), (2, 3), …; an odd last one passes."""
    x = np.moveaxis(x, axis, 0)
    add = np.add if len(x) > 2 and _sums_are_plain(x, len(x)) else fp32_add
    while len(x) > 1:
        even = len(x) // 2 * 2
        pairs = add(x[0:even:2], x[1:even:2])
        x = pairs if even == len(x) else np.concatenate([pairs, x[even:]])
    return x[0]


def fp32_max_tree(x: Array, axis: int = 0) -> Array:
    """Like ``fp32_sum_tree`` with ``fp32_max``."""
    x = np.moveaxis(x, axis, 0)
    while len(x) > 1:
        even = len(x) // 2 * 2
        pairs = fp32_max(x[0:even:2], x[1:even:2])
        x = pairs if even == len(x) else np.concatenate([pairs, x[even:]])
    return x[0]


def fp32_running(x: Array, axis: int = 0) -> Array:
    """All partial sums: the first term is copied, the others are added in ascending order."""
    x = np.asarray(x, np.float32)
    steps = x.shape[axis]
    plain = _sums_are_plain(x, steps)
    if plain and x.size < 256 * steps:
        return np.add.accumulate(x, axis=axis)
    add = np.add if plain else fp32_add
    out = x.copy()
    moved = np.moveaxis(out, axis, 0)
    for i in range(1, steps):
        moved[i] = add(moved[i - 1], moved[i])
    return out


def fp32_accumulate(x: Array, axis: int = 0, init: Array | None = None) -> Array:
    """The last sum of ``fp32_running``; ``init``, if given, is the term before the first."""
    x = np.moveaxis(np.asarray(x, np.float32), axis, 0)
    plain = init is None and _sums_are_plain(x, len(x))
    if plain and x.size < 256 * len(x):
        return np.add.accumulate(x, axis=0)[-1]
    add = np.add if plain else fp32_add
    total = x[0].copy() if init is None else add(init, x[0])
    for term in x[1:]:
        total = add(total, term)
    return total


def bf16_round(x: Array) -> Array:
    """FP32 to BF16 and back: rounded to nearest even, saturated."""
    u = np.asarray(x, np.float32, order="C").view(np.uint32)
    r = ((u + 0x7FFF + (u >> 16 & 1)) & 0xFFFF0000).view(np.float32)
    return np.minimum(np.maximum(r, -BF16_MAX), BF16_MAX)


BF16_MAX = np.array(0x7F7F0000, np.uint32).view(np.float32)[()]


def fp16_to_fp32(h: Array) -> Array:
    """FP16 (float16 or its bits as uint16) to FP32, exact with subnormals.

    Exponent field 31 is an ordinary exponent here as in the hardware; importers refuse it.
    """
    u = np.asarray(h, order="C").view(np.uint16)
    out = u.view(np.float16).astype(np.float32)
    if not np.isfinite(out).all():
        wide = u.astype(np.uint32)
        wide = (wide & 0x8000) << 16 | ((wide & 0x7FFF) << 13) + (112 << 23)
        out = np.where(u & 0x7C00 == 0x7C00, wide.view(np.float32), out)
    return out


def mx_quantise(x: Array, block: int) -> tuple[Array, Array]:
    """MXINT8 blocks along the last axis.

    Parameters
    ----------
    x
        float32 [..., N], N a multiple of ``block``.
    block
        Elements that share an exponent.

    Returns
    -------
    mantissas
        int8 [..., N] in -127 … 127.
    exponents
        uint8 [..., N / block]: the FP32 exponent field of the block's largest magnitude, 0 for a
        block of zeros. Value = mantissa * 2**(exponent - 127 - 6).
    """
    blocks = np.asarray(x, np.float32, order="C").reshape(*x.shape[:-1], -1, block)
    top = np.abs(blocks).max(axis=-1)
    e = top.view(np.uint32) >> 23
    n = 133 - e.astype(np.int64)
    if n.size and n.max() <= 127:  # what underflows here is far below half a unit
        with np.errstate(under="ignore"):
            scaled = blocks * _POW2_FP32[n + 126][..., None]
    else:
        scaled = np.multiply(blocks, _POW2[n + 1024][..., None], dtype=np.float64)
    m = np.minimum(np.maximum(np.rint(scaled), -127), 127).astype(np.int8)
    return m.reshape(x.shape), e.astype(np.uint8)


def mx_dequantise(m: Array, e: Array, block: int) -> Array:
    """MXINT8 blocks as float64, for comparison with textbook arithmetic."""
    blocks = m.reshape(*m.shape[:-1], -1, block).astype(np.float64)
    return (blocks * np.ldexp(1.0, e.astype(np.int64) - 133)[..., None]).reshape(m.shape)


def mx_sums(m: Array, block: int) -> Array:
    """Integer sum of the mantissas of every block, int32 [..., N / block]."""
    return m.reshape(*m.shape[:-1], -1, block).sum(axis=-1, dtype=np.int32)


def mx_dot_term(dot: Array, ea: Array, eb: Array) -> Array:
    """Integer dot product of two blocks with exponent fields ea, eb as FP32."""
    n = np.add(ea, eb, dtype=np.int64) - 266
    return _scale_term(fp32_from_int(dot), n)


def dequant_term(d: Array, s_sum: Array, z: Array, scale: Array, e: Array, frac_bits: int) -> Array:
    """Contribution of one block to one row of a GEMV.

    FP32(d * 2**F - z * S) * scale, then the exponent moves by e - 127 - 6 - F.

    Parameters
    ----------
    d, s_sum
        Integers: sum of code * mantissa, sum of mantissas.
    z
        Zero-point with ``frac_bits`` fractional bits, integer.
    scale
        float32 that holds an FP16 value.
    e
        Exponent field of the block.
    frac_bits
        F.
    """
    exact = d * (1 << frac_bits) - z * s_sum
    term = fp32_from_int(exact) * scale  # 0 or 2^-24 … 2^48: never flushed, never saturated
    return _scale_term(term, np.subtract(e, 133 + frac_bits, dtype=np.int64))
