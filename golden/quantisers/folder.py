"""Writes a quantised model so that ``golden.library.load_model`` reads the same weights back.

Its tensors are float32 numbers that lie on the chip's grids. A model from a Hugging Face folder
becomes such a folder, one from a GGUF file ``model.gguf`` in a folder, tokenizers as they were.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from safetensors.numpy import save_file

from golden.errors import RomaError
from golden.importers.gguf_file import ROPE_FACTORS, gguf_name
from golden.importers.llama import rope_heads
from golden.library import Loaded

Array = np.ndarray

# What of a Hugging Face folder belongs to the text, not to the weights.
_TEXT_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "generation_config.json",
    "chat_template.jinja",
    "special_tokens_map.json",
)


def write_model(out: Path, source: Loaded, tensors: Mapping[str, Array], record: Mapping[str, Any]) -> Path:
    """Write everything or nothing; returns what ``MODEL=`` takes.

    Parameters
    ----------
    out
        Folder that does not exist yet.
    source
        The model whose configuration and tokenizer are kept.
    tensors
        float32 under Hugging Face names, rows of q and k interleaved.
    record
        How they were made: README.md and quantised.json tell it.

    Raises
    ------
    RomaError
        When the folder exists or cannot be made, or the source is of a kind that cannot be written.
    """
    check_target(out, source)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise RomaError(f"OUT {out} cannot be made ({error.strerror}): name another folder") from None
    try:
        name = (
            _write_gguf(scratch, source, tensors)
            if is_gguf(source)
            else _write_folder(scratch, source, tensors)
        )
        (scratch / "quantised.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        (scratch / "README.md").write_text(_readme(out, record), encoding="utf-8")
        scratch.chmod(0o755)  # mkdtemp's is for its owner alone, and so are safetensors' files
        for file in scratch.iterdir():
            file.chmod(0o644)
        scratch.rename(out)
    except OSError as error:
        raise RomaError(f"OUT {out} cannot be written ({error.strerror}): name another folder") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return out / name


def check_target(out: Path, source: Loaded) -> None:
    """Raise RomaError unless ``write_model`` can write ``source`` to ``out``."""
    if out.exists():
        raise RomaError(f"OUT {out} exists: name a new folder")
    if not (is_gguf(source) or source.folder.is_dir()):
        raise RomaError(
            f"{source.folder} is no Hugging Face folder and no GGUF file: only those can be quantised"
        )


def is_gguf(source: Loaded) -> bool:
    """Whether the model was read from a GGUF file."""
    return source.folder.suffix == ".gguf"


def _write_folder(folder: Path, source: Loaded, tensors: Mapping[str, Array]) -> str:
    """config.json as it was, but F32; rows of q and k in Hugging Face's order again."""
    config = json.loads((source.folder / "config.json").read_text(encoding="utf-8"))
    config.pop("dtype", None)
    config["torch_dtype"] = "float32"
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    out = {}
    for name, x in tensors.items():
        heads = rope_heads(source.checkpoint.config, name)
        out[name] = np.ascontiguousarray(split_rope(x, heads) if heads else x, np.float32)
    save_file(out, folder / "model.safetensors", metadata={"format": "pt"})
    for text in _TEXT_FILES:
        if (source.folder / text).is_file():
            shutil.copyfile(source.folder / text, folder / text)
    return ""


def split_rope(rows: Array, heads: int) -> Array:
    """The inverse of ``golden.importers.llama.interleave_rope``."""
    pairs = rows.reshape(heads, -1, 2, *rows.shape[1:])
    return np.ascontiguousarray(pairs.swapaxes(1, 2)).reshape(rows.shape)


def _write_gguf(folder: Path, source: Loaded, tensors: Mapping[str, Array]) -> str:
    """The source's metadata, tensors as F32."""
    reader = gguf.GGUFReader(source.folder)
    writer = gguf.GGUFWriter(folder / "model.gguf", "llama")
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name in ("general.architecture", "general.file_type"):
            continue
        inner = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), field.types[0], inner)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    for name, x in tensors.items():
        writer.add_tensor(gguf_name(name), np.ascontiguousarray(x, np.float32))
    factors = source.checkpoint.rope_factors
    if factors is not None:
        writer.add_tensor(ROPE_FACTORS, np.asarray(factors, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return "model.gguf"


def _readme(out: Path, record: Mapping[str, Any]) -> str:
    lines = [f"- {name}: {value}" for name, value in record.items()]
    return "\n".join(
        [
            f"# {out.name}",
            "",
            "Weights on the grids of the chip's ROM, stored as float32: importing them gives the same",
            "weights back. Made by `make quantise`:",
            "",
            *lines,
            "",
        ]
    )
