"""Round-to-nearest: one grid a group, from its least to its greatest weight."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from golden.quantise import QuantisedMatrix, quantise

Array = np.ndarray


def round_to_nearest(
    w: Array, bits: int, group_size: int, frac_bits: int, whole: Array | None = None
) -> QuantisedMatrix:
    """Quantise float32 [N, K] along K; ``whole`` and errors as for ``golden.quantise``."""
    return quantise(w, bits, group_size, frac_bits, candidates=_whole_range, whole=whole)


def _whole_range(groups: Array, levels: int) -> Iterator[tuple[Array, Array]]:
    low, high = np.minimum(groups.min(axis=1), 0), np.maximum(groups.max(axis=1), 0)
    yield (high - low) / levels, low
