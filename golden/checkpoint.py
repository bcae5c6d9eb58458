"""Hugging Face LLaMA folders (config.json + model.safetensors) as float32 in the chip's order.

The one change of the weights: rows of q and k are permuted from Hugging Face's half-split RoPE
pairs (i, i + head_dim/2) to the chip's interleaved pairs (2i, 2i + 1). Scores do not change by it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, deserialize

from golden.config import ModelConfig
from golden.errors import RomaError

Array = np.ndarray

_AS_SAVED = "give a folder as Hugging Face saves it"
_AGAIN = "copy or download it again"
_DTYPES = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "BF16": np.uint16}


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A LLaMA read from disk.

    ``tensors`` are float32 arrays under Hugging Face names, rows of q and k interleaved. A tied
    head has no ``lm_head.weight``: the head is the embedding. ``tokenizer`` is the path of
    tokenizer.json, which need not exist.
    """

    config: ModelConfig
    tensors: dict[str, Array]
    tokenizer: Path


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Read the Hugging Face folder ``path``.

    Raises
    ------
    RomaError
        When the folder or a file is missing or unreadable, the model is not a plain LLaMA, or a
        tensor is missing, unknown, of the wrong shape, or not finite.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise RomaError(
            f"model folder {folder} does not exist: give one with config.json and model.safetensors"
        )
    raw = read_json(folder / "config.json")
    config = _model_config(raw, folder)
    tied = _flag(raw, "tie_word_embeddings", folder / "config.json")
    file = folder / "model.safetensors"
    if not file.exists() and (folder / "model.safetensors.index.json").exists():
        raise RomaError(f"{folder} holds its weights in several files: save one model.safetensors")
    found = read_tensors(file)
    tensors = {}
    for name, shape in tensor_shapes(config, tied).items():
        if name not in found:
            raise RomaError(f"{file} has no tensor {name}: use a complete LLaMA checkpoint")
        tensors[name] = check_tensor(file, name, found.pop(name), shape, "config.json")
    for name in found:
        if name != "lm_head.weight" and not name.endswith("rotary_emb.inv_freq"):
            raise RomaError(
                f"{file} holds {name}, which a LLaMA of its config.json has not: use a plain LLaMA"
            )
    for name in tensors:
        heads = rope_heads(config, name)
        if heads:
            tensors[name] = interleave_rope(tensors[name], heads)
    return Checkpoint(config, tensors, folder / "tokenizer.json")


def tensor_shapes(config: ModelConfig, tied: bool) -> dict[str, tuple[int, ...]]:
    """Every tensor of a LLaMA and its shape; ``tied`` leaves out lm_head.weight."""
    c = config
    out: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (c.vocab_size, c.hidden_size)}
    for layer in range(c.num_hidden_layers):
        p = f"model.layers.{layer}."
        out[p + "input_layernorm.weight"] = (c.hidden_size,)
        out[p + "post_attention_layernorm.weight"] = (c.hidden_size,)
        out |= {f"{p}{name}.weight": shape for name, shape in linear_shapes(c).items()}
    out["model.norm.weight"] = (c.hidden_size,)
    return out if tied else out | {"lm_head.weight": (c.vocab_size, c.hidden_size)}


def linear_shapes(config: ModelConfig) -> dict[str, tuple[int, int]]:
    """(N, K) of the seven linears of a layer, by their path inside the layer."""
    c = config
    return {
        "self_attn.q_proj": (c.q_dim, c.hidden_size),
        "self_attn.k_proj": (c.kv_dim, c.hidden_size),
        "self_attn.v_proj": (c.kv_dim, c.hidden_size),
        "self_attn.o_proj": (c.hidden_size, c.q_dim),
        "mlp.gate_proj": (c.intermediate_size, c.hidden_size),
        "mlp.up_proj": (c.intermediate_size, c.hidden_size),
        "mlp.down_proj": (c.hidden_size, c.intermediate_size),
    }


def rope_heads(config: ModelConfig, name: str) -> int:
    """Heads in the rows of a tensor that RoPE rotates, 0 for all other tensors."""
    if ".q_proj." in name:
        return config.num_attention_heads
    return config.num_key_value_heads if ".k_proj." in name else 0


def interleave_rope(rows: Array, heads: int) -> Array:
    """Permute rows [heads * head_dim, ...]: row i of a head to 2i, row i + head_dim/2 to 2i + 1."""
    split = rows.reshape(heads, 2, -1, *rows.shape[1:])
    return np.ascontiguousarray(split.swapaxes(1, 2)).reshape(rows.shape)


def read_json(file: Path) -> dict[str, Any]:
    """Read the JSON object in ``file``; raises RomaError when there is none."""
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RomaError(f"{file} does not exist: {_AS_SAVED}") from None
    except (OSError, ValueError) as error:
        raise RomaError(f"{file} is not readable as JSON ({error}): {_AGAIN}") from error
    if not isinstance(raw, dict):
        raise RomaError(f"{file} holds no JSON object: {_AGAIN}")
    return raw


def read_tensors(file: Path) -> dict[str, Array]:
    """Tensors of a safetensors file as float32; raises RomaError when it is missing or broken."""
    try:
        entries = sorted(deserialize(file.read_bytes()), key=lambda entry: entry[0])
    except FileNotFoundError:
        raise RomaError(f"{file} does not exist: {_AS_SAVED}") from None
    except (OSError, SafetensorError) as error:
        raise RomaError(f"{file} is truncated or no safetensors file ({error}): {_AGAIN}") from error
    out = {}
    for name, entry in entries:
        dtype = str(entry["dtype"])
        if dtype not in _DTYPES:
            raise RomaError(f"{file}: {name} has dtype {dtype}: save it as {', '.join(_DTYPES)}")
        x = np.frombuffer(entry["data"], _DTYPES[dtype]).reshape(entry["shape"])
        if dtype == "BF16":
            out[name] = (x.astype(np.uint32) << 16).view(np.float32)
        else:
            with np.errstate(over="ignore"):  # becomes infinity, refused by check_tensor
                out[name] = x.astype(np.float32)
    return out


def check_tensor(file: Path, name: str, x: Array, shape: tuple[int, ...], source: str) -> Array:
    """``x``; raises RomaError unless it has ``shape``, which ``source`` asks for, and is finite."""
    if x.shape != shape:
        raise RomaError(
            f"{file}: {name} has shape {list(x.shape)}, {source} asks for {list(shape)}: "
            "use files that belong together"
        )
    bad = np.argwhere(~np.isfinite(x))
    if len(bad):
        where = [int(i) for i in bad[0]]
        raise RomaError(
            f"{file}: {name}{where} is {x[tuple(bad[0])]}, the chip has finite weights only: repair the file"
        )
    return x


def _model_config(raw: dict[str, Any], folder: Path) -> ModelConfig:
    file = folder / "config.json"
    kind = raw.get("model_type")
    architectures = raw.get("architectures") or ["LlamaForCausalLM"]
    if kind != "llama" or architectures != ["LlamaForCausalLM"]:
        raise RomaError(
            f"{file}: model_type is {kind!r}, architectures {architectures}: "
            "use a 'llama' with LlamaForCausalLM"
        )
    for name in ("rope_scaling", "rope_parameters"):
        value = raw.get(name) or {}
        if not isinstance(value, dict):
            raise RomaError(f"{file}: {name} is {value!r}, legal: null or a JSON object")
        rope_type = value.get("rope_type", value.get("type", "default"))
        if rope_type != "default":
            raise RomaError(
                f"{file}: {name} is {value}, the chip's RoPE has no scaling: use a model without it"
            )
    for name in ("attention_bias", "mlp_bias"):
        if _flag(raw, name, file):
            raise RomaError(f"{file}: {name} is true, the chip adds no bias: use a model without biases")
    if raw.get("hidden_act", "silu") != "silu":
        raise RomaError(
            f"{file}: hidden_act is {raw['hidden_act']!r}, the chip computes silu: use such a model"
        )
    theta = {"rope_theta": 10000.0} | (raw.get("rope_parameters") or {}) | raw
    heads = _whole(raw, "num_attention_heads", file)
    hidden = _whole(raw, "hidden_size", file)
    try:
        return ModelConfig(
            name=folder.resolve().name,
            hidden_size=hidden,
            intermediate_size=_whole(raw, "intermediate_size", file),
            num_hidden_layers=_whole(raw, "num_hidden_layers", file),
            num_attention_heads=heads,
            num_key_value_heads=_whole(raw, "num_key_value_heads", file, heads),
            head_dim=_whole(raw, "head_dim", file, hidden // heads),
            vocab_size=_whole(raw, "vocab_size", file),
            rope_theta=_number(theta, "rope_theta", file),
            rms_norm_eps=_number({"rms_norm_eps": 1e-6} | raw, "rms_norm_eps", file),
        )
    except RomaError as error:
        text = str(error)
        raise RomaError(text if text.startswith(str(file)) else f"{file}: {text}") from None


def _whole(raw: dict[str, Any], name: str, file: Path, default: int | None = None) -> int:
    value = raw.get(name)
    value = default if value is None else value
    if value is None:
        raise RomaError(f"{file} does not say {name}: use the model's own config.json")
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise RomaError(f"{file}: {name} is {value!r}, legal: a whole number >= 1")
    return value


def _number(raw: dict[str, Any], name: str, file: Path) -> float:
    value = raw[name]
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise RomaError(f"{file}: {name} is {value!r}, legal: a number")
    return float(value)


def _flag(raw: dict[str, Any], name: str, file: Path) -> bool:
    value = raw.get(name) or False
    if not isinstance(value, bool):
        raise RomaError(f"{file}: {name} is {value!r}, legal: true or false")
    return value
