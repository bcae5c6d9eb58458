"""When every operation issues, from shapes alone: the chip's time, SPEC chapter 5.

No value enters here, so the same functions size chips that nobody simulates.
"""

from __future__ import annotations

from dataclasses import dataclass

from golden import program as p
from golden.config import clog2
from golden.geometry import Geometry
from golden.gumbel import GUMBEL_CYCLES
from golden.latency import EXP_LATENCY, MXQ_LATENCY, RECIP_LATENCY, RSQRT_LATENCY, SIGMOID_LATENCY

TRANSFORM_LATENCY = {p.NONE: 0, p.NORM: 1, p.ROPE: 2, p.INV: 1, p.SILU: SIGMOID_LATENCY + 2}


@dataclass(frozen=True)
class Cost:
    """Cycles of one operation: the engine is not ready for ``loop``, not idle for ``flush``."""

    loop: int
    flush: int
    rinv: int = 0  # cycles until the rinv unit is idle again, 0 if it is not used


class Timing:
    """Costs and issue cycles of a programme on one geometry."""

    def __init__(self, geometry: Geometry, program: list[p.Instr]) -> None:
        self.g = geometry
        self.program = program
        chip = geometry.chip
        self.hops = chip.hops
        self.lc, self.lr, self.lk = clog2(chip.columns), clog2(chip.rows), clog2(geometry.cpk)
        # Where noise and logits meet: a drawn drain waits for its noise, or (far away) the noise for it.
        self.noise_lead = max(0, GUMBEL_CYCLES - 4 - 2 * self.hops)
        self.noise_pause = max(0, 2 * self.hops + 4 - GUMBEL_CYCLES)
        self._cache: dict[tuple[int, bool, bool, bool], list[int]] = {}

    def position_slots(self, pos: int) -> int:
        """Position slots that every unit walks for a token at ``pos``."""
        return pos // self.g.kv_group + 1

    def lead(self, i: p.Instr, draw: bool) -> int:
        """Cycles by which the steps of a DRAIN are late: it feeds the argmax and tokens are drawn."""
        return self.noise_lead if draw and i.drain == p.ARGMAX else 0

    def cost(self, i: p.Instr, pos: int, draw: bool = False) -> Cost:
        """Cost of one operation for a token at position ``pos``; ``draw``: tokens are not greedy."""
        hops, lc, lr, lk = self.hops, self.lc, self.lr, self.lk
        if i.engine == p.V:
            if i.op == p.EMBED:
                return Cost(i.n0, i.n0 + 3)
            if i.op == p.SEND:
                tail = TRANSFORM_LATENCY[i.transform] + i.n1 + MXQ_LATENCY + hops + 1
                tail += self.g.cpk if i.dest in (p.TO_K, p.TO_V) else 0
                rinv = i.n0 + self.rinv_delay if i.transform == p.NORM else 0
                return Cost(i.n0, i.n0 + tail, rinv)
            if i.op == p.DRAIN:
                return Cost(i.n0, i.n0 + self.lead(i, draw) + 2 * hops + 6)
            return Cost(1, 2 + hops + lc)
        if i.engine == p.L:
            n = i.n0 * i.n1 * i.n2
            return Cost(n, n + hops + 5 + lc)
        if i.op == p.LORA_A:
            n = i.n0 * i.n1
            return Cost(n, n + 5 + 3 * hops + lc)
        if i.op == p.LORA_B:
            n = i.n0 * i.n1
            return Cost(n, n + 5 + hops)
        n = self.position_slots(pos) * i.n1
        if i.op == p.SCORE:
            return Cost(n, n + 9 + 4 * hops + lr + lk)
        if i.op == p.CONTEXT:
            return Cost(n, n + 6 + EXP_LATENCY + hops)
        return Cost(i.n0, i.n0 + 2 + 3 * hops + lr + lk + RECIP_LATENCY)

    @property
    def rinv_delay(self) -> int:
        """From issue plus words of a NORM send to the write of the register rinv."""
        return 3 + self.lr + self.hops + self.lc + 2 + RSQRT_LATENCY + self.hops

    def issue(self, pos: int, lora: bool, head: bool, draw: bool = False) -> list[int]:
        """Issue cycle of each instruction, relative to the token's acceptance; -1 if skipped."""
        key = (self.position_slots(pos), lora, head, draw)
        if key not in self._cache:
            self._cache[key] = self._issue(pos, lora, head, draw)
        return self._cache[key]

    def _issue(self, pos: int, lora: bool, head: bool, draw: bool) -> list[int]:
        out = []
        ready = [0, 0, 0, 0]  # first cycle in which V, L, H (and END, always) can be issued to
        idle = [0, 0, 0, 0]  # first cycle in which V, L, H, N are idle
        cycle = 1
        for i in self.program:
            if (i.if_lora and not lora) or (i.if_head and not head):
                out.append(-1)
                cycle += 1
                continue
            waits = [idle[e] for e in range(4) if i.wait_for >> e & 1]
            t0 = max(cycle, ready[i.engine], *waits)
            out.append(t0)
            if i.engine != p.END:
                cost = self.cost(i, pos, draw)
                ready[i.engine] = t0 + cost.loop + 1
                idle[i.engine] = max(idle[i.engine], t0 + cost.flush + 1)
                if cost.rinv:
                    idle[3] = t0 + cost.rinv + 1
            cycle = t0 + 1
        return out

    def token_cycles(self, pos: int, lora: bool, head: bool, draw: bool = False) -> int:
        """Cycles from a token's acceptance to the issue of its END."""
        return self.issue(pos, lora, head, draw)[-1]
