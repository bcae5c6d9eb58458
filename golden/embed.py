"""Embedding: a token's row of the ROMs starts the residual stream (``hdl/vector/embedding.sv``)."""

from __future__ import annotations

import numpy as np

from golden.formats import fp16_to_fp32, fp32_from_int, fp32_mul, fp32_scale
from golden.quantise import QuantisedMatrix

Array = np.ndarray


def embed_float(table: QuantisedMatrix, token: int) -> Array:
    """Row ``token`` of the table [vocab, hidden] as float64 [hidden]."""
    z = np.repeat(table.zero_point[token] / float(1 << table.frac_bits), table.group_size)
    s = np.repeat(table.scale[token].astype(np.float64), table.group_size)
    return s * (table.codes[token] - z)


def embed(table: QuantisedMatrix, token: int) -> Array:
    """Row ``token`` in hardware order, SPEC chapter 2.

    Parameters
    ----------
    table
        Embedding [vocab, hidden], zero-points with F fractional bits.
    token
        0 … vocab - 1.

    Returns
    -------
    float32 [hidden]: scale(FP32(code * 2**F - z) * s, -F).
    """
    f, g = table.frac_bits, table.group_size
    row = table.rows(token, token + 1)
    codes = row.codes.reshape(-1, g).astype(np.int32)
    exact = (codes << f) - row.zero_point[0].astype(np.int32)[:, None]
    product = fp32_mul(fp32_from_int(exact), fp16_to_fp32(row.scale[0])[:, None])
    return fp32_scale(product, -f).reshape(-1)
