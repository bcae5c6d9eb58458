"""Argmax against the chip's way: a best per column and lane, then the columns."""

import numpy as np
import pytest

from golden.argmax import argmax, argmax_float, best_word
from golden.formats import fp32_gt


def slow(logits, vocab_size, columns, rows):
    """Running best of each column, slot by slot, then the columns; lowest row among equals."""
    per_column = len(logits) // columns
    bests = []
    for c in range(columns):
        best = None
        for slot in range(per_column // rows):
            beat = None
            for lane in range(rows):
                row = c * per_column + slot * rows + lane
                if row < vocab_size and (beat is None or fp32_gt(logits[row], beat[0])):
                    beat = logits[row], row
            if beat and (best is None or fp32_gt(beat[0], best[0])):
                best = beat
        bests.append(best)
    best = None
    for candidate in bests:
        if candidate and (best is None or fp32_gt(candidate[0], best[0])):
            best = candidate
    return best[1]


@pytest.mark.parametrize("columns, rows, vocab_size", [(1, 2, 7), (2, 4, 61), (3, 2, 50), (4, 4, 64)])
def test_order_does_not_matter(columns, rows, vocab_size):
    r = np.random.default_rng(vocab_size)
    n = -(-vocab_size // (columns * rows)) * columns * rows
    for _ in range(50):
        logits = r.integers(-3, 3, n).astype(np.float32)
        logits[r.random(n) < 0.2] *= -0.0
        assert argmax(logits, vocab_size) == slow(logits, vocab_size, columns, rows)
        assert argmax(logits, vocab_size) == argmax_float(logits[:vocab_size])


def test_padding_never_wins():
    logits = np.full(8, -5, np.float32)
    logits[5:] = 0
    assert argmax(logits, 5) == 0


def test_zeros_are_equal():
    assert argmax(np.array([-1, -0.0, 0.0], np.float32), 3) == 1


def test_best_word():
    """Valid bit, value and row of the best; padding is no candidate; of equals the lowest row."""
    logits = np.float32([1, 3, -2, 3])
    assert best_word(logits, 8, 100) == 1 << 64 | 0x40400000 << 32 | 9
    assert best_word(logits, 8, 9) == 1 << 64 | 0x3F800000 << 32 | 8
    assert best_word(logits, 8, 8) == best_word(logits, 8, 1) == best_word(logits[:0], 8, 100) == 0
    assert best_word(np.float32([-0.0, 0.0]), 0, 2) == 1 << 64 | 0x80000000 << 32
