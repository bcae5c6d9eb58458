"""NumPy arrays as the packed vectors of SystemVerilog ports, and back; element 0 in the lowest bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike


def pack(values: ArrayLike, bits: int | None = None) -> int:
    """Values as one packed vector.

    Parameters
    ----------
    values
        Any shape, in C order; integers, or floats as their bit patterns.
    bits
        Width of an element: negative integers in two's complement, cut to it. Left out, it is that of
        the values' own dtype.
    """
    a = np.ascontiguousarray(values)
    if a.dtype.kind == "f":
        a = a.view(f"u{a.dtype.itemsize}")
    if bits in (None, 8, 16, 32, 64):
        size = a.dtype.itemsize if bits is None else bits // 8
        return int.from_bytes(a.astype(f"<{a.dtype.kind}{size}").tobytes(), "little")
    mask = (1 << bits) - 1
    return int("".join(f"{int(v) & mask:0{bits}b}" for v in a.ravel()[::-1]) or "0", 2)


def unpack(vector: int, count: int, dtype: DTypeLike, bits: int | None = None) -> np.ndarray:
    """The ``count`` elements of a packed vector.

    Parameters
    ----------
    vector
        Value of a port, as ``int(dut.port.value)``.
    count
        Elements; the vector must have no bit above them.
    dtype
        Of the result. A float dtype takes its bit patterns; a signed one extends the sign of ``bits``.
    bits
        Width of an element; left out, it is that of ``dtype``.

    Raises
    ------
    ValueError
        When there are bits above the last element.
    """
    kind = np.dtype(dtype)
    width = 8 * kind.itemsize if bits is None else bits
    if vector >> count * width:
        raise ValueError(f"vector {vector:#x} has more than {count} elements of {width} bits")
    if width == 8 * kind.itemsize:
        raw = vector.to_bytes(count * kind.itemsize, "little")
        return np.frombuffer(raw, kind.newbyteorder("<")).astype(kind)
    mask = (1 << width) - 1
    values = [vector >> i * width & mask for i in range(count)]
    if kind.kind == "i":
        values = [v - (v >> width - 1 << width) for v in values]
    return np.array(values, kind)
