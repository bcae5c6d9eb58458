"""The block-by-block matrix unit against whole matrices, and ROM words against their codes."""

from __future__ import annotations

import numpy as np
import pytest

from golden.blocks import Blocks
from golden.burn import rom_words
from golden.formats import fp16_to_fp32
from golden.gemv import gemv
from golden.geometry import Geometry, preset
from golden.matrix_unit import accumulate, dequantise, drain, join_passes, unit_dots, word_codes
from golden.quantise import quantise


@pytest.mark.parametrize("name", ["tiny", "tiny-2bit", "tiny-wide"])
@pytest.mark.parametrize("linear", ["k_proj", "lm_head"])
def test_equals_gemv(name: str, linear: str) -> None:
    """ROM words, passes, terms, tree and accumulators give gemv's numbers, bit by bit."""
    rng = np.random.default_rng(5)
    g: Geometry = preset(name)
    c, r, b = g.chip.columns, g.chip.rows, g.chip.block
    n, k = g.shape[linear]
    w = quantise(
        rng.normal(size=(n, k)).astype(np.float32),
        g.bits(linear),
        g.chip.group_size,
        g.chip.frac_bits,
    )
    x = Blocks.of(rng.normal(size=k).astype(np.float32), b)
    chunks, slots, passes = g.chunks(k), g.slots(n), g.passes(linear)
    assert slots <= g.chip.acc_depth or linear == "lm_head"
    words = rom_words(w, g, linear)
    m, e, s = (a.reshape(c, chunks, *a.shape[1:]) for a in (x.m.reshape(-1, b), x.e, x.sums))
    first = min(slots, g.chip.acc_depth)  # the first row block
    rows = np.arange(n).reshape(c, slots, r)[:, :first]
    want = gemv(w, x, c)
    for col in range(c):
        for row in range(r):
            part = words[col, row][: chunks * first * passes].reshape(chunks, first, passes, -1)
            terms = []
            for q in range(chunks):
                d = join_passes(
                    unit_dots(part[q].transpose(1, 0, 2), m[:, q], g.chip.weight_bits),
                    g.chip.weight_bits,
                )
                groups = (np.arange(c) * (k // c) + q * b) // g.chip.group_size
                zero, scale = (t[rows[col, :, row]][:, groups] for t in (w.zero_point, w.scale))
                terms.append(dequantise(d, s[:, q], e[:, q], zero, scale.view(np.uint16), g.chip.frac_bits))
            assert np.array_equal(accumulate(np.stack(terms)), want[-1, rows[col, :, row]])


def test_word_codes() -> None:
    """Lane 0 stands in the low bits of the last byte."""
    words = np.array([[0x12, 0xE4]], np.uint8)
    assert word_codes(words, 2).tolist() == [[0, 1, 2, 3, 2, 0, 1, 0]]
    assert word_codes(words, 4).tolist() == [[4, 14, 2, 1]]
    assert word_codes(words, 8).tolist() == [[0xE4, 0x12]]


def test_dequantise_by_hand() -> None:
    """(16*d - z*S) * s * 2^(e - 137)."""
    h = np.array([0.5, 2.0], np.float16).view(np.uint16)
    got = dequantise(np.array([10, -3]), np.array([4, 0]), np.array([137, 138]), np.array([8, 99]), h, 4)
    assert fp16_to_fp32(h).tolist() == [0.5, 2.0]
    assert got == (160 - 32) * 0.5 - 48 * 2 * 2


def test_drain() -> None:
    """LoRA's result is added last, or not at all."""
    acc, lora = np.float32(1.5), np.float32(0.25)
    assert drain(acc, None) == 1.5
    assert drain(acc, lora) == 1.75
