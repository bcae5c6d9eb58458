"""Any checkpoint on disk: ``load_checkpoint`` recognises what a path is.

A Hugging Face folder, a GGUF file, or a ``.bin`` file of llama2.c. Each has its importer in
``golden/importers``; what they make is ``Checkpoint``.
"""

from __future__ import annotations

from pathlib import Path

from golden.errors import RomaError
from golden.importers.gguf_file import load_gguf
from golden.importers.huggingface import load_huggingface
from golden.importers.json_file import read_json
from golden.importers.llama import (
    Checkpoint,
    check_tensor,
    interleave_rope,
    linear_shapes,
    rope_heads,
    tensor_shapes,
)
from golden.importers.llama2c import load_llama2c
from golden.importers.safetensors_file import read_tensors

__all__ = [
    "Checkpoint",
    "check_tensor",
    "interleave_rope",
    "linear_shapes",
    "load_checkpoint",
    "read_json",
    "read_tensors",
    "rope_heads",
    "tensor_shapes",
]

_KINDS = "a Hugging Face folder, a .gguf file or a .bin file of llama2.c"


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Read the model at ``path``.

    Raises
    ------
    RomaError
        When there is nothing, or nothing known, or it is broken, or the model is not a plain LLaMA.
    """
    path = Path(path)
    if path.is_dir():
        return load_huggingface(path)
    if not path.is_file():
        raise RomaError(f"model {path} does not exist: give {_KINDS}")
    if path.suffix == ".gguf":
        return load_gguf(path)
    if path.suffix == ".bin":
        return load_llama2c(path)
    raise RomaError(f"{path} is no model of a known kind: give {_KINDS}")
