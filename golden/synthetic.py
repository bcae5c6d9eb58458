"""Models of any size without a checkpoint: random weights in the ROM's own form, drawn when looked at.

For full-scale simulations: the shapes are those of a real model, the text is not. A matrix is never
kept: whoever needs rows has them drawn again from the seed, so that billions of weights fit anywhere.
Their spread keeps activations near 1, far from overflow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from golden.geometry import LINEARS, Geometry
from golden.quantise import QuantisedMatrix
from golden.weights import ModelWeights

Array = np.ndarray

_ROWS = 1024  # drawn together
# What a matrix makes of inputs of variance 1. The residual stream grows slowly over many layers.
_GAIN = {"o_proj": 0.3, "down_proj": 0.3}


@cache
def _codes_of_bytes(bits: int) -> Array:
    """The codes of every byte, the lowest first, side by side in one word: [256]."""
    byte = np.arange(256, dtype=np.uint8)[:, None]
    codes = byte >> np.arange(0, 8, bits, dtype=np.uint8) & np.uint8((1 << bits) - 1)
    return np.ascontiguousarray(codes).view(f"<u{8 // bits}")[:, 0]


@dataclass(frozen=True)
class RandomMatrix:
    """A quantised matrix [N, K]; the arrays are those of ``QuantisedMatrix``, new ones each time.

    ``seed`` is all that the content depends on; ``spread`` the standard deviation of a weight.
    """

    shape: tuple[int, int]
    bits: int
    group_size: int
    frac_bits: int
    spread: float
    seed: tuple[int, ...]

    def rows(self, start: int, stop: int) -> QuantisedMatrix:
        """Rows ``start`` … ``stop`` - 1 as a matrix."""
        parts = [self._tile(n) for n in range(start // _ROWS, -(-stop // _ROWS))]
        first = start // _ROWS * _ROWS
        here = slice(start - first, stop - first)
        codes, scale, zero = (np.concatenate(x)[here] for x in zip(*parts, strict=True))
        return QuantisedMatrix(codes, scale, zero, self.bits, self.group_size, self.frac_bits)

    def _tile(self, n: int) -> tuple[Array, Array, Array]:
        rng = np.random.default_rng((*self.seed, n))
        rows = min(_ROWS, self.shape[0] - n * _ROWS)
        k, levels = self.shape[1], 1 << self.bits
        groups = rows, k // self.group_size
        packed = np.frombuffer(rng.bytes(rows * k * self.bits // 8), np.uint8)
        codes = np.take(_codes_of_bytes(self.bits), packed, axis=0)
        step = self.spread / np.sqrt((levels**2 - 1) / 12)
        scale = (step * rng.uniform(0.7, 1.3, groups)).astype(np.float16)
        middle = ((levels - 1) << self.frac_bits) >> 1
        zero = rng.integers(middle, middle + 2, groups, dtype=np.uint16)
        return codes.view(np.uint8).reshape(rows, k), scale, zero

    @property
    def codes(self) -> Array:
        """All codes."""
        return self.rows(0, self.shape[0]).codes

    @property
    def scale(self) -> Array:
        """All scales."""
        return self.rows(0, self.shape[0]).scale

    @property
    def zero_point(self) -> Array:
        """All zero-points."""
        return self.rows(0, self.shape[0]).zero_point


def synthetic(geometry: Geometry, seed: int) -> ModelWeights:
    """A model of a geometry's sizes; the same for the same seed."""
    g, chip, layers = geometry, geometry.chip, geometry.model.num_hidden_layers

    def matrix(shape: tuple[int, int], bits: int, spread: float, *place: int) -> RandomMatrix:
        return RandomMatrix(shape, bits, chip.group_size, chip.frac_bits, spread, (seed, *place))

    def linear(layer: int, name: str) -> RandomMatrix:
        n, k = g.shape[name]
        spread = _GAIN.get(name, 1.0) / np.sqrt(k)
        return matrix((n, k), chip.weight_bits, spread, 1 + layer, LINEARS.index(name))

    table = g.vocab, g.hidden
    norms = np.random.default_rng((seed, 0, 2)).uniform(0.8, 1.2, (2 * layers + 1, g.hidden))
    return ModelWeights(
        g,
        matrix(table, chip.head_bits, 1.0, 0, 0),
        tuple({name: linear(layer, name) for name in LINEARS} for layer in range(layers)),
        norms.astype(np.float32),
        matrix(table, chip.head_bits, g.hidden**-0.5, 0, 1),
        streamed=True,
    )
