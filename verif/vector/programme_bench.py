"""What the benches of the row and of one column share: they walk the V operations of a programme."""

from __future__ import annotations

from typing import Any

import numpy as np

from golden import program as p
from golden.gumbel import drawing
from golden.timing import Cost, Timing
from golden.vector_row import Beat, Token, VectorRow
from verif.matrix.cycle_bench import CycleBench, random_stream
from verif.vector.vector_row.case import geometry, weights

G = geometry()
C, R, NQ = G.chip.columns, G.chip.rows, G.model.q_per_kv
PROGRAM = p.build(G)


class ProgrammeBench(CycleBench):
    """Draws what arrives, lets golden's row compute, and leaves ports and control to its heirs."""

    def __init__(self, dut: Any, name: str) -> None:
        super().__init__(dut, random_stream(name))
        w = weights(G)
        self.row = VectorRow(G, w.embedding, w.norms)
        self.timing = Timing(G, PROGRAM)

    def plan(self, beats: list[Beat], t0: int) -> None:
        """Inputs and expectations of a job that is issued (or arrives) in ``t0``."""
        raise NotImplementedError

    def control(self, i: p.Instr, token: Token, t0: int, beats: list[Beat]) -> None:
        """What tells the DUT that an operation is issued in ``t0``."""
        raise NotImplementedError

    def cost(self, i: p.Instr, token: Token) -> Cost:
        """Cycles of an operation, greedy or drawn."""
        return self.timing.cost(i, token.pos, drawing(self.row.inv_temperature))

    def temperature(self) -> dict[str, int]:
        """Draw how the next token is sampled, greedy or not; the ports that say so."""
        inverse = np.float32(self.rng.choice([0, 1, 1 / 0.7, 0.01, 20]))
        seed = int(self.rng.integers(1 << 32))
        self.row.inv_temperature, self.row.noise_seed = inverse, seed
        return {"inv_temperature_i": int(inverse.view(np.uint32)), "noise_seed_i": seed}

    def values(self, *shape: int) -> np.ndarray:
        """FP32 of all magnitudes that a model has, some zeros, some extremes."""
        x = self.rng.normal(0, 1, shape) * 10.0 ** self.rng.integers(-3, 3, shape)
        x = np.where(self.rng.random(shape) < 0.05, 0, x)
        return np.where(self.rng.random(shape) < 0.005, 3.4e38, x).astype(np.float32)

    def walk(self, token: Token, stop: int = 10**9) -> None:
        """Plan one token: layer 0 and the head, the first ``stop`` operations of them."""
        t, done = self.t + 1, 0
        for i in PROGRAM:
            if i.layer > 0 or (i.if_lora and not token.adapter) or done >= stop:
                continue
            t += int(self.rng.choice([0, 0, 1, 5]))
            after = self._operation(i, token, t)
            if after is not None:
                t, done = after, done + 1
        self.t = t + 1

    def _operation(self, i: p.Instr, token: Token, t: int) -> int | None:
        """Plan an operation or what another engine's one sends; returns the first idle cycle behind it."""
        row = self.row
        if i.engine == p.H and i.op == p.LORA_A:
            self.plan(row.lora_t(self.values(i.n0, R)), t)
            return t + i.n0
        if i.engine == p.H and i.op == p.REDUCE:
            heads = G.model.num_key_value_heads
            sums = np.abs(self.values(heads, NQ)) + np.float32(0.5)
            self.plan(row.reduce(sums, self.values(heads, i.n0 - 1, R)), t)
            return t + i.n0 + 8
        if i.engine != p.V:
            return None
        if i.op == p.EMBED:
            beats = row.embed(i, token)
        elif i.op == p.SEND:
            beats = row.send(i, token)
        elif i.op == p.DRAIN:
            y = self.values(i.n0, C, R)
            if i.drain == p.ARGMAX and self.rng.random() < 0.5:
                y = self.rng.choice(np.float32([-1, 0, 2]), y.shape)  # many equals
            beats = row.drain(i, token, y)
        else:
            beats = row.sample(G.model.vocab_size)
        self.control(i, token, t, beats)
        self.plan(beats, t)
        cost = self.cost(i, token)
        return t + 1 + max(cost.flush, cost.rinv)
