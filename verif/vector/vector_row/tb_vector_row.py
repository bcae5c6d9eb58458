"""Plays the S and D operations of tokens in flight; the mesh and the matrix units are the bench's plan."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden import program as p
from golden.engines import TokenContext
from golden.vector_row import Beat
from verif.lib.packing import pack
from verif.matrix.cycle_bench import Port
from verif.vector.programme_bench import C, G, ProgrammeBench, R

DRIVEN = {
    "drain": ("drain_valid_i", ("drain_slot_i",), "drain_data_i"),
    "t": ("t_valid_i", ("t_ctx_i", "t_slot_i"), "t_data_i"),
    "red": ("red_valid_i", ("red_kind_i", "red_ctx_i", "red_slot_i"), "red_data_i"),
    "ss_total": ("ss_total_valid_i", (), "ss_total_i"),
}


class Bench(ProgrammeBench):
    """Ports of the row; flags, memory writes and broadcasts have a comparison of their own."""

    ports = {
        "dr": Port("dr_valid_o", (), "dr_ctrl_o", 16),
        "ss": Port("ss_valid_o", (), "ss_o"),
        "rinv": Port("pr_rinv_valid", ("pr_rinv_ctx",), "pr_rinv_data"),
        "inv": Port("pr_inv_valid", ("pr_inv_ctx",), "pr_inv_data"),
        "sample": Port("sample_valid_o", ("sample_ctx_o",), "sample_token_o"),
    }
    payloads = {
        "s_start_i": ("s_instr_i", "s_token_i"),
        "d_start_i": ("d_instr_i", "d_token_i"),
        **{valid: (*tags, data) for valid, tags, data in DRIVEN.values()},
    }

    def __init__(self, dut: Any, name: str) -> None:
        super().__init__(dut, name)
        self.vmem: dict[int, tuple[int, int, np.ndarray]] = {}
        self.bc: dict[int, Beat] = {}
        self.works_for: dict[int, dict[str, int]] = {}  # issue -> flush outputs
        self.low: dict[str, set[int]] = {"s_ready_o": set(), "d_ready_o": set()}
        self.kv_busy: set[int] = set()

    def plan(self, beats: list[Beat], t0: int) -> None:
        """Inputs and expectations of a job that is issued (or arrives) in ``t0``."""
        for b in beats:
            cycle = t0 + b.cycle
            if b.port == "vmem":
                assert cycle not in self.vmem
                self.vmem[cycle] = (*b.tags, b.data)
            elif b.port == "bc":
                assert cycle not in self.bc
                self.bc[cycle] = b
            elif b.port in DRIVEN:
                valid, tags, data = DRIVEN[b.port]
                values = dict(zip(tags, b.tags, strict=True))
                assert valid not in self.inputs.get(cycle, {})
                self.put(cycle, **{valid: 1, data: pack(b.data)}, **values)
            elif b.port != "noise":  # inside the row
                self.expect(b.port, cycle, b.tags, tuple(int(x) for x in np.ravel(b.data)))

    def control(self, i: p.Instr, token: TokenContext, t0: int, beats: list[Beat]) -> None:
        """The issue port, and the flags that follow from it."""
        e = "s" if i.engine == p.S else "d"
        job = i, token.pos, bool(token.inv_temperature)
        duration, occupied = self.timing.duration(*job), self.timing.occupied(*job)
        issue = {f"{e}_instr_i": i.encode(), f"{e}_token_i": token.encode(G.kv_group)}
        self.put(t0, **{f"{e}_start_i": 1}, **issue)
        self.works_for.setdefault(t0, {})[f"{e}_flush_o"] = duration
        self.low[f"{e}_ready_o"] |= set(range(t0 + 1, t0 + occupied))
        if i.engine == p.S and i.transform == p.NORM:
            self.works_for[t0]["norm_flush_o"] = self.timing.rinv_duration(i)
        if i.engine == p.S and i.dest in (p.TO_K, p.TO_V):
            self.kv_busy |= set(range(t0 + 1, t0 + duration + 1))

    def cut(self, cycle: int) -> None:
        """Reset: what was planned for later does not happen."""
        super().cut(cycle)
        self.vmem = {c: b for c, b in self.vmem.items() if c <= cycle}
        self.bc = {c: b for c, b in self.bc.items() if c <= cycle}
        self.works_for = {c: f for c, f in self.works_for.items() if c <= cycle}
        self.low = {n: {c for c in s if c <= cycle} for n, s in self.low.items()}
        self.kv_busy = {c for c in self.kv_busy if c <= cycle}

    def sample(self) -> None:
        """Flags, vector memory writes and broadcast beats of this cycle."""
        d, t = self.dut, self.cycle
        if t > 1:
            for name, low in self.low.items():
                assert int(getattr(d, name).value) == (t not in low), f"cycle {t}: {name}"
            assert int(d.kv_busy_o.value) == (t in self.kv_busy), f"cycle {t}: kv_busy_o"
        for name, cycles in self.works_for.pop(t, {}).items():
            got = int(getattr(d, name).value)
            assert got == cycles, f"cycle {t}: {name} is {got}, expected {cycles}"
            self.compared += 1
        mask = int(d.pr_vmem_valid.value)
        want = self.vmem.pop(t, None)
        assert mask == ((1 << C) - 1 if want else 0), f"cycle {t}: vector memory writes {mask:b}, {want}"
        if want:
            self._writes(t, *want)
        beat = self.bc.pop(t, None)
        assert int(d.bc_valid_o.value) == (beat is not None), f"cycle {t}: broadcast valid"
        if beat:
            self._broadcast(t, beat)

    def _writes(self, t: int, ctx: int, addr: int, data: np.ndarray) -> None:
        d = self.dut
        got = int(d.pr_vmem_ctx.value)
        assert got == ctx, f"cycle {t}: context {got} is written, expected {ctx}"
        word = int(d.pr_vmem_data.value).to_bytes(4 * C * R, "little")
        words = np.frombuffer(word, "<u4").reshape(C, R)
        for c in range(C):
            at = int(d.pr_vmem_addr.value) >> 12 * c & 0xFFF
            assert at == addr, f"cycle {t}: column {c} writes word {at}, expected {addr}"
            assert (words[c] == data[c]).all(), f"cycle {t} column {c}: {words[c]} {data[c]}"
            self.compared += R

    def _broadcast(self, t: int, beat: Beat) -> None:
        d = self.dut
        names = ("bc_ctx_o", "bc_dest_o", "bc_blk_o", "bc_word_o", "bc_last_o", "bc_addr_o", "bc_member_o")
        got = tuple(int(getattr(d, n).value) for n in names)
        # Address and member mean something for K and V only.
        n = 7 if beat.tags[1] in (p.TO_K, p.TO_V) else 5
        assert got[:n] == beat.tags[:n], f"cycle {t}: broadcast tags {got}, expected {beat.tags}"
        data, exp, sums = np.split(np.asarray(beat.data, np.int64), [C * R, C * R + C])
        fields = [("bc_data_o", 8, data), ("bc_exp_o", 8, exp)]
        fields += [("bc_sum_o", 16, sums)] if beat.tags[4] else []
        for name, width, want in fields:
            word = int(getattr(d, name).value)
            have = [word >> width * k & (1 << width) - 1 for k in range(len(want))]
            assert have == want.tolist(), f"cycle {t}: {name} {have}, expected {want.tolist()}"
            self.compared += len(want)

    def finish(self) -> None:
        """Everything planned has come."""
        super().finish()
        assert not self.vmem and not self.bc
        self.check_overlaps()


async def ready(dut: Any, name: str) -> Bench:
    """A bench behind reset."""
    b = Bench(dut, name)
    await b.start(vocab_size_i=G.model.vocab_size)
    return b


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def tokens(dut: Any) -> None:
    """First, middle and last positions, as many in flight as can be; with and without an adapter."""
    b = await ready(dut, "tokens")
    b.walk(b.some(3 * G.chip.tokens + 2))
    b.walk(b.some(2 * G.chip.tokens + 1), gaps=False)
    await b.run()
    b.finish()


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
