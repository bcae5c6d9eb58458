"""Hugging Face LLaMA folders: config.json and one or many safetensors files.

The one change of the weights: rows of q and k are permuted from Hugging Face's half-split RoPE
pairs (i, i + head_dim/2) to the chip's interleaved pairs (2i, 2i + 1). Scores do not change by it.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from golden.config import ModelConfig
from golden.errors import RomaError
from golden.importers.json_file import flag, number, read_json, whole
from golden.importers.llama import Checkpoint, check_tensor, interleave_rope, rope_heads, tensor_shapes
from golden.importers.safetensors_file import TensorFiles

Array = np.ndarray

_ROPE = ("rope_scaling", "rope_parameters")


def load_huggingface(folder: Path) -> Checkpoint:
    """Read the folder as Hugging Face saves it.

    Raises
    ------
    RomaError
        When a file is missing or unreadable, the model is not a plain LLaMA, or a tensor is
        missing, unknown, of the wrong shape, or not finite.
    """
    raw = read_json(folder / "config.json")
    config = _model_config(raw, folder)
    tied = flag(raw, "tie_word_embeddings", folder / "config.json")
    tensors = {}
    shapes = tensor_shapes(config, tied)
    with TensorFiles.of_model(folder) as files:
        for name in shapes:
            if name not in files:
                raise RomaError(f"{files.index} has no tensor {name}: use a complete LLaMA checkpoint")
        for name in files.names:
            known = name in shapes or name == "lm_head.weight"
            if not known and not name.endswith("rotary_emb.inv_freq"):
                raise RomaError(
                    f"{files.where(name)} holds {name}, which a LLaMA of its config.json has not: "
                    "use a plain LLaMA"
                )
        for name, shape in shapes.items():
            x = check_tensor(files.where(name), name, files.read(name), shape, "config.json")
            heads = rope_heads(config, name)
            tensors[name] = interleave_rope(x, heads) if heads else x
        read = files.files
    factors = _rope_factors(raw, config, folder / "config.json")
    return Checkpoint(config, tensors, folder / "tokenizer.json", read, factors)


def _model_config(raw: dict[str, Any], folder: Path) -> ModelConfig:
    file = folder / "config.json"
    kind = raw.get("model_type")
    architectures = raw.get("architectures") or ["LlamaForCausalLM"]
    if kind != "llama" or architectures != ["LlamaForCausalLM"]:
        raise RomaError(
            f"{file}: model_type is {kind!r}, architectures {architectures}: "
            "use a 'llama' with LlamaForCausalLM"
        )
    if raw.get("quantization_config"):
        method = raw["quantization_config"]
        method = method.get("quant_method") if isinstance(method, dict) else method
        raise RomaError(f"{file}: quantization_config is {method!r}: use the model before quantisation")
    for name in ("attention_bias", "mlp_bias"):
        if flag(raw, name, file):
            raise RomaError(f"{file}: {name} is true, the chip adds no bias: use a model without biases")
    if raw.get("hidden_act", "silu") != "silu":
        raise RomaError(
            f"{file}: hidden_act is {raw['hidden_act']!r}, the chip computes silu: use such a model"
        )
    rope = _rope(raw, file)
    theta = {"rope_theta": 10000.0} | {k: v for k, v in rope.items() if k == "rope_theta"} | raw
    heads = whole(raw, "num_attention_heads", file)
    hidden = whole(raw, "hidden_size", file)
    try:
        return ModelConfig(
            name=folder.resolve().name,
            hidden_size=hidden,
            intermediate_size=whole(raw, "intermediate_size", file),
            num_hidden_layers=whole(raw, "num_hidden_layers", file),
            num_attention_heads=heads,
            num_key_value_heads=whole(raw, "num_key_value_heads", file, heads),
            head_dim=whole(raw, "head_dim", file, hidden // heads),
            vocab_size=whole(raw, "vocab_size", file),
            rope_theta=number(theta, "rope_theta", file),
            rms_norm_eps=number({"rms_norm_eps": 1e-6} | raw, "rms_norm_eps", file),
        )
    except RomaError as error:
        text = str(error)
        raise RomaError(text if text.startswith(str(file)) else f"{file}: {text}") from None


def _rope(raw: dict[str, Any], file: Path) -> dict[str, Any]:
    """What config.json says of RoPE's scaling (two names have been in use), checked for its type."""
    out: dict[str, Any] = {}
    for name in _ROPE:
        value = raw.get(name) or {}
        if not isinstance(value, dict):
            raise RomaError(f"{file}: {name} is {value!r}, legal: null or a JSON object")
        rope_type = value.get("rope_type", value.get("type", "default"))
        if rope_type not in ("default", "llama3"):
            raise RomaError(
                f"{file}: {name} is {value}, the chip's RoPE scales as 'llama3' or not at all: "
                "use a model of that kind"
            )
        out |= value | ({"rope_type": rope_type} if value else {})
    return out


def _rope_factors(raw: dict[str, Any], config: ModelConfig, file: Path) -> Array | None:
    """By what Llama 3.1 and later divide each frequency; None where nothing is scaled.

    Long waves (more than old context / low_freq_factor positions) are stretched by ``factor``,
    short ones are left alone, those between are blended.
    """
    rope = _rope(raw, file)
    if rope.get("rope_type", "default") == "default":
        return None
    names = ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings")
    for name in names:
        if name not in rope:
            raise RomaError(f"{file}: rope_scaling does not say {name}: use the model's own config.json")
    factor, low, high, old = (number(rope, name, file) for name in names)
    if not (factor >= 1 and 0 < low < high and old > 0):
        raise RomaError(
            f"{file}: rope_scaling is {rope}, legal: factor >= 1, 0 < low_freq_factor < high_freq_factor"
        )
    t = np.arange(config.head_dim // 2)
    wave = 2 * math.pi * config.rope_theta ** (2 * t / config.head_dim)
    smooth = np.clip((old / wave - low) / (high - low), 0, 1)
    return 1 / ((1 - smooth) / factor + smooth)
