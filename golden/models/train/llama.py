"""A LLaMA in plain PyTorch under Hugging Face parameter names, with hooks for QAT and LoRA."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 128,
    "intermediate_size": 384,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "vocab_size": 512,
    "max_position_embeddings": 256,
    "rope_theta": 10000.0,
    "rms_norm_eps": 1e-5,
    "hidden_act": "silu",
    "tie_word_embeddings": True,
    "attention_bias": False,
    "mlp_bias": False,
    "bos_token_id": 0,
    "eos_token_id": 0,
    "torch_dtype": "float32",
}
LINEARS = {
    "self_attn.q_proj": (128, 128),
    "self_attn.k_proj": (64, 128),
    "self_attn.v_proj": (64, 128),
    "self_attn.o_proj": (128, 128),
    "mlp.gate_proj": (384, 128),
    "mlp.up_proj": (384, 128),
    "mlp.down_proj": (128, 384),
}


def fresh(seed: int) -> dict[str, Tensor]:
    """Initial weights under Hugging Face names."""
    g = torch.Generator().manual_seed(seed)
    c = CONFIG
    w = {"model.embed_tokens.weight": torch.randn(c["vocab_size"], c["hidden_size"], generator=g) * 0.05}
    w["model.norm.weight"] = torch.ones(c["hidden_size"])
    for i in range(c["num_hidden_layers"]):
        p = f"model.layers.{i}."
        w[p + "input_layernorm.weight"] = torch.ones(c["hidden_size"])
        w[p + "post_attention_layernorm.weight"] = torch.ones(c["hidden_size"])
        for name, shape in LINEARS.items():
            std = 0.02 if not name.endswith(("o_proj", "down_proj")) else 0.02 / math.sqrt(8)
            w[p + name + ".weight"] = torch.randn(*shape, generator=g) * std * 2
    return w


def rope(x: Tensor, theta: float, start: int = 0) -> Tensor:
    """Half-split rotation of [batch, heads, time, head_dim] from position ``start``."""
    half = x.shape[-1] // 2
    t = torch.arange(start, start + x.shape[-2], dtype=torch.float32)
    freq = theta ** (-torch.arange(half, dtype=torch.float32) / half)
    angle = torch.outer(t, freq)
    cos, sin = angle.cos(), angle.sin()
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


def norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """RMSNorm."""
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * weight


def matmul(x: Tensor, weight: Tensor) -> Tensor:
    """Rows of ``weight`` times x, in the weight's format: a frozen base may be bfloat16, x is float32."""
    return F.linear(x.to(weight.dtype), weight).float()


def hidden(
    w: dict[str, Tensor],
    tokens: Tensor,
    lora: nn.ParameterDict | None = None,
    scaling: float = 1.0,
    config: dict[str, Any] = CONFIG,
    cache: list[tuple[Tensor, Tensor]] | None = None,
) -> Tensor:
    """What the head sees, [batch, time, hidden].

    ``lora`` adapts the linears that it has. ``cache`` (begun as an empty list) holds k and v of
    every layer: then ``tokens`` are the sequence's next ones, after the first call one a call.
    """
    c = config
    heads, kv, hd = c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"]
    theta, eps = c["rope_theta"], c["rms_norm_eps"]
    start = cache[0][0].shape[2] if cache else 0

    def linear(x: Tensor, name: str) -> Tensor:
        y = matmul(x, w[name + ".weight"])
        key = name.replace(".", "/")
        if lora is not None and key + "/A" in lora:
            y = y + F.linear(F.linear(x, lora[key + "/A"]), lora[key + "/B"]) * scaling
        return y

    x = w["model.embed_tokens.weight"][tokens].float()
    b, t, _ = x.shape
    for i in range(c["num_hidden_layers"]):
        p = f"model.layers.{i}."
        h = norm(x, w[p + "input_layernorm.weight"], eps)
        q = linear(h, p + "self_attn.q_proj").view(b, t, heads, hd).transpose(1, 2)
        k = linear(h, p + "self_attn.k_proj").view(b, t, kv, hd).transpose(1, 2)
        v = linear(h, p + "self_attn.v_proj").view(b, t, kv, hd).transpose(1, 2)
        q, k = rope(q, theta, start), rope(k, theta, start)
        if cache is not None:
            if start:
                k, v = (torch.cat([old, new], dim=2) for old, new in zip(cache[i], (k, v), strict=True))
            cache[i : i + 1] = [(k, v)]
        k, v = (y.repeat_interleave(heads // kv, dim=1) for y in (k, v))
        a = F.scaled_dot_product_attention(q, k, v, is_causal=start == 0)
        x = x + linear(a.transpose(1, 2).reshape(b, t, heads * hd), p + "self_attn.o_proj")
        h = norm(x, w[p + "post_attention_layernorm.weight"], eps)
        h = F.silu(linear(h, p + "mlp.gate_proj")) * linear(h, p + "mlp.up_proj")
        x = x + linear(h, p + "mlp.down_proj")
    return norm(x, w["model.norm.weight"], eps)


def head(w: dict[str, Tensor], x: Tensor) -> Tensor:
    """Logits of what ``hidden`` returned."""
    return matmul(x, w.get("lm_head.weight", w["model.embed_tokens.weight"]))


def forward(
    w: dict[str, Tensor], tokens: Tensor, lora: nn.ParameterDict | None = None, scaling: float = 1.0
) -> Tensor:
    """Logits [batch, time, vocab] of ``CONFIG``'s model."""
    return head(w, hidden(w, tokens, lora, scaling))
