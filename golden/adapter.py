"""LoRA adapters in PEFT's layout (adapter_config.json + adapter_model.safetensors)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from golden.config import ModelConfig
from golden.errors import RomaError
from golden.importers.json_file import read_json
from golden.importers.llama import check_tensor, interleave_rope, linear_shapes, rope_heads
from golden.importers.safetensors_file import read_tensors

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
    "fan_in_fan_out": (False, None),
    "layer_replication": (None, []),
    "trainable_token_indices": (None, []),
    "target_parameters": (None, []),
    "use_qalora": (False, None),
    "alora_invocation_tokens": (None, []),
}
# Beginnings after which the saved matrices belong to a base other than the model's own.
_CHANGED_BASE = ("pissa", "olora", "corda", "loftq")


@dataclass(frozen=True, eq=False)
class Adapter:
    """A LoRA adapter: y += B (A x).

    ``pairs[layer, linear]`` = (A float32 [rank, K], B float32 [N, rank]), alpha/r folded into B,
    rows of B of q and k interleaved like the base's. A linear that is not adapted has no entry.
    ``rank`` and ``alpha`` are those of linears to which the adapter gives none of their own.
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
    ranks = _lora_config(folder / "adapter_config.json")
    file = folder / "adapter_model.safetensors"
    halves: dict[tuple[int, str], dict[str, Array]] = {}
    for tensor, x in read_tensors(file).items():
        layer, path_in_layer, linear, part = _parse(file, tensor, config)
        n, k = linear_shapes(config)[path_in_layer]
        rank, scaling = ranks.of(f"model.layers.{layer}.{path_in_layer}")
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
    return Adapter(folder.resolve().name, ranks.rank, ranks.alpha, pairs)


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


@dataclass(frozen=True)
class _Ranks:
    """Rank and alpha of every linear: PEFT's patterns are regular expressions for a path's end."""

    rank: int
    alpha: float
    rslora: bool
    rank_pattern: dict[str, int]
    alpha_pattern: dict[str, float]

    def of(self, module: str) -> tuple[int, float]:
        """Rank of a linear and the factor that its B takes."""
        rank = self._first(self.rank_pattern, module, self.rank)
        alpha = self._first(self.alpha_pattern, module, self.alpha)
        return int(rank), alpha / (math.sqrt(rank) if self.rslora else rank)

    @staticmethod
    def _first(pattern: dict[str, Any], module: str, default: float) -> float:
        for key, value in pattern.items():
            if re.fullmatch(rf"(.*\.)?({key})", module):
                return value
        return default


def _lora_config(file: Path) -> _Ranks:
    """What adapter_config.json says; raises RomaError."""
    raw = read_json(file)
    if raw.get("peft_type") != "LORA":
        raise RomaError(f"{file}: peft_type is {raw.get('peft_type')!r}, legal: 'LORA'")
    for name, neutral in _UNSUPPORTED.items():
        if name in raw and raw[name] not in neutral:
            raise RomaError(
                f"{file}: {name} is {raw[name]!r}, the chip runs plain LoRA: train with {neutral[0]!r}"
            )
    begin = raw.get("init_lora_weights")
    if isinstance(begin, str) and begin.lower().startswith(_CHANGED_BASE):
        raise RomaError(
            f"{file}: init_lora_weights is {begin!r}, which changes the base's weights: "
            "convert the adapter to plain LoRA"
        )
    rank, alpha = _rank(raw.get("r"), "r", file), _alpha(raw.get("lora_alpha"), "lora_alpha", file)
    ranks = {k: _rank(v, f"rank_pattern {k!r}", file) for k, v in _pattern(raw, "rank_pattern", file)}
    alphas = {k: _alpha(v, f"alpha_pattern {k!r}", file) for k, v in _pattern(raw, "alpha_pattern", file)}
    return _Ranks(rank, alpha, bool(raw.get("use_rslora")), ranks, alphas)


def _pattern(raw: dict[str, Any], name: str, file: Path) -> Iterable[tuple[str, Any]]:
    value = raw.get(name) or {}
    if not isinstance(value, dict):
        raise RomaError(f"{file}: {name} is {value!r}, legal: an object")
    for key in value:
        try:
            re.compile(key)
        except re.error as error:
            raise RomaError(f"{file}: {name} {key!r} is no regular expression ({error}): {_SAVE}") from None
    return value.items()


def _rank(rank: Any, name: str, file: Path) -> int:
    if not isinstance(rank, int) or isinstance(rank, bool) or rank < 1:
        raise RomaError(f"{file}: {name} is {rank!r}, legal: a whole number >= 1")
    return rank


def _alpha(alpha: Any, name: str, file: Path) -> float:
    if not isinstance(alpha, int | float) or isinstance(alpha, bool) or not math.isfinite(alpha):
        raise RomaError(f"{file}: {name} is {alpha!r}, legal: a number")
    return float(alpha)
