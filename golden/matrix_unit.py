"""The base-weight side of one matrix unit, block by block, as the hardware has it.

Golden twin of ``hdl/rom`` and of fused_cell, dequantiser, accumulator and drain in ``hdl/matrix``:
from ROM words to accumulators. ``golden/gemv.py`` computes the same from whole matrices; a test
compares them.
"""

from __future__ import annotations

import numpy as np

from golden.config import clog2
from golden.formats import dequant_term, fp16_to_fp32, fp32_accumulate, fp32_add, fp32_sum_tree

Array = np.ndarray

ROM_CYCLES = 1  # address to word
DOT_CYCLES = 2  # ROM address to joined integer sums
DRAIN_CYCLES = 2  # accumulator address to gather port


def dequantiser_cycles(columns: int) -> int:
    """Integer sums to tree output."""
    return 2 + clog2(columns)


def accumulator_cycles(columns: int) -> int:
    """ROM address to the cycle in which the accumulator holds the new value."""
    return DOT_CYCLES + dequantiser_cycles(columns) + 1


def word_codes(words: Array, bits: int) -> Array:
    """Codes of ROM words in ascending lanes.

    Parameters
    ----------
    words
        uint8 [..., bytes], most significant byte first, as the burner writes them.
    bits
        Width of a code: 2, 4 or 8.

    Returns
    -------
    uint8 [..., bytes * 8 / bits].
    """
    low_first = words[..., ::-1]
    planes = [low_first >> np.uint8(s) & np.uint8((1 << bits) - 1) for s in range(0, 8, bits)]
    return np.stack(planes, axis=-1).reshape(*words.shape[:-1], -1)


def unit_dots(words: Array, x: Array, bits: int) -> Array:
    """Integer sums of one pass: 2-bit planes times mantissas, recombined by shift.

    Parameters
    ----------
    words
        uint8 [..., bytes] ROM words of C*B codes.
    x
        int8 [C, B] mantissas of the chunk.
    bits
        Width of a code in the word.

    Returns
    -------
    int64 [..., C].
    """
    codes = word_codes(words, bits).reshape(*words.shape[:-1], *x.shape).astype(np.int64)
    m = x.astype(np.int64)
    return sum(((codes >> p & 3) * m).sum(axis=-1) << p for p in range(0, bits, 2))


def join_passes(dots: Array, bits: int) -> Array:
    """Passes [np, ...], most significant planes first, to the sums of whole codes."""
    joined = dots[0]
    for new in dots[1:]:
        joined = (joined << bits) + new
    return joined


def dequantise(d: Array, sums: Array, e: Array, zero: Array, scale: Array, frac_bits: int) -> Array:
    """Terms of the column blocks of rows, added by the tree.

    Parameters
    ----------
    d, sums, e
        Integer sums, sums of mantissas and exponent fields, [..., C].
    zero, scale
        Zero-points with ``frac_bits`` fractional bits and FP16 bit patterns (uint16), [..., C].
    frac_bits
        F.

    Returns
    -------
    float32 [...].
    """
    wide = [np.asarray(a).astype(np.int64) for a in (d, sums, zero)]
    terms = dequant_term(wide[0], wide[1], wide[2], fp16_to_fp32(scale), e, frac_bits)
    return fp32_sum_tree(terms, axis=-1)


def accumulate(terms: Array) -> Array:
    """Accumulator behind the terms [chunks, ...] of its row, in ascending order."""
    return fp32_accumulate(terms, axis=0)


def drain(acc: Array, lora: Array | None) -> Array:
    """What leaves on the gather port: accumulator, plus LoRA's result when one is selected."""
    return acc if lora is None else fp32_add(acc, lora)
