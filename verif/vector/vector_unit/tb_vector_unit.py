"""One column of the row walks its steps; the engines, the mesh and the other columns are the bench's plan."""

from __future__ import annotations

import os
from typing import Any

import cocotb
import numpy as np

from golden import program as p
from golden.argmax import best_word
from golden.engines import (
    DRAIN_JOB,
    SEND_JOB,
    TokenContext,
    drain_job,
    embed_steps,
    pack_job,
    send_job,
    send_steps,
)
from golden.vector_row import Beat
from verif.lib.packing import pack
from verif.matrix.cycle_bench import Port, words
from verif.vector.programme_bench import C, G, ProgrammeBench, R

COLUMN = int(os.environ["VECTOR_COLUMN"])
BEST = 6  # cycles from the arrival of logits until best_o holds the result


class Bench(ProgrammeBench):
    """Everything that leaves the column."""

    ports = {
        "vmem": Port("pr_vmem_valid", ("pr_vmem_addr",), "pr_vmem_data"),
        "bc": Port("bc_valid_o", ("bc_last_o", "bc_exp_o"), "bc_data_o", 8),
        "sum": Port("", (), "bc_sum_o", 16),
        "ss": Port("ss_valid_o", (), "ss_o"),
        "inv": Port("pr_inv_valid", ("pr_inv_ctx",), "pr_inv_data"),
        "best": Port("", (), "best_o", 65),
    }
    payloads = {
        "send_step_i": (),
        "embed_i": (),
        "drain_valid_i": ("drain_slot_i", "drain_data_i"),
        "noise_valid_i": ("noise_slot_i",),
        "t_valid_i": ("t_ctx_i", "t_slot_i", "t_data_i"),
        "red_valid_i": ("red_kind_i", "red_ctx_i", "red_slot_i", "red_data_i"),
    }

    def __init__(self, dut: Any, name: str) -> None:
        super().__init__(dut, name)
        self.none: set[int] = set()  # cycles in which there must be no candidate

    def plan(self, beats: list[Beat], t0: int) -> None:
        """The inputs and outputs of this column for a job that is issued (or arrives) in ``t0``."""
        for b in beats:
            cycle, mine = t0 + b.cycle, b.data[COLUMN] if b.data.ndim > 1 or b.port == "ss" else b.data
            if b.port == "vmem":
                self.expect("vmem", cycle, b.tags[1:], words(mine))
            elif b.port == "bc":
                self._broadcast(cycle, b)
            elif b.port == "drain":
                self.put(cycle, drain_valid_i=1, drain_slot_i=b.tags[0], drain_data_i=pack(mine))
            elif b.port == "noise":
                self.put(cycle, noise_valid_i=1, noise_slot_i=b.tags[0])
            elif b.port == "t":
                ctx, slot = b.tags
                self.put(cycle, t_valid_i=1, t_ctx_i=ctx, t_slot_i=slot, t_data_i=pack(b.data))
            elif b.port == "red":
                kind, ctx, slot = b.tags
                tags = {"red_kind_i": kind, "red_ctx_i": ctx, "red_slot_i": slot}
                self.put(cycle, red_valid_i=1, red_data_i=pack(mine), **tags)
            elif b.port in ("ss", "inv"):
                self.expect(b.port, cycle, b.tags, words(mine))

    def _broadcast(self, cycle: int, b: Beat) -> None:
        last = b.tags[4]
        data = np.asarray(b.data, np.int64)
        mantissas, exponents, sums = np.split(data, [C * R, C * R + C])
        lanes = mantissas.reshape(C, R)[COLUMN]
        self.expect("bc", cycle, (last, int(exponents[COLUMN])), tuple(int(x) for x in lanes))
        if last:
            self.expect("sum", cycle, (), (int(sums[COLUMN]),))

    def control(self, i: p.Instr, token: TokenContext, t0: int, beats: list[Beat]) -> None:
        """What the engines say for an operation, 1/rms, and the best that an argmax leaves."""
        if i.engine == p.S:
            self.put(t0 + 1, send_job_i=pack_job(send_job(i, token, G.head_dim // R), SEND_JOB))
            for j, step in enumerate(send_steps(i)):
                self.put(t0 + 1 + j, send_step_i=step.encode())
            return
        self.put(t0 + 1, drain_job_i=pack_job(drain_job(i, token), DRAIN_JOB))
        if i.op == p.EMBED:
            for j, step in enumerate(embed_steps(i, token.token, G.words(G.hidden))):
                self.put(t0 + 1 + j, embed_i=step.encode())
        elif i.op == p.DRAIN:
            self.put(t0 + 1, rinv_i=pack(self.row.rinv[token.ctx]))
            if i.drain == p.ARGMAX:
                self._best(max(t0 + b.cycle for b in beats) + BEST)

    def _best(self, cycle: int) -> None:
        """The best of this column's rows so far; it has none when all of them are padding."""
        values = self.row.compared.reshape(C, -1)[COLUMN]
        seen = int(np.isfinite(values).sum())
        best = best_word(values[:seen], COLUMN * len(values), G.model.vocab_size)
        if best:
            self.expect("best", cycle, (), (best,))
        else:
            self.none.add(cycle)

    def cut(self, cycle: int) -> None:
        """Reset: what was planned for later does not happen."""
        super().cut(cycle)
        self.none = {c for c in self.none if c <= cycle}

    def sample(self) -> None:
        """No candidate where none may be."""
        if self.cycle in self.none:
            assert not int(self.dut.best_o.value) >> 64, f"cycle {self.cycle}: best_o is valid"
            self.compared += 1

    def _inputs(self) -> dict[str, int]:
        """Between the steps the bundles carry garbage under their valids."""
        values = super()._inputs()
        for name in ("send_step_i", "embed_i"):
            if not values.get(name):
                values[name] = self.garbage(name) & (1 << len(getattr(self.dut, name)) - 1) - 1
        return values


async def ready(dut: Any, name: str) -> Bench:
    """A bench behind reset."""
    b = Bench(dut, name)
    zero = ("send_job_i", "drain_job_i", "rinv_i")
    await b.start(col_i=COLUMN, vocab_size_i=G.model.vocab_size, **dict.fromkeys(zero, 0))
    return b


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def tokens(dut: Any) -> None:
    """First, middle and last positions, as many in flight as can be; first and last rows of the table."""
    b = await ready(dut, "tokens")
    b.walk(b.some(3 * G.chip.tokens + 2))
    b.walk(b.some(2 * G.chip.tokens + 1), gaps=False)
    await b.run()
    b.finish()
    b.check_overlaps()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def reset_in_mid_job(dut: Any) -> None:
    """A reset somewhere inside tokens; the next ones are right (a token writes what it reads)."""
    b = await ready(dut, "reset")
    for _ in range(4):
        begin = b.t
        b.walk(b.some(G.chip.tokens))
        b.cut(int(b.rng.integers(begin + 2, begin + (b.t - begin) // 2)))
        await b.run(0)
        b.walk(b.some(G.chip.tokens))
        await b.run()
    b.finish()
