"""Drives an H-Unit as its neighbours on the chip do; golden says what must come when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from golden.h_unit import Beat, HUnit, HUnitShape
from golden.latency import EXP_LATENCY
from golden.program import CONTEXT, LORA_A, LORA_B, REDUCE, SCORE, TO_K, TO_Q, TO_T, TO_V
from verif.lib.packing import pack
from verif.matrix.bundles import h_ctrl
from verif.matrix.cycle_bench import CycleBench, Port, random_blocks


class HUnitBench(CycleBench):
    """Plans jobs, each behind the one before it; broadcasts also beside them."""

    ports = {
        "lt": Port("lt_valid_o", ("lt_ctx_o", "lt_slot_o"), "lt_data_o"),
        "rd": Port("rd_valid_o", ("rd_kind_o", "rd_ctx_o", "rd_slot_o"), "rd_data_o"),
        "lora_b": Port("pr_lora_b_valid", ("pr_lora_b_ctx", "pr_lora_b_slot"), "pr_lora_b_data"),
        "score": Port("pr_score_valid", ("pr_score_slot",), "pr_score_data"),
        "prob": Port("pr_prob_valid", ("pr_prob_slot",), "pr_prob_data", 16),
        "kv": Port("pr_kv_valid", ("pr_kv_addr",), "pr_kv_data", 8),
        "lora_read": Port("", (), "lb_data_o"),
    }
    payloads = {
        "bc_valid_i": (
            "bc_ctx_i",
            "bc_blk_i",
            "bc_word_i",
            "bc_last_i",
            "bc_addr_i",
            "bc_member_i",
            "bc_data_i",
            "bc_exp_i",
        ),
        "h_valid_i": ("h_ctrl_i",),
        "gmax_valid_i": ("gmax_i",),
        "ld_valid_i": ("ld_addr_i", "ld_data_i"),
        "lb_en_i": ("lb_ctx_i", "lb_bank_i", "lb_slot_i"),
    }

    def __init__(self, dut: Any, shape: HUnitShape, rng: np.random.Generator) -> None:
        super().__init__(dut, rng)
        self.s = shape
        self.x_m, self.x_e = np.zeros((0, shape.h_block), np.int8), np.zeros(0, np.uint8)
        self.x_requests: dict[int, int] = {}  # cycle -> block of x
        self.x_served: set[int] = set()
        self.unit = HUnit(shape, 0, 0)

    def place(self, col: int, row: int) -> None:
        """The unit is that of column ``col``, row ``row`` from the next planned cycle on."""
        self.put(self.t, col_i=col, row_i=row)
        old, self.unit = self.unit, HUnit(self.s, col, row)
        self.unit.sram_m, self.unit.sram_e = old.sram_m, old.sram_e

    def beats(self, start: int, beats: list[Beat]) -> None:
        """Beats of a job whose first step is at the unit in cycle ``start``."""
        for b in beats:
            self.expect(b.port, start + b.cycle, b.tags, b.data)

    def load(self, first: int, m: np.ndarray, e: np.ndarray) -> None:
        """Loader: SRAM words from ``first``."""
        for i, (mm, ee) in enumerate(zip(m, e, strict=True)):
            data = pack(np.append(mm.view(np.uint8), ee))
            self.put(self.t, ld_valid_i=1, ld_addr_i=first + i, ld_data_i=data)
            self.unit.load(first + i, mm, int(ee))
            self.t += 1

    def fill(self, kind: str) -> None:
        """Loader: garbage of a kind into the whole SRAM."""
        self.load(0, *random_blocks(self.rng, (self.s.sram_words,), self.s.h_block, kind))

    def send(
        self,
        dest: int,
        m: np.ndarray,
        e: np.ndarray,
        ctx: int,
        addr: int = 0,
        member: int = 0,
        start: int | None = None,
    ) -> int:
        """Broadcast blocks m [C, blocks, HB] with exponents e [C, blocks], one word a cycle.

        Returns the cycle behind its last write. Without ``start`` it comes behind the jobs so far.
        """
        s, beside = self.s, start is not None
        start = cycle = self.t if start is None else start
        beats = s.h_block // s.rows
        for b in range(m.shape[1]):
            for w in range(beats):
                self.put(
                    cycle,
                    bc_valid_i=1,
                    bc_dest_i=dest,
                    bc_ctx_i=ctx,
                    bc_blk_i=b,
                    bc_word_i=w,
                    bc_last_i=int(w == beats - 1),
                    bc_addr_i=addr,
                    bc_member_i=member,
                    bc_data_i=pack(m[:, b, w * s.rows : (w + 1) * s.rows]),
                    bc_exp_i=pack(e[:, b]),
                )
                cycle += 1
        if dest == TO_Q:
            self.unit.receive_q(m, e, ctx)
        elif dest == TO_T:
            self.unit.receive_t(m, e, ctx)
        elif dest in (TO_K, TO_V):
            self.beats(start, self.unit.append(addr, member, m, e))
            cycle += s.cpk
        if not beside:
            self.t = cycle
        return cycle

    def send_t(self, kind: str, ctx: int, start: int | None = None) -> int:
        """A LoRA intermediate. Columns differ, as on no chip, so that the own one is seen."""
        t = random_blocks(self.rng, (self.s.columns, self.s.t_blocks), self.s.h_block, kind)
        return self.send(TO_T, *t, ctx, start=start)

    def steps(
        self,
        op: int,
        slots: int,
        blocks: int,
        addr: Any,
        ctx: int,
        bank: int = 0,
        pos: int | None = None,
        part: range | None = None,
    ) -> int:
        """One step a cycle, of all ``slots`` or of ``part`` of them; returns the first one's cycle."""
        start = self.t
        if pos is None:  # LoRA and reduce do not look at it
            pos = int(self.rng.integers(self.s.kv_slots * self.s.group))
        token = (ctx, bank, divmod(pos, self.s.group))
        for j in range(slots) if part is None else part:
            for b in range(blocks):
                ctrl = h_ctrl(op, addr(j, b), (j, b), (slots, blocks), *token)
                self.put(self.t, h_valid_i=1, h_ctrl_i=ctrl)
                if op == LORA_A:
                    self.x_requests[self.t] = b
                self.t += 1
        return start

    def lora_a(self, addr: int, slots: int, x_m: np.ndarray, x_e: np.ndarray, ctx: int) -> None:
        """LoRA A over x blocks [blocks, HB]; x is the same for all jobs of one ``run``."""
        self.x_m, self.x_e = x_m, x_e
        start = self.steps(LORA_A, slots, len(x_m), lambda j, b: addr + j * len(x_m) + b, ctx)
        self.beats(start, self.unit.lora_a(addr, slots, x_m, x_e, ctx))

    def lora_b(self, addr: int, slots: int, ctx: int, bank: int) -> None:
        """LoRA B, then nothing: reads of its results are planned by ``read_lora`` or ``drain``."""
        n = self.s.t_blocks
        start = self.steps(LORA_B, slots, n, lambda j, b: addr + j * n + b, ctx, bank)
        self.beats(start, self.unit.lora_b(addr, slots, ctx, bank))

    def read_slot(self, cycle: int, ctx: int, bank: int, slot: int) -> None:
        """One step of a drain."""
        self.put(cycle, lb_en_i=1, lb_ctx_i=ctx, lb_bank_i=bank, lb_slot_i=slot)
        self.expect("lora_read", cycle + 1, (), (int(self.unit.lora[ctx, bank, slot].view(np.uint32)),))

    def read_lora(self, slots: int, ctx: int, bank: int) -> None:
        """What a drain reads, as soon as the last word is written."""
        self.t += 4
        for i in self.rng.permutation(slots):
            self.read_slot(self.t, ctx, bank, int(i))
            self.t += 1

    def drain(self, slots: int, ctx: int, bank: int) -> None:
        """The drain that is as early as it may be behind the LoRA B just planned, beside what follows."""
        for i in range(slots):
            self.read_slot(self.t + 4 - (slots - 1 - i), ctx, bank, i)

    def early(self, addr: int, pos: int, slots: int, ctx: int) -> None:
        """Scores of all position slots but the last one."""
        self.beats(*self._scores(addr, pos, slots, ctx, range(slots - 1)))

    def _scores(self, addr: int, pos: int, slots: int, ctx: int, part: range) -> tuple[int, list[Beat]]:
        nb = self.s.head_blocks
        address = lambda j, b: addr + 2 * j * nb + b  # noqa: E731
        start = self.steps(SCORE, slots, nb, address, ctx, pos=pos, part=part)
        last = part.stop == slots
        return start, self.unit.score(addr, pos, part.stop, ctx, first=part.start, last=last)

    def score(
        self, addr: int, pos: int, slots: int, ctx: int, scored: bool = False
    ) -> tuple[int, np.ndarray]:
        """Scores of positions 0 … pos, KV from ``addr`` on; first cycle of the group's maxima, and they.

        ``scored``: only of the last position slot, behind ``early``.
        """
        start, beats = self._scores(addr, pos, slots, ctx, range(slots - 1 if scored else 0, slots))
        self.beats(start, beats)
        own = np.array(beats[-1].data[: self.s.q_per_kv], np.uint32).view(np.float32)
        others = self.rng.choice([0.0, 0.25, 3.0, 20.0, 200.0], own.shape).astype(np.float32)
        gmax = own if self.unit.held(pos) and self.rng.random() < 0.5 else np.maximum(own, -1e30) + others
        return self.t + 8, np.minimum(gmax, np.finfo(np.float32).max).astype(np.float32)

    def maxima(self, cycle: int, gmax: np.ndarray) -> None:
        """The group's maxima arrive."""
        self.put(cycle, gmax_valid_i=1, gmax_i=pack(gmax))
        self.unit.receive_gmax(gmax)

    def context(self, addr: int, pos: int, slots: int, ctx: int) -> None:
        """Context of positions 0 … pos; dot products may come in the next cycle."""
        nb = self.s.head_blocks
        address = lambda j, b: addr + (2 * j + 1) * nb + b  # noqa: E731
        start = self.steps(CONTEXT, slots, nb, address, ctx, pos=pos)
        self.beats(start, self.unit.context(addr, pos, slots))
        self.t += EXP_LATENCY + 2

    def reduce(self, ctx: int) -> None:
        """Sums and contexts."""
        beats = self.unit.reduce(ctx)
        self.beats(self.steps(REDUCE, len(beats), 1, lambda j, b: 0, ctx), beats)

    def send_token(self, addr: int, pos: int, kind: str, ctx: int, start: int | None = None) -> int:
        """A token's q, k and v; returns the cycle behind their last write."""
        end = self.send_query(kind, ctx, start)
        return self.send_entry(addr, pos, kind, ctx, start if start is None else end)

    def send_query(self, kind: str, ctx: int, start: int | None = None) -> int:
        """A token's q; returns the cycle behind its last write."""
        s = self.s
        q = random_blocks(self.rng, (s.columns, s.q_per_kv * s.head_blocks // s.cpk), s.h_block, kind)
        return self.send(TO_Q, *q, ctx, start=start)

    def send_entry(self, addr: int, pos: int, kind: str, ctx: int, start: int | None = None) -> int:
        """A token's k and v; returns the cycle behind their last write."""
        s, end = self.s, start
        slot, member = divmod(pos, s.group)
        for dest in (TO_K, TO_V):
            kv = random_blocks(self.rng, (s.columns, s.head_blocks // s.cpk), s.h_block, kind)
            at = addr + (2 * slot + (dest == TO_V)) * s.head_blocks
            end = self.send(dest, *kv, ctx, at, member, start=start if start is None else end)
        return end

    def token(
        self,
        addr: int,
        pos: int,
        kind: str,
        beyond: int = 0,
        ctx: int | None = None,
        between: Callable[[], None] | None = None,
    ) -> None:
        """Attention of one token: q, k, v, score, context, reduce; ``beyond`` slots too many.

        With ``between`` the slots before the last are scored early, then comes this, then k and v.
        """
        s = self.s
        ctx = int(self.rng.integers(s.tokens)) if ctx is None else ctx
        slots = min(pos // s.group + 1 + beyond, s.kv_slots)
        scored = between is not None and slots > 1
        self.send_query(kind, ctx)
        if scored:
            self.early(addr, pos, slots, ctx)
            between()
        self.send_entry(addr, pos, kind, ctx)
        self.t, gmax = self.score(addr, pos, slots, ctx, scored)
        self.maxima(self.t, gmax)
        self.t += 1
        self.context(addr, pos, slots, ctx)
        self.t += 3
        self.reduce(ctx)

    def cut(self, cycle: int) -> None:
        """Reset in ``cycle``."""
        super().cut(cycle)
        self.x_requests = {c: v for c, v in self.x_requests.items() if c < cycle}

    def sample(self) -> None:
        """The GEMV's input buffer: a block addressed now is there in the next cycle only."""
        b, d = self.x_requests.pop(self.cycle, None), self.dut
        if b is None:
            if self.cycle - 1 in self.x_served:
                self.put(
                    self.cycle + 1,
                    xr_data_i=self.garbage("xr_data_i"),
                    xr_exp_i=self.garbage("xr_exp_i"),
                )
            return
        got = (int(d.xr_chunk_o.value), int(d.xr_sub_o.value))
        want = divmod(b, self.s.block // self.s.h_block)
        assert got == want, f"cycle {self.cycle}: x block {got}, expected {want}"
        self.put(self.cycle + 1, xr_data_i=pack(self.x_m[b]), xr_exp_i=int(self.x_e[b]))
        self.x_served.add(self.cycle)
