"""The vector row (``hdl/vector/vector_row.sv``): what its memories and ports hold, job by job.

The operators of whole vectors are ``golden.rms_norm``, ``rope``, ``silu_mul`` …; here are the columns'
shares in hardware order, with the cycle of every beat. SPEC chapters 2, 3 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from golden import program as p
from golden.config import Geometry, clog2
from golden.formats import (
    fp16_to_fp32,
    fp32_accumulate,
    fp32_add,
    fp32_from_int,
    fp32_gt,
    fp32_mul,
    fp32_scale,
    fp32_sub,
    fp32_sum_tree,
    mx_quantise,
    mx_sums,
)
from golden.latency import MXQ_LATENCY, RECIP_LATENCY
from golden.timing import TRANSFORM_LATENCY, Timing
from golden.transcendental import recip, rsqrt, sigmoid

Array = np.ndarray


@dataclass(frozen=True)
class Beat:
    """A valid beat of a port: cycle after the job's issue (or after its arrival), tags, data."""

    port: str
    cycle: int
    tags: tuple[int, ...]
    data: Array  # unsigned integers, natural order of the port's packed array


@dataclass(frozen=True)
class Token:
    """The token that runs: what the sequencer holds stable."""

    token: int
    pos: int
    adapter: bool


@dataclass(frozen=True)
class Roms:
    """ROM contents of all columns.

    Attributes
    ----------
    code, scale, zero_point
        Embedding ROM: uint8 [C, words, R], float16 [C, words], int [C, words].
    norm
        float32 [C, words, R].
    cos, sin
        RoPE ROM: float32 [words, R / 2].
    """

    code: Array
    scale: Array
    zero_point: Array
    norm: Array
    cos: Array
    sin: Array


def bits(x: Array) -> Array:
    """float32 as bit patterns."""
    return np.ascontiguousarray(x, np.float32).view(np.uint32)


def rope_words(x: Array, cos: Array, sin: Array) -> Array:
    """Rotate the pairs of words [..., R] by cos, sin [..., R / 2]."""
    a, b = x[..., 0::2], x[..., 1::2]
    y = np.empty_like(x)
    y[..., 0::2] = fp32_sub(fp32_mul(a, cos), fp32_mul(b, sin))
    y[..., 1::2] = fp32_add(fp32_mul(a, sin), fp32_mul(b, cos))
    return y


def embed_words(code: Array, zero_point: Array, scale: Array, frac_bits: int) -> Array:
    """Embedding ROM words: codes [..., R], zero_point and scale [...] to float32 [..., R]."""
    exact = (code.astype(np.int64) << frac_bits) - np.asarray(zero_point)[..., None]
    product = fp32_mul(fp32_from_int(exact), fp16_to_fp32(scale)[..., None])
    return fp32_scale(product, -frac_bits)


def column_sum_of_squares(x: Array) -> Array:
    """Words [words, R] of one column: lanes accumulate in order, then meet in a tree."""
    return fp32_sum_tree(fp32_accumulate(fp32_mul(x, x)))


def better(best: tuple[np.float32, int] | None, value: np.float32, row: int) -> tuple[np.float32, int]:
    """Running argmax: a value replaces the best only if it is greater."""
    return (value, row) if best is None or fp32_gt(value, best[0]) else best


class VectorRow:
    """State of the row; every job returns the beats it causes, cycles counted from its issue."""

    def __init__(self, geometry: Geometry, roms: Roms) -> None:
        g = self.g = geometry
        self.roms = roms
        self.timing = Timing(g, [])
        self.c, self.r, self.nq = g.chip.columns, g.chip.rows, g.model.q_per_kv
        self.hops, self.lc, self.lr = g.chip.hops, clog2(g.chip.columns), clog2(g.chip.rows)
        self.vmem = np.zeros((self.c, g.vmem["depth"], self.r), np.float32)
        self.rinv = np.float32(0)
        self.inv = np.zeros((self.c, self.nq), np.float32)
        self.best: list[tuple[np.float32, int] | None] = [None] * self.c

    def _write(self, cycle: int, addr: int, data: Array) -> list[Beat]:
        """Writes of all columns: data [C, words, R] from word ``addr``, one word a cycle."""
        n = data.shape[1]
        self.vmem[:, addr : addr + n] = data
        return [Beat("vmem", cycle + w, ((1 << self.c) - 1, addr + w), bits(data[:, w])) for w in range(n)]

    # -- operations ------------------------------------------------------------------------------
    def embed(self, i: p.Instr, token: Token) -> list[Beat]:
        """EMBED: the token's words into the vector memory."""
        first = token.token * self.g.words(self.g.hidden)
        rows = slice(first, first + i.n0)
        roms, frac = self.roms, self.g.chip.frac_bits
        x = embed_words(roms.code[:, rows], roms.zero_point[:, rows], roms.scale[:, rows], frac)
        return self._write(4, i.addr0, x)

    def send(self, i: p.Instr, token: Token) -> list[Beat]:
        """SEND: transform, quantise, broadcast; beside a NORM the sums of squares and 1/rms."""
        x = self.vmem[:, i.addr0 : i.addr0 + i.n0].copy()
        x[:, i.n2 :] = 0
        y = self._transform(i, token, x)
        m, e = mx_quantise(y.reshape(self.c, -1), i.n1 * self.r)
        s = mx_sums(m, i.n1 * self.r).astype(np.int64) & 0xFFFF
        m = m.view(np.uint8).reshape(self.c, i.n0, self.r)
        addr = member = 0
        if i.dest in (p.TO_K, p.TO_V):
            slot, member = divmod(token.pos, self.g.kv_group)
            addr = i.addr1 + (2 * slot + (i.dest == p.TO_V)) * self.g.head_blocks
        leaves = 1 + TRANSFORM_LATENCY[i.transform] + i.n1 + MXQ_LATENCY
        beats = []
        for j in range(i.n0):
            blk, word = divmod(j, i.n1)
            last = word == i.n1 - 1
            sums = s[:, blk] if last else np.zeros(self.c, np.int64)
            data = np.concatenate([m[:, j].ravel(), e[:, blk], sums])
            tags = (i.dest, blk, word, int(last), addr, member)
            beats.append(Beat("bc", leaves + j, tags, data))
        if i.transform == p.NORM:
            beats += self._norm(i, x)
        return beats

    def _transform(self, i: p.Instr, token: Token, x: Array) -> Array:
        g = self.g
        if i.transform == p.NORM:
            return fp32_mul(x, self.roms.norm[:, i.addr1 : i.addr1 + i.n0])
        if i.transform == p.SILU:
            return fp32_mul(fp32_mul(x, sigmoid(x)), self.vmem[:, i.addr1 : i.addr1 + i.n0])
        per_head = g.model.head_dim // self.r
        segment = g.words(g.model.kv_dim if i.k_rope else g.model.q_dim)
        column = np.arange(self.c)[:, None] % g.cpk
        word = column * segment + np.arange(i.n0)  # inside the KV group
        if i.transform == p.ROPE:
            at = token.pos * per_head + word % per_head
            return rope_words(x, self.roms.cos[at], self.roms.sin[at])
        if i.transform == p.INV:
            head = word // per_head
            return fp32_mul(x, np.take_along_axis(self.inv, head, axis=1)[..., None])
        return x

    def _norm(self, i: p.Instr, x: Array) -> list[Beat]:
        chip = self.g.parameters
        ss = np.array([column_sum_of_squares(x[c]) for c in range(self.c)], np.float32)
        total = fp32_sum_tree(ss)
        inv_hidden, eps = (np.array(chip[k], np.uint32).view(np.float32) for k in ("INV_HIDDEN", "RMS_EPS"))
        self.rinv = rsqrt(fp32_add(fp32_mul(total, inv_hidden), eps))
        leaves = i.n0 + 3 + self.lr
        written = i.n0 + self.timing.rinv_delay
        return [
            Beat("ss", leaves, (), bits(ss)),
            Beat("ss_total", leaves + self.hops + self.lc, (), bits(total).ravel()),
            Beat("rinv", written, (), bits(self.rinv).ravel()),
        ]

    def drain(self, i: p.Instr, token: Token, y: Array, vocab_size: int) -> list[Beat]:
        """DRAIN: results y [slots, C, R] of the matrix units arrive.

        Beats: ``dr`` control, ``drain`` (what the mesh must deliver) and the vector memory's writes.
        """
        lora = token.adapter and i.drain != p.ARGMAX
        arrival = 1 + 2 * self.hops + 2
        beats = [Beat("dr", 1 + s, (s, i.bank, int(lora)), np.zeros(0, np.uint32)) for s in range(i.n0)]
        beats += [Beat("drain", arrival + s, (s,), bits(y[s])) for s in range(i.n0)]
        out = fp32_mul(y, self.rinv) if i.rinv else y
        if i.drain == p.ARGMAX:
            self._argmax(i, out, vocab_size)
            return beats
        out = out.transpose(1, 0, 2)
        if i.drain == p.RESIDUAL:
            out = fp32_add(self.vmem[:, i.addr0 : i.addr0 + i.n0], out)
        return beats + self._write(arrival + 2, i.addr0, out)

    def _argmax(self, i: p.Instr, y: Array, vocab_size: int) -> None:
        if i.addr1 == 0:
            self.best = [None] * self.c
        for column in range(self.c):
            first = i.addr1 + column * (self.g.vocab // self.c)
            for k, value in enumerate(y[:, column].ravel()):
                if first + k < vocab_size:
                    self.best[column] = better(self.best[column], value, first + k)

    def sample(self) -> list[Beat]:
        """SAMPLE: the best of the columns."""
        best = None
        for candidate in self.best:
            if candidate is not None:
                best = better(best, *candidate)
        assert best is not None, "SAMPLE without a row below vocab_size"
        cycle = 2 + self.hops + self.lc
        return [Beat("sample", cycle, (), np.array([best[1]], np.uint32))]

    # -- arrivals, cycles counted from the first beat --------------------------------------------
    def lora_t(self, t: Array) -> list[Beat]:
        """The LoRA intermediate [words, R] arrives, one word a cycle."""
        beats = [Beat("t", w, (w,), bits(t[w])) for w in range(len(t))]
        everywhere = np.repeat(t[None], self.c, axis=0)
        return beats + self._write(0, self.g.vmem["t"], everywhere)

    def reduce(self, sums: Array, ctx: Array) -> list[Beat]:
        """Sums [KV heads, NQ] and contexts [KV heads, words, R] arrive: a beat of sums, then words."""
        g = self.g
        head = np.zeros((len(sums), self.r), np.float32)
        head[:, : self.nq] = sums
        by_column = np.repeat(np.concatenate([head[:, None], ctx], axis=1), g.cpk, axis=0)
        beats = [
            Beat("red", b, (int(b > 0), max(b - 1, 0)), bits(by_column[:, b]))
            for b in range(by_column.shape[1])
        ]
        self.inv = recip(np.repeat(sums, g.cpk, axis=0))
        beats.append(Beat("inv", RECIP_LATENCY, (), bits(self.inv)))
        segment, base = g.words(g.model.q_dim), g.vmem["att"]
        for b in range(ctx.shape[1]):
            a, word = divmod(b, segment)
            columns = np.arange(a, self.c, g.cpk)
            self.vmem[columns, base + word] = by_column[columns, b + 1]
            mask = sum(1 << int(c) for c in columns)
            data = np.zeros((self.c, self.r), np.float32)
            data[columns] = by_column[columns, b + 1]
            beats.append(Beat("vmem", b + 1, (mask, base + word), bits(data)))
        return beats
