"""Draws are from softmax(logits / T): G-tests of many seeds, and that they would notice a wrong noise."""

from functools import cache

import numpy as np
import pytest

from golden.gumbel import gumbel, noise_words, temper, tempered, uniform
from golden.library import load_model
from golden.model import Model

DRAWS = 20_000
SEEDS = np.random.default_rng(11).integers(0, 1 << 32, DRAWS).astype(np.uint32)
POS = 3
LIKELY, NEVER = 1e-3, 1e-9  # chance of a right and of a wrong sampler


def draws(values):
    """Tokens of all seeds: values(seeds [n, 1]) are [n, vocabulary]."""
    return np.concatenate([values(s[:, None]).argmax(axis=1) for s in SEEDS.reshape(10, -1)])


def softmax(logits, temperature):
    """In float64, the book's way."""
    p = np.exp((logits - logits.max()).astype(float) / temperature)
    return p / p.sum()


def chance(counts, p):
    """Chance of counts that are no nearer to ``p``: G-test, rare tokens together.

    The tail of chi-square by Wilson and Hilferty's cube root.
    """
    expected = counts.sum() * p
    often = expected >= 5
    pairs = [(counts[often], expected[often]), (counts[~often].sum(keepdims=True), [expected[~often].sum()])]
    seen, want = (np.concatenate(x) for x in zip(*pairs, strict=True))
    seen, want = seen[want > 0], want[want > 0]
    g = 2 * np.sum(seen * np.log(np.maximum(seen, 1e-300) / want))
    free = max(len(want) - 1, 1)
    z = ((g / free) ** (1 / 3) - 1 + 2 / (9 * free)) / np.sqrt(2 / (9 * free))
    # Normal tail: a bound that is exact enough and needs no library.
    return 1.0 if z <= 0 else float(np.exp(-z * z / 2))


@cache
def tiny_logits():
    """Logits of tiny behind a short text."""
    model = Model(load_model("tiny").weights)
    for pos, token in enumerate((17, 5, 90, 33)):
        model.step(token, pos, True)
    return model.logits


def logits_of(name):
    """Logits by name: few, many, of a model."""
    rng = np.random.default_rng(3)
    if name == "equal":
        return np.zeros(8, np.float32)
    if name == "peaked":
        return np.float32([9, 6, 3, 0, -3, 8.5])
    if name == "wide":
        return rng.normal(0, 2, 1000).astype(np.float32)
    return tiny_logits()


def counted(tokens, logits):
    return np.bincount(tokens, minlength=len(logits))


@pytest.mark.parametrize("temperature", [0.5, 0.8, 1.0, 2.0])
@pytest.mark.parametrize("name", ["equal", "peaked", "wide", "tiny"])
def test_draws_are_from_softmax(name, temperature):
    logits = logits_of(name)
    rows, inverse = np.arange(len(logits), dtype=np.uint32), np.float32(1 / temperature)
    tokens = draws(lambda seed: tempered(logits, inverse, seed, POS, rows))
    assert chance(counted(tokens, logits), softmax(logits, temperature)) > LIKELY


def test_positions_are_independent():
    """Pairs of tokens of neighbouring positions under one seed: the product of their chances."""
    logits = np.float32([0, 0.5, 1, -1])
    rows = np.arange(4, dtype=np.uint32)
    one, two = (
        draws(lambda seed, p=p: tempered(logits, np.float32(1), seed, p, rows)) for p in (POS, POS + 1)
    )
    p = softmax(logits, 1)
    assert chance(np.bincount(4 * one + two, minlength=16), np.outer(p, p).ravel()) > LIKELY


def test_consecutive_seeds_are_independent():
    """Seeds 0, 1, 2, … as a user gives them."""
    logits = logits_of("peaked")
    rows, seeds = np.arange(len(logits), dtype=np.uint32), np.arange(DRAWS, dtype=np.uint32)[:, None]
    tokens = tempered(logits, np.float32(0.5), seeds, 0, rows).argmax(axis=1)
    assert chance(counted(tokens, logits), softmax(logits, 2)) > LIKELY
    both = np.bincount(len(logits) * tokens[::2] + tokens[1::2], minlength=len(logits) ** 2)
    p = softmax(logits, 2)
    assert chance(both, np.outer(p, p).ravel()) > LIKELY


def _uniform(seed, rows):
    return uniform(noise_words(seed, POS, rows))


def _pairs(seed, rows):
    return gumbel(noise_words(seed, POS, rows // 2))


def _same(seed, rows):
    return gumbel(noise_words(seed, POS, 0 * rows))


def _negated(seed, rows):
    return -gumbel(noise_words(seed, POS, rows))


def _coarse(seed, rows):
    return gumbel(noise_words(seed, POS, rows) & np.uint32(0xF0000000))


WRONG = {
    "uniform": _uniform,
    "pairs of rows": _pairs,
    "one for all": _same,
    "negated": _negated,
    "4 bits": _coarse,
}


@pytest.mark.parametrize("name", ["peaked", "wide", "tiny"])
@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_noise_is_noticed(name, wrong):
    logits = logits_of(name)
    rows = np.arange(len(logits), dtype=np.uint32)
    tokens = draws(lambda seed: temper(logits, np.float32(1), WRONG[wrong](seed, rows)))
    assert chance(counted(tokens, logits), softmax(logits, 1)) < NEVER


def test_a_wrong_temperature_is_noticed():
    """A tenth off."""
    logits = logits_of("tiny")
    rows = np.arange(len(logits), dtype=np.uint32)
    tokens = draws(lambda seed: tempered(logits, np.float32(1), seed, POS, rows))
    assert chance(counted(tokens, logits), softmax(logits, 1.1)) < NEVER
