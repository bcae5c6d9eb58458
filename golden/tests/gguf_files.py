"""Small GGUF files on disk, for tests of their importer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind

from golden.checkpoint import tensor_shapes
from golden.config import ModelConfig
from golden.importers.gguf_file import gguf_name

Array = np.ndarray

# hidden_size 96 and 50 tokens are padded on chip `tiny`.
MODEL = ModelConfig("m", 96, 160, 2, 4, 2, 32, 50, rope_theta=5e3, rms_norm_eps=1e-6)
Q = "model.layers.1.self_attn.q_proj.weight"
EMBEDDING = "model.embed_tokens.weight"
METADATA = {
    "general.architecture": "llama",
    "llama.block_count": 2,
    "llama.context_length": 64,
    "llama.embedding_length": 96,
    "llama.feed_forward_length": 160,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
    "llama.attention.key_length": 32,
    "llama.attention.value_length": 32,
    "llama.rope.dimension_count": 32,
    "llama.rope.freq_base": 5e3,
    "llama.attention.layer_norm_rms_epsilon": 1e-6,
}


def random_tensors(tied: bool = True, seed: int = 0) -> dict[str, Array]:
    """Tensors of the test model under Hugging Face names."""
    rng = np.random.default_rng(seed)
    shapes = tensor_shapes(MODEL, tied)
    return {n: rng.normal(0, 0.1, s).astype(np.float32) for n, s in shapes.items()}


def stored(x: Array, kind: Kind) -> Array:
    """A tensor as a file of this type holds it: bytes, or floats."""
    return gguf.quantize(x, kind)


def write(
    path: Path,
    tensors: Mapping[str, Array],
    kinds: Mapping[str, Kind] | None = None,
    raw: Mapping[str, tuple[Array, Kind]] | None = None,
    **metadata: Any,
) -> Path:
    """Write a file; returns it.

    Parameters
    ----------
    path
        Where.
    tensors
        float32 under Hugging Face names.
    kinds
        Types of tensors that are not F32.
    raw
        Tensors under GGUF's names as bytes and type.
    metadata
        Changes of ``METADATA``, dots written as two underscores; None leaves a key out.
    """
    changed = METADATA | {k.replace("__", "."): v for k, v in metadata.items()}
    w = gguf.GGUFWriter(path, changed["general.architecture"])
    for key, value in changed.items():
        if key == "general.architecture" or value is None:
            continue
        if isinstance(value, bool):
            w.add_bool(key, value)
        elif isinstance(value, int):
            w.add_uint32(key, value)
        elif isinstance(value, float):
            w.add_float32(key, value)
        elif isinstance(value, str):
            w.add_string(key, value)
        else:
            w.add_array(key, value)
    for name, x in tensors.items():
        kind = (kinds or {}).get(name, Kind.F32)
        w.add_tensor(gguf_name(name), stored(x, kind), raw_dtype=kind)
    for name, (data, kind) in (raw or {}).items():
        w.add_tensor(name, data, raw_dtype=kind)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    return path
