"""How long every operation works, from shapes alone: the chip's time, SPEC chapter 5.

No value enters here, so the same functions size chips that nobody simulates.
``golden.pipeline`` walks tokens through a programme with them.
"""

from __future__ import annotations

from golden import instruction as p
from golden.config import clog2
from golden.geometry import Geometry
from golden.gumbel import GUMBEL_CYCLES
from golden.latency import EXP_LATENCY, MXQ_LATENCY, RECIP_LATENCY, RSQRT_LATENCY, TRANSFORM_LATENCY


class Timing:
    """Durations of operations on one geometry, in cycles."""

    def __init__(self, geometry: Geometry) -> None:
        self.g = geometry
        chip = geometry.chip
        self.hops = chip.hops
        self.lc, self.lr, self.lk = clog2(chip.columns), clog2(chip.rows), clog2(geometry.cpk)
        # Where noise and logits meet: a drawn drain waits for its noise, or (far away) the noise for it.
        self.noise_lead = max(0, GUMBEL_CYCLES - 4 - 2 * self.hops)
        self.noise_pause = max(0, 2 * self.hops + 4 - GUMBEL_CYCLES)
        score = 9 + 4 * self.hops + self.lr + self.lk
        self._h_tail = {
            p.LORA_A: 5 + 3 * self.hops + self.lc,
            p.LORA_B: 5 + self.hops,
            p.SCORE: score,
            p.EARLY: score,
            p.CONTEXT: 6 + EXP_LATENCY + self.hops,
            p.REDUCE: 2 + 3 * self.hops + self.lr + self.lk + RECIP_LATENCY,
        }

    def position_slots(self, pos: int) -> int:
        """Position slots that every unit has for a token at ``pos``, its own among them."""
        return pos // self.g.kv_group + 1

    def walked(self, i: p.Instr, pos: int, scored: bool) -> range:
        """Position slots that an operation of attention walks; ``scored``: H.EARLY has gone before."""
        slots = self.position_slots(pos)
        if p.early(i):
            return range(slots - 1)
        return range(slots - 1 if scored and p.scores(i) else 0, slots)

    def lead(self, i: p.Instr, draw: bool) -> int:
        """Cycles by which the steps of a DRAIN are late: it feeds the argmax and tokens are drawn."""
        return self.noise_lead if draw and i.drain == p.ARGMAX else 0

    def steps(self, i: p.Instr, pos: int, scored: bool = False) -> int:
        """n: steps of the loop for a token at position ``pos``; ``scored`` as in ``walked``."""
        return i.steps * (len(self.walked(i, pos, scored)) if p.attends(i) else 1)

    def duration(self, i: p.Instr, pos: int, draw: bool = False, scored: bool = False) -> int:
        """D: cycles that the operation works; ``draw``: tokens are not greedy."""
        n = self.steps(i, pos, scored)
        if i.engine == p.S:
            kv = self.g.cpk if i.dest in (p.TO_K, p.TO_V) else 0
            return n + self._send_tail(i) + self.hops + 1 + kv
        if i.engine == p.D:
            if i.op == p.EMBED:
                return n + 3
            if i.op == p.DRAIN:
                return n + self.lead(i, draw) + 2 * self.hops + 6
            return 2 + self.hops + self.lc
        if i.engine == p.L:
            return n + self.hops + 5 + self.lc
        return n + self._h_tail[i.op]

    def occupied(self, i: p.Instr, pos: int, draw: bool = False, scored: bool = False) -> int:
        """O: cycles from its issue to the first in which its engine can be issued to again."""
        n = self.steps(i, pos, scored)
        if i.engine == p.S:
            return n + self._send_tail(i) + 1
        if i.engine == p.D:
            return self.duration(i, pos, draw) + 1
        if i.engine == p.H and i.op == p.CONTEXT:
            return n + EXP_LATENCY + 2
        return n

    def _send_tail(self, i: p.Instr) -> int:
        return TRANSFORM_LATENCY[i.transform] + i.n1 + MXQ_LATENCY

    def rinv_duration(self, i: p.Instr) -> int:
        """D of the rinv unit behind a NORM send."""
        return i.steps + self.rinv_delay

    @property
    def rinv_delay(self) -> int:
        """From issue plus words of a NORM send to the write of the register rinv."""
        return 3 + self.lr + self.hops + self.lc + 2 + RSQRT_LATENCY + self.hops
