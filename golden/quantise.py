"""Base weights to unsigned codes: w ~ scale * (code - zero_point), one scale and zero-point a group.

Round-to-nearest onto the grid of least squared error: for every group a list of candidate grids is
tried, and each candidate is judged after its scale is FP16 and its zero-point on the chip's grid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from golden.errors import RomaError

Array = np.ndarray

# Fractions of the lower and the upper end of a group's range that a candidate grid keeps.
_SHRINK = (1.0, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6)


@dataclass(frozen=True)
class QuantisedMatrix:
    """A weight matrix as the ROM holds it.

    codes uint8 [N, K]; scale float16 [N, K / G]; zero_point uint16 [N, K / G] with ``frac_bits``
    fractional bits; ``bits`` width of a code; ``group_size`` G.
    """

    codes: Array
    scale: Array
    zero_point: Array
    bits: int
    group_size: int
    frac_bits: int

    def dequantise(self) -> Array:
        """float32 [N, K]: scale * (code - zero_point / 2**F)."""
        n, k = self.codes.shape
        q = self.codes.reshape(n, -1, self.group_size).astype(np.float32)
        z = self.zero_point.astype(np.float32) / np.float32(1 << self.frac_bits)
        return (self.scale.astype(np.float32)[..., None] * (q - z[..., None])).reshape(n, k)


def quantise(w: Array, bits: int, group_size: int, frac_bits: int) -> QuantisedMatrix:
    """Quantise float32 [N, K] along K.

    Weights that lie on a legal grid come back exactly at 2 bits; at 4 and 8 bits when their group
    uses the lowest and the highest code. Groups of zeros get scale, codes and zero-point 0.

    Raises
    ------
    RomaError
        When K is not a multiple of ``group_size`` or a weight is not finite.
    """
    n, k = w.shape
    if k % group_size:
        raise RomaError(f"cannot quantise {n} x {k} weights: K is no multiple of group_size {group_size}")
    if not np.isfinite(w).all():
        raise RomaError(f"cannot quantise {n} x {k} weights: one is NaN or infinite")
    groups = w.reshape(-1, group_size).astype(np.float32)
    levels, one = (1 << bits) - 1, 1 << frac_bits
    best = np.full(len(groups), np.inf)
    scale = np.zeros(len(groups), np.float16)
    zero = np.zeros(len(groups), np.uint16)
    codes = np.zeros(groups.shape, np.uint8)
    for step, low in _candidates(groups, levels):
        s16 = np.minimum(step, 65504).astype(np.float16)
        s = s16.astype(np.float32)
        safe = np.where(s > 0, s, 1)
        z = np.clip(np.rint(-low / safe * one), 0, (levels + 1) * one - 1)
        q = np.clip(np.rint(groups / safe[:, None] + (z / one)[:, None]), 0, levels)
        error = ((s[:, None] * (q - (z / one)[:, None]) - groups) ** 2).sum(axis=1, dtype=np.float64)
        better = (error < best) & (s > 0)
        best = np.where(better, error, best)
        scale[better], zero[better] = s16[better], z[better].astype(np.uint16)
        codes[better] = q[better].astype(np.uint8)
    empty = ~groups.any(axis=1)
    scale[empty], zero[empty], codes[empty] = 0, 0, 0
    shape = (n, k // group_size)
    return QuantisedMatrix(
        codes.reshape(n, k), scale.reshape(shape), zero.reshape(shape), bits, group_size, frac_bits
    )


def _candidates(groups: Array, levels: int) -> Iterator[tuple[Array, Array]]:
    """Grids as (step, value of code 0); zero lies inside each, as the zero-point demands."""
    low, high = groups.min(axis=1), groups.max(axis=1)
    below, above = np.minimum(low, 0), np.maximum(high, 0)
    for a in _SHRINK:
        for b in _SHRINK:
            yield (b * above - a * below) / levels, a * below
    if levels <= 3:  # grids of which a group uses only some levels
        for used in range(1, levels + 1):
            step = (high - low) / used
            for first in range(levels - used + 1):
                yield step, low - first * step
    magnitude = np.maximum(-low, high)  # one-valued groups and symmetric grids
    for half in {levels // 2, (levels + 1) // 2}:
        yield magnitude / max(half, 1), -magnitude / max(half, 1) * ((levels + 1) // 2)
