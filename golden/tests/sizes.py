"""Sizes, random models and adapters that the tests share."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from golden.config import ChipConfig, ModelConfig
from golden.geometry import LINEARS, Geometry, preset
from golden.quantise import QuantisedMatrix
from golden.weights import ModelWeights, prepare, tensor_name, true_shape

Array = np.ndarray

# Nothing is a power of two that need not be: hidden, intermediate and vocabulary are padded.
ODD = Geometry(
    ChipConfig(
        "odd",
        columns=3,
        rows=2,
        weight_bits=2,
        block=16,
        word_bits=32,
        h_block=16,
        group_size=32,
        frac_bits=2,
        head_bits=4,
        hops=3,
        context=24,
        max_rank=10,
        acc_depth=64,
    ),
    ModelConfig("odd", 90, 150, 2, 6, 3, 16, 101),
)
# Four columns share the only KV head; 8-bit weights whose integers exceed float32.
SHARED = Geometry(
    ChipConfig(
        "shared",
        columns=4,
        rows=2,
        weight_bits=8,
        block=64,
        h_block=16,
        group_size=64,
        head_bits=8,
        context=30,
        max_rank=4,
    ),
    ModelConfig("shared", 250, 260, 1, 2, 1, 128, 60, rope_theta=500.0),
)
# One column of many units; an adapter's intermediate takes two blocks.
TALL = Geometry(
    ChipConfig(
        "tall",
        columns=1,
        rows=16,
        weight_bits=4,
        block=32,
        h_block=16,
        group_size=32,
        context=20,
        max_rank=32,
        acc_depth=16,
    ),
    ModelConfig("tall", 64, 90, 1, 2, 1, 32, 50),
)
GEOMETRIES = {
    "tiny": preset("tiny"),
    "tiny-2bit": preset("tiny-2bit"),
    "tiny-wide": preset("tiny-wide"),
    "odd": ODD,
    "shared": SHARED,
}


def random_tensors(m: ModelConfig, seed: int = 0, std: float = 0.02, tied: bool = True) -> dict[str, Array]:
    """A random checkpoint's tensors under Hugging Face names."""
    r = np.random.default_rng(seed)

    def normal(*shape: int, mean: float = 0, std: float = std) -> Array:
        return r.normal(mean, std, shape).astype(np.float32)

    out = {"model.embed_tokens.weight": normal(m.vocab_size, m.hidden_size)}
    if not tied:
        out["lm_head.weight"] = normal(m.vocab_size, m.hidden_size)
    for layer in range(m.num_hidden_layers):
        for name in LINEARS:
            out[tensor_name(layer, name)] = normal(*true_shape(m, name), std=2 * std)
        for norm in ("input_layernorm", "post_attention_layernorm"):
            out[f"model.layers.{layer}.{norm}.weight"] = normal(m.hidden_size, mean=1, std=0.1)
    return out | {"model.norm.weight": normal(m.hidden_size, mean=1, std=0.1)}


def random_weights(g: Geometry, seed: int = 0, tied: bool = True) -> ModelWeights:
    """A random model on its geometry."""
    return prepare(checkpoint(random_tensors(g.model, seed, tied=tied)), g)


def checkpoint(tensors: dict[str, Array]) -> Any:
    """Stands for ``golden.checkpoint.Checkpoint``."""
    return SimpleNamespace(tensors=tensors, rope_factors=None)


def random_adapter(g: Geometry, rank: int, seed: int = 1) -> Any:
    """Stands for ``golden.adapter.Adapter``."""
    r = np.random.default_rng(seed)
    pairs = {}
    for layer in range(g.model.num_hidden_layers):
        for name in LINEARS:
            n, k = true_shape(g.model, name)
            a, b = r.normal(0, 0.1, (rank, k)), r.normal(0, 0.05, (n, rank))
            pairs[layer, name] = a.astype(np.float32), b.astype(np.float32)
    return SimpleNamespace(pairs=pairs)


def random_matrix(
    r: np.random.Generator, n: int, k: int, bits: int, group: int, frac: int = 4
) -> QuantisedMatrix:
    """Codes, scales and zero-points all over their ranges."""
    codes = r.integers(0, 1 << bits, (n, k)).astype(np.uint8)
    scale = (10.0 ** r.uniform(-5, 0, (n, k // group))).astype(np.float16)
    zero = r.integers(0, 1 << bits + frac, (n, k // group)).astype(np.uint16)
    return QuantisedMatrix(codes, scale, zero, bits, group, frac)


def same_bits(a: Array, b: Array) -> None:
    """Assert equal shapes and float32 bit patterns (so -0 differs from +0)."""
    a, b = np.asarray(a, np.float32), np.asarray(b, np.float32)
    assert a.shape == b.shape
    a, b = (np.ascontiguousarray(x).view(np.uint32) for x in (a, b))
    np.testing.assert_array_equal(a, b)
