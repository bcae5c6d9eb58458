"""A whole model, layer by layer: every linear sees inputs that the quantised ones before it made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from golden.checkpoint import Checkpoint
from golden.errors import RomaError
from golden.geometry import Geometry
from golden.padding import pad_linear, places
from golden.quantise import quantise
from golden.quantisers.gptq import gptq
from golden.quantisers.rounding import round_to_nearest
from golden.weights import tensor_name

Array = np.ndarray

METHODS = ("rtn", "search", "gptq")


def quantised_tensors(
    checkpoint: Checkpoint,
    geometry: Geometry,
    method: str,
    windows: Sequence[Sequence[int]] = (),
    progress: Callable[[float], None] = lambda share: None,
) -> dict[str, Array]:
    """The checkpoint's tensors, float32, its linears on grids of the chip's ``weight_bits``.

    ``golden.weights.prepare`` turns them into codes that mean the same weights. Everything else is
    as it was: embedding and head have a width of their own on the chip.

    Parameters
    ----------
    method
        One of METHODS.
    windows
        Texts in tokens, for gptq.
    progress
        Told the share that is done.

    Raises
    ------
    RomaError
        When the method is unknown, gptq has no text, or a result would not come back exactly.
    """
    if method not in METHODS:
        raise RomaError(f"METHOD is '{method}', legal: {', '.join(METHODS)}")
    if method == "gptq" and not windows:
        raise RomaError("METHOD gptq needs a text to calibrate with: give TEXT=file")
    tensors = checkpoint.floats()
    states = _States(tensors, checkpoint, windows) if method == "gptq" else None
    layers = geometry.model.num_hidden_layers
    for layer in range(layers):
        for names, inputs in _steps(states, layer):
            for name in names:
                key = tensor_name(layer, name)
                tensors[key] = _linear(tensors[key], geometry, name, method, inputs)
        progress((layer + 1) / layers)
    return tensors


def _steps(states: _States | None, layer: int) -> Iterator[tuple[tuple[str, ...], Array | None]]:
    """Linears that share an input, and the input of the calibration text [positions, K]."""
    if states is None:
        yield ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"), None
    else:
        yield from states.layer(layer)


def _linear(w: Array, g: Geometry, name: str, method: str, inputs: Array | None) -> Array:
    """A linear [N, K] on its grids, cut back to its true shape."""
    chip = g.chip
    rows, columns = places(g, name)
    padded = pad_linear(w, g, name)
    sizes = chip.weight_bits, chip.group_size, chip.frac_bits
    taken = np.bincount(columns // chip.group_size, minlength=padded.shape[1] // chip.group_size)
    whole = (taken > 0) & (taken < chip.group_size)  # partly padding, which has to be 0
    if method == "gptq":
        energy = (inputs.T @ inputs).astype(np.float32)
        hessian = np.zeros((padded.shape[1],) * 2, np.float32)
        hessian[np.ix_(columns, columns)] = energy
        found = gptq(padded, hessian, *sizes, whole=whole)
    else:
        found = (round_to_nearest if method == "rtn" else quantise)(padded, *sizes, whole=whole)
    out = found.dequantise()[rows[:, None], columns]
    back = quantise(pad_linear(out, g, name), *sizes).dequantise()[rows[:, None], columns]
    if not (back == out).all():
        raise RomaError(f"{name} of {g.model.name} does not come back from its grids: use another METHOD")
    return out


class _States:
    """The residual stream of the calibration text, moving through the layers in float32."""

    def __init__(self, tensors: dict[str, Array], checkpoint: Checkpoint, windows: Sequence[Sequence[int]]):
        self.tensors, self.config = tensors, checkpoint.config
        embedding = tensors["model.embed_tokens.weight"]
        self.x = [embedding[list(w)] for w in windows]
        hd = self.config.head_dim
        frequency = self.config.rope_theta ** (-np.arange(0, hd, 2) / hd)
        if checkpoint.rope_factors is not None:
            frequency = frequency / checkpoint.rope_factors
        angle = np.outer(np.arange(max(map(len, windows))), frequency)
        self.turn = np.exp(1j * angle)[:, None].astype(np.complex64)

    def layer(self, layer: int) -> Iterator[tuple[tuple[str, ...], Array]]:
        """The inputs of the linears in turn; each is used as it is in ``tensors`` afterwards."""
        h = [self._norm(x, layer, "input_layernorm") for x in self.x]
        yield ("q_proj", "k_proj", "v_proj"), np.concatenate(h)
        att = [self._attention(x, layer) for x in h]
        yield ("o_proj",), np.concatenate(att)
        self.x = [x + self._times(y, layer, "o_proj") for x, y in zip(self.x, att, strict=True)]
        h = [self._norm(x, layer, "post_attention_layernorm") for x in self.x]
        yield ("gate_proj", "up_proj"), np.concatenate(h)
        h = [self._silu(x, layer) for x in h]
        yield ("down_proj",), np.concatenate(h)
        self.x = [x + self._times(y, layer, "down_proj") for x, y in zip(self.x, h, strict=True)]

    def _times(self, x: Array, layer: int, name: str) -> Array:
        return x @ self.tensors[tensor_name(layer, name)].T

    def _norm(self, x: Array, layer: int, name: str) -> Array:
        mean = np.mean(x * x, axis=-1, keepdims=True)
        scale = self.tensors[f"model.layers.{layer}.{name}.weight"]
        return x / np.sqrt(mean + np.float32(self.config.rms_norm_eps)) * scale

    def _silu(self, h: Array, layer: int) -> Array:
        gate = self._times(h, layer, "gate_proj")
        with np.errstate(over="ignore"):
            return gate / (1 + np.exp(-gate)) * self._times(h, layer, "up_proj")

    def _attention(self, h: Array, layer: int) -> Array:
        c, n = self.config, len(h)
        share = c.num_attention_heads // c.num_key_value_heads

        def rope(x: Array) -> Array:
            pairs = np.ascontiguousarray(x.reshape(n, -1, c.head_dim), np.float32).view(np.complex64)
            return (pairs * self.turn[:n]).view(np.float32)

        q = rope(self._times(h, layer, "q_proj")).swapaxes(0, 1)
        k = rope(self._times(h, layer, "k_proj")).swapaxes(0, 1).repeat(share, axis=0)
        v = self._times(h, layer, "v_proj").reshape(n, -1, c.head_dim).swapaxes(0, 1).repeat(share, axis=0)
        score = q @ k.swapaxes(1, 2) / np.float32(np.sqrt(c.head_dim))
        score += np.triu(np.full((n, n), -np.inf, np.float32), 1)
        p = np.exp(score - score.max(axis=-1, keepdims=True))
        p /= p.sum(axis=-1, keepdims=True)
        return (p @ v).swapaxes(0, 1).reshape(n, -1)
