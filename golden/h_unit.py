"""One H-Unit (``hdl/matrix/h_unit.sv``): what its memories and its ports hold, job by job.

The operators of whole vectors are ``golden.lora`` and ``golden.attention``; here is one unit's
share in hardware order, with the cycle of every beat. SPEC chapters 1, 2, 3 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from golden.formats import (
    FP32_MAX,
    bf16_round,
    fp32_accumulate,
    fp32_add,
    fp32_from_int,
    fp32_max,
    fp32_mul,
    fp32_scale,
    fp32_sub,
    mx_dot_term,
)
from golden.latency import EXP_LATENCY
from golden.transcendental import exp

Array = np.ndarray

RD_SUM, RD_CTX, RD_MAX = range(3)


@dataclass(frozen=True)
class HUnitShape:
    """Parameters of the module, by meaning (hdl/README.md has the SystemVerilog names)."""

    columns: int = 2
    rows: int = 2
    block: int = 16
    h_block: int = 8
    head_dim: int = 8
    q_per_kv: int = 1
    cpk: int = 1
    kv_slots: int = 4
    t_blocks: int = 1
    acc_depth: int = 4
    sram_words: int = 32
    tokens: int = 2
    attn_scale: int = 0x3EB504F3  # FP32 pattern of 1/sqrt(8)

    @classmethod
    def of(cls, parameters: dict[str, int]) -> HUnitShape:
        """Shape of SystemVerilog parameters; those that are no size of the unit are ignored."""
        names = {f.name.upper(): f.name for f in fields(cls)}
        return cls(**{names[k]: v for k, v in parameters.items() if k in names})

    @property
    def head_blocks(self) -> int:
        """NB: SRAM words of a head's K or V."""
        return self.head_dim // self.h_block

    @property
    def group(self) -> int:
        """GS: units that share a KV head."""
        return self.cpk * self.rows


@dataclass(frozen=True)
class Beat:
    """A valid beat: port, cycle after the job's first step is at the unit, tags, data words."""

    port: str
    cycle: int
    tags: tuple[int, ...]
    data: tuple[int, ...]


def words(x: Array) -> tuple[int, ...]:
    """float32 values as their bit patterns."""
    return tuple(int(v) for v in np.atleast_1d(np.asarray(x, np.float32)).view(np.uint32).ravel())


class HUnit:
    """State of the unit in column ``col``, row ``row``; a job returns the beats that it causes.

    ``ctx`` is the context of the job's token. Queries, t and LoRA results are each context's own;
    scores, maxima, numerators and contexts exist once.
    """

    def __init__(self, shape: HUnitShape, col: int, row: int) -> None:
        s = self.s = shape
        self.col, self.row = col, row
        self.member = col % s.cpk * s.rows + row
        self.first_column = col // s.cpk * s.cpk
        self.sram_m = np.zeros((s.sram_words, s.h_block), np.int8)
        self.sram_e = np.zeros(s.sram_words, np.uint8)
        self.q_m = np.zeros((s.tokens, s.q_per_kv, s.head_blocks, s.h_block), np.int8)
        self.q_e = np.zeros((s.tokens, s.q_per_kv, s.head_blocks), np.uint8)
        self.t_m = np.zeros((s.tokens, s.t_blocks, s.h_block), np.int8)
        self.t_e = np.zeros((s.tokens, s.t_blocks), np.uint8)
        self.lora = np.zeros((s.tokens, 2, s.acc_depth), np.float32)  # [T, bank, slot]
        self.scores = np.zeros((s.kv_slots, s.q_per_kv), np.float32)
        self.gmax = np.zeros(s.q_per_kv, np.float32)
        self.best = np.zeros(s.q_per_kv, np.float32)  # maximum of the scores so far
        self.sums = np.zeros(s.q_per_kv, np.float32)
        self.ctx = np.zeros((s.q_per_kv, s.head_dim), np.float32)

    # -- memories --------------------------------------------------------------------------------
    def load(self, addr: int, m: Array, e: int) -> None:
        """Adapter loader: one SRAM word."""
        self.sram_m[addr], self.sram_e[addr] = m, e

    def _group(self, x: Array) -> Array:
        return x[self.first_column : self.first_column + self.s.cpk]

    def receive_q(self, m: Array, e: Array, ctx: int = 0) -> None:
        """Broadcast to Q: m int8 [C, blocks, HB], e uint8 [C, blocks]."""
        self.q_m[ctx] = self._group(m).reshape(self.q_m[ctx].shape)
        self.q_e[ctx] = self._group(e).reshape(self.q_e[ctx].shape)

    def receive_t(self, m: Array, e: Array, ctx: int = 0) -> None:
        """Broadcast to T; every column sends the same t."""
        self.t_m[ctx], self.t_e[ctx] = m[self.col], e[self.col]

    def append(self, addr: int, member: int, m: Array, e: Array) -> list[Beat]:
        """Broadcast to K or V; cycles count from the arrival of the first word.

        Parameters
        ----------
        addr
            SRAM word of the position's first block.
        member
            Owner of the position in each group.
        m, e
            int8 [C, blocks, HB] mantissas, uint8 [C, blocks] exponent fields.
        """
        s, out = self.s, []
        if member != self.member:
            return out
        beats, per_column = s.h_block // s.rows, s.head_blocks // s.cpk
        for b in range(per_column):
            for a in range(s.cpk):
                at = addr + a * per_column + b
                mb, eb = self._group(m)[a, b], self._group(e)[a, b]
                self.load(at, mb, eb)
                data = tuple(int(v) & 0xFF for v in mb) + (int(eb),)
                out.append(Beat("kv", b * beats + beats - 1 + 1 + a, (at,), data))
        return out

    def dot(self, addr: int, m: Array, e: Array) -> Array:
        """Dot product of SRAM words ``addr`` … with operands m [blocks, HB], e [blocks]."""
        stored = self.sram_m[addr : addr + len(m)].astype(np.int64)
        dots = (stored * m.astype(np.int64)).sum(axis=1)
        return fp32_accumulate(mx_dot_term(dots, e, self.sram_e[addr : addr + len(m)]))

    # -- LoRA ------------------------------------------------------------------------------------
    def lora_a(self, addr: int, slots: int, x_m: Array, x_e: Array, ctx: int = 0) -> list[Beat]:
        """A's rows times this column's segment of x: x_m [blocks, HB], x_e [blocks]."""
        n = len(x_m)
        return [
            Beat("lt", (i + 1) * n - 1 + 4, (ctx, i), words(self.dot(addr + i * n, x_m, x_e)))
            for i in range(slots)
        ]

    def lora_b(self, addr: int, slots: int, ctx: int = 0, bank: int = 0) -> list[Beat]:
        """B's rows times t, into a bank of the LoRA results."""
        out, n = [], self.s.t_blocks
        for i in range(slots):
            y = self.dot(addr + i * n, self.t_m[ctx], self.t_e[ctx])
            self.lora[ctx, bank, i] = y
            out.append(Beat("lora_b", (i + 1) * n - 1 + 4, (ctx, i), words(y)))
        return out

    # -- attention -------------------------------------------------------------------------------
    def held(self, pos: int) -> int:
        """Positions 0 … pos that live in this unit."""
        return (pos - self.member) // self.s.group + 1 if pos >= self.member else 0

    def score(
        self, addr: int, pos: int, slots: int, ctx: int = 0, first: int = 0, last: bool = True
    ) -> list[Beat]:
        """Q . k of the cached positions and their maximum.

        Parameters
        ----------
        addr
            First SRAM word of the layer's KV of the token's sequence.
        pos
            Last position.
        slots
            Position slots, ``pos // group + 1``; any beyond are skipped.
        ctx
            Whose queries.
        first
            The first one that the engine walks: those before have been scored by an EARLY.
        last
            Not of an EARLY: the maximum leaves.
        """
        s, out = self.s, []
        scale = np.uint32(s.attn_scale).view(np.float32)
        if first == 0:
            self.best = np.full(s.q_per_kv, -FP32_MAX, np.float32)
        q = self.q_m[ctx], self.q_e[ctx]
        for j in range(first, slots):
            value = np.zeros(s.q_per_kv, np.float32)
            if j < self.held(pos):
                at = addr + 2 * j * s.head_blocks
                acc = np.array([self.dot(at, m, e) for m, e in zip(*q, strict=True)])
                value = fp32_mul(acc.astype(np.float32), scale)
                self.best = fp32_max(self.best, value)
            self.scores[j] = value
            out.append(Beat("score", (j - first + 1) * s.head_blocks - 1 + 5, (j,), words(value)))
        if not last:
            return out
        lanes = np.zeros(s.rows, np.float32)
        lanes[: s.q_per_kv] = self.best
        out.append(Beat("rd", (slots - first) * s.head_blocks - 1 + 7, (RD_MAX, ctx, 0), words(lanes)))
        return out

    def receive_gmax(self, gmax: Array) -> None:
        """The group's maxima, float32 [NQ]."""
        self.gmax = np.asarray(gmax, np.float32).copy()

    def context(self, addr: int, pos: int, slots: int) -> list[Beat]:
        """Numerators p of the cached positions, sums of p and of p * v; arguments as ``score``."""
        s, out = self.s, []
        for j in range(slots):
            held = j < self.held(pos)
            p = np.zeros(s.q_per_kv, np.float32)
            if held:
                p = bf16_round(exp(fp32_sub(self.scores[j], self.gmax)))
            patterns = tuple(w >> 16 for w in words(p))
            out.append(Beat("prob", j * s.head_blocks + 3 + EXP_LATENCY, (j,), patterns))
            at = addr + (2 * j + 1) * s.head_blocks
            v = slice(at, at + s.head_blocks)
            self.accumulate(p, self.sram_m[v], self.sram_e[v], first=j == 0, held=held)
        return out

    def accumulate(self, p: Array, m: Array, e: Array, *, first: bool, held: bool) -> None:
        """One position slot, if held: p float32 [NQ] times V's blocks m [NB, HB], e [NB]."""
        if held:
            scale = e.astype(np.int64)[None, :, None] - 133
            product = fp32_mul(p[:, None, None], fp32_from_int(m)[None])
            term = fp32_scale(product, scale).reshape(self.ctx.shape)
            self.sums = p if first else fp32_add(self.sums, p)
            self.ctx = term if first else fp32_add(self.ctx, term)
        elif first:
            self.sums, self.ctx = np.zeros_like(self.sums), np.zeros_like(self.ctx)

    def reduce(self, ctx: int = 0) -> list[Beat]:
        """Sums, then contexts, R elements a beat."""
        s = self.s
        lanes = np.zeros(s.rows, np.float32)
        lanes[: s.q_per_kv] = self.sums
        out = [Beat("rd", 1, (RD_SUM, ctx, 0), words(lanes))]
        for i, w in enumerate(self.ctx.reshape(-1, s.rows)):
            out.append(Beat("rd", i + 2, (RD_CTX, ctx, i), words(w)))
        return out
