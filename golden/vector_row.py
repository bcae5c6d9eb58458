"""The vector row (``hdl/vector/vector_row.sv``): what its memories and ports hold, job by job.

The operators of whole vectors are ``golden.rms_norm``, ``rope``, ``silu_mul`` …; here are the columns'
shares in hardware order, with the cycle of every beat. SPEC chapters 2, 3 and 5. Operations are told in
the order of their issue; a programme's left fields see to it that none needs what a later one leaves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from golden import program as p
from golden.argmax import argmax
from golden.config import clog2
from golden.embed import embed
from golden.engines import TokenContext, drain_steps
from golden.formats import (
    fp32_accumulate,
    fp32_mul,
    fp32_sum_tree,
    mx_quantise,
    mx_sums,
)
from golden.geometry import Geometry
from golden.gumbel import tempered
from golden.latency import MXQ_LATENCY, RECIP_LATENCY, TRANSFORM_LATENCY
from golden.quantise import QuantisedMatrix
from golden.residual import residual
from golden.rms_norm import rinv, rms_norm
from golden.rope import chip_table, rope
from golden.silu_mul import silu_mul
from golden.timing import Timing
from golden.transcendental import recip

Array = np.ndarray


@dataclass(frozen=True)
class Beat:
    """A valid beat of a port: cycle after the job's issue (or after its arrival), tags, data."""

    port: str
    cycle: int
    tags: tuple[int, ...]
    data: Array  # unsigned integers, natural order of the port's packed array


def bits(x: Array) -> Array:
    """float32 as bit patterns."""
    return np.ascontiguousarray(x, np.float32).view(np.uint32)


def column_sum_of_squares(x: Array) -> Array:
    """Words [words, R] of one column: lanes accumulate in order, then meet in a tree."""
    return fp32_sum_tree(fp32_accumulate(fp32_mul(x, x)))


def kv_place(dest: int, kv_base: int, pos_slot: int, pos_unit: int, head_blocks: int) -> tuple[int, int]:
    """Where the K or V of a position goes: SRAM word of its first block, member of the KV group.

    Parameters
    ----------
    dest
        Destination of the SEND; others than K and V have no place: (0, 0).
    kv_base
        First SRAM word of the layer's KV of the token's sequence.
    pos_slot, pos_unit
        Position slot, and the member of the group that owns the position.
    head_blocks
        SRAM words of a K (or V) head vector.
    """
    if dest not in (p.TO_K, p.TO_V):
        return 0, 0
    return kv_base + (2 * pos_slot + (dest == p.TO_V)) * head_blocks, pos_unit


class VectorRow:
    """State of the row, for every context; every job returns the beats it causes, from its issue on."""

    def __init__(self, geometry: Geometry, embedding: QuantisedMatrix, norms: Array) -> None:
        g = self.g = geometry
        self.embedding = embedding  # [vocab, hidden]
        self.c, self.r, self.nq = g.chip.columns, g.chip.rows, g.model.q_per_kv
        self.norms = self._words(norms)
        self.rope = chip_table(g)
        self.timing = Timing(g)
        self.hops, self.lc, self.lr = g.chip.hops, clog2(g.chip.columns), clog2(g.chip.rows)
        tokens = g.chip.tokens
        # All words of a token, as a SEND addresses them: vector memory, att, t.
        self.vmem = np.zeros((tokens, self.c, g.vmem["depth"], self.r), np.float32)
        self.rinv = np.zeros(tokens, np.float32)
        self.inv = np.zeros((tokens, self.c, self.nq), np.float32)
        # What the argmax compares: logits, or logits / T + noise.
        self.compared = np.full(g.vocab, -np.inf, np.float32)

    def _words(self, x: Array) -> Array:
        """Vectors [n, N] as the words of the columns: [C, n * words, R]."""
        split = x.reshape(len(x), self.c, -1, self.r).transpose(1, 0, 2, 3)
        return split.reshape(self.c, -1, self.r)

    def _write(self, cycle: int, ctx: int, addr: int, data: Array) -> list[Beat]:
        """Writes of all columns: data [C, words, R] from word ``addr``, one word a cycle."""
        n = data.shape[1]
        self.vmem[ctx, :, addr : addr + n] = data
        return [Beat("vmem", cycle + w, (ctx, addr + w), bits(data[:, w])) for w in range(n)]

    # -- operations ------------------------------------------------------------------------------
    def embed(self, i: p.Instr, token: TokenContext) -> list[Beat]:
        """EMBED: the token's words into the vector memory."""
        x = embed(self.embedding, token.token)
        return self._write(4, token.ctx, i.addr0, self._words(x[None])[:, : i.n0])

    def send(self, i: p.Instr, token: TokenContext) -> list[Beat]:
        """SEND: transform, quantise, broadcast; beside a NORM the sums of squares and 1/rms."""
        x = self.vmem[token.ctx, :, i.addr0 : i.addr0 + i.n0].copy()
        x[:, i.n2 :] = 0
        y = self._transform(i, token, x)
        m, e = mx_quantise(y.reshape(self.c, -1), i.n1 * self.r)
        s = mx_sums(m, i.n1 * self.r).astype(np.int64) & 0xFFFF
        m = m.view(np.uint8).reshape(self.c, i.n0, self.r)
        place = divmod(token.pos, self.g.kv_group)
        addr, member = kv_place(i.dest, i.addr1 + token.kv_base, *place, self.g.head_blocks)
        leaves = 1 + TRANSFORM_LATENCY[i.transform] + i.n1 + MXQ_LATENCY
        beats = []
        for j in range(i.n0):
            blk, word = divmod(j, i.n1)
            last = word == i.n1 - 1
            sums = s[:, blk] if last else np.zeros(self.c, np.int64)
            data = np.concatenate([m[:, j].ravel(), e[:, blk], sums])
            tags = (token.ctx, i.dest, blk, word, int(last), addr, member)
            beats.append(Beat("bc", leaves + j, tags, data))
        if i.transform == p.NORM:
            beats += self._norm(i, token.ctx, x)
        return beats

    def _transform(self, i: p.Instr, token: TokenContext, x: Array) -> Array:
        g = self.g
        if i.transform == p.NORM:
            return rms_norm(x, self.norms[:, i.addr1 : i.addr1 + i.n0])
        if i.transform == p.SILU:
            return silu_mul(x, self.vmem[token.ctx, :, i.addr1 : i.addr1 + i.n0])
        per_head = g.head_dim // self.r
        segment = g.words(g.kv_dim if i.k_rope else g.q_dim)
        column = np.arange(self.c)[:, None] % g.cpk
        word = column * segment + np.arange(i.n0)  # inside the KV group
        if i.transform == p.ROPE:
            cos, sin = (t[token.pos].reshape(per_head, -1)[word % per_head] for t in self.rope)
            return rope(x, cos, sin)
        if i.transform == p.INV:
            head = word // per_head
            return fp32_mul(x, np.take_along_axis(self.inv[token.ctx], head, axis=1)[..., None])
        return x

    def _norm(self, i: p.Instr, ctx: int, x: Array) -> list[Beat]:
        names = ("INV_HIDDEN", "RMS_EPS")
        inv_hidden, eps = (np.uint32(self.g.parameters[k]).view(np.float32) for k in names)
        ss = np.array([column_sum_of_squares(x[c]) for c in range(self.c)], np.float32)
        self.rinv[ctx] = rinv(x.ravel(), self.c, self.r, inv_hidden, eps)
        leaves = i.n0 + 3 + self.lr
        written = self.timing.rinv_duration(i)
        return [
            Beat("ss", leaves, (), bits(ss)),
            Beat("ss_total", leaves + self.hops + self.lc, (), bits(fp32_sum_tree(ss)).ravel()),
            Beat("rinv", written, (ctx,), bits(self.rinv[ctx]).ravel()),
        ]

    def drain(self, i: p.Instr, token: TokenContext, y: Array) -> list[Beat]:
        """DRAIN: results y [slots, C, R] of the matrix units arrive.

        Beats: ``dr`` control (data as one word), ``drain`` (what the mesh must deliver), the vector memory's
        writes, and for a drawn token ``noise``, the steps that begin a slot's noise.
        """
        draw, nothing = bool(token.inv_temperature), np.zeros(0, np.uint32)
        begin = 1 + self.timing.lead(i, draw)
        arrival = begin + 2 * self.hops + 2
        control = enumerate(drain_steps(i, token.ctx, token.adapter))
        beats = [Beat("dr", begin + s, (), np.array([word], np.uint32)) for s, word in control]
        beats += [Beat("drain", arrival + s, (s,), bits(y[s])) for s in range(i.n0)]
        out = fp32_mul(y, self.rinv[token.ctx]) if i.rinv else y
        if i.drain == p.ARGMAX:
            self._argmax(i, token, out)
            first = 1 + self.timing.noise_pause
            return beats + [Beat("noise", first + s, (s,), nothing) for s in range(i.n0) if draw]
        out = out.transpose(1, 0, 2)
        if i.drain == p.RESIDUAL:
            out = residual(self.vmem[token.ctx, :, i.addr0 : i.addr0 + i.n0], out)
        return beats + self._write(arrival + 2, token.ctx, i.addr0, out)

    def _argmax(self, i: p.Instr, token: TokenContext, y: Array) -> None:
        """Collect logits [slots, C, R] of the rows from ``addr1`` of every column's segment."""
        if i.addr1 == 0:
            self.compared[:] = -np.inf
        logits = y.transpose(1, 0, 2).reshape(self.c, -1)
        here = slice(i.addr1, i.addr1 + logits.shape[1])
        rows = np.arange(len(self.compared), dtype=np.uint32).reshape(self.c, -1)[:, here]
        inverse = np.uint32(token.inv_temperature).view(np.float32)
        values = tempered(logits, inverse, token.noise_seed, token.pos, rows)
        self.compared.reshape(self.c, -1)[:, here] = values

    def sample(self, ctx: int, vocab_size: int) -> list[Beat]:
        """SAMPLE: the best of the rows since the drain that began with row 0."""
        token = argmax(self.compared, vocab_size)
        return [Beat("sample", 2 + self.hops + self.lc, (ctx,), np.array([token], np.uint32))]

    # -- arrivals, cycles counted from the first beat --------------------------------------------
    def lora_t(self, ctx: int, t: Array, every: int = 1) -> list[Beat]:
        """The LoRA intermediate [words, R] arrives, a word in ``every`` cycles."""
        base = self.g.vmem["t"]
        self.vmem[ctx, :, base : base + len(t)] = t
        return [Beat("t", w * every, (ctx, w), bits(t[w])) for w in range(len(t))]

    def reduce(self, ctx: int, sums: Array, context: Array) -> list[Beat]:
        """Sums [KV heads, NQ] and contexts [KV heads, words, R] arrive: a beat of sums, then words."""
        g = self.g
        head = np.zeros((len(sums), self.r), np.float32)
        head[:, : self.nq] = sums
        by_column = np.repeat(np.concatenate([head[:, None], context], axis=1), g.cpk, axis=0)
        beats = [
            Beat("red", b, (int(b > 0), ctx, max(b - 1, 0)), bits(by_column[:, b]))
            for b in range(by_column.shape[1])
        ]
        self.inv[ctx] = recip(np.repeat(sums, g.cpk, axis=0))
        beats.append(Beat("inv", RECIP_LATENCY, (ctx,), bits(self.inv[ctx])))
        segment, base = g.words(g.q_dim), g.vmem["att"]
        for b in range(context.shape[1]):
            a, word = divmod(b, segment)
            columns = np.arange(a, self.c, g.cpk)
            self.vmem[ctx, columns, base + word] = by_column[columns, b + 1]
        return beats
