"""What every importer makes: a LLaMA in the chip's order, under Hugging Face's names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from golden.config import ModelConfig
from golden.errors import RomaError
from golden.importers.exact import ExactTensor

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A LLaMA read from disk.

    ``tensors`` are float32 arrays, or codes that go into the ROM as they are, under Hugging Face
    names, rows of q and k interleaved. A tied head has no ``lm_head.weight``: the head is the
    embedding. ``tokenizer`` is the file with the tokenizer, which need not exist. ``files`` are
    those that hold the weights. ``rope_factors`` [head_dim / 2] divide RoPE's frequencies.
    """

    config: ModelConfig
    tensors: Mapping[str, Array | ExactTensor]
    tokenizer: Path
    files: tuple[Path, ...] = ()
    rope_factors: Array | None = None

    def floats(self) -> dict[str, Array]:
        """All tensors as float32."""
        return {name: np.asarray(x, np.float32) for name, x in self.tensors.items()}


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


def check_shape(file: Path, name: str, found: tuple[int, ...], shape: tuple[int, ...], source: str) -> None:
    """Raise RomaError unless a tensor has the shape that ``source`` asks for."""
    if tuple(found) != shape:
        raise RomaError(
            f"{file}: {name} has shape {list(found)}, {source} asks for {list(shape)}: "
            "use files that belong together"
        )


def check_finite(file: Path, name: str, x: Array) -> None:
    """Raise RomaError when a value is NaN or infinite."""
    finite = np.isfinite(x)
    if not finite.all():
        bad = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise RomaError(
            f"{file}: {name}{list(bad)} is {x[bad]}, the chip has finite weights only: repair the file"
        )


def check_tensor(file: Path, name: str, x: Array, shape: tuple[int, ...], source: str) -> Array:
    """``x``; raises RomaError unless it has ``shape``, which ``source`` asks for, and is finite."""
    check_shape(file, name, x.shape, shape, source)
    check_finite(file, name, x)
    return x
