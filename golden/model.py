"""The whole model, token in, token out: the chip's values. Its cycles are ``golden.schedule``.

Read ``Model.step`` first: it is a LLaMA layer by layer. A trace hook (an object with ``emit(name,
layer, **arrays)``) sees every value that a probe of the chip shows. Padded sizes, natural element
order; ``layer`` is -1 outside the layers:

======================  ============================================================================
name                    arrays
======================  ============================================================================
embed                   x float32 [hidden]
send:<what>             m int8 [N], e uint8 [N / block] exponent fields, s int32 [N / block] sums.
                        what: input_layernorm, q, k, v, attn, post_attention_layernorm, mlp, norm
                        (layer -1), and "<linear> t" (the LoRA intermediate, N = TB * HB)
rinv:<norm>             value float32: input_layernorm, post_attention_layernorm, norm
acc:<linear>            acc float32 [chunks, N], the accumulators after each chunk
lora_t:<linear>         t float32 [max_rank]
lora_b:<linear>         y float32 [N]
drain:<linear>          y float32 [N] (acc + LoRA), out [N] what goes to the vector memory: y * rinv
                        for q, k, v, gate, up; x + y for o, down; lm_head: y * rinv, the logits
score, gmax, prob       s [heads, pos + 1]; m [heads]; p [heads, pos + 1] (BF16 values)
reduce                  ctx [heads * head_dim], sums [heads], inv = 1/sums [heads]
sample                  token int, value float32 [N] what the argmax compared, drawn bool (not greedy)
======================  ============================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from golden.argmax import argmax
from golden.attention import KvCache, attention
from golden.blocks import Blocks
from golden.embed import embed
from golden.formats import fp32_add, fp32_mul
from golden.gemv import Gemv, StreamedGemv
from golden.gumbel import drawing, tempered
from golden.lora import Lora
from golden.residual import residual
from golden.rms_norm import rinv, rms_norm
from golden.rope import rope
from golden.silu_mul import silu_mul
from golden.weights import ModelWeights, PreparedAdapter

Array = np.ndarray

# Linears that share an input.
QKV = ("q_proj", "k_proj", "v_proj")
OUT = ("o_proj",)
GATE_UP = ("gate_proj", "up_proj")
DOWN = ("down_proj",)
HEAD = ("lm_head",)


class Trace(Protocol):
    """What ``trace=`` takes."""

    def emit(self, name: str, layer: int, **arrays: Any) -> None:
        """Take one value; see the table above."""


@dataclass(frozen=True, eq=False)
class _Linears:
    """Matrices that share an input: their GEMV and where each one's rows are in the result."""

    gemv: Gemv | StreamedGemv
    rows: dict[str, slice]


class Model:
    """The chip's sequences, a token at a time.

    Parameters
    ----------
    weights
        From ``golden.weights.prepare``.
    adapter
        Adapter that is selected, None for the base model.
    trace
        Hook as described above; costs nothing when None.

    Attributes
    ----------
    inv_temperature
        FP32(1/T) of the tokens to come; 0, the beginning: greedy.
    noise_seed
        Seed of their noise, 32 bits.
    """

    def __init__(
        self,
        weights: ModelWeights,
        adapter: PreparedAdapter | None = None,
        trace: Trace | None = None,
    ) -> None:
        self.weights, self.trace = weights, trace
        g = self.geometry = weights.geometry
        m = g.model
        self._linears = {
            (layer, names): self._prepare([matrices[n] for n in names], names)
            for layer, matrices in enumerate(weights.layers)
            for names in (QKV, OUT, GATE_UP, DOWN)
        }
        self._linears[-1, HEAD] = self._prepare([weights.lm_head], HEAD)
        self._cos, self._sin = weights.rope_table()
        self._inv_hidden, self._eps = np.float32(1 / m.hidden_size), np.float32(m.rms_norm_eps)
        self._caches = [[KvCache(g) for _ in weights.layers] for _ in range(g.chip.sequences)]
        self.sequence(0)
        self._adapters: dict[PreparedAdapter, dict[tuple[int, tuple[str, ...]], Lora]] = {}
        self.logits: Array | None = None
        self.inv_temperature, self.noise_seed = np.float32(0), 0
        self.select(adapter)

    def _prepare(self, matrices: list[Any], names: tuple[str, ...]) -> _Linears:
        g, rows, start = self.geometry, {}, 0
        for matrix, name in zip(matrices, names, strict=True):
            rows[name] = slice(start, start + matrix.shape[0])
            start += matrix.shape[0]
        kind = StreamedGemv if self.weights.streamed else Gemv
        return _Linears(kind(matrices, g.chip.block, g.chip.columns), rows)

    def sequence(self, seq: int) -> None:
        """Work on sequence ``seq`` from now on; each has a KV cache of its own."""
        self._cache = self._caches[seq]

    def reset(self) -> None:
        """Forget the sequence."""
        for cache in self._cache:
            cache.truncate(0)
        self.logits = None

    def select(self, adapter: PreparedAdapter | None) -> None:
        """Use ``adapter`` (None: none) for the following tokens; the KV cache stays."""
        chip = self.geometry.chip
        if adapter is not None and adapter not in self._adapters:
            self._adapters[adapter] = {
                key: Lora([adapter.blocks[key[0], n] for n in key[1]], chip.h_block, chip.columns)
                for key in self._linears
                if key[0] >= 0
            }
        self.adapter = adapter
        self._lora = self._adapters[adapter] if adapter is not None else {}

    def step(self, token: int, pos: int, sample: bool) -> int | None:
        """Process ``token`` at position ``pos``; return the next token if ``sample``, else None.

        Raises
        ------
        ValueError
            When the token or the position does not exist, or positions before ``pos`` are missing.
        """
        g, cache = self.geometry, self._cache
        if not 0 <= token < g.model.vocab_size:
            raise ValueError(f"token {token} is not in the vocabulary of {g.model.vocab_size}")
        if not 0 <= pos < g.chip.context or pos > cache[0].length:
            raise ValueError(f"position {pos} does not follow {cache[0].length} of {g.chip.context}")
        if pos < cache[0].length:
            for layer in cache:
                layer.truncate(pos)

        x = embed(self.weights.embedding, token)
        self._emit("embed", -1, x=x)
        for layer in range(g.model.num_hidden_layers):
            # attention
            h, r = self._norm("input_layernorm", layer, 2 * layer, x)
            qkv = self._project(layer, QKV, h, r)
            q, k, v = self._rope(layer, pos, qkv)
            cache[layer].append(pos, k, v)
            att = self._attention(layer, pos, q)
            x = self._project_and_add(layer, OUT, att, x)
            # feed-forward
            h, r = self._norm("post_attention_layernorm", layer, 2 * layer + 1, x)
            gate, up = self._project(layer, GATE_UP, h, r).reshape(2, -1)
            h = self._send("mlp", layer, silu_mul(gate, up), g.chip.block)
            x = self._project_and_add(layer, DOWN, h, x)
        if not sample:
            return None
        h, r = self._norm("norm", -1, -1, x)
        logits = self._project(-1, HEAD, h, r)
        self.logits = logits[: g.model.vocab_size]
        rows = np.arange(len(logits), dtype=np.uint32)
        compared = tempered(logits, self.inv_temperature, self.noise_seed, pos, rows)
        following = argmax(compared, g.model.vocab_size)
        self._emit("sample", -1, token=following, value=compared, drawn=drawing(self.inv_temperature))
        return following

    # -- the parts of a layer --------------------------------------------------------------------
    def _emit(self, name: str, layer: int, **arrays: Any) -> None:
        if self.trace is not None:
            self.trace.emit(name, layer, **arrays)

    def _emit_blocks(self, what: str, layer: int, b: Blocks) -> None:
        if self.trace is not None:
            self.trace.emit(f"send:{what}", layer, m=b.m, e=b.e, s=b.sums)

    def _send(self, what: str, layer: int, x: Array, block: int) -> Blocks:
        blocks = Blocks.of(x, block)
        self._emit_blocks(what, layer, blocks)
        return blocks

    def _norm(self, what: str, layer: int, index: int, x: Array) -> tuple[Blocks, np.float32]:
        """Return what the norm sends, and the 1/rms that multiplies the GEMV's results."""
        chip = self.geometry.chip
        h = self._send(what, layer, rms_norm(x, self.weights.norms[index]), chip.block)
        r = rinv(x, chip.columns, chip.rows, self._inv_hidden, self._eps)
        self._emit(f"rinv:{what}", layer, value=r)
        return h, r

    def _linear(self, layer: int, names: tuple[str, ...], x: Blocks) -> Array:
        """Add base GEMV and LoRA of the linears that share x, rows one below the other."""
        linears, lora = self._linears[layer, names], self._lora.get((layer, names))
        acc = None if self.trace is None else linears.gemv.running(x)
        y = linears.gemv(x) if acc is None else acc[-1]
        if lora is not None:
            t, sent, b = lora(x)
            y = fp32_add(y, b)
        if acc is not None:
            for i, (name, rows) in enumerate(linears.rows.items()):
                self._emit(f"acc:{name}", layer, acc=acc[:, rows])
                if lora is not None:
                    n = len(sent.m) // len(names)
                    self._emit(f"lora_t:{name}", layer, t=t[i])
                    self._emit_blocks(f"{name} t", layer, sent.part(i * n, (i + 1) * n))
                    self._emit(f"lora_b:{name}", layer, y=b[rows])
        return y

    def _drain(self, layer: int, names: tuple[str, ...], y: Array, out: Array) -> Array:
        if self.trace is not None:
            for name, rows in self._linears[layer, names].rows.items():
                self.trace.emit(f"drain:{name}", layer, y=y[rows], out=out[rows])
        return out

    def _project(self, layer: int, names: tuple[str, ...], h: Blocks, r: np.float32) -> Array:
        """Run linears behind a norm: results times 1/rms."""
        y = self._linear(layer, names, h)
        return self._drain(layer, names, y, fp32_mul(y, r))

    def _project_and_add(self, layer: int, names: tuple[str, ...], h: Blocks, x: Array) -> Array:
        """Run a linear that ends in the residual stream."""
        y = self._linear(layer, names, h)
        return self._drain(layer, names, y, residual(x, y))

    def _rope(self, layer: int, pos: int, qkv: Array) -> tuple[Blocks, Blocks, Blocks]:
        """Rotate q and k; q, k, v as blocks of HB."""
        g = self.geometry
        q_end, k_end = g.q_dim, g.q_dim + g.kv_dim
        turned = rope(qkv[:k_end].reshape(-1, g.head_dim), self._cos[pos], self._sin[pos])
        blocks = Blocks.of(np.concatenate([turned.reshape(-1), qkv[k_end:]]), g.chip.h_block)
        parts = blocks.part(0, q_end), blocks.part(q_end, k_end), blocks.part(k_end, len(qkv))
        for what, part in zip("qkv", parts, strict=True):
            self._emit_blocks(what, layer, part)
        return parts

    def _attention(self, layer: int, pos: int, q: Blocks) -> Blocks:
        """Attention over positions 0 … pos, its result as blocks of B."""
        a = attention(q, self._cache[layer], pos, self.geometry)
        self._emit("score", layer, s=a.score)
        self._emit("gmax", layer, m=a.gmax)
        self._emit("prob", layer, p=a.prob)
        self._emit("reduce", layer, ctx=a.ctx, sums=a.sums, inv=a.inv)
        return self._send("attn", layer, a.out, self.geometry.chip.block)


def generate(model: Model, prompt: list[int], count: int) -> list[int]:
    """Text: ``prompt`` from position 0, then ``count`` tokens while the context lasts."""
    model.reset()
    for pos, token in enumerate(prompt[:-1]):
        model.step(token, pos, False)
    out, token = [], prompt[-1]
    for pos in range(len(prompt) - 1, min(len(prompt) - 1 + count, model.geometry.chip.context)):
        token = model.step(token, pos, True)
        out.append(token)
    return out
