"""Greedy sampling (``hdl/vector/argmax.sv``, ``sample_tree.sv``)."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def argmax_float(logits: Array) -> int:
    """Index of the largest value, the lowest among equals."""
    return int(np.argmax(logits))


def argmax(logits: Array, vocab_size: int) -> int:
    """Token of the largest logit among the first ``vocab_size``, the lowest among equals.

    The chip keeps a best per column; "greater replaces, lowest row among equals" makes the result
    independent of the order in which rows arrive (-0 equals +0).
    """
    return int(np.argmax(logits[:vocab_size]))


def best_word(logits: Array, row: int, vocab_size: int) -> int:
    """``vector_pkg::best_t`` {valid, value, row} over the logits of the rows from ``row`` on.

    Parameters
    ----------
    logits
        float32 [rows], of adjacent rows.
    row
        Vocabulary row of the first one.
    vocab_size
        Rows from here on are padding and no candidates; without a candidate the result is 0.
    """
    mine = min(vocab_size - row, len(logits))
    if mine <= 0:
        return 0
    best = argmax(logits, mine)
    value = int(np.float32(logits[best]).view(np.uint32))
    return 1 << 64 | value << 32 | row + best
