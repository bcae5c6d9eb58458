"""LoRA adapters in PEFT's layout (adapter_config.json + adapter_model.safetensors)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from golden.checkpoint import (
    check_tensor,
    interleave_rope,
    linear_shapes,
    read_json,
    read_tensors,
    rope_heads,
)
from golden.config import ModelConfig
from golden.errors import RomaError

Array = np.ndarray

_NAME = re.compile(
    r"base_model\.model\.model\.layers\.(\d+)\.(\w+\.(\w+))\.lora_([AB])(?:\.default)?\.weight"
)

_SAVE = "save the adapter again"

# What PEFT can do and the chip cannot: field -> the values that ask for nothing.
_UNSUPPORTED = {
    "use_dora": (False, None),
    "bias": ("none", None),
    "lora_bias": (False, None),
    "modules_to_save": (None, []),
    "rank_pattern": ({}, None),
    "alpha_pattern": ({}, None),
    "fan_in_fan_out": (False, None),
    "layer_replication": (None, []),
    "trainable_token_indices": (None, []),
    "target_parameters": (None, []),
}


@dataclass(frozen=True, eq=False)
class Adapter:
    """A LoRA adapter: y += B (A x).

    ``pairs[layer, linear]`` = (A float32 [rank, K], B float32 [N, rank]), alpha/r folded into B,
    rows of B of q and k interleaved like the base's. A linear that is not adapted has no entry.
    """

    name: str
    rank: int
    alpha: float
    pairs: dict[tuple[int, str], tuple[Array, Array]]


def load_adapter(path: str | Path, config: ModelConfig) -> Adapter:
    """Read the PEFT folder ``path`` for a model of ``config``.

    Raises
    ------
    RomaError
        When a file is missing or unreadable, the adapter asks for more than LoRA on linears,
        belongs to another model, is incomplete, or holds a value that is not finite.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise RomaError(f"adapter folder {folder} does not exist: give a folder as PEFT saves it")
    rank, alpha, scaling = _lora_config(folder / "adapter_config.json")
    file = folder / "adapter_model.safetensors"
    halves: dict[tuple[int, str], dict[str, Array]] = {}
    for tensor, x in read_tensors(file).items():
        layer, path_in_layer, linear, part = _parse(file, tensor, config)
        n, k = linear_shapes(config)[path_in_layer]
        shape = (rank, k) if part == "A" else (n, rank)
        x = check_tensor(file, tensor, x, shape, f"rank {rank} for model {config.name}")
        if part == "B":
            with np.errstate(over="ignore"):
                x = x * np.float32(scaling)
            x = check_tensor(file, f"alpha/r x {tensor}", x, shape, "")
            heads = rope_heads(config, tensor)
            x = interleave_rope(x, heads) if heads else x
        if part in halves.setdefault((layer, linear), {}):
            raise RomaError(f"{file} holds {tensor} twice, once as '.default': {_SAVE}")
        halves[layer, linear][part] = x
    for (layer, linear), parts in halves.items():
        if len(parts) < 2:
            lost = "B" if "A" in parts else "A"
            raise RomaError(f"{file} has no lora_{lost} of {linear} in layer {layer}: {_SAVE}")
    if not halves:
        raise RomaError(f"{file} adapts nothing: {_SAVE}")
    pairs = {key: (halves[key]["A"], halves[key]["B"]) for key in sorted(halves)}
    return Adapter(folder.resolve().name, rank, alpha, pairs)


def _parse(file: Path, tensor: str, config: ModelConfig) -> tuple[int, str, str, str]:
    match = _NAME.fullmatch(tensor)
    if match is None or match[2] not in linear_shapes(config):
        raise RomaError(f"{file} holds {tensor}, legal: lora_A and lora_B of the seven linears")
    layer = int(match[1])
    if layer >= config.num_hidden_layers:
        raise RomaError(
            f"{file} holds {tensor}, model {config.name} has {config.num_hidden_layers} layers: "
            "the adapter belongs to another model, train one for this"
        )
    return layer, match[2], match[3], match[4]


def _lora_config(file: Path) -> tuple[int, float, float]:
    """Rank, alpha and the factor that B takes."""
    raw = read_json(file)
    if raw.get("peft_type") != "LORA":
        raise RomaError(f"{file}: peft_type is {raw.get('peft_type')!r}, legal: 'LORA'")
    for name, neutral in _UNSUPPORTED.items():
        if name in raw and raw[name] not in neutral:
            raise RomaError(
                f"{file}: {name} is {raw[name]!r}, the chip runs plain LoRA: train with {neutral[0]!r}"
            )
    rank, alpha = raw.get("r"), _alpha(raw, file)
    if not isinstance(rank, int) or isinstance(rank, bool) or rank < 1:
        raise RomaError(f"{file}: r is {rank!r}, legal: a whole number >= 1")
    rslora = raw.get("use_rslora") or False
    return rank, alpha, alpha / (math.sqrt(rank) if rslora else rank)


def _alpha(raw: dict[str, Any], file: Path) -> float:
    alpha = raw.get("lora_alpha")
    if not isinstance(alpha, int | float) or isinstance(alpha, bool) or not math.isfinite(alpha):
        raise RomaError(f"{file}: lora_alpha is {alpha!r}, legal: a number")
    return float(alpha)
