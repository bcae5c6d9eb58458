"""Tensors of a GGUF file: blocks of 32 codes as ``ExactTensor``, everything else as float32."""

from __future__ import annotations

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind

from golden.importers.exact import GROUP, ExactTensor

Array = np.ndarray

FLOATS = (Kind.F32, Kind.F16, Kind.BF16)
EXACT = (Kind.Q4_0, Kind.Q4_1, Kind.Q8_0)


def _nibbles(packed: Array) -> Array:
    """Codes of blocks [..., 16]: low halves first, as ggml packs them."""
    return np.concatenate([packed & 15, packed >> 4], axis=-1)


def exact(data: Array, kind: Kind) -> ExactTensor:
    """Codes and scales of bytes [N, bytes of a row]; ``kind`` is one of ``EXACT``."""
    n = len(data)
    blocks = np.asarray(data).reshape(n, -1, gguf.GGML_QUANT_SIZES[kind][1])

    def half(at: int) -> Array:
        return np.ascontiguousarray(blocks[..., at : at + 2]).view("<f2")[..., 0].astype(np.float16)

    if kind == Kind.Q4_0:
        codes, bits, zero, minimum = _nibbles(blocks[..., 2:]), 4, 8, None
    elif kind == Kind.Q4_1:
        codes, bits, zero, minimum = _nibbles(blocks[..., 4:]), 4, 0, half(2)
    else:
        codes, bits, zero, minimum = blocks[..., 2:] ^ np.uint8(128), 8, 128, None
    return ExactTensor(codes.reshape(n, -1, GROUP).reshape(n, -1), half(0), bits, zero, minimum)


def floats(data: Array, kind: Kind) -> Array:
    """Any type as float32; raises NotImplementedError where gguf cannot dequantise it."""
    return np.ascontiguousarray(gguf.dequantize(data, kind), np.float32)
