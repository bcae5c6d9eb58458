"""A checkpoint on its geometry: padded, quantised, for ``golden.model`` and ``golden.burn``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from golden.config import ModelConfig
from golden.errors import RomaError
from golden.formats import canonical, mx_quantise
from golden.geometry import LINEARS, Geometry
from golden.quantise import QuantisedMatrix, quantise

if TYPE_CHECKING:
    from golden.adapter import Adapter
    from golden.checkpoint import Checkpoint

Array = np.ndarray
BlockMatrix = tuple[Array, Array]

_MLP = ("gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True, eq=False)
class ModelWeights:
    """What the ROMs hold.

    ``layers[l][linear]`` codes [N, K] of ``geometry.shape[linear]``; ``embedding`` and ``lm_head``
    [vocab, hidden], padded; ``norms`` float32 [2 * layers + 1, hidden]: layer 0 input, layer 0
    post-attention, layer 1 …, final.
    """

    geometry: Geometry
    embedding: QuantisedMatrix
    layers: tuple[dict[str, QuantisedMatrix], ...]
    norms: Array
    lm_head: QuantisedMatrix


@dataclass(frozen=True, eq=False)
class PreparedAdapter:
    """What an adapter slot of the SRAM holds.

    ``blocks[layer, linear]`` = (A, B), each (mantissas int8, exponent fields uint8), blocks of HB:
    A [max_rank, K], B [N, TB * HB] with alpha/r folded in; zeros beyond the adapter's rank.
    """

    blocks: dict[tuple[int, str], tuple[BlockMatrix, BlockMatrix]]


def tensor_name(layer: int, linear: str) -> str:
    """Hugging Face's name of a linear's weight."""
    parent = "mlp" if linear in _MLP else "self_attn"
    return f"model.layers.{layer}.{parent}.{linear}.weight"


def pad(x: Array, *shape: int) -> Array:
    """float32 array with zeros at the end of each axis up to ``shape``."""
    out = np.zeros(shape, np.float32)
    out[tuple(slice(n) for n in x.shape)] = x
    return out


def prepare(checkpoint: Checkpoint, geometry: Geometry) -> ModelWeights:
    """Pad (SPEC chapter 1) and quantise a checkpoint.

    Raises
    ------
    RomaError
        When a weight is not finite or a tensor has not the model's shape.
    """
    g, chip, m = geometry, geometry.chip, geometry.model
    tensors = checkpoint.tensors

    def take(name: str, *shape: int) -> Array:
        x = np.asarray(tensors[name], np.float32)
        if x.shape != shape:
            raise RomaError(f"{name} has shape {x.shape}, the model's config says {shape}")
        if not np.isfinite(x).all():
            raise RomaError(f"{name} holds a NaN or infinity: repair the checkpoint")
        return x

    def linear(layer: int, name: str) -> QuantisedMatrix:
        n, k = true_shape(g.model, name)
        w = pad(take(tensor_name(layer, name), n, k), *g.shape[name])
        return quantise(w, chip.weight_bits, chip.group_size, chip.frac_bits)

    norm_names = [
        f"model.layers.{layer}.{norm}.weight"
        for layer in range(m.num_hidden_layers)
        for norm in ("input_layernorm", "post_attention_layernorm")
    ]
    norms = [pad(take(n, m.hidden_size), g.hidden) for n in (*norm_names, "model.norm.weight")]
    embedding = _vocabulary(take("model.embed_tokens.weight", m.vocab_size, m.hidden_size), g)
    tied = "lm_head.weight" not in tensors
    return ModelWeights(
        g,
        embedding,
        tuple({n: linear(layer, n) for n in LINEARS} for layer in range(m.num_hidden_layers)),
        canonical(np.stack(norms)),
        embedding if tied else _vocabulary(take("lm_head.weight", m.vocab_size, m.hidden_size), g),
    )


def true_shape(m: ModelConfig, name: str) -> tuple[int, int]:
    """[N, K] of a linear before padding."""
    return {
        "q_proj": (m.q_dim, m.hidden_size),
        "k_proj": (m.kv_dim, m.hidden_size),
        "v_proj": (m.kv_dim, m.hidden_size),
        "o_proj": (m.hidden_size, m.q_dim),
        "gate_proj": (m.intermediate_size, m.hidden_size),
        "up_proj": (m.intermediate_size, m.hidden_size),
        "down_proj": (m.hidden_size, m.intermediate_size),
    }[name]


def _vocabulary(w: Array, g: Geometry) -> QuantisedMatrix:
    """Embedding or head, padded.

    In a group that straddles the end of hidden_size the zero-point is whole, so that the padding's
    code means exactly 0: the residual's padding must not enter the sum of squares.
    """
    chip, m = g.chip, g.model
    padded = pad(w, g.vocab, g.hidden)
    out = quantise(padded, chip.head_bits, chip.group_size, chip.frac_bits)
    group, inside = divmod(m.hidden_size, chip.group_size)
    if inside and chip.frac_bits:
        columns = slice(group * chip.group_size, (group + 1) * chip.group_size)
        part = quantise(np.ascontiguousarray(padded[:, columns]), chip.head_bits, chip.group_size, 0)
        out.codes[:, columns] = part.codes
        out.scale[:, group : group + 1] = part.scale
        out.zero_point[:, group : group + 1] = part.zero_point << chip.frac_bits
    return out


def prepare_adapter(adapter: Adapter, geometry: Geometry) -> PreparedAdapter:
    """Pad and quantise an adapter; a linear that it does not adapt gets zeros.

    Raises
    ------
    RomaError
        When its rank exceeds ``max_rank`` or a matrix has not the model's shape.
    """
    g, chip = geometry, geometry.chip
    width = g.t_blocks * chip.h_block
    blocks = {}
    for layer in range(g.model.num_hidden_layers):
        for name in LINEARS:
            n, k = g.shape[name]
            a, b = np.zeros((0, 0), np.float32), np.zeros((0, 0), np.float32)
            if (layer, name) in adapter.pairs:
                a, b = adapter.pairs[layer, name]
                _check_pair(g, layer, name, a, b)
            padded = pad(a, chip.max_rank, k), pad(b, n, width)
            blocks[layer, name] = tuple(mx_quantise(canonical(x), chip.h_block) for x in padded)
    return PreparedAdapter(blocks)


def _check_pair(g: Geometry, layer: int, name: str, a: Array, b: Array) -> None:
    where = f"adapter: layer {layer} {name}"
    rank = len(a)
    if rank > g.chip.max_rank:
        raise RomaError(
            f"{where} has rank {rank}, the chip reserves max_rank {g.chip.max_rank}: "
            "use a smaller adapter or a chip with a larger max_rank"
        )
    n, k = true_shape(g.model, name)
    if a.shape != (rank, k) or b.shape != (n, rank):
        raise RomaError(
            f"{where} has shapes {a.shape} and {b.shape}, the model needs {(rank, k)} and "
            f"{(n, rank)}: choose an adapter of this model"
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise RomaError(f"{where} holds a NaN or infinity: repair the adapter")
