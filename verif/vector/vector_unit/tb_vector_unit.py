"""One column of the row walks its steps; the engine, the mesh and the other columns are the bench's plan."""

from __future__ import annotations

import os
from typing import Any

import cocotb
import numpy as np

from golden import program as p
from golden.argmax import best_word
from golden.engines import pack_v_job, v_job, v_steps
from golden.vector_row import Beat, Token
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
        "inv": Port("pr_inv_valid", (), "pr_inv_data"),
        "best": Port("", (), "best_o", 65),
    }
    payloads = {
        "step_i": (),
        "drain_valid_i": ("drain_slot_i", "drain_data_i"),
        "noise_valid_i": ("noise_slot_i",),
        "t_valid_i": ("t_slot_i", "t_data_i"),
        "red_valid_i": ("red_kind_i", "red_slot_i", "red_data_i"),
    }

    def __init__(self, dut: Any, name: str) -> None:
        super().__init__(dut, name)
        self.none: set[int] = set()  # cycles in which there must be no candidate

    def plan(self, beats: list[Beat], t0: int) -> None:
        """The inputs and outputs of this column for a job that is issued (or arrives) in ``t0``."""
        for b in beats:
            cycle, mine = t0 + b.cycle, b.data[COLUMN] if b.data.ndim > 1 or b.port == "ss" else b.data
            if b.port == "vmem":
                if b.tags[0] >> COLUMN & 1:
                    self.expect("vmem", cycle, b.tags[1:], words(mine))
            elif b.port == "bc":
                self._broadcast(cycle, b)
            elif b.port == "drain":
                self.put(cycle, drain_valid_i=1, drain_slot_i=b.tags[0], drain_data_i=pack(mine))
            elif b.port == "noise":
                self.put(cycle, noise_valid_i=1, noise_slot_i=b.tags[0])
            elif b.port == "t":
                self.put(cycle, t_valid_i=1, t_slot_i=b.tags[0], t_data_i=pack(b.data))
            elif b.port == "red":
                kind, slot = b.tags
                self.put(cycle, red_valid_i=1, red_kind_i=kind, red_slot_i=slot, red_data_i=pack(mine))
            elif b.port in ("ss", "inv"):
                self.expect(b.port, cycle, (), words(mine))

    def _broadcast(self, cycle: int, b: Beat) -> None:
        last = b.tags[3]
        data = np.asarray(b.data, np.int64)
        mantissas, exponents, sums = np.split(data, [C * R, C * R + C])
        lanes = mantissas.reshape(C, R)[COLUMN]
        self.expect("bc", cycle, (last, int(exponents[COLUMN])), tuple(int(x) for x in lanes))
        if last:
            self.expect("sum", cycle, (), (int(sums[COLUMN]),))

    def control(self, i: p.Instr, token: Token, t0: int, beats: list[Beat]) -> None:
        """What the engine says for an operation, 1/rms, and the best that an argmax leaves."""
        if i.op == p.SAMPLE:
            return
        per_head = G.head_dim // R
        self.put(t0 + 1, job_i=pack_v_job(v_job(i)), rope_base_i=token.pos * per_head)
        if i.op in (p.EMBED, p.SEND):
            for j, step in enumerate(v_steps(i, token.token, G.words(G.hidden))):
                self.put(t0 + 1 + j, step_i=step.encode())
        if i.op == p.DRAIN:
            self.put(t0 + 1, rinv_i=pack(self.row.rinv))
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

    def sample(self) -> None:
        """No candidate where none may be."""
        if self.cycle in self.none:
            assert not int(self.dut.best_o.value) >> 64, f"cycle {self.cycle}: best_o is valid"
            self.compared += 1

    def _inputs(self) -> dict[str, int]:
        """Between the steps the bundle carries garbage under its two valids."""
        values = super()._inputs()
        if not values.get("step_i"):
            values["step_i"] = self.garbage("step_i") & (1 << len(self.dut.step_i) - 2) - 1
        return values

    def token(self, number: int, pos: int, stop: int = 10**9) -> None:
        """Plan one token, or its first ``stop`` operations."""
        ports = self.temperature()
        drawn = int(ports["inv_temperature_i"] != 0)
        self.put(self.t, **ports, draw_en_i=drawn, pos_i=pos)
        self.walk(Token(number, pos, True), stop)


async def ready(dut: Any, name: str) -> Bench:
    """A bench behind reset."""
    b = Bench(dut, name)
    zero = ("job_i", "rope_base_i", "rinv_i", "draw_en_i", "inv_temperature_i", "noise_seed_i", "pos_i")
    await b.start(col_i=COLUMN, vocab_size_i=G.model.vocab_size, **dict.fromkeys(zero, 0))
    return b


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def tokens(dut: Any) -> None:
    """First, middle and last positions; first and last rows of the table."""
    b = await ready(dut, "tokens")
    last = G.chip.context - 1
    for pos in sorted({0, 1, min(G.kv_group, last), last}):
        number = int(b.rng.choice([0, G.model.vocab_size - 1, b.rng.integers(G.model.vocab_size)]))
        b.token(number, pos)
    await b.run()
    b.finish()


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def reset_in_mid_job(dut: Any) -> None:
    """A reset somewhere inside a token; the next token is right (its EMBED writes what it reads)."""
    b = await ready(dut, "reset")
    for _ in range(4):
        begin = b.t
        b.token(3, 2, stop=int(b.rng.integers(1, 12)))
        b.cut(int(b.rng.integers(begin + 2, b.t)))
        await b.run(0)
        b.row.vmem[:] = 0
        b.token(5, 3)
        await b.run()
    b.finish()
