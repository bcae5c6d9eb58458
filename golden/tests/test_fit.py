"""The chip that is chosen for a model fits it, and wastes little."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from golden.config import CHIPS, MODELS, PRESETS, ModelConfig
from golden.errors import RomaError
from golden.fit import chip_for, linear_weights
from golden.geometry import LINEARS, Geometry

# Hidden, ffn, layers, heads, KV heads, head_dim, vocabulary of models that people have; the most by which
# padding may blow them up.
REAL = {
    "stories260K": (64, 172, 5, 8, 4, 8, 512, 2.2),
    "stories15M": (288, 768, 6, 6, 6, 48, 32000, 1.5),
    "stories110M": (768, 2048, 12, 12, 12, 64, 32000, 1.1),
    "tinyllama": (2048, 5632, 22, 32, 4, 64, 32000, 1.01),
    "llama-3.2-1b": (2048, 8192, 16, 32, 8, 64, 128256, 1.01),
    "llama-2-7b": (4096, 11008, 32, 32, 32, 128, 32000, 1.1),
    "one KV head": (512, 1000, 2, 48, 1, 64, 300, 1.1),
    "odd": (100, 300, 3, 9, 3, 20, 509, 2.7),
}


def test_presets_keep_their_chips():
    """A model of a preset's shape, whatever its name, runs on that preset's chip."""
    for name in ("tiny", "smollm2", "roma-3b", "roma-8b"):
        chip, shape = PRESETS[name]
        assert chip_for(replace(MODELS[shape], name="mine")) == CHIPS[chip]


@pytest.mark.parametrize("name", REAL)
def test_real_models(name):
    """Legal, and padded by no more than stated."""
    *sizes, most = REAL[name]
    model = ModelConfig(name, *sizes)
    g = Geometry(chip_for(model), model)
    padded = model.num_hidden_layers * sum(n * k for n, k in (g.shape[x] for x in LINEARS))
    assert padded <= most * linear_weights(model)


def test_drawn_models():
    """Any LLaMA with up to 64 query heads for a KV head and up to 64 KV heads gets a chip."""
    r = np.random.default_rng(1)
    for _ in range(100):
        kv = int(r.integers(1, 20))
        model = ModelConfig(
            "drawn",
            hidden_size=int(r.integers(1, 3000)),
            intermediate_size=int(r.integers(1, 9000)),
            num_hidden_layers=int(r.integers(1, 30)),
            num_attention_heads=kv * int(r.integers(1, 9)),
            num_key_value_heads=kv,
            head_dim=2 * int(r.integers(1, 70)),
            vocab_size=int(r.integers(2, 50000)),
        )
        g = Geometry(chip_for(model), model)
        assert g.hidden >= model.hidden_size and g.head_dim >= model.head_dim


def test_too_many_heads():
    """What no chip holds is refused with the reason."""
    model = ModelConfig("wide", 4096, 11008, 2, 65, 1, 128, 1000)
    with pytest.raises(RomaError, match=r"no chip holds model 'wide': .*query heads per KV head is 65"):
        chip_for(model)


def test_too_many_kv_heads():
    """A KV head needs a column of its own."""
    with pytest.raises(RomaError, match=r"num_key_value_heads is more than 64 columns"):
        chip_for(ModelConfig("wide", 4096, 11008, 2, 65, 65, 64, 1000))
