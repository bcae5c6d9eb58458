"""A checkpoint on its geometry: padded, quantised, for ``golden.model`` and ``golden.burn``."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from golden.errors import RomaError
from golden.formats import canonical, mx_quantise
from golden.geometry import LINEARS, Geometry
from golden.importers.exact import GROUP, ExactTensor
from golden.padding import pad, pad_codes, pad_linear, places, true_shape
from golden.quantise import QuantisedMatrix, quantise
from golden.rope import chip_table

if TYPE_CHECKING:
    from golden.adapter import Adapter
    from golden.checkpoint import Checkpoint

Array = np.ndarray
BlockMatrix = tuple[Array, Array]
Own = QuantisedMatrix | None

_LOG = logging.getLogger(__name__)
_MLP = ("gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True, eq=False)
class ModelWeights:
    """What the ROMs hold.

    ``layers[l][linear]`` codes [N, K] of ``geometry.shape[linear]``; ``embedding`` and ``lm_head``
    [vocab, hidden], padded; ``norms`` float32 [2 * layers + 1, hidden]: layer 0 input, layer 0
    post-attention, layer 1 …, final. ``rope_factors`` [head_dim / 2] divide RoPE's frequencies.
    ``streamed``: the matrices are ``golden.synthetic`` ones, made when looked at and too large to keep.
    """

    geometry: Geometry
    embedding: QuantisedMatrix
    layers: tuple[dict[str, QuantisedMatrix], ...]
    norms: Array
    lm_head: QuantisedMatrix
    rope_factors: Array | None = None
    streamed: bool = False

    def rope_table(self) -> tuple[Array, Array]:
        """Cosines and sines of every position, as the RoPE ROM holds them."""
        return chip_table(self.geometry, self.rope_factors)


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


def prepare(checkpoint: Checkpoint, geometry: Geometry) -> ModelWeights:
    """Pad (SPEC chapter 1) and quantise a checkpoint.

    Raises
    ------
    RomaError
        When a weight is not finite or a tensor has not the model's shape.
    """
    g, chip, m = geometry, geometry.chip, geometry.model
    tensors = checkpoint.tensors
    anew = Renewed()

    def codes(name: str, bits: int, shape: tuple[int, int], rows: Array, columns: Array) -> Own:
        """The tensor's own codes, where the file has them and the chip holds such codes."""
        x = tensors[name]
        if not isinstance(x, ExactTensor) or (x.bits, GROUP) != (bits, chip.group_size):
            return None
        if x.shape != (len(rows), len(columns)):
            raise RomaError(f"{name} has shape {x.shape}, the model says {(len(rows), len(columns))}")
        own, renewed = x.quantised(chip.frac_bits)
        out = pad_codes(own, shape, rows, columns)
        anew.groups += renewed if out is not None else 0
        return out

    def take(name: str, *shape: int) -> Array:
        x = tensors[name]
        if isinstance(x, ExactTensor):
            anew.tensors += 1
        x = np.asarray(x, np.float32)
        if x.shape != shape:
            raise RomaError(f"{name} has shape {x.shape}, the model's config says {shape}")
        if not np.isfinite(x).all():
            raise RomaError(f"{name} holds a NaN or infinity: repair the checkpoint")
        return x

    def linear(layer: int, name: str) -> QuantisedMatrix:
        tensor = tensor_name(layer, name)
        own = codes(tensor, chip.weight_bits, g.shape[name], *places(g, name))
        if own is not None:
            return own
        w = pad_linear(take(tensor, *true_shape(m, name)), g, name)
        return quantise(w, chip.weight_bits, chip.group_size, chip.frac_bits)

    def vocabulary(name: str) -> QuantisedMatrix:
        where = np.arange(m.vocab_size), np.arange(m.hidden_size)
        own = codes(name, chip.head_bits, (g.vocab, g.hidden), *where)
        return own if own is not None else _vocabulary(take(name, m.vocab_size, m.hidden_size), g)

    norm_names = [
        f"model.layers.{layer}.{norm}.weight"
        for layer in range(m.num_hidden_layers)
        for norm in ("input_layernorm", "post_attention_layernorm")
    ]
    norms = [pad(take(n, m.hidden_size), g.hidden) for n in (*norm_names, "model.norm.weight")]
    embedding = vocabulary("model.embed_tokens.weight")
    tied = "lm_head.weight" not in tensors
    out = ModelWeights(
        g,
        embedding,
        tuple({n: linear(layer, n) for n in LINEARS} for layer in range(m.num_hidden_layers)),
        canonical(np.stack(norms)),
        embedding if tied else vocabulary("lm_head.weight"),
        checkpoint.rope_factors,
    )
    anew.report(g)
    return out


@dataclass
class Renewed:
    """Counts what of a quantised file could not go into the ROM as it is."""

    tensors: int = 0
    groups: int = 0

    def report(self, g: Geometry) -> None:
        """One line on stderr for each kind of loss."""
        c = g.chip
        if self.tensors:
            _LOG.warning(
                "warning: %s: %d quantised tensors have other codes or groups than chip %s "
                "(%d and %d bits, groups of %d), they are quantised anew",
                *(g.model.name, self.tensors, c.name, c.weight_bits, c.head_bits, c.group_size),
            )
        if self.groups:
            _LOG.warning(
                "warning: %s: %d groups of weights have no legal zero-point, they are quantised anew",
                *(g.model.name, self.groups),
            )


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
            padded = np.zeros((chip.max_rank, k), np.float32), np.zeros((n, width), np.float32)
            if (layer, name) in adapter.pairs:
                a, b = adapter.pairs[layer, name]
                _check_pair(g, layer, name, a, b)
                rows, columns = places(g, name)
                padded[0][: len(a), columns] = a
                padded[1][rows, : len(a)] = b
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
