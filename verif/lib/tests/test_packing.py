"""Packed vectors: element 0 lowest, any width, there and back."""

from __future__ import annotations

import numpy as np
import pytest

from verif.lib.packing import pack, unpack


def test_order_and_sign():
    assert pack(np.array([1, -1], np.int8)) == 0xFF01
    assert pack([3, -1], bits=12) == 0xFFF003
    assert pack([0x1FF, -1], bits=8) == pack(np.int64([[0x1FF], [-1]]), 8) == 0xFFFF
    assert pack(np.uint8([1, 255]), bits=16) == 0x00FF0001
    assert pack([], bits=12) == pack([], bits=8) == 0
    assert pack(np.float32([1.0, -2.0])) == 0xC0000000_3F800000
    assert pack(np.array([1, 2], ">i4")) == 0x00000002_00000001


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "f4"])
def test_round_trip(dtype):
    a = np.random.default_rng(1).integers(0, 256, 64 * np.dtype(dtype).itemsize, np.uint8).view(dtype)
    b = unpack(pack(a), len(a), dtype)
    assert b.dtype == a.dtype and a.tobytes() == b.tobytes()


@pytest.mark.parametrize("bits", [1, 4, 12, 28])
def test_odd_widths(bits):
    a = np.random.default_rng(bits).integers(-(1 << bits - 1), 1 << bits - 1, 40)
    assert (unpack(pack(a, bits), 40, np.int32, bits) == a).all()
    assert (unpack(pack(a, bits), 40, np.uint32, bits) == a % (1 << bits)).all()


def test_bits_above():
    with pytest.raises(ValueError, match="more than 2 elements of 8 bits"):
        unpack(0x10000, 2, np.int8)
