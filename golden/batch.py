"""Many positions of known sequences at once: the bits of ``golden.model``, by whole-sequence products.

For figures of accuracy, where the text is known beforehand. Integer dot products are exact in any
order; every sum that rounds is added in the chip's order, for all positions side by side. What the
float32 shortcuts do not cover (``golden.blocks``: exponents far from 1) goes, position by position,
through the operators' definitions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from golden.attention import KvCache, attention
from golden.batch_attention import attend
from golden.blocks import Blocks, block_values, fast_accumulate, fast_tree, ordinary
from golden.embed import embed
from golden.formats import fp32_accumulate, fp32_add, fp32_mul, fp32_sum_tree, mx_quantise
from golden.gemv import Gemv
from golden.lora import Lora, send_t
from golden.residual import residual
from golden.rms_norm import rms_norm
from golden.rope import rope
from golden.silu_mul import silu_mul
from golden.transcendental import rsqrt
from golden.weights import ModelWeights, PreparedAdapter

Array = np.ndarray

LINEARS = (("q_proj", "k_proj", "v_proj"), ("o_proj",), ("gate_proj", "up_proj"), ("down_proj",))
_TILE = 1 << 16  # float32 values of a GEMV's working tile: it stays in the processor's cache
_POSITIONS = 64  # of the vocabulary's logits at a time


class Rows:
    """Vectors as MXINT8 blocks, one a row: m int8 [T, N], e uint8 [T, N / block]."""

    def __init__(self, x: Array, block: int) -> None:
        self.m, self.e = mx_quantise(x, block)
        self.block = block
        self.ordinary = np.array([ordinary(e) for e in self.e])

    def values(self) -> Array:
        """float32 [T, N / block, block]; of use in ordinary rows only."""
        return block_values(self.m, self.e, self.block)

    def part(self, start: int, stop: int) -> Rows:
        """Elements start … stop - 1 of every row, whole blocks."""
        out = object.__new__(Rows)
        b = out.block = self.block
        out.m, out.e = self.m[:, start:stop], self.e[:, start // b : stop // b]
        out.ordinary = np.array([ordinary(e) for e in out.e])
        return out

    def row(self, i: int) -> Blocks:
        """One vector."""
        return Blocks(self.m[i], self.e[i], self.block)


def gemv_rows(gemv: Gemv, x: Rows) -> Array:
    """``gemv(row)`` of every row: float32 [T, N]."""
    weights, scales, columns = gemv.weights, gemv.scales, gemv.columns
    blocks, n, _ = weights.shape
    chunks = blocks // columns
    values = np.ascontiguousarray(x.values().astype(weights.dtype, copy=False).swapaxes(0, 1))
    total = len(x.m)
    out = np.empty((total, n), np.float32)
    tile = max(1, min(total, _TILE // n))
    width = min(n, _TILE)
    terms = np.empty((columns, tile, width), np.float32)
    exact = np.empty((tile, width), weights.dtype)
    for left in range(0, n, width):
        rows = slice(left, left + width)
        for start in range(0, total, tile):
            here = out[start : start + tile, rows]
            t, w = here.shape
            for k in range(chunks):
                for c in range(columns):
                    b = c * chunks + k
                    product = exact[:t, :w]
                    np.matmul(values[b, start : start + t], weights[b, rows].T, out=product)
                    product += 0  # an integer 0 has no sign
                    term = terms[c, :t, :w]
                    np.multiply(product.astype(np.float32, copy=False), scales[b, rows], out=term)
                tree = _tree(terms[:, :t, :w])
                if k == 0:
                    here[:] = tree
                else:
                    here += tree
    for i in np.flatnonzero(~x.ordinary):
        out[i] = gemv(x.row(i))
    return out


def _tree(x: Array) -> Array:
    """``fast_tree`` along axis 0, in place; ``x`` is lost."""
    live = [x[i] for i in range(len(x))]
    while len(live) > 1:
        for i in range(0, len(live) - 1, 2):
            live[i] += live[i + 1]
        live = live[::2]
    return live[0]


def lora_rows(lora: Lora, x: Rows) -> Array:
    """B (A x) of every row: float32 [T, sum of N]."""
    pairs, hb, total = len(lora.pairs), lora.h_block, len(x.m)
    if not lora.ordinary:
        return np.stack([lora(x.row(i))[2] for i in range(total)])
    blocks = x.values().reshape(total, -1, hb).transpose(1, 2, 0)
    terms = np.matmul(lora.a, blocks) + np.float32(0)  # [blocks, linears * rank, T]
    by_column = terms.reshape(lora.columns, -1, *terms.shape[1:]).swapaxes(0, 1)
    t = fast_tree(fast_accumulate(by_column)).reshape(pairs, lora.rank, total)
    width = len(send_t(t[:1, :, 0], hb).m)
    padded = np.zeros((total, pairs, width), np.float32)
    padded[..., : lora.rank] = t.transpose(2, 0, 1)
    sent = Rows(padded.reshape(total, -1), hb)
    values = sent.values().reshape(total, pairs, -1, hb).transpose(1, 2, 0, 3)
    y = [
        fast_accumulate(np.matmul(v, b.swapaxes(1, 2)) + np.float32(0))
        for v, b in zip(values, lora.b, strict=True)
    ]
    out = np.concatenate(y, axis=1)
    for i in np.flatnonzero(~(x.ordinary & sent.ordinary)):
        out[i] = lora(x.row(i))[2]
    return out


class Batch:
    """A model for whole sequences.

    Parameters
    ----------
    weights, adapter
        As for ``golden.model.Model``.
    progress
        Called with the share of the work that is done, after every layer and piece of the head.
    """

    def __init__(
        self,
        weights: ModelWeights,
        adapter: PreparedAdapter | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> None:
        self.weights, self.adapter, self.progress = weights, adapter, progress
        g = self.geometry = weights.geometry
        self._cos, self._sin = weights.rope_table()
        self._inv_hidden = np.float32(1 / g.model.hidden_size)
        self._eps = np.float32(g.model.rms_norm_eps)

    def logits(self, sequences: Sequence[Sequence[int]]) -> Iterator[tuple[slice, Array]]:
        """Logits of every position of every sequence, one sequence after the other.

        Yields
        ------
        rows
            The positions of this piece.
        logits
            float32 [positions, vocab].

        Raises
        ------
        ValueError
            When a token is not in the vocabulary or a sequence exceeds the chip's context.
        """
        g, m = self.geometry, self.geometry.model
        x = self.hidden(sequences)
        head = Gemv([self.weights.lm_head], g.chip.block, g.chip.columns)
        for start in range(0, len(x), _POSITIONS):
            rows = slice(start, min(start + _POSITIONS, len(x)))
            h, r = self._norm(-1, x[rows])
            yield rows, fp32_mul(gemv_rows(head, h), r)[:, : m.vocab_size]
            self._tell((m.num_hidden_layers + rows.stop / len(x)) / (m.num_hidden_layers + 1))

    def hidden(self, sequences: Sequence[Sequence[int]]) -> Array:
        """Residual stream behind the last layer, float32 [positions, padded hidden]; see ``logits``."""
        g, m = self.geometry, self.geometry.model
        for tokens in sequences:
            if not 0 < len(tokens) <= g.chip.context:
                raise ValueError(f"{len(tokens)} tokens, legal: 1 to the context of {g.chip.context}")
            if not all(0 <= t < m.vocab_size for t in tokens):
                raise ValueError(f"a token is not in the vocabulary of {m.vocab_size}")
        ends = np.cumsum([len(tokens) for tokens in sequences])
        parts = [slice(end - len(s), end) for s, end in zip(sequences, ends, strict=True)]
        x = np.stack([embed(self.weights.embedding, t) for tokens in sequences for t in tokens])
        qkv, out, gate_up, down = LINEARS
        for layer in range(m.num_hidden_layers):
            h, r = self._norm(2 * layer, x)
            y = fp32_mul(self._linear(layer, qkv, h), r)
            att = np.concatenate([self._attention(y[rows]) for rows in parts])
            x = residual(x, self._linear(layer, out, Rows(att, g.chip.block)))
            h, r = self._norm(2 * layer + 1, x)
            gate, up = np.split(fp32_mul(self._linear(layer, gate_up, h), r), 2, axis=1)
            x = residual(x, self._linear(layer, down, Rows(silu_mul(gate, up), g.chip.block)))
            self._tell((layer + 1) / (m.num_hidden_layers + 1))
        return x

    def _tell(self, share: float) -> None:
        if self.progress is not None:
            self.progress(share)

    def _norm(self, index: int, x: Array) -> tuple[Rows, Array]:
        """What the norm sends, and 1/rms [T, 1]."""
        chip = self.geometry.chip
        sent = Rows(rms_norm(x, self.weights.norms[index]), chip.block)
        squares = fp32_mul(x, x).reshape(len(x), chip.columns, -1, chip.rows)
        lanes = fp32_accumulate(squares, axis=2)
        total = fp32_sum_tree(fp32_sum_tree(lanes, axis=2), axis=1)
        mean = fp32_add(fp32_mul(total, self._inv_hidden), self._eps)
        return sent, rsqrt(mean)[:, None]

    def _linear(self, layer: int, names: tuple[str, ...], x: Rows) -> Array:
        chip = self.geometry.chip
        matrices = [self.weights.layers[layer][n] for n in names]
        y = gemv_rows(Gemv(matrices, chip.block, chip.columns), x)
        if self.adapter is not None:
            pairs = [self.adapter.blocks[layer, n] for n in names]
            y = fp32_add(y, lora_rows(Lora(pairs, chip.h_block, chip.columns), x))
        return y

    def _attention(self, qkv: Array) -> Array:
        """RoPE and attention of one sequence: float32 [T, heads * head_dim]."""
        g, total = self.geometry, len(qkv)
        k_end = g.q_dim + g.kv_dim
        cos, sin = self._cos[:total, None], self._sin[:total, None]
        turned = rope(qkv[:, :k_end].reshape(total, -1, g.head_dim), cos, sin)
        sent = Rows(np.concatenate([turned.reshape(total, -1), qkv[:, k_end:]], axis=1), g.chip.h_block)
        q, k, v = (sent.part(*p) for p in ((0, g.q_dim), (g.q_dim, k_end), (k_end, qkv.shape[1])))
        out, settled = attend(q, k, v, g)
        if not settled.all():
            cache = KvCache(g)
            for pos in range(total):
                cache.append(pos, k.row(pos), v.row(pos))
                if not settled[pos]:
                    out[pos] = attention(q.row(pos), cache, pos, g).out
        return out
