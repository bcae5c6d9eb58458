"""One bench for the lane blocks: words in, results of golden a fixed number of cycles later."""

from __future__ import annotations

import os
from typing import Any

import cocotb
import numpy as np

from golden.argmax import argmax
from golden.embed import embed
from golden.formats import fp32_add, fp32_mul
from golden.latency import RECIP_LATENCY, RSQRT_LATENCY, SIGMOID_LATENCY
from golden.quantise import QuantisedMatrix
from golden.residual import residual
from golden.rms_norm import rms_norm
from golden.rope import rope
from golden.silu_mul import silu_mul
from golden.transcendental import recip, rsqrt
from golden.vector_row import column_sum_of_squares
from verif.matrix.cycle_bench import PARAMETERS, CycleBench, Port, random_stream, words

UNIT = os.environ["LANE_UNIT"]
R = PARAMETERS.get("ROWS", 1)
WORDS = 60
VALUE, SUM = Port("valid_o", (), "data_o"), Port("ss_valid_o", (), "ss_o")
PORTS: dict[str, dict[str, Port]] = {
    "rope": {"y": Port("valid_o", (), "y_o")},
    "silu_mul": {"y": Port("valid_o", (), "y_o")},
    "residual": {"y": VALUE},
    "embedding": {"y": Port("valid_o", ("addr_o",), "data_o")},
    "rms_norm": {"y": Port("y_valid_o", (), "y_o"), "ss": SUM},
    "softmax_inv": {"y": Port("valid_o", (), "y_o"), "inv": Port("write_valid_o", (), "write_data_o")},
    "argmax": {"best": Port("", (), "best_o", 65)},
    "rinv_unit": {"inv": Port("write_valid_o", (), "write_data_o"), "idle": Port("", (), "idle_o", 1)},
}
PAYLOADS: dict[str, dict[str, tuple[str, ...]]] = {
    "rope": {"valid_i": ("x_i", "trig_i")},
    "silu_mul": {"valid_i": ("g_i", "u_i")},
    "residual": {"valid_i": ("y_i",)},
    "embedding": {"valid_i": ("addr_i", "word_i")},
    "rms_norm": {"valid_i": ("x_i", "g_i")},
    "softmax_inv": {"valid_i": ("x_i",), "sum_valid_i": ("sum_i",)},
    "argmax": {"valid_i": ("row_i", "value_i")},
    "rinv_unit": {"total_valid_i": ("total_i",), "start_i": ()},
}


class Bench(CycleBench):
    """Ports and payloads of the unit under test."""

    ports = PORTS[UNIT]
    payloads = PAYLOADS[UNIT]

    def values(self, *shape: int) -> np.ndarray:
        """Ordinary values with zeros of both signs, extremes and equals among them."""
        x = self.rng.normal(0, 1, shape) * 10.0 ** self.rng.integers(-4, 4, shape)
        corner = self.rng.choice([0.0, -0.0, 1, -1, 3.4e38, -3.4e38, 1.2e-38], shape)
        return np.where(self.rng.random(shape) < 0.15, corner, x).astype(np.float32)

    def gap(self) -> None:
        """The next cycle to plan, now and then some later."""
        self.t += 1 + int(self.rng.choice([0, 0, 0, 1, 4]))


def packed(x: np.ndarray) -> int:
    """float32 words as one vector, word 0 lowest."""
    return int.from_bytes(np.ascontiguousarray(x, "<f4").tobytes(), "little")


def plan_rope(b: Bench) -> None:
    """Angles all around."""
    for _ in range(WORDS):
        x, angle = b.values(R), b.rng.uniform(-7, 7, R // 2)
        cos, sin = np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)
        b.put(b.t, valid_i=1, x_i=packed(x), trig_i=packed(np.stack([cos, sin], axis=1)))
        b.expect("y", b.t + 2, (), words(rope(x, cos, sin)))
        b.gap()


def plan_silu_mul(b: Bench) -> None:
    """Gates of both signs and all sizes."""
    for _ in range(WORDS):
        g, u = b.values(R), b.values(R)
        b.put(b.t, valid_i=1, g_i=packed(g), u_i=packed(u))
        b.expect("y", b.t + SIGMOID_LATENCY + 2, (), words(silu_mul(g, u)))
        b.gap()


def plan_residual(b: Bench) -> None:
    """With and without 1/rms and addition; the memory's word comes one cycle behind."""
    for mode in range(4):
        use_rinv, add = mode & 1, mode >> 1
        rinv = np.abs(b.values(1)) + np.float32(0.1)
        b.t += 4
        b.put(b.t - 1, rinv_en_i=use_rinv, add_en_i=add, rinv_i=packed(rinv))
        for _ in range(WORDS // 4):
            y, x = b.values(R), b.values(R)
            b.put(b.t, valid_i=1, y_i=packed(y))
            b.put(b.t + 1, x_i=packed(x))
            out = fp32_mul(y, rinv) if use_rinv else y
            b.expect("y", b.t + 2, (), words(residual(x, out) if add else out))
            b.gap()


def plan_embedding(b: Bench) -> None:
    """Codes, scales (subnormal FP16 too) and zero-points all over their ranges."""
    frac = PARAMETERS["FRAC_BITS"]
    for _ in range(WORDS):
        codes = b.rng.integers(0, 256, (1, R)).astype(np.uint8)
        scale = b.rng.integers(0, 0x7C00, (1, 1)).astype(np.uint16)
        zero = b.rng.integers(0, 1 << (8 + frac), (1, 1)).astype(np.uint16)
        table = QuantisedMatrix(codes, scale.view(np.float16), zero, 8, R, frac)
        word = int.from_bytes(codes.tobytes(), "little") | int(scale[0, 0]) << 8 * R
        addr = int(b.rng.integers(4096))
        b.put(b.t, valid_i=1, addr_i=addr, word_i=word | int(zero[0, 0]) << 8 * R + 16)
        b.expect("y", b.t + 2, (addr,), words(embed(table, 0)))
        b.gap()


def plan_rms_norm(b: Bench) -> None:
    """Vectors of one to nine words, the next one close behind."""
    lr = R.bit_length() - 1
    for n in (1, 2, 3, 9, 5, 1):
        x = np.abs(b.values(n, R)) ** np.float32(0.25)
        for i in range(n):
            g = b.values(R)
            ends = {"first_i": int(i == 0), "last_i": int(i == n - 1)}
            b.put(b.t, valid_i=1, x_i=packed(x[i]), g_i=packed(g), **ends)
            b.expect("y", b.t + 1, (), words(rms_norm(x[i], g)))
            last = b.t
            b.gap()
        b.expect("ss", last + 2 + lr, (), words(column_sum_of_squares(x)))
        b.t = max(b.t, last + 3)


def plan_softmax_inv(b: Bench) -> None:
    """New sums, then words of each head."""
    heads = PARAMETERS.get("Q_PER_KV", 2)
    for _ in range(8):
        sums = np.abs(b.values(heads)) + np.float32(0.5)
        inv = recip(sums)
        b.put(b.t, sum_valid_i=1, sum_i=packed(sums))
        b.expect("inv", b.t + RECIP_LATENCY, (), words(inv))
        b.t += RECIP_LATENCY + 1
        for _ in range(8):
            head, x = int(b.rng.integers(heads)), b.values(R)
            b.put(b.t, valid_i=1, head_i=head, x_i=packed(x))
            b.expect("y", b.t + 1, (), words(fp32_mul(x, inv[head])))
            b.gap()


def plan_argmax(b: Bench) -> None:
    """Many equals, rows beyond the vocabulary, restarts."""
    for _ in range(10):
        n = int(b.rng.integers(1, 7))
        vocab = int(b.rng.integers(1, n * R + 1))
        first = b.t
        logits = b.values(n * R)
        if b.rng.random() < 0.6:
            logits = b.rng.choice(np.float32([-2, -1, 3]), n * R)
        b.put(b.t, vocab_size_i=vocab)
        for i in range(n):
            b.put(b.t, valid_i=1, restart_i=int(b.t == first), row_i=i * R)
            b.put(b.t, value_i=packed(logits[i * R : (i + 1) * R]))
            seen = min(vocab, (i + 1) * R)
            row = argmax(logits[:seen], seen)
            value = int(np.float32(logits[row]).view(np.uint32))
            b.expect("best", b.t + 2, (), (1 << 64 | value << 32 | row,))
            b.t += 1
        b.t += 3


def plan_rinv_unit(b: Bench) -> None:
    """A vector begins, its total comes, the register is written; not idle in between."""
    inv_hidden, eps = (np.uint32(x).view(np.float32) for x in (0x3C000000, 0x3727C5AC))
    delay = 2 + RSQRT_LATENCY + PARAMETERS["HOPS"]
    for _ in range(12):
        begin, arrives = b.t, b.t + int(b.rng.integers(1, 9))
        total = np.abs(b.values(1)[0])
        b.put(begin, start_i=1)
        b.put(arrives, total_valid_i=1, total_i=packed(total))
        rinv = rsqrt(fp32_add(fp32_mul(total, inv_hidden), eps))
        b.expect("inv", arrives + delay, (), words(rinv))
        for t in range(begin + 1, arrives + delay + 1):
            b.expect("idle", t, (), (0,))
        b.expect("idle", arrives + delay + 1, (), (1,))
        b.t = arrives + delay + 2


@cocotb.test(timeout_time=5, timeout_unit="ms")
async def unit(dut: Any) -> None:
    """Everything planned, then a second round behind it."""
    b = Bench(dut, random_stream(UNIT))
    await b.start()
    for _ in range(2):
        globals()[f"plan_{UNIT}"](b)
        await b.run()
    b.finish()
