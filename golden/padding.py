"""Matrices of a checkpoint on the larger shapes of a chip: zeros at the end, and behind every head."""

from __future__ import annotations

import numpy as np

from golden.config import ModelConfig
from golden.geometry import Geometry
from golden.quantise import QuantisedMatrix

Array = np.ndarray


def pad(x: Array, *shape: int) -> Array:
    """float32 array with zeros at the end of each axis up to ``shape``."""
    out = np.zeros(shape, np.float32)
    out[tuple(slice(n) for n in x.shape)] = x
    return out


def true_shape(m: ModelConfig, name: str) -> tuple[int, int]:
    """[N, K] of a linear before padding."""
    return {
        "q_proj": (m.q_dim, m.hidden_size),
        "k_proj": (m.kv_dim, m.hidden_size),
        "v_proj": (m.kv_dim, m.hidden_size),
        "o_proj": (m.hidden_size, m.q_dim),
        "gate_proj": (m.intermediate_size, m.hidden_size),
        "up_proj": (m.intermediate_size, m.hidden_size),
        "down_proj": (m.hidden_size, m.intermediate_size),
    }[name]


def places(g: Geometry, name: str) -> tuple[Array, Array]:
    """Row and column of the padded linear for every row and column of the true one."""
    n, k = true_shape(g.model, name)
    rows = heads(g, n) if name in ("q_proj", "k_proj", "v_proj") else np.arange(n)
    return rows, heads(g, k) if name == "o_proj" else np.arange(k)


def heads(g: Geometry, length: int) -> Array:
    """Place of every element of ``length`` / head_dim heads, of which each is padded to the chip's."""
    head, inside = np.divmod(np.arange(length), g.model.head_dim)
    return head * g.head_dim + inside


def pad_linear(x: Array, g: Geometry, name: str) -> Array:
    """A linear's float32 matrix [N, K] on its shape of the chip."""
    rows, columns = places(g, name)
    out = np.zeros(g.shape[name], np.float32)
    out[rows[:, None], columns] = x
    return out


def pad_codes(
    q: QuantisedMatrix, shape: tuple[int, int], rows: Array, columns: Array
) -> QuantisedMatrix | None:
    """Codes at rows and columns of a larger matrix, zeros (scale, codes and zero-point) elsewhere.

    None when the columns of a group do not stay together, and in place, in one group there.
    """
    if q.codes.shape == shape:
        return q
    size = q.group_size
    first = columns[::size]
    if (first % size).any() or (columns != (first[:, None] + np.arange(size)).reshape(-1)).any():
        return None

    def spread(x: Array, at: Array, width: int) -> Array:
        out = np.zeros((shape[0], width), x.dtype)
        out[rows[:, None], at] = x
        return out

    groups, width = first // size, shape[1] // size
    parts = (
        spread(q.codes, columns, shape[1]),
        spread(q.scale, groups, width),
        spread(q.zero_point, groups, width),
    )
    return QuantisedMatrix(*parts, q.bits, size, q.frac_bits)
