"""Figures over a text: perplexity, divergence and agreement of one engine against another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray


def log_softmax(logits: Array) -> Array:
    """float64 log-probabilities along the last axis."""
    x = logits.astype(np.float64)
    x -= x.max(axis=-1, keepdims=True)
    x -= np.log(np.exp(x).sum(axis=-1, keepdims=True))
    return x


def cross_entropy(logits: Array, targets: Array) -> Array:
    """Nats of every target: ``logits`` [n, vocab], ``targets`` [n]; float64."""
    return -log_softmax(logits)[np.arange(len(logits)), targets]


@dataclass(frozen=True)
class Figures:
    """An engine on a text; the last five compare it with the reference engine.

    ``loss`` mean cross-entropy in nats; ``ratio`` of the perplexities; ``kl`` mean KL(reference ||
    engine) in nats; ``agreement`` share of positions with the same best token; ``*_error`` are
    standard errors of the mean over the positions, taken as independent.
    """

    tokens: int
    loss: float
    perplexity: float
    ratio: float
    ratio_error: float
    kl: float
    kl_error: float
    agreement: float


class Tally:
    """Collects an engine's logits beside the reference's."""

    def __init__(self) -> None:
        self._parts: list[Array] = []

    def add(self, got: Array, want: Array, targets: Array) -> None:
        """Positions: logits [n, vocab] of engine and reference, the tokens that followed [n]."""
        q, p = log_softmax(got), log_softmax(want)
        here = np.arange(len(targets))
        kl = np.einsum("nv,nv->n", np.exp(p), p - q)
        same = got.argmax(axis=1) == want.argmax(axis=1)
        self._parts.append(np.stack([-q[here, targets], -p[here, targets], kl, same]))

    def figures(self) -> Figures:
        """All positions so far, one at least."""
        got, want, kl, same = np.concatenate(self._parts, axis=1)
        n, more = len(got), got - want
        ratio = float(np.exp(more.mean()))
        return Figures(
            n,
            float(got.mean()),
            float(np.exp(got.mean())),
            ratio,
            ratio * _error(more),
            float(kl.mean()),
            _error(kl),
            float(same.mean()),
        )


def _error(x: Array) -> float:
    """Standard error of the mean."""
    return float(x.std(ddof=1) / np.sqrt(len(x))) if len(x) > 1 else 0.0
