"""cocotb tests of vector_send: every transform into blocks of every length, every cycle."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden import program as p
from golden.formats import fp32_mul, mx_quantise, mx_sums
from golden.latency import MXQ_LATENCY, RECIP_LATENCY, TRANSFORM_LATENCY
from golden.library import load_model
from golden.model import Model
from golden.rms_norm import rms_norm
from golden.rope import rope
from golden.schedule import TokenTrace
from golden.silu_mul import silu_mul
from golden.transcendental import recip
from golden.vector_row import column_sum_of_squares
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS as P
from verif.matrix.cycle_bench import CycleBench, Port, random_stream, words

R, NQ, LONGEST = P["ROWS"], P["Q_PER_KV"], P["BLOCK"] // P["ROWS"]
TOKENS = P["TOKENS"]
LR = R.bit_length() - 1
TRANSFORMS = (p.NONE, p.NORM, p.ROPE, p.INV, p.SILU)


class Bench(CycleBench):
    """Broadcast words, sums of squares, inverted sums."""

    ports = {
        "bc": Port("bc_valid_o", ("bc_last_o", "bc_exp_o"), "bc_data_o", 8),
        "sum": Port("", (), "bc_sum_o", 16),
        "ss": Port("ss_valid_o", (), "ss_o"),
        "inv": Port("inv_valid_o", ("inv_ctx_o",), "inv_data_o"),
    }
    payloads = {
        "start_i": (),
        "valid_i": ("first_i", "last_i", "head_i", "x_i", "second_i", "norm_i", "trig_i"),
        "sum_valid_i": ("sum_ctx_i", "sum_i"),
    }

    def values(self, *shape: int) -> np.ndarray:
        """Ordinary values with zeros of both signs, extremes and equals among them."""
        x = self.rng.normal(0, 1, shape) * 10.0 ** self.rng.integers(-4, 4, shape)
        corner = self.rng.choice([0.0, -0.0, 1, -1, 3.4e38, -3.4e38, 1.2e-38], shape)
        return np.where(self.rng.random(shape) < 0.05, corner, x).astype(np.float32)

    def sums(self, ctx: int) -> np.ndarray:
        """New softmax sums of all contexts, one behind the other; returns the inverses of this one's."""
        mine = np.zeros(NQ, np.float32)
        for of in self.rng.permutation(TOKENS).tolist():
            sums = np.abs(self.values(NQ)) + np.float32(0.5)
            self.put(self.t, sum_valid_i=1, sum_ctx_i=of, sum_i=pack(sums))
            self.expect("inv", self.t + RECIP_LATENCY, (of,), words(recip(sums)))
            mine = recip(sums) if of == ctx else mine
            self.t += 1
        self.t += RECIP_LATENCY
        return mine

    def send(self, transform: int, x: np.ndarray, block: int, gaps: bool = False) -> int:
        """Words x [n, R] in blocks of ``block`` words; returns the cycle of the start."""
        r, n = self.rng, len(x)
        ctx = int(r.integers(TOKENS))
        inv = self.sums(ctx) if transform == p.INV else np.zeros(NQ, np.float32)
        start = self.t
        self.put(start, start_i=1, ctx_i=ctx, transform_i=transform, last_word_i=block - 1)
        second, norm, angle = self.values(n, R), self.values(n, R), r.uniform(-7, 7, (n, R // 2))
        cos, sin = np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)
        head = r.integers(0, NQ, n)
        y = {
            p.NONE: lambda: x,
            p.NORM: lambda: rms_norm(x, norm),
            p.ROPE: lambda: rope(x, cos, sin),
            p.INV: lambda: fp32_mul(x, inv[head][:, None]),
            p.SILU: lambda: silu_mul(x, second),
        }[transform]()
        self.t += 1
        came = []
        for j in range(n):
            self.t += int(r.choice([0, 0, 1, 5])) if gaps else 0
            self.put(self.t, valid_i=1, first_i=int(j == 0), last_i=int(j == n - 1), head_i=int(head[j]))
            self.put(self.t, x_i=pack(x[j]), second_i=pack(second[j]), norm_i=pack(norm[j]))
            self.put(self.t, trig_i=pack(np.stack([cos[j], sin[j]], axis=1)))
            came.append(self.t)
            self.t += 1
        if transform == p.NORM:
            self.expect("ss", came[-1] + 2 + LR, (), words(column_sum_of_squares(x)))
        return self._blocks(y, block, [c + TRANSFORM_LATENCY[transform] for c in came], start)

    def _blocks(self, y: np.ndarray, block: int, came: list[int], start: int) -> int:
        """What leaves the quantiser for words y that enter it in the cycles ``came``."""
        m, e = mx_quantise(y.ravel(), block * R)
        total = mx_sums(m, block * R).astype(np.int64) & 0xFFFF
        m = m.view(np.uint8).reshape(len(y), R)
        for j in range(len(y)):
            blk, w = divmod(j, block)
            last = w == block - 1
            cycle = came[(blk + 1) * block - 1] + MXQ_LATENCY + w
            self.expect("bc", cycle, (int(last), int(e[blk])), words(m[j]))
            if last:
                self.expect("sum", cycle, (), (int(total[blk]),))
        self.t = cycle + 1
        return start


async def make(dut: Any, name: str) -> Bench:
    """A bench behind reset."""
    b = Bench(dut, random_stream(name))
    await b.start(ctx_i=0, transform_i=0, last_word_i=0)
    return b


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def transforms(dut: Any) -> None:
    """Each transform; blocks of one word, of the longest and between; one block and several."""
    b = await make(dut, "transforms")
    lengths = sorted({1, 2, max(1, LONGEST - 1), LONGEST} & {*range(1, LONGEST + 1)})
    for transform in TRANSFORMS:
        for block in lengths:
            for blocks in (1, 2, 5):
                b.send(transform, b.values(blocks * block, R), block, gaps=bool(b.rng.integers(2)))
    await b.run(3 * LONGEST + 24)
    b.finish()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def extremes(dut: Any) -> None:
    """Blocks of zeros, of the largest and of the smallest numbers, of one number among zeros."""
    b = await make(dut, "extremes")
    for transform in TRANSFORMS:
        for value in (0.0, -0.0, 3.4e38, -3.4e38, 1.2e-38, 1.0):
            b.send(transform, np.full((2 * LONGEST, R), value, np.float32), LONGEST)
        x = np.zeros((LONGEST, R), np.float32)
        x[b.rng.integers(LONGEST), b.rng.integers(R)] = -2.5
        b.send(transform, x, LONGEST)
    await b.run(3 * LONGEST + 24)
    b.finish()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def a_model(dut: Any) -> None:
    """What tiny sends while it takes a token: the embedding, drained q and gate."""
    b = await make(dut, "a_model")
    trace = TokenTrace()
    Model(load_model("tiny").weights, trace=trace).step(17, 0, sample=False)
    sources = {p.NORM: trace.values[-1, "embed"]["x"], p.ROPE: trace.values[0, "drain:q_proj"]["out"]}
    sources |= {p.SILU: trace.values[0, "drain:gate_proj"]["out"], p.INV: trace.values[0, "reduce"]["ctx"]}
    for transform, x in sources.items():
        whole = len(x) // (R * LONGEST) * R * LONGEST
        b.send(transform, x[:whole].reshape(-1, R), LONGEST)
    await b.run(3 * LONGEST + 24)
    b.finish()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """A reset anywhere in a SEND: nothing of it leaves, the next one is whole."""
    b = await make(dut, "resets")
    for n in range(12):
        start = b.send(TRANSFORMS[n % 5], b.values(2 * LONGEST, R), LONGEST)
        b.cut(start + 1 + int(b.rng.integers(b.t - start)))
        b.send(TRANSFORMS[(n + 2) % 5], b.values(LONGEST, R), LONGEST, gaps=True)
    await b.run(3 * LONGEST + 24)
    b.finish()
