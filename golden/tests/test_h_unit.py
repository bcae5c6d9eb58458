"""The H-Units of a chip, put together, are the model's operators ``attention`` and ``lora``."""

from __future__ import annotations

import numpy as np
import pytest

from golden.attention import KvCache, attention
from golden.blocks import Blocks
from golden.formats import fp32_max_tree, fp32_sum_tree
from golden.geometry import preset
from golden.h_unit import Beat, HUnit, HUnitShape
from golden.lora import lora_a, lora_b

GEOMETRIES = ("tiny", "tiny-wide", "smollm2")


def chip(name: str) -> tuple[list[list[HUnit]], HUnitShape]:
    """All units of a preset, by column and row."""
    shape = HUnitShape.of(preset(name).parameters)
    return [[HUnit(shape, c, r) for r in range(shape.rows)] for c in range(shape.columns)], shape


def values(beats: list[Beat], port: str) -> np.ndarray:
    """Data of a port's beats as bit patterns [beats, words]."""
    return np.array([b.data for b in beats if b.port == port], np.uint32)


def vector(rng: np.random.Generator, n: int, block: int, spread: float) -> Blocks:
    """A random vector of blocks, each with its own magnitude."""
    size = np.exp2(rng.normal(0, spread, n // block)).repeat(block)
    return Blocks.of((rng.standard_normal(n) * size).astype(np.float32), block)


def by_column(x: Blocks, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Mantissas [C, blocks, block] and exponents [C, blocks]."""
    return x.m.reshape(columns, -1, x.block), x.e.reshape(columns, -1)


@pytest.mark.parametrize("name", GEOMETRIES)
@pytest.mark.parametrize("spread", [1.0, 30.0])
def test_attention(name: str, spread: float) -> None:
    """Tokens at the first positions: scores, maxima, numerators, sums and contexts bit by bit."""
    g = preset(name)
    units, s = chip(name)
    rng = np.random.default_rng(7)
    cache, c, hb = KvCache(g), s.columns, s.h_block
    heads, kv = g.model.num_attention_heads, g.model.num_key_value_heads
    flat = [u for column in units for u in column]
    for pos in range(s.group + 2):
        q = vector(rng, g.model.q_dim, hb, spread)
        k, v = (vector(rng, g.model.kv_dim, hb, spread) for _ in range(2))
        cache.append(pos, k, v)
        want = attention(q, cache, pos, g)
        slot, member = divmod(pos, s.group)
        score, prob = (np.zeros((heads, (slot + 1) * s.group), np.uint32) for _ in range(2))
        maxima, ctx, sums = [], [], []
        token = pos % s.tokens  # its context
        for u in flat:
            u.receive_q(*by_column(q, c), token)
            for i, x in enumerate((k, v)):
                u.append(g.kv_base + (2 * slot + i) * s.head_blocks, member, *by_column(x, c))
            beats = u.score(g.kv_base, pos, slot, token, last=False) if slot and pos % 2 else []
            beats += u.score(g.kv_base, pos, slot + 1, token, first=slot if beats else 0)
            first = u.col // s.cpk * s.q_per_kv
            score[first : first + s.q_per_kv, u.member :: s.group] = values(beats, "score").T
            maxima.append(values(beats, "rd")[0, : s.q_per_kv].view(np.float32))
        grouped = np.array(maxima).reshape(kv, s.group, s.q_per_kv)
        gmax = fp32_max_tree(grouped, axis=1)
        for u in flat:
            u.receive_gmax(gmax[u.col // s.cpk])
            beats = u.context(g.kv_base, pos, slot + 1)
            first = u.col // s.cpk * s.q_per_kv
            prob[first : first + s.q_per_kv, u.member :: s.group] = values(beats, "prob").T
            reduced = values(u.reduce(token), "rd").view(np.float32)
            sums.append(reduced[0, : s.q_per_kv])
            ctx.append(reduced[1:].ravel())
        assert (score[:, : pos + 1] == want.score.view(np.uint32)).all()
        assert (gmax.ravel() == want.gmax).all()
        assert (prob[:, : pos + 1] == want.prob.view(np.uint32) >> 16).all()
        for got, total in ((sums, want.sums), (ctx, want.ctx)):
            parts = np.array(got).reshape(kv, s.cpk, s.rows, -1)
            tree = fp32_sum_tree(fp32_sum_tree(parts, axis=2), axis=1).ravel()
            assert (tree.view(np.uint32) == total.view(np.uint32)).all()


@pytest.mark.parametrize("name", GEOMETRIES)
def test_lora(name: str) -> None:
    """A of the hidden size, B of the query rows."""
    g = preset(name)
    units, s = chip(name)
    rng = np.random.default_rng(8)
    c, r, hb, rank = s.columns, s.rows, s.h_block, g.chip.max_rank
    x = vector(rng, g.hidden, g.chip.block, 1.0)
    a = vector(rng, rank * g.hidden, hb, 1.0)
    a_m, a_e = a.m.reshape(rank, -1), a.e.reshape(rank, -1)
    t = vector(rng, s.t_blocks * hb, hb, 1.0)
    n = g.model.q_dim
    b = vector(rng, n * s.t_blocks * hb, hb, 1.0)
    b_m, b_e = b.m.reshape(n, -1), b.e.reshape(n, -1)
    want_t, want_y = lora_a((a_m, a_e), x, c), lora_b((b_m, b_e), t)
    got_t = np.zeros((c, rank), np.float32)
    got_y = np.zeros(n, np.float32)
    blocks, slots = g.hidden // c // hb, g.slots(n)
    x_m = x.m.reshape(c, blocks, hb)
    x_e = np.repeat(x.e.reshape(c, -1), g.chip.block // hb, axis=1)
    for column in units:
        for u in column:
            segment = slice(u.col * blocks, (u.col + 1) * blocks)
            u.sram_m[: rank // r * blocks] = a_m.reshape(rank, -1, hb)[u.row :: r, segment].reshape(-1, hb)
            u.sram_e[: rank // r * blocks] = a_e[u.row :: r, segment].ravel()
            beats = u.lora_a(0, rank // r, x_m[u.col], x_e[u.col])
            got_t[u.col, u.row :: r] = values(beats, "lt").view(np.float32)[:, 0]
            rows = slice(u.col * (n // c) + u.row, (u.col + 1) * (n // c), r)
            u.sram_m[: slots * s.t_blocks] = b_m.reshape(n, -1, hb)[rows].reshape(-1, hb)
            u.sram_e[: slots * s.t_blocks] = b_e[rows].ravel()
            u.receive_t(*(np.repeat(v[None], c, axis=0) for v in (t.m.reshape(-1, hb), t.e)))
            got_y[rows] = values(u.lora_b(0, slots), "lora_b").view(np.float32)[:, 0]
    assert (fp32_sum_tree(got_t).view(np.uint32) == want_t.view(np.uint32)).all()
    assert (got_y.view(np.uint32) == want_y.view(np.uint32)).all()


def test_contexts_are_apart() -> None:
    """Queries, t and LoRA results of a token stay its own while another's arrive."""
    s = HUnitShape(tokens=3, q_per_kv=2)
    rng = np.random.default_rng(9)
    u, alone = HUnit(s, 1, 1), [HUnit(s, 1, 1) for _ in range(s.tokens)]
    u.sram_m[:] = rng.integers(-127, 128, u.sram_m.shape)
    u.sram_e[:] = rng.integers(120, 130, u.sram_e.shape)
    for ctx in range(s.tokens):
        q, t = (
            (rng.integers(-127, 128, (s.columns, n, s.h_block)), rng.integers(120, 130, (s.columns, n)))
            for n in (s.q_per_kv * s.head_blocks, s.t_blocks)
        )
        alone[ctx].sram_m, alone[ctx].sram_e = u.sram_m, u.sram_e
        for unit in (u, alone[ctx]):
            unit.receive_q(*q, ctx)
            unit.receive_t(*t, ctx)
    for ctx in (1, 0, 2):
        assert u.score(0, 5, 3, ctx) == alone[ctx].score(0, 5, 3, ctx)
        for bank in (1, 0):
            assert u.lora_b(4 * bank, 3, ctx, bank) == alone[ctx].lora_b(4 * bank, 3, ctx, bank)
    for ctx in range(s.tokens):
        assert (u.lora[ctx] == alone[ctx].lora[ctx]).all()
        assert len({*map(float, u.lora[ctx, :, :3].ravel())}) == 6
