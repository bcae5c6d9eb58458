"""Drives a matrix unit as mesh, engines and loader do; every port is compared every cycle."""

from __future__ import annotations

from typing import Any

import numpy as np

from golden.blocks import Blocks
from golden.config import clog2
from golden.gemv import gemv
from golden.h_unit import Beat, HUnit, HUnitShape
from golden.latency import EXP_LATENCY
from golden.matrix_unit import DRAIN_CYCLES, accumulator_cycles, drain
from golden.program import CONTEXT, LORA_A, LORA_B, REDUCE, SCORE, TO_K, TO_Q, TO_T, TO_V, TO_X
from verif.lib.packing import pack
from verif.matrix.bundles import drain_ctrl, h_ctrl, l_ctrl
from verif.matrix.cycle_bench import CycleBench, Port, random_blocks, words
from verif.matrix.matrix_unit.case import KV_BASE, Case


class Bench(CycleBench):
    """One unit with the content of ``case``."""

    ports = {
        "ga": Port("ga_valid_o", ("ga_slot_o",), "ga_data_o"),
        "lt": Port("lt_valid_o", ("lt_ctx_o", "lt_slot_o"), "lt_data_o"),
        "acc": Port(
            "pr_acc_valid", ("pr_acc_ctx", "pr_acc_bank", "pr_acc_slot", "pr_acc_chunk"), "pr_acc_data"
        ),
        "rd": Port("rd_valid_o", ("rd_kind_o", "rd_ctx_o", "rd_slot_o"), "rd_data_o"),
        "lora_b": Port("pr_lora_b_valid", ("pr_lora_b_ctx", "pr_lora_b_slot"), "pr_lora_b_data"),
        "score": Port("pr_score_valid", ("pr_score_slot",), "pr_score_data"),
        "prob": Port("pr_prob_valid", ("pr_prob_slot",), "pr_prob_data", 16),
        "kv": Port("pr_kv_valid", ("pr_kv_addr",), "pr_kv_data", 8),
    }
    payloads = {
        "bc_valid_i": (
            *("bc_dest_i", "bc_ctx_i", "bc_blk_i", "bc_word_i", "bc_last_i", "bc_addr_i"),
            *("bc_member_i", "bc_data_i", "bc_exp_i", "bc_sum_i"),
        ),
        "l_valid_i": ("l_ctrl_i",),
        "h_valid_i": ("h_ctrl_i",),
        "dr_valid_i": ("dr_ctrl_i",),
        "gmax_valid_i": ("gmax_i",),
        "ld_valid_i": ("ld_col_i", "ld_row_i", "ld_addr_i", "ld_data_i"),
    }

    def __init__(self, dut: Any, name: str, case: Case) -> None:
        super().__init__(dut, np.random.default_rng([case.seed, *name.encode()]))
        self.g = case.geometry
        self.case = case
        self.col, self.row = case.place
        self.h = HUnit(HUnitShape.of(case.parameters), self.col, self.row)
        self.tokens = case.parameters["TOKENS"]
        self.ctx = 0  # of the jobs that are planned next
        self.x: dict[int, Blocks] = {}  # of each context

    # -- base weights ----------------------------------------------------------------------------
    def send_x(self, k: int, kind: str, start: int | None = None) -> int:
        """Broadcast a GEMV input of length ``k``, maybe beside other jobs; the cycle behind it."""
        chip = self.g.chip
        c, b = chip.columns, chip.block
        m, e = random_blocks(self.rng, (k // b,), b, "real" if kind == "extreme" else kind)
        if kind == "extreme":
            m = self.rng.choice(np.array([-127, 127], np.int8), (len(m), 1)).repeat(b, axis=1)
        x = self.x[self.ctx] = Blocks(m.reshape(-1), e, b)
        now = self.t
        self.t = now if start is None else start
        self.broadcast(TO_X, m.reshape(c, -1, b), e.reshape(c, -1), x.sums.reshape(c, -1))
        end = self.t
        self.t = end if start is None else now
        return end

    def broadcast(
        self,
        dest: int,
        m: np.ndarray,
        e: np.ndarray,
        s: np.ndarray | None = None,
        addr: int = 0,
        member: int = 0,
    ) -> int:
        """Blocks m [C, blocks, length] with exponents and sums [C, blocks]; the first cycle."""
        r, start = self.g.chip.rows, self.t
        words = m.shape[2] // r
        for k in range(m.shape[1]):
            for w in range(words):
                self.put(
                    self.t,
                    bc_valid_i=1,
                    bc_dest_i=dest,
                    bc_ctx_i=self.ctx,
                    bc_blk_i=k,
                    bc_word_i=w,
                    bc_last_i=int(w == words - 1),
                    bc_addr_i=addr,
                    bc_member_i=member,
                    bc_data_i=pack(m[:, k, w * r : (w + 1) * r], 8),
                    bc_exp_i=pack(e[:, k], 8),
                )
                if s is not None and w == words - 1:
                    self.put(self.t, bc_sum_i=pack(s[:, k], 16))
                self.t += 1
        return start

    def rows(self, linear: str) -> np.ndarray:
        """Accumulators of this unit after each chunk: float32 [chunks, slots]."""
        c, r = self.g.chip.columns, self.g.chip.rows
        every = gemv(self.case.matrices[linear], self.x[self.ctx], c)
        return every.reshape(len(every), c, -1, r)[:, self.col, :, self.row]

    def gemv(self, linear: str, block: tuple[int, int, int, int], bank: int) -> np.ndarray:
        """One row block on a bank, one pass a cycle; returns its accumulators float32 [slots]."""
        first, n, rom, scale = block
        g, acc, passes = self.g, self.rows(linear), self.g.passes(linear)
        group = g.chip.group_size // g.chip.block
        for k in range(g.chunks(g.shape[linear][1])):
            for s in range(n):
                for p in range(passes):
                    at = scale + k // group * n + s
                    flags = (bank, int(p == 0), int(p == passes - 1), int(k == 0))
                    self.put(self.t, l_valid_i=1, l_ctrl_i=l_ctrl(self.ctx, rom, at, k, s, *flags))
                    rom += 1
                    self.t += 1
                self.expect("acc", self.t - 1 + self.settle, (self.ctx, bank, s, k), words(acc[k, first + s]))
        return acc[-1, first : first + n]

    @property
    def settle(self) -> int:
        """Cycles behind a GEMV's last step until its last accumulator may be drained."""
        return accumulator_cycles(self.g.chip.columns)

    def drain(self, cycle: int, acc: np.ndarray, bank: int, lora: bool = False) -> int:
        """Drain a bank from ``cycle`` on; returns the cycle behind its last step."""
        for s, value in enumerate(acc):
            self.put(cycle + s, dr_valid_i=1, dr_ctrl_i=drain_ctrl(self.ctx, s, bank, lora))
            want = drain(value, self.h.lora[self.ctx, bank, s] if lora else None)
            self.expect("ga", cycle + s + DRAIN_CYCLES, (s,), words(want))
        return cycle + len(acc)

    # -- H side ----------------------------------------------------------------------------------
    def load(self, first: int, count: int, kind: str) -> None:
        """Loader: random words for this unit, others for its neighbours at these addresses."""
        m, e = random_blocks(self.rng, (count,), self.g.chip.h_block, kind)
        for i in range(count):
            data = pack(np.append(m[i], e[i].view(np.int8)), 8)
            self.put(self.t, ld_valid_i=1, ld_col_i=self.col, ld_row_i=self.row)
            self.put(self.t, ld_addr_i=first + i, ld_data_i=data)
            self.h.load(first + i, m[i], int(e[i]))
            for col, row in ((self.col + 1, self.row), (self.col, self.row + 1)):
                self.t += 1
                self.put(self.t, ld_valid_i=1, ld_col_i=col, ld_row_i=row)
                other = int.from_bytes(self.rng.bytes(self.g.chip.h_block + 1))
                self.put(self.t, ld_addr_i=first + i, ld_data_i=other)
            self.t += 1

    def h_beats(self, start: int, beats: list[Beat]) -> None:
        """Beats of a job whose first step is at the unit in cycle ``start``."""
        for b in beats:
            self.expect(b.port, start + b.cycle, b.tags, b.data)

    def h_steps(
        self,
        start: int,
        op: int,
        slots: int,
        blocks: int,
        addr: Any,
        bank: int = 0,
        position: tuple[int, int] = (0, 0),
    ) -> int:
        """One step a cycle from ``start``; returns the cycle behind the last."""
        for j in range(slots):
            for k in range(blocks):
                ctrl = h_ctrl(op, addr(j, k), (j, k), (slots, blocks), self.ctx, bank, position)
                self.put(start, h_valid_i=1, h_ctrl_i=ctrl)
                start += 1
        return start

    def lora_a(self, start: int, slots: int) -> int:
        """LoRA A rows at SRAM word 0 times this column's segment of x; the cycle behind the last step."""
        chip, x = self.g.chip, self.x[self.ctx]
        hb, segment = chip.h_block, len(x.m) // chip.columns
        m = x.m[self.col * segment :][:segment].reshape(-1, hb)
        e = x.e.reshape(chip.columns, -1)[self.col].repeat(chip.block // hb)
        self.h_beats(start, self.h.lora_a(0, slots, m, e, self.ctx))
        return self.h_steps(start, LORA_A, slots, len(m), lambda j, k: j * len(m) + k)

    def lora_b(self, slots: int, kind: str, bank: int) -> None:
        """t, then LoRA B rows at SRAM word 0 into a bank of the LoRA results."""
        tb, hb = self.g.t_blocks, self.g.chip.h_block
        m, e = random_blocks(self.rng, (1, tb), hb, kind)
        m, e = (np.repeat(a, self.g.chip.columns, axis=0) for a in (m, e))
        self.broadcast(TO_T, m, e)
        self.h.receive_t(m, e, self.ctx)
        self.h_beats(self.t, self.h.lora_b(0, slots, self.ctx, bank))
        self.t = self.h_steps(self.t, LORA_B, slots, tb, lambda j, k: j * tb + k, bank) + 5

    def token(self, pos: int, kind: str) -> None:
        """Attention of a token at a position whose predecessors are in SRAM."""
        g, h = self.g, self.h
        slot, member = divmod(pos, g.kv_group)
        nb, shape = g.head_blocks, (g.chip.columns, g.head_blocks // g.cpk)
        q = random_blocks(self.rng, (shape[0], shape[1] * g.model.q_per_kv), g.chip.h_block, kind)
        self.broadcast(TO_Q, *q)
        h.receive_q(*q, self.ctx)
        for dest, base in ((TO_K, 2 * slot), (TO_V, 2 * slot + 1)):
            kv = random_blocks(self.rng, shape, g.chip.h_block, kind)
            at = KV_BASE + base * nb
            self.h_beats(self.broadcast(dest, *kv, addr=at, member=member), h.append(at, member, *kv))
            self.t += g.cpk
        score = h.score(KV_BASE, pos, slot + 1, self.ctx)
        self.h_beats(self.t, score)
        at = dict(position=(slot, member))
        self.t = self.h_steps(self.t, SCORE, slot + 1, nb, lambda j, k: KV_BASE + 2 * j * nb + k, **at) + 8
        best = next(b for b in score if b.port == "rd").data[: g.model.q_per_kv]
        top = np.array(best, np.uint32).view(np.float32)
        self.put(self.t, gmax_valid_i=1, gmax_i=pack(top.view(np.uint32), 32))
        h.receive_gmax(top)
        self.t += 1
        self.h_beats(self.t, h.context(KV_BASE, pos, slot + 1))
        address = lambda j, k: KV_BASE + (2 * j + 1) * nb + k  # noqa: E731
        self.t = self.h_steps(self.t, CONTEXT, slot + 1, nb, address, **at) + EXP_LATENCY + 5
        beats = h.reduce(self.ctx)
        self.h_beats(self.t, beats)
        self.t = self.h_steps(self.t, REDUCE, len(beats), 1, lambda j, k: 0)


def steps_in_flight(columns: int) -> int:
    """Cycles in which a reset finds something of a row under way."""
    return 6 + clog2(columns)
