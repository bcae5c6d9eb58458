"""Base weights to unsigned codes: w ~ scale * (code - zero_point), one scale and zero-point a group.

Round-to-nearest onto the grid of least squared error: for every group a list of candidate grids is
tried, and each candidate is judged after its scale is FP16 and its zero-point on the chip's grid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from golden.errors import RomaError

Array = np.ndarray

# Groups and the highest code to grids: steps, and the values of code 0.
Candidates = Callable[[Array, int], Iterator[tuple[Array, Array]]]

# Fractions of the lower and the upper end of a group's range that a candidate grid keeps.
_SHRINK = (1.0, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6)
# The least distance between two weights of a group that was quantised before, in steps of its grid.
_STEPS = 15


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

    @property
    def shape(self) -> tuple[int, int]:
        """N, K."""
        return self.codes.shape

    def rows(self, start: int, stop: int) -> QuantisedMatrix:
        """Rows ``start`` … ``stop`` - 1 as a matrix."""
        parts = self.codes[start:stop], self.scale[start:stop], self.zero_point[start:stop]
        return QuantisedMatrix(*parts, self.bits, self.group_size, self.frac_bits)

    def dequantise(self) -> Array:
        """float32 [N, K]: scale * (code - zero_point / 2**F)."""
        n, k = self.codes.shape
        q = self.codes.reshape(n, -1, self.group_size).astype(np.float32)
        z = self.zero_point.astype(np.float32) / np.float32(1 << self.frac_bits)
        return (self.scale.astype(np.float32)[..., None] * (q - z[..., None])).reshape(n, k)


def quantise(
    w: Array,
    bits: int,
    group_size: int,
    frac_bits: int,
    importance: Array | None = None,
    candidates: Candidates | None = None,
    whole: Array | None = None,
) -> QuantisedMatrix:
    """Quantise float32 [N, K] along K.

    Weights that lie on a legal grid come back exactly, on codes as low as they can be. Groups of
    zeros get scale, codes and zero-point 0.

    Parameters
    ----------
    importance
        What an error in each column weighs [K]; None: all alike.
    candidates
        The grids that are tried; None: those of the least-error search.
    whole
        bool [K / group_size]: groups whose zero-point is whole, so that 0 is on their grid.

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
    share = None if importance is None else np.tile(importance.reshape(-1, group_size), (n, 1))
    unit = np.ones(len(groups)) if whole is None else np.tile(np.where(whole, 1 << frac_bits, 1), n)
    grids = _Grids(groups, share, unit, bits, frac_bits)
    for step, low in (candidates or least_error)(groups, grids.levels):
        grids.offer(slice(None), step, low)
    grids.recover()
    empty = ~groups.any(axis=1)
    grids.scale[empty], grids.zero[empty], grids.codes[empty] = 0, 0, 0
    shape = (n, k // group_size)
    parts = grids.codes.reshape(n, k), grids.scale.reshape(shape), grids.zero.reshape(shape)
    return QuantisedMatrix(*parts, bits, group_size, frac_bits)


class _Grids:
    """The best grid of every group so far."""

    def __init__(self, groups: Array, share: Array | None, unit: Array, bits: int, frac_bits: int) -> None:
        self.groups, self.share, self.unit = groups, share, unit.astype(np.float32)
        self.levels, self.one = (1 << bits) - 1, 1 << frac_bits
        self.best = np.full(len(groups), np.inf)
        self.scale = np.zeros(len(groups), np.float16)
        self.zero = np.zeros(len(groups), np.uint16)
        self.codes = np.zeros(groups.shape, np.uint8)

    def offer(self, which: Array | slice, step: Array, low: Array, exact: bool = False) -> None:
        """Take the grids (step, value of code 0) of the groups ``which`` where they are better.

        ``exact``: only where nothing is lost.
        """
        groups, one = self.groups[which], self.one
        s16 = np.minimum(step, 65504).astype(np.float16)
        s = s16.astype(np.float32)
        safe = np.where(s > 0, s, 1)
        unit = self.unit[which]
        most = np.minimum((self.levels + 1) * one - 1, (self.levels + 1) * one - unit)
        z = np.clip(np.rint(-low / safe * (one / unit)) * unit, 0, most)
        q = np.clip(np.rint(groups / safe[:, None] + (z / one)[:, None]), 0, self.levels)
        square = (s[:, None] * (q - (z / one)[:, None]) - groups) ** 2
        square = square if self.share is None else square * self.share[which]
        error = square.sum(axis=1, dtype=np.float64)
        better = (error == 0 if exact else error < self.best[which]) & (s > 0)
        at = np.arange(len(self.groups))[which][better]
        self.best[at] = error[better]
        self.scale[at], self.zero[at] = s16[better], z[better].astype(np.uint16)
        self.codes[at] = q[better].astype(np.uint8)

    def recover(self) -> None:
        """Find the grid of weights that were quantised before: their least distance is a few steps."""
        which = np.flatnonzero(self.best > 0)
        if not len(which):
            return
        distance = np.diff(np.sort(self.groups[which], axis=1), axis=1)
        few = (distance > 0).sum(axis=1) <= self.levels
        which, distance = which[few], distance[few]
        distance = np.where(distance > 0, distance, np.inf).min(axis=1, initial=np.inf)
        self._recover_constant(which[distance == np.inf])
        which, distance = which[distance < np.inf], distance[distance < np.inf]
        low = self.groups[which].min(axis=1)
        for steps in range(1, min(self.levels, _STEPS) + 1):
            step = (distance / np.float32(steps)).astype(np.float32)
            with np.errstate(over="ignore", invalid="ignore"):
                first = np.maximum(np.ceil(low / step), 0)  # the lowest code with a zero-point >= 0
            fits = np.isfinite(first) & (first <= self.levels)
            self.offer(which[fits], step[fits], (low - first * step)[fits], exact=True)

    def _recover_constant(self, which: Array) -> None:
        """Likewise for groups of equal weights: a number of units of the zero-point."""
        which = which[self.groups[which, 0] != 0]
        value = self.groups[which, 0]
        for n in range(1, (self.levels + 1) * self.one if len(which) else 0):
            step = np.abs(value) * np.float32(self.one) / np.float32(n)
            zero = np.where(value > 0, -n % self.one, n).astype(np.float32)
            self.offer(which, step, -zero / np.float32(self.one) * step, exact=True)


def least_error(groups: Array, levels: int) -> Iterator[tuple[Array, Array]]:
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
