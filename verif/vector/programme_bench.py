"""What the benches of the row and of one column share: tokens in flight walk a programme."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np

from golden import program as p
from golden.engines import TokenContext
from golden.pipeline import Pipeline
from golden.timing import Timing
from golden.vector_row import Beat, VectorRow
from golden.waits import with_waits
from verif.matrix.cycle_bench import CycleBench, random_stream
from verif.vector.vector_row.case import geometry, weights

G = geometry()
C, R, NQ = G.chip.columns, G.chip.rows, G.model.q_per_kv
# Layer 0 and the head, as the row sees them: its own operations and those that send it something. All
# others take no time, so that the row's own engines are the bottleneck.
SEEN = {(p.H, p.LORA_A), (p.H, p.REDUCE), (p.END, 0)}
PROGRAM = with_waits(
    Timing(G),
    [i for i in p.build(G) if i.layer <= 0 and (i.engine in (p.S, p.D) or (i.engine, i.op) in SEEN)],
)


@dataclass(frozen=True)
class Wish:
    """A token to come."""

    token: int
    pos: int
    adapter: bool
    head: bool = True


class ProgrammeBench(CycleBench):
    """Draws what arrives, lets golden's row compute, and leaves ports and control to its heirs."""

    def __init__(self, dut: Any, name: str) -> None:
        super().__init__(dut, random_stream(name))
        w = weights(G)
        self.row = VectorRow(G, w.embedding, w.norms)
        self.timing = self.row.timing
        self.overlaps = 0  # SENDs that issue while a D operation of another context works

    def plan(self, beats: list[Beat], t0: int) -> None:
        """Inputs and expectations of a job that is issued (or arrives) in ``t0``."""
        raise NotImplementedError

    def control(self, i: p.Instr, token: TokenContext, t0: int, beats: list[Beat]) -> None:
        """What tells the DUT that an operation is issued in ``t0``."""
        raise NotImplementedError

    def values(self, *shape: int) -> np.ndarray:
        """FP32 of all magnitudes that a model has, some zeros, some extremes."""
        x = self.rng.normal(0, 1, shape) * 10.0 ** self.rng.integers(-3, 3, shape)
        x = np.where(self.rng.random(shape) < 0.05, 0, x)
        return np.where(self.rng.random(shape) < 0.005, 3.4e38, x).astype(np.float32)

    def walk(self, wishes: list[Wish], gaps: bool = True) -> None:
        """Plan tokens, as many at a time as there are contexts; with pauses (``gaps``) or without."""
        traffic, waiting, now = Pipeline(G, PROGRAM), deque(wishes), self.t
        self.works = (0, -1)  # cycle in which the last D operation ends, its context
        while waiting or traffic.flying:
            room = traffic.room()
            if waiting and room is not None:
                now = max(now, room) + (int(self.rng.choice([0, 1, 30])) if gaps else 0)
            else:
                now = 1 << 60
            for issue in traffic.walk(now):
                i, token = PROGRAM[issue.index], issue.token
                if i.engine == p.END:
                    now = issue.cycle
                    break  # a context is free
                self._operation(i, token.tag, issue.cycle)
                token.at += int(self.rng.choice([0, 0, 0, 1, 9])) if gaps else 0
            else:
                if waiting:
                    self._start(traffic, waiting.popleft(), now)
        last = [c for c in self.inputs if c > self.t] + [self.t]
        self.t = max(max(last), now) + 40  # everything has ended

    def _start(self, traffic: Pipeline, wish: Wish, cycle: int) -> None:
        """A token is accepted; how it is sampled and whose sequence it belongs to are drawn."""
        inverse = np.float32(self.rng.choice([0, 1, 1 / 0.7, 0.01, 20]))
        seq = int(self.rng.integers(4))
        token = traffic.start(cycle, seq, wish.pos, wish.adapter, wish.head, bool(inverse))
        token.tag = TokenContext(
            ctx=token.ctx,
            token=wish.token,
            pos=wish.pos,
            kv_base=seq * G.sequence_words,
            adapter=wish.adapter,
            inv_temperature=int(inverse.view(np.uint32)),
            noise_seed=int(self.rng.integers(1 << 32)),
        )

    def _operation(self, i: p.Instr, token: TokenContext, t0: int) -> None:
        """Plan an operation of the row, or what another engine's one sends."""
        row, ctx, hops = self.row, token.ctx, self.timing.hops
        if i.engine == p.H and i.op == p.LORA_A:
            beats = row.lora_t(ctx, self.values(i.n0, R), i.n1)
            self.plan(beats, t0 + i.n1 + 4 + 3 * hops + self.timing.lc)
        elif i.engine == p.H and i.op == p.REDUCE:
            heads = G.model.num_key_value_heads
            sums = np.abs(self.values(heads, NQ)) + np.float32(0.5)
            beats = row.reduce(ctx, sums, self.values(heads, i.n0 - 1, R))
            self.plan(beats, t0 + 2 + 3 * hops + self.timing.lr + self.timing.lk)
        elif i.engine in (p.S, p.D):
            beats = self._send(i, token, t0) if i.engine == p.S else self._d_operation(i, token, t0)
            self.control(i, token, t0, beats)
            self.plan(beats, t0)

    def _send(self, i: p.Instr, token: TokenContext, t0: int) -> list[Beat]:
        end, ctx = self.works
        self.overlaps += t0 <= end and ctx != token.ctx
        return self.row.send(i, token)

    def _d_operation(self, i: p.Instr, token: TokenContext, t0: int) -> list[Beat]:
        self.works = t0 + self.timing.duration(i, token.pos, bool(token.inv_temperature)), token.ctx
        if i.op == p.EMBED:
            return self.row.embed(i, token)
        if i.op == p.SAMPLE:
            return self.row.sample(token.ctx, G.model.vocab_size)
        y = self.values(i.n0, C, R)
        if i.drain == p.ARGMAX and self.rng.random() < 0.5:
            y = self.rng.choice(np.float32([-1, 0, 2]), y.shape)  # many equals
        return self.row.drain(i, token, y)

    def some(self, count: int) -> list[Wish]:
        """Tokens at first, middle and last positions; ends of the embedding; with adapters or none."""
        group, last, vocab = G.kv_group, G.chip.context - 1, G.model.vocab_size
        places = [0, 1, group - 1, min(group, last), last]
        return [
            Wish(
                token=int(self.rng.choice([0, vocab - 1, self.rng.integers(vocab)])),
                pos=places[n % 5],
                adapter=bool(self.rng.integers(2)),
                head=n == 0 or bool(self.rng.integers(3)),
            )
            for n in range(count)
        ]

    def check_overlaps(self) -> None:
        """Operations of different tokens did work at the same time."""
        assert self.overlaps or G.chip.tokens == 1
