"""The mesh (``hdl/mesh``): what meets where, and after how many cycles. SPEC chapters 2 and 5."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from golden.config import clog2
from golden.formats import fp32_max_tree, fp32_sum_tree

Array = np.ndarray


def pair_tree(x: Array, maximum: bool) -> Array:
    """Leaves [N, lanes] to [lanes]: sum or maximum in the balanced pairwise order."""
    return fp32_max_tree(x) if maximum else fp32_sum_tree(x)


def group_reduce(x: Array, cpk: int, maximum: bool) -> Array:
    """Reduction over the units that share a KV head.

    Parameters
    ----------
    x
        float32 [C, R, lanes].
    cpk
        Adjacent columns of a group.
    maximum
        Maximum instead of sum.

    Returns
    -------
    float32 [C, lanes], the same in every column of a group.
    """
    columns = np.stack([pair_tree(units, maximum) for units in x])
    groups = columns.reshape(-1, cpk, columns.shape[-1])
    return np.repeat(np.stack([pair_tree(g, maximum) for g in groups]), cpk, axis=0)


@dataclass(frozen=True)
class MeshCycles:
    """Cycles from a port that goes in to the port where the beat comes out."""

    columns: int
    rows: int
    cpk: int
    hops: int

    @property
    def out(self) -> int:
        """Broadcast and control to the units; gather's results to the vector row."""
        return self.hops

    @property
    def row(self) -> int:
        """Sum over all columns: the sum of squares."""
        return self.hops + clog2(self.columns)

    @property
    def lora_t(self) -> int:
        """LoRA's t: to the vector row, then the sum over all columns."""
        return self.hops + self.row

    @property
    def group_tree(self) -> int:
        """Sum or maximum over the units of a group."""
        return clog2(self.rows) + self.hops + clog2(self.cpk)

    @property
    def red(self) -> int:
        """Sums and contexts to the vector row."""
        return self.hops + self.group_tree

    @property
    def gmax(self) -> int:
        """Maxima, and back to the units."""
        return self.red + self.hops
