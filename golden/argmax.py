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
