"""Engines side by side, teacher-forced: each sees the text's own tokens before every position."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from golden.accuracy.metrics import Figures, Tally
from golden.batch import Batch
from golden.config import ModelConfig
from golden.errors import RomaError
from golden.reference import forward
from golden.weights import ModelWeights, PreparedAdapter

Array = np.ndarray

# Sequences to the logits of all their positions, one after the other, piece by piece.
Engine = Callable[[Sequence[Sequence[int]]], Iterator[tuple[slice, Array]]]
LoraPairs = Mapping[tuple[int, str], tuple[Array, Array]]

_TOGETHER = 2048  # positions for which all engines' logits are compared at a time


def windows_of(tokens: Sequence[int], context: int, count: int) -> list[list[int]]:
    """Cut the first ``count`` + 1 tokens so that each window predicts up to ``context`` tokens.

    A window's first token has no prediction; it is the last one of the window before.

    Raises
    ------
    RomaError
        When there are fewer tokens.
    """
    if len(tokens) < count + 1:
        raise RomaError(
            f"the text has {len(tokens)} tokens, {count} positions need {count + 1}: "
            "use a longer text or fewer TOKENS"
        )
    return [list(tokens[i : min(i + context, count) + 1]) for i in range(0, count, context)]


def chip(
    weights: ModelWeights,
    adapter: PreparedAdapter | None = None,
    progress: Callable[[float], None] | None = None,
) -> Engine:
    """The golden model: the chip's bits."""
    return Batch(weights, adapter, progress).logits


def float32(
    tensors: Mapping[str, Array],
    config: ModelConfig,
    rope_factors: Array | None = None,
    pairs: LoraPairs | None = None,
) -> Engine:
    """The textbook's LLaMA of ``golden.reference``."""

    def run(sequences: Sequence[Sequence[int]]) -> Iterator[tuple[slice, Array]]:
        start = 0
        for tokens in sequences:
            yield (
                slice(start, start + len(tokens)),
                forward(tensors, config, tokens, pairs, rope_factors),
            )
            start += len(tokens)

    return run


def compare(
    windows: Sequence[Sequence[int]],
    reference: Engine,
    engines: Mapping[str, Engine],
    begin: Callable[[str], None] = lambda name: None,
) -> dict[str, Figures]:
    """Figures of every engine against ``reference`` (whose own are under "reference").

    Parameters
    ----------
    windows
        From ``windows_of``.
    begin
        Told the name of an engine before it runs on the next windows.
    """
    tallies = {name: Tally() for name in ("reference", *engines)}
    for group in _groups(windows):
        inputs = [w[:-1] for w in group]
        targets = np.concatenate([w[1:] for w in group])
        begin("reference")
        want = np.concatenate([logits for _, logits in reference(inputs)])
        for rows in _pieces(len(want)):
            tallies["reference"].add(want[rows], want[rows], targets[rows])
        for name, engine in engines.items():
            begin(name)
            for rows, logits in engine(inputs):
                for part in _pieces(len(logits)):
                    here = slice(rows.start + part.start, rows.start + part.stop)
                    tallies[name].add(logits[part], want[here], targets[here])
    return {name: tally.figures() for name, tally in tallies.items()}


def _groups(windows: Sequence[Sequence[int]]) -> Iterator[Sequence[Sequence[int]]]:
    """Windows that are computed together, in order."""
    group: list[Sequence[int]] = []
    for window in windows:
        if group and sum(map(len, group)) + len(window) > _TOGETHER:
            yield group
            group = []
        group.append(window)
    if group:
        yield group


def _pieces(n: int) -> Iterator[slice]:
    """Slices of few rows: float64 logits of a large vocabulary fill the memory."""
    return (slice(i, min(i + 64, n)) for i in range(0, n, 64))
