"""Whole sequences at once: the bits of ``Model.step``, shortcuts and definitions alike."""

from dataclasses import replace

import numpy as np
import pytest

from golden import batch, batch_attention
from golden.batch import Batch
from golden.config import CHIPS, MODELS
from golden.geometry import Geometry
from golden.library import load_lora, load_model
from golden.model import Model
from golden.tests.sizes import GEOMETRIES, TALL, random_adapter, random_weights, same_bits
from golden.weights import prepare_adapter


def stepwise(model, sequences):
    out = []
    for tokens in sequences:
        model.reset()
        for pos, token in enumerate(tokens):
            model.step(token, pos, True)
            out.append(model.logits)
    return np.stack(out)


def at_once(weights, adapter, sequences):
    pieces = list(Batch(weights, adapter).logits(sequences))
    assert [p.start for p, _ in pieces] == [0, *(p.stop for p, _ in pieces[:-1])]
    return np.concatenate([logits for _, logits in pieces])


def check(weights, adapter, sequences):
    want = stepwise(Model(weights, adapter), sequences)
    same_bits(at_once(weights, adapter, sequences), want)


def sequences_for(g, *lengths):
    r = np.random.default_rng(len(lengths))
    return [r.integers(0, g.model.vocab_size, min(n, g.chip.context)).tolist() for n in lengths]


@pytest.mark.parametrize(
    "name, adapter", [("tiny", None), ("tiny", "kjv"), ("tiny-2bit", None), ("tiny-wide", "shout")]
)
def test_trained_models(name, adapter):
    loaded = load_model(name)
    lora = load_lora(adapter, loaded) if adapter else None
    check(loaded.weights, lora, sequences_for(loaded.geometry, 256, 1, 70))


@pytest.mark.parametrize("adapted", [False, True])
@pytest.mark.parametrize("name", ["odd", "shared", "tall"])
def test_odd_sizes(name, adapted):
    g = {**GEOMETRIES, "tall": TALL}[name]
    adapter = prepare_adapter(random_adapter(g, 3), g) if adapted else None
    check(random_weights(g, tied=False), adapter, sequences_for(g, 24, 5))


def test_two_layers_of_smollm2():
    model = replace(MODELS["smollm2"], name="two", num_hidden_layers=2, vocab_size=300)
    g = Geometry(CHIPS["smollm2"], model)
    check(random_weights(g), None, sequences_for(g, 40))


@pytest.mark.parametrize("adapted", [False, True])
def test_definitions_where_shortcuts_end(adapted, monkeypatch):
    """No exponent is ordinary, or no numerator: the same bits."""
    g = GEOMETRIES["odd"]
    adapter = prepare_adapter(random_adapter(g, 3), g) if adapted else None
    weights, sequences = random_weights(g), sequences_for(g, 12)
    want = stepwise(Model(weights, adapter), sequences)
    with monkeypatch.context() as m:
        m.setattr(batch, "ordinary", lambda e: False)
        same_bits(at_once(weights, adapter, sequences), want)
    seen = []
    monkeypatch.setattr(batch_attention, "_LEAST_P", np.float32(2))
    monkeypatch.setattr(batch, "attention", lambda *a: seen.append(a[2]) or REAL(*a))
    same_bits(at_once(weights, adapter, sequences), want)
    assert seen == [*range(12)] * g.model.num_hidden_layers


REAL = batch.attention


def test_tiny_numerators():
    """Scores so far apart that numerators underflow or are flushed."""
    g = GEOMETRIES["tiny"]
    weights = random_weights(g)
    for matrices in weights.layers:
        for name in ("q_proj", "k_proj"):
            matrices[name].scale[:] *= np.float16(20)
    check(weights, None, sequences_for(g, 60))


@pytest.mark.parametrize("tokens, says", [([], "0 tokens"), ([0] * 300, "300 tokens"), ([512], "vocabulary")])
def test_refusals(tokens, says):
    with pytest.raises(ValueError, match=says):
        Batch(random_weights(GEOMETRIES["tiny"])).hidden([[1], tokens])
