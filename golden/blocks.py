"""A vector as MXINT8 blocks: what the vector units send, what every multiplier array takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from golden.formats import mx_dequantise, mx_quantise, mx_sums

Array = np.ndarray

# Exponent fields of blocks whose products, and all FP32 sums of them, stay far from both ends of
# FP32: there plain IEEE arithmetic is the chip's arithmetic, and integer sums are exact in float32.
LOWEST, HIGHEST = 75, 180
_ORDINARY = np.zeros(256, bool)
_ORDINARY[LOWEST : HIGHEST + 1] = True
_ORDINARY[0] = True  # a block of zeros
_POWER = np.where(_ORDINARY, np.ldexp(1.0, np.arange(256) - 133), 0).astype(np.float32)


def ordinary(e: Array) -> bool:
    """Whether all exponent fields allow plain float32 arithmetic (see LOWEST, HIGHEST)."""
    return bool(_ORDINARY[e].all())


def block_values(m: Array, e: Array, block: int) -> Array:
    """Mantissa * 2**(exponent - 133) as float32 [..., N / block, block], if all are ordinary."""
    blocks = m.reshape(*m.shape[:-1], -1, block).astype(np.float32)
    return blocks * _POWER[e][..., None]


@dataclass(frozen=True, eq=False)
class Blocks:
    """A quantised vector.

    m int8 [N] mantissas; e uint8 [N / block] exponent fields; ``block`` elements share an exponent.
    """

    m: Array
    e: Array
    block: int

    @classmethod
    def of(cls, x: Array, block: int) -> Blocks:
        """Quantise float32 [N]."""
        return cls(*mx_quantise(x, block), block)

    def part(self, start: int, stop: int) -> Blocks:
        """Elements start … stop - 1, whole blocks."""
        b = self.block
        return Blocks(self.m[start:stop], self.e[start // b : stop // b], b)

    @cached_property
    def sums(self) -> Array:
        """Integer sum of each block's mantissas, int32 [N / block]."""
        return mx_sums(self.m, self.block)

    @cached_property
    def ordinary(self) -> bool:
        """Whether plain float32 arithmetic on ``values`` is exact."""
        return ordinary(self.e)

    @cached_property
    def values(self) -> Array:
        """float32 [N / block, block], for ordinary blocks."""
        return block_values(self.m, self.e, self.block)

    def dequantise(self) -> Array:
        """float64 [N], always exact."""
        return mx_dequantise(self.m, self.e, self.block)


def fast_tree(x: Array, axis: int = 0) -> Array:
    """``formats.fp32_sum_tree`` by plain additions, for sums that cannot leave the normal range."""
    x = np.moveaxis(x, axis, 0) if axis else x
    while len(x) > 1:
        even = len(x) // 2 * 2
        pairs = x[0:even:2] + x[1:even:2]
        x = pairs if even == len(x) else np.concatenate([pairs, x[even:]])
    return x[0]


def fast_accumulate(x: Array) -> Array:
    """Sequential sum along axis 0 by plain additions, likewise."""
    total = x[0]
    for term in x[1:]:
        total = total + term
    return total
