"""GGUF files of LLaMAs: metadata to ModelConfig, tensors under Hugging Face's names.

GGUF stores the rows of q and k in the order of the chip, pairs (2i, 2i + 1): nothing is permuted.
"""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from golden.config import ModelConfig
from golden.errors import RomaError
from golden.importers import gguf_blocks
from golden.importers.exact import ExactTensor
from golden.importers.llama import Checkpoint, check_finite, check_shape, tensor_shapes

Array = np.ndarray

_LOG = logging.getLogger(__name__)
_LAYER = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_WHOLE = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}
ROPE_FACTORS = "rope_freqs.weight"


def gguf_name(name: str) -> str:
    """GGUF's name of a tensor of Hugging Face."""
    if name in _WHOLE:
        return _WHOLE[name]
    layer, inner = name.removeprefix("model.layers.").removesuffix(".weight").split(".", 1)
    return f"blk.{layer}.{_LAYER[inner]}.weight"


class Metadata:
    """The key-value part of an open file, with sentences for what is missing or wrong."""

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            self.reader = gguf.GGUFReader(file)
        except OSError as error:
            raise RomaError(
                f"{file} is not readable ({error.strerror}): give the path of a GGUF file"
            ) from None
        except Exception as error:  # whatever bytes can do to the library's reader
            raise RomaError(
                f"{file} is truncated or no GGUF file ({error}): copy or download it again"
            ) from None
        if self.reader.endianess != gguf.GGUFEndian.LITTLE:
            raise RomaError(f"{file} is big-endian: convert it to little-endian")

    def get(self, key: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
        """Value of ``key``, or ``default``; raises RomaError when it is of another type."""
        field = self.reader.get_field(key)
        if field is None:
            return default
        value = field.contents()
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            raise RomaError(f"{self.file}: {key} is {str(value)[:40]!r}: convert the model again")
        return value

    def need(self, key: str, kind: type | tuple[type, ...]) -> Any:
        """Value of ``key``; raises RomaError when there is none."""
        value = self.get(key, kind)
        if value is None:
            raise RomaError(f"{self.file} does not say {key}: convert the model again")
        return value


def load_gguf(file: Path) -> Checkpoint:
    """Read the LLaMA in ``file``.

    Raises
    ------
    RomaError
        When the file is broken, the model is not a plain LLaMA, or a tensor is missing, unknown, of
        the wrong shape or type, or not finite.
    """
    meta = Metadata(file)
    found = {t.name: t for t in meta.reader.tensors}
    config = _model_config(meta, found)
    tied = "output.weight" not in found
    tensors: dict[str, Array | ExactTensor] = {}
    again: Counter[str] = Counter()
    for name, shape in tensor_shapes(config, tied).items():
        theirs = gguf_name(name)
        if theirs not in found:
            raise RomaError(f"{file} has no tensor {theirs}: use a complete LLaMA")
        t = found.pop(theirs)
        check_shape(file, theirs, tuple(int(n) for n in t.shape[::-1]), shape, "its metadata")
        tensors[name] = _read(file, t)
        if t.tensor_type not in (*gguf_blocks.FLOATS, *gguf_blocks.EXACT):
            again[t.tensor_type.name] += 1
    factors = _rope_factors(file, found.pop(ROPE_FACTORS, None), config)
    for name in found:
        raise RomaError(f"{file} holds {name}, which a LLaMA of its metadata has not: use a plain LLaMA")
    if again:
        kinds = ", ".join(f"{n} of {kind}" for kind, n in sorted(again.items()))
        _LOG.warning(
            "warning: %s: the ROM has no format for some tensors (%s), they are quantised anew", file, kinds
        )
    return Checkpoint(config, tensors, file, (file,), factors)


def _read(file: Path, t: Any) -> Array | ExactTensor:
    if t.tensor_type in gguf_blocks.EXACT and len(t.shape) == 2:
        out = gguf_blocks.exact(t.data, t.tensor_type)
        check_finite(file, f"scale of {t.name}", out.scale)
        if out.minimum is not None:
            check_finite(file, f"minimum of {t.name}", out.minimum)
        return out
    try:
        x = gguf_blocks.floats(t.data, t.tensor_type)
    except NotImplementedError:
        raise RomaError(
            f"{file}: {t.name} is {t.tensor_type.name}, which gguf cannot read: "
            "quantise the model to Q4_0, Q4_1 or Q8_0"
        ) from None
    check_finite(file, t.name, x)
    return x


def _rope_factors(file: Path, t: Any, config: ModelConfig) -> Array | None:
    if t is None:
        return None
    x = np.asarray(_read(file, t), np.float64)
    check_shape(file, ROPE_FACTORS, x.shape, (config.head_dim // 2,), "its metadata")
    if not (x > 0).all():
        raise RomaError(f"{file}: {ROPE_FACTORS} has a value <= 0: convert the model again")
    return None if (x == 1).all() else x


def _model_config(meta: Metadata, found: dict[str, Any]) -> ModelConfig:
    file = meta.file
    kind = meta.need("general.architecture", str)
    if kind != "llama":
        raise RomaError(f"{file}: general.architecture is {kind!r}: use a 'llama'")
    experts = meta.get("llama.expert_count", int, 0)
    if experts:
        raise RomaError(
            f"{file}: llama.expert_count is {experts}, the chip has no experts: use a dense model"
        )
    scaling = meta.get("llama.rope.scaling.type", str, "none")
    if scaling != "none":
        raise RomaError(
            f"{file}: llama.rope.scaling.type is {scaling!r}, the chip's RoPE has no such scaling: "
            "use a model without it"
        )
    heads = _per_layer(meta, "llama.attention.head_count")
    hidden = meta.need("llama.embedding_length", int)
    head_dim = meta.get("llama.attention.key_length", int, hidden // max(heads, 1))
    for key in ("llama.attention.value_length", "llama.rope.dimension_count"):
        if meta.get(key, int, head_dim) != head_dim:
            raise RomaError(
                f"{file}: {key} is {meta.get(key, int)}, legal: {head_dim}, the length of a head's keys"
            )
    embedding = found.get("token_embd.weight")
    rows = int(embedding.shape[-1]) if embedding is not None else None
    try:
        return ModelConfig(
            name=file.resolve().stem,
            hidden_size=hidden,
            intermediate_size=_per_layer(meta, "llama.feed_forward_length"),
            num_hidden_layers=meta.need("llama.block_count", int),
            num_attention_heads=heads,
            num_key_value_heads=_per_layer(meta, "llama.attention.head_count_kv", heads),
            head_dim=head_dim,
            vocab_size=meta.get("llama.vocab_size", int, rows) or 0,
            rope_theta=_decimal(meta.get("llama.rope.freq_base", (int, float), 10000.0)),
            rms_norm_eps=_decimal(meta.need("llama.attention.layer_norm_rms_epsilon", (int, float))),
        )
    except RomaError as error:
        text = str(error)
        raise RomaError(text if text.startswith(str(file)) else f"{file}: {text}") from None


def _per_layer(meta: Metadata, key: str, default: int | None = None) -> int:
    """A number that GGUF may give once or for every layer."""
    value = meta.get(key, (int, list), default)
    values = set(value) if isinstance(value, list) else {value}
    if len(values) != 1 or None in values:
        if value is None:
            raise RomaError(f"{meta.file} does not say {key}: convert the model again")
        raise RomaError(f"{meta.file}: {key} differs from layer to layer, legal: one value for all")
    return values.pop()


def _decimal(x: float) -> float:
    """The shortest decimal that gives the float32 x: 1e-5, not 9.999999747e-06."""
    return float(str(np.float32(x)))
