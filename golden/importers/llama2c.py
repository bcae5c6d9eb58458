"""Files of llama2.c: version 0 (bare float32), 1 (float32 behind a header), 2 (int8 in groups).

llama2.c rotates pairs (2i, 2i + 1) as the chip does: nothing is permuted. It knows neither other
RoPE frequencies nor another epsilon than its own.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from golden.config import ModelConfig
from golden.errors import RomaError
from golden.importers.llama import Checkpoint, check_finite, linear_shapes

Array = np.ndarray

_LOG = logging.getLogger(__name__)
_MAGIC = 0x616B3432  # "ak42"
_HEADER = 256
_AGAIN = "copy or export it again"
_LINEARS = {path.split(".")[1]: path for path in linear_shapes(ModelConfig("any", 2, 2, 1, 1, 1, 2, 2))}
_ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
_MLP = ("gate_proj", "down_proj", "up_proj")  # w1, w2, w3


@dataclass(frozen=True)
class _Header:
    """What the file says of itself."""

    version: int
    dim: int
    hidden_dim: int
    layers: int
    heads: int
    kv_heads: int
    vocab: int
    seq_len: int
    tied: bool
    group: int


def load_llama2c(file: Path) -> Checkpoint:
    """Read a model of llama2.c.

    Raises
    ------
    RomaError
        When it is no such file, is too short or too long, or a weight is not finite.
    """
    data = np.memmap(file, np.uint8, "r") if file.stat().st_size else np.zeros(0, np.uint8)
    header = _header(file, data)
    config = _model_config(file, header)
    shapes = dict(_order(config, header))
    start = 28 if header.version == 0 else _HEADER
    size = start + sum(_size(name, shape, header) for name, shape in shapes.items())
    if len(data) != size:
        raise RomaError(
            f"{file} has {len(data)} bytes, a llama2.c model of its header (version {header.version}) "
            f"has {size}: {_AGAIN}"
        )
    tensors = {}
    for name, shape in shapes.items():
        part = data[start : start + _size(name, shape, header)]
        start += len(part)
        if not name.startswith("freqs"):
            x = _quantised(part, shape, header) if _is_quantised(name, header) else _floats(part, shape)
            check_finite(file, name, x)
            tensors[name] = x
    if header.version == 2:
        _LOG.warning(
            "warning: %s: its scales are float32, which the ROM does not hold: weights are quantised anew",
            file,
        )
    return Checkpoint(config, tensors, tokenizer_file(file, header.vocab), (file,))


def tokenizer_file(model: Path, vocab: int | None = None) -> Path:
    """The tokenizer beside a model: tokenizer.bin, or tok512.bin and the like for its vocabulary."""
    own = model.with_name(f"tok{vocab}.bin")
    return own if vocab is not None and own.is_file() else model.with_name("tokenizer.bin")


def vocab_size(file: Path) -> int:
    """Tokens of a model file; raises RomaError when it is none."""
    data = np.fromfile(file, np.uint8, _HEADER)
    return _header(file, data).vocab


def _header(file: Path, data: Array) -> _Header:
    ints = data[: len(data) // 4 * 4].view("<i4")[:16]
    if len(ints) < 7:
        raise RomaError(f"{file} has {len(data)} bytes, too few for a header of llama2.c: {_AGAIN}")
    version, group, tied = 0, 0, bool(ints[5] > 0)
    if ints[0] == _MAGIC:
        if len(ints) < 11:
            raise RomaError(f"{file} has {len(data)} bytes, too few for a header of llama2.c: {_AGAIN}")
        version = int(ints[1])
        if version not in (1, 2):
            raise RomaError(f"{file} has version {version} of llama2.c, legal: 0, 1, 2: export it so")
        tied = bool(data[36])
        group = int(np.ascontiguousarray(data[37:41]).view("<i4")[0]) if version == 2 else 0
        ints = ints[2:]
    dim, hidden_dim, layers, heads, kv_heads, vocab, seq_len = (int(i) for i in ints[:7])
    out = _Header(version, dim, hidden_dim, layers, heads, kv_heads, abs(vocab), seq_len, tied, group)
    sizes = (dim, hidden_dim, layers, heads, kv_heads, abs(vocab), seq_len)
    # Larger sizes than any model's: some other file.
    if not all(1 <= s < 1 << 20 for s in sizes) or dim % heads or (version and vocab < 0):
        raise RomaError(f"{file} begins like no model of llama2.c (sizes {list(sizes)}): give another file")
    if version == 2 and (group < 1 or dim % group):
        raise RomaError(f"{file}: group size is {group}, legal: a divisor of dim {dim}: {_AGAIN}")
    return out


def _model_config(file: Path, h: _Header) -> ModelConfig:
    try:
        return ModelConfig(
            name=file.resolve().stem,
            hidden_size=h.dim,
            intermediate_size=h.hidden_dim,
            num_hidden_layers=h.layers,
            num_attention_heads=h.heads,
            num_key_value_heads=h.kv_heads,
            head_dim=h.dim // h.heads,
            vocab_size=h.vocab,
        )
    except RomaError as error:
        raise RomaError(f"{file}: {error}") from None


def _order(c: ModelConfig, h: _Header) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Tensors in the order of the file."""
    linears = linear_shapes(c)
    vector, table = (c.hidden_size,), (c.vocab_size, c.hidden_size)

    def each(name: str, shape: tuple[int, ...]) -> Iterator[tuple[str, tuple[int, ...]]]:
        for layer in range(c.num_hidden_layers):
            yield f"model.layers.{layer}.{name}.weight", shape

    def matrices(names: tuple[str, ...]) -> Iterator[tuple[str, tuple[int, ...]]]:
        for path in (_LINEARS[name] for name in names):
            yield from each(path, linears[path])

    first, second = each("input_layernorm", vector), each("post_attention_layernorm", vector)
    embedding, final = ("model.embed_tokens.weight", table), ("model.norm.weight", vector)
    if h.version == 0:
        yield embedding
        yield from first
        yield from matrices(_ATTENTION)
        yield from second
        yield from matrices(_MLP)
        yield final
        yield "freqs_cos", (h.seq_len, c.head_dim // 2)
        yield "freqs_sin", (h.seq_len, c.head_dim // 2)
    else:
        yield from first
        yield from second
        yield final
        yield embedding
        yield from matrices(_ATTENTION)
        yield from matrices(_MLP)
    if not h.tied:
        yield "lm_head.weight", table


def _is_quantised(name: str, h: _Header) -> bool:
    return h.version == 2 and "norm" not in name


def _size(name: str, shape: tuple[int, ...], h: _Header) -> int:
    """Bytes of a tensor."""
    n = int(np.prod(shape, dtype=np.int64))
    return n + n // h.group * 4 if _is_quantised(name, h) else 4 * n


def _floats(part: Array, shape: tuple[int, ...]) -> Array:
    return part.view("<f4").reshape(shape).astype(np.float32)


def _quantised(part: Array, shape: tuple[int, ...], h: _Header) -> Array:
    """int8 of the whole matrix, then a float32 scale for every group of it in that order."""
    n = int(np.prod(shape, dtype=np.int64))
    q = part[:n].view(np.int8).astype(np.float32).reshape(-1, h.group)
    scale = np.frombuffer(part[n:].tobytes(), "<f4")
    with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is refused later
        return (q * scale[:, None]).reshape(shape)
