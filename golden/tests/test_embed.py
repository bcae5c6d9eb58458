"""Embedding rows against their float twin and by hand."""

import numpy as np
import pytest

from golden.embed import embed, embed_float
from golden.quantise import QuantisedMatrix
from golden.tests.sizes import GEOMETRIES, random_matrix, random_weights, same_bits


@pytest.mark.parametrize("bits, frac", [(2, 0), (4, 2), (8, 4), (8, 0)])
def test_float_twin(bits, frac):
    table = random_matrix(np.random.default_rng(bits), 12, 96, bits, 32, frac)
    for token in range(12):
        want = embed_float(table, token)
        np.testing.assert_allclose(embed(table, token), want, rtol=2.0**-24, atol=0)


def test_by_hand():
    codes = np.array([[3, 0, 7, 8]], np.uint8)
    table = QuantisedMatrix(codes, np.array([[0.5]], np.float16), np.array([[24]], np.uint16), 4, 4, 3)
    same_bits(embed(table, 0), [0.0, -1.5, 2.0, 2.5])  # zero-point 24 / 8 = 3


@pytest.mark.parametrize("name", ["odd", "shared"])
def test_padding_is_zero(name):
    g = GEOMETRIES[name]
    weights = random_weights(g)
    for token in range(g.model.vocab_size):
        x = embed(weights.embedding, token)
        assert x.shape == (g.hidden,) and x[: g.model.hidden_size].any()
        same_bits(x[g.model.hidden_size :], np.zeros(g.hidden - g.model.hidden_size))
