"""An independent LLaMA: float32 textbook forward pass of a whole sequence, for comparison only.

Shares no code with the golden operators. Rows of q and k are stored for interleaved RoPE, as
``golden.checkpoint`` and GGUF have them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from golden.config import ModelConfig
from golden.geometry import LINEARS
from golden.padding import places
from golden.weights import ModelWeights, tensor_name

Array = np.ndarray


def forward(
    tensors: Mapping[str, Array],
    config: ModelConfig,
    tokens: Sequence[int],
    lora: Mapping[tuple[int, str], tuple[Array, Array]] | None = None,
    rope_factors: Array | None = None,
) -> Array:
    """Logits float32 [tokens, vocab] of every position.

    Parameters
    ----------
    tensors
        float32 tensors under Hugging Face names.
    tokens
        The sequence.
    lora
        (layer, linear) -> A [rank, K], B [N, rank] with alpha/r folded in.
    rope_factors
        What divides RoPE's frequencies [head_dim / 2].
    """
    n, heads, kv = len(tokens), config.num_attention_heads, config.num_key_value_heads
    hd = config.head_dim
    lora = lora or {}

    def norm(x: Array, name: str) -> Array:
        mean = np.mean(x * x, axis=-1, keepdims=True)
        return x / np.sqrt(mean + np.float32(config.rms_norm_eps)) * tensors[name]

    def linear(x: Array, layer: int, name: str) -> Array:
        y = x @ tensors[tensor_name(layer, name)].T
        if (layer, name) in lora:
            a, b = lora[layer, name]
            y = y + x @ a.T @ b.T
        return y

    frequency = config.rope_theta ** (-np.arange(0, hd, 2) / hd)
    frequency = frequency if rope_factors is None else frequency / rope_factors
    turn = np.exp(1j * np.outer(np.arange(n), frequency))[:, None].astype(np.complex64)

    def rope(x: Array) -> Array:
        pairs = np.ascontiguousarray(x, np.float32).view(np.complex64)
        return (pairs * turn).view(np.float32)

    future = np.triu(np.full((n, n), -np.inf, np.float32), 1)
    x = tensors["model.embed_tokens.weight"][list(tokens)].astype(np.float32)
    for layer in range(config.num_hidden_layers):
        h = norm(x, f"model.layers.{layer}.input_layernorm.weight")
        q = rope(linear(h, layer, "q_proj").reshape(n, heads, hd))
        k = rope(linear(h, layer, "k_proj").reshape(n, kv, hd)).repeat(heads // kv, axis=1)
        v = linear(h, layer, "v_proj").reshape(n, kv, hd).repeat(heads // kv, axis=1)
        score = np.einsum("ihd,jhd->hij", q, k) / np.float32(np.sqrt(hd)) + future
        p = np.exp(score - score.max(axis=-1, keepdims=True))
        p /= p.sum(axis=-1, keepdims=True)
        att = np.einsum("hij,jhd->ihd", p, v).reshape(n, heads * hd)
        x = x + linear(att, layer, "o_proj")
        h = norm(x, f"model.layers.{layer}.post_attention_layernorm.weight")
        gate = linear(h, layer, "gate_proj")
        x = x + linear(gate / (1 + np.exp(-gate)) * linear(h, layer, "up_proj"), layer, "down_proj")
    head = tensors.get("lm_head.weight", tensors["model.embed_tokens.weight"])
    return norm(x, "model.norm.weight") @ head.T


def dequantised_tensors(weights: ModelWeights) -> dict[str, Array]:
    """Return the ROMs' weights as float32 tensors under Hugging Face names, without padding."""
    m = weights.geometry.model
    hidden = m.hidden_size

    g = weights.geometry
    out = {
        "model.embed_tokens.weight": weights.embedding.dequantise()[: m.vocab_size, :hidden],
        "lm_head.weight": weights.lm_head.dequantise()[: m.vocab_size, :hidden],
        "model.norm.weight": weights.norms[-1, :hidden],
    }
    for layer, matrices in enumerate(weights.layers):
        for name in LINEARS:
            rows, columns = places(g, name)
            out[tensor_name(layer, name)] = matrices[name].dequantise()[rows[:, None], columns]
        for i, norm in enumerate(("input_layernorm", "post_attention_layernorm")):
            out[f"model.layers.{layer}.{norm}.weight"] = weights.norms[2 * layer + i, :hidden]
    return out
