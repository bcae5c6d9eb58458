"""Drives an H-Unit as its neighbours on the chip do; golden says what must come when."""

from __future__ import annotations

from typing import Any

import numpy as np

from golden.h_unit import Beat, HUnit, HUnitShape
from golden.latency import EXP_LATENCY
from golden.program import CONTEXT, LORA_A, LORA_B, REDUCE, SCORE, TO_K, TO_Q, TO_T, TO_V
from verif.lib.packing import pack
from verif.matrix.cycle_bench import CycleBench, Port, random_blocks


class HUnitBench(CycleBench):
    """Plans jobs, each behind the one before it."""

    ports = {
        "ga": Port("ga_valid_o", ("ga_slot_o",), "ga_data_o"),
        "rd": Port("rd_valid_o", ("rd_kind_o", "rd_slot_o"), "rd_data_o"),
        "lora_b": Port("pr_lora_b_valid", ("pr_lora_b_slot",), "pr_lora_b_data"),
        "score": Port("pr_score_valid", ("pr_score_slot",), "pr_score_data"),
        "prob": Port("pr_prob_valid", ("pr_prob_slot",), "pr_prob_data", 16),
        "kv": Port("pr_kv_valid", ("pr_kv_addr",), "pr_kv_data", 8),
        "lora_read": Port("", (), "lb_data_o"),
    }
    payloads = {
        "bc_valid_i": (
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

    def send(self, dest: int, m: np.ndarray, e: np.ndarray, addr: int = 0, member: int = 0) -> None:
        """Broadcast blocks m [C, blocks, HB] with exponents e [C, blocks], one word a cycle."""
        s, start = self.s, self.t
        beats = s.h_block // s.rows
        for b in range(m.shape[1]):
            for w in range(beats):
                self.put(
                    self.t,
                    bc_valid_i=1,
                    bc_dest_i=dest,
                    bc_blk_i=b,
                    bc_word_i=w,
                    bc_last_i=int(w == beats - 1),
                    bc_addr_i=addr,
                    bc_member_i=member,
                    bc_data_i=pack(m[:, b, w * s.rows : (w + 1) * s.rows]),
                    bc_exp_i=pack(e[:, b]),
                )
                self.t += 1
        if dest == TO_Q:
            self.unit.receive_q(m, e)
        elif dest == TO_T:
            self.unit.receive_t(m, e)
        elif dest in (TO_K, TO_V):
            self.beats(start, self.unit.append(addr, member, m, e))
            self.t += s.cpk

    def steps(self, op: int, slots: int, blocks: int, addr: Any) -> int:
        """One step a cycle; returns the first one's cycle."""
        start = self.t
        for j in range(slots):
            for b in range(blocks):
                flags = (b == 0) << 3 | (b == blocks - 1) << 2 | (j == 0) << 1 | (j == slots - 1)
                ctrl = op << 60 | addr(j, b) << 28 | j << 16 | b << 4 | flags
                self.put(self.t, h_valid_i=1, h_ctrl_i=ctrl)
                if op == LORA_A:
                    self.x_requests[self.t] = b
                self.t += 1
        return start

    def lora_a(self, addr: int, slots: int, x_m: np.ndarray, x_e: np.ndarray) -> None:
        """LoRA A over x blocks [blocks, HB]; x is the same for all jobs of one ``run``."""
        self.x_m, self.x_e = x_m, x_e
        start = self.steps(LORA_A, slots, len(x_m), lambda j, b: addr + j * len(x_m) + b)
        self.beats(start, self.unit.lora_a(addr, slots, x_m, x_e))

    def lora_b(self, addr: int, slots: int) -> None:
        """LoRA B, then nothing: reads of the LoRA buffer are planned by ``read_lora``."""
        start = self.steps(LORA_B, slots, self.s.t_blocks, lambda j, b: addr + j * self.s.t_blocks + b)
        self.beats(start, self.unit.lora_b(addr, slots))

    def read_lora(self, slots: int) -> None:
        """What a drain reads, as soon as the last word is written."""
        self.t += 4
        for i in self.rng.permutation(slots):
            self.put(self.t, lb_slot_i=int(i))
            self.expect("lora_read", self.t + 1, (), (int(self.unit.lora[i].view(np.uint32)),))
            self.t += 1

    def position(self, pos: int) -> None:
        """Token context of the following attention jobs."""
        slot, unit = divmod(pos, self.s.group)
        self.put(self.t, pos_slot_i=slot, pos_unit_i=unit)

    def score(self, addr: int, pos: int, slots: int) -> None:
        """Scores of positions 0 … pos, KV from ``addr`` on, then the group's maxima."""
        nb = self.s.head_blocks
        start = self.steps(SCORE, slots, nb, lambda j, b: addr + 2 * j * nb + b)
        beats = self.unit.score(addr, pos, slots)
        self.beats(start, beats)
        self.t += 8
        own = np.array(beats[-1].data[: self.s.q_per_kv], np.uint32).view(np.float32)
        others = self.rng.choice([0.0, 0.25, 3.0, 20.0, 200.0], own.shape).astype(np.float32)
        gmax = own if self.unit.held(pos) and self.rng.random() < 0.5 else np.maximum(own, -1e30) + others
        gmax = np.minimum(gmax, np.finfo(np.float32).max).astype(np.float32)
        self.put(self.t, gmax_valid_i=1, gmax_i=pack(gmax))
        self.unit.receive_gmax(gmax)
        self.t += 1

    def context(self, addr: int, pos: int, slots: int) -> None:
        """Context of positions 0 … pos."""
        nb = self.s.head_blocks
        start = self.steps(CONTEXT, slots, nb, lambda j, b: addr + (2 * j + 1) * nb + b)
        self.beats(start, self.unit.context(addr, pos, slots))
        self.t += EXP_LATENCY + 8

    def reduce(self) -> None:
        """Sums and contexts."""
        beats = self.unit.reduce()
        self.beats(self.steps(REDUCE, len(beats), 1, lambda j, b: 0), beats)

    def token(self, addr: int, pos: int, kind: str, beyond: int = 0) -> None:
        """Attention of one token: q, k, v, score, context, reduce; ``beyond`` slots too many."""
        s = self.s
        slot, member = divmod(pos, s.group)
        self.position(pos)
        q = random_blocks(self.rng, (s.columns, s.q_per_kv * s.head_blocks // s.cpk), s.h_block, kind)
        self.send(TO_Q, *q)
        for dest in (TO_K, TO_V):
            kv = random_blocks(self.rng, (s.columns, s.head_blocks // s.cpk), s.h_block, kind)
            self.send(dest, *kv, addr + (2 * slot + (dest == TO_V)) * s.head_blocks, member)
        slots = min(slot + 1 + beyond, s.kv_slots)
        self.score(addr, pos, slots)
        self.context(addr, pos, slots)
        self.reduce()

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
