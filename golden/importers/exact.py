"""Weights that a file holds as codes: they go into the ROM as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from golden.quantise import QuantisedMatrix, quantise

Array = np.ndarray

GROUP = 32


@dataclass(frozen=True, eq=False)
class ExactTensor:
    """A matrix in groups of 32: w = scale * (code - zero), or w = scale * code + minimum.

    codes uint8 [N, K]; scale float16 [N, K / 32], of either sign; ``minimum`` float16 [N, K / 32]
    or None; ``zero`` the zero-point of every group where there is no minimum; ``bits`` width of a
    code. ``np.asarray`` of it is the dequantised float32 matrix.
    """

    codes: Array
    scale: Array
    bits: int
    zero: int = 0
    minimum: Array | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """[N, K]."""
        return self.codes.shape

    def dequantise(self) -> Array:
        """float32 [N, K], as GGUF's own dequantisation rounds."""
        scale = self.scale.astype(np.float32)[..., None]
        q = self.codes.reshape(*self.scale.shape, GROUP).astype(np.float32)
        if self.minimum is None:
            return (scale * (q - np.float32(self.zero))).reshape(self.shape)
        return (scale * q + self.minimum.astype(np.float32)[..., None]).reshape(self.shape)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Let NumPy take the matrix wherever it takes an array."""
        return self.dequantise().astype(dtype or np.float32, copy=False)

    def quantised(self, frac_bits: int) -> tuple[QuantisedMatrix, int]:
        """The matrix as the ROM holds it, and the number of groups that had to be quantised anew.

        With a minimum the zero-point is -minimum / scale on its grid; a group for which that is
        not legal (a constant one, or one whose range excludes 0) is quantised anew.
        """
        codes, scale = self.codes, self.scale
        one, levels = 1 << frac_bits, 1 << self.bits
        if self.minimum is None:
            zero = np.full(scale.shape, self.zero << frac_bits, np.uint16)
            return QuantisedMatrix(codes, scale, zero, self.bits, GROUP, frac_bits), 0
        s, m = scale.astype(np.float32), self.minimum.astype(np.float32)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            z = np.rint(-m / s * np.float32(one))
        legal = (z >= 0) & (z <= levels * one - 1)
        nothing = (s == 0) & (m == 0)
        zero = np.where(legal, z, 0).astype(np.uint16)
        again = np.flatnonzero(~(legal | nothing))
        if len(again):
            codes, scale = codes.copy(), scale.copy()
            grouped = codes.reshape(-1, GROUP)
            w = s.flat[again][:, None] * grouped[again] + m.flat[again][:, None]
            new = quantise(w.astype(np.float32), self.bits, GROUP, frac_bits)
            grouped[again] = new.codes
            scale.flat[again] = new.scale[:, 0]
            zero.flat[again] = new.zero_point[:, 0]
        return QuantisedMatrix(codes, scale, zero, self.bits, GROUP, frac_bits), len(again)
