"""LoRA: float twin, slow hardware order, prepared matrices bit for bit."""

import numpy as np
import pytest

from golden.blocks import Blocks
from golden.formats import fp32_add, mx_dot_term, mx_quantise
from golden.lora import Lora, lora_a, lora_b, lora_float, send_t
from golden.tests.sizes import same_bits

HB = 8


def slow_dot(m, e, x_m, x_e):
    acc = None
    for b in range(len(e)):
        dot = sum(
            int(p) * int(q) for p, q in zip(m[b * HB : b * HB + HB], x_m[b * HB : b * HB + HB], strict=True)
        )
        term = mx_dot_term(np.array(dot), x_e[b], e[b])
        acc = term if acc is None else fp32_add(acc, term)
    return acc


def slow_a(a, x, columns):
    m, e = a
    out = np.empty(len(m), np.float32)
    n, nb = m.shape[1] // columns, e.shape[1] // columns
    x_e = [x.e[i // x.block] for i in range(0, len(x.m), HB)]
    for row in range(len(m)):
        sums = [
            slow_dot(
                m[row, c * n : c * n + n],
                e[row, c * nb : c * nb + nb],
                x.m[c * n : c * n + n],
                x_e[c * nb :],
            )
            for c in range(columns)
        ]
        while len(sums) > 1:
            pairs = [fp32_add(*sums[i : i + 2]) for i in range(0, len(sums) - 1, 2)]
            sums = pairs + ([sums[-1]] if len(sums) % 2 else [])
        out[row] = sums[0]
    return out


def matrices(r, rank, n, k, scale=1.0):
    width = -(-rank // HB) * HB
    b = np.zeros((n, width), np.float32)
    b[:, :rank] = r.normal(size=(n, rank)) * scale
    a = (r.normal(size=(rank, k)) * scale).astype(np.float32)
    return mx_quantise(a, HB), mx_quantise(b, HB)


@pytest.mark.parametrize(
    "columns, block, blocks, rank",
    [(1, 8, 2, 3), (2, 16, 3, 8), (3, 8, 2, 12), (4, 16, 1, 6), (5, 8, 3, 40)],
)
def test_hardware_order(columns, block, blocks, rank):
    r = np.random.default_rng(columns)
    k = columns * block * blocks
    a, b = matrices(r, rank, 7, k)
    x = Blocks.of((r.normal(size=k) * np.exp(6 * r.normal(size=k))).astype(np.float32), block)
    t = lora_a(a, x, columns)
    same_bits(t, slow_a(a, x, columns))
    sent = send_t(t, HB)
    y = lora_b(b, sent)
    same_bits(y, [slow_dot(b[0][i], b[1][i], sent.m, sent.e) for i in range(7)])
    got = Lora([(a, b)], HB, columns)(x)
    same_bits(got[0], t[None])
    np.testing.assert_array_equal(got[1].m, sent.m)
    same_bits(got[2], y)


@pytest.mark.parametrize(
    "a_scale, x_scale", [(1, 1), (1e-30, 1), (1, 1e-30), (1e-20, 1e-15), (1e30, 1e25), (0, 1)]
)
def test_prepared_is_the_definition(a_scale, x_scale):
    r = np.random.default_rng(4)
    k, rank = 96, 20
    pairs = [matrices(r, rank, n, k, a_scale) for n in (24, 8, 16)]
    x = Blocks.of((r.normal(size=k) * x_scale).astype(np.float32), 16)
    t, sent, y = Lora(pairs, HB, 3)(x)
    want = np.stack([lora_a(a, x, 3) for a, _ in pairs])
    same_bits(t, want)
    parts = [send_t(w, HB) for w in want]
    np.testing.assert_array_equal(sent.m, np.concatenate([p.m for p in parts]))
    same_bits(y, np.concatenate([lora_b(b, p) for (_, b), p in zip(pairs, parts, strict=True)]))


def test_float_twin():
    r = np.random.default_rng(2)
    a, b = r.normal(size=(16, 128)).astype(np.float32), r.normal(size=(64, 16)).astype(np.float32)
    x = r.normal(size=128).astype(np.float32)
    got = Lora([(mx_quantise(a, HB), mx_quantise(b, HB))], HB, 2)(Blocks.of(x, 16))[2]
    want = lora_float(a, b, x)
    assert np.sqrt(np.mean((got - want) ** 2)) < 0.02 * np.std(want)


def test_unused_rank_is_zero():
    """Rows beyond the adapter's rank leave +0 in t and nothing in y."""
    r = np.random.default_rng(3)
    a = np.zeros((8, 32), np.float32)
    a[:3] = r.normal(size=(3, 32))
    t = lora_a(mx_quantise(a, HB), Blocks.of(r.normal(size=32).astype(np.float32), 8), 2)
    same_bits(t[3:], np.zeros(5))
