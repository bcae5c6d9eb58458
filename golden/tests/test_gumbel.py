"""Threefry's published answers; Gumbel noise against float64 for every u; what the sampler compares."""

import numpy as np
import pytest

from golden import gumbel as G
from golden.argmax import argmax
from golden.library import load_model
from golden.model import Model, generate
from golden.tests.known_answers import THREEFRY

EVERY_U = np.arange(1 << 23, dtype=np.uint32) << np.uint32(9)


@pytest.mark.parametrize("key, counter, answer", THREEFRY)
def test_threefry_known_answers(key, counter, answer):
    assert tuple(G.threefry2x32(key, counter)) == answer


def test_threefry_broadcasts():
    """Arrays give what single words give."""
    seeds, rows = np.array([3, 1 << 31], np.uint32), np.arange(5, dtype=np.uint32)
    words = G.threefry2x32((seeds[:, None], 7), (rows, 0))
    assert words.shape == (2, 5, 2) and words.dtype == np.uint32
    for i, seed in enumerate(seeds):
        for j, row in enumerate(rows):
            assert np.array_equal(words[i, j], G.threefry2x32((seed, 7), (row, 0)))
    assert np.array_equal(G.noise_words(seeds[1], 7, rows), words[1, :, 0])


def test_uniform_is_exact():
    """Every u, the lower bits of the word without effect, symmetric around 1/2."""
    u = G.uniform(EVERY_U)
    assert np.array_equal(u, G.uniform_float(EVERY_U)) and (np.diff(u) > 0).all()
    assert np.array_equal(G.uniform(EVERY_U[:1000] | np.uint32(511)), u[:1000])
    assert u[0] == 2.0**-24 and u[-1] == 1 - 2.0**-24
    assert np.array_equal(u[::-1].astype(float), 1 - u.astype(float))


def test_gumbel_against_float64():
    """Every noise value: absolute error, both tails closer still, never falling, mean and variance."""
    g, want = G.gumbel(EVERY_U), G.gumbel_float(EVERY_U)
    error = np.abs(g - want)
    assert error.max() < 1.5e-5
    assert error[:1000].max() < 5e-6 and error[-1000:].max() < 6e-6
    assert (np.diff(g) >= 0).all()
    assert -2.82 < g[0] < -2.81 and 16 < g[-1] < 16.64
    assert g.mean(dtype=float) == pytest.approx(np.euler_gamma, abs=1e-5)
    assert g.var(dtype=float) == pytest.approx(np.pi**2 / 6, abs=1e-4)


def test_tempered():
    """Greedy leaves the logits alone; else one product and one sum for each row, wherever it stands."""
    logits, rows = np.float32([1.5, -2, 0, 3]), np.arange(4, dtype=np.uint32)
    assert G.tempered(logits, np.float32(0), 5, 6, rows) is logits
    assert not G.drawing(np.float32(0)) and G.drawing(np.float32(1e-3))
    inverse = np.float32(1 / 0.7)
    whole = G.tempered(logits, inverse, 5, 6, rows)
    want = logits * inverse + G.gumbel(G.noise_words(5, 6, rows))
    assert np.array_equal(whole, want)
    assert np.array_equal(G.tempered(logits[2:], inverse, 5, 6, rows[2:]), whole[2:])
    assert not np.array_equal(G.tempered(logits, inverse, 5, 7, rows), whole)
    assert not np.array_equal(G.tempered(logits, inverse, 6, 6, rows), whole)


def test_a_model_draws():
    """A seed repeats its text, another one or another temperature differs, a very cold one is greedy."""
    model = Model(load_model("tiny").weights)
    greedy = generate(model, [17, 5, 90], 12)

    def text(temperature, seed):
        model.inv_temperature, model.noise_seed = np.float32(1 / temperature), seed
        return generate(model, [17, 5, 90], 12)

    assert text(0.9, 1) == text(0.9, 1) != text(0.9, 2)
    assert text(0.9, 1) != greedy == text(1e-4, 3)
    vocab = model.geometry.model.vocab_size
    rows = np.arange(vocab, dtype=np.uint32)
    token = model.step(33, 5, True)
    assert token == argmax(G.tempered(model.logits, model.inv_temperature, 3, 5, rows), vocab)
