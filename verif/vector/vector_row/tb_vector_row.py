"""Plays the V operations of a programme; the mesh and the matrix units are the bench's plan."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden import program as p
from golden.vector_row import Beat, Token
from verif.lib.packing import pack
from verif.matrix.cycle_bench import Port
from verif.vector.programme_bench import C, G, ProgrammeBench, R

DRIVEN = {
    "drain": ("drain_valid_i", "drain_slot_i", "drain_data_i"),
    "t": ("t_valid_i", "t_slot_i", "t_data_i"),
    "ss_total": ("ss_total_valid_i", None, "ss_total_i"),
}


class Bench(ProgrammeBench):
    """Ports of the row; flags, memory writes and broadcasts have a comparison of their own."""

    ports = {
        "dr": Port("dr_valid_o", (), "dr_ctrl_o", 14),
        "ss": Port("ss_valid_o", (), "ss_o"),
        "rinv": Port("pr_rinv_valid", (), "pr_rinv_data"),
        "inv": Port("pr_inv_valid", (), "pr_inv_data"),
        "sample": Port("sample_valid_o", (), "sample_token_o"),
    }
    payloads = {
        "start_i": ("instr_i",),
        "drain_valid_i": ("drain_slot_i", "drain_data_i"),
        "t_valid_i": ("t_slot_i", "t_data_i"),
        "red_valid_i": ("red_kind_i", "red_slot_i", "red_data_i"),
        "ss_total_valid_i": ("ss_total_i",),
    }

    def __init__(self, dut: Any, name: str) -> None:
        super().__init__(dut, name)
        self.vmem: dict[int, tuple[int, int, np.ndarray]] = {}
        self.bc: dict[int, Beat] = {}
        self.low: dict[str, set[int]] = {"ready_o": set(), "idle_o": set(), "rinv_idle_o": set()}

    def plan(self, beats: list[Beat], t0: int) -> None:
        """Inputs and expectations of a job that is issued (or arrives) in ``t0``."""
        for b in beats:
            cycle = t0 + b.cycle
            if b.port == "vmem":
                assert cycle not in self.vmem
                self.vmem[cycle] = (*b.tags, b.data)
            elif b.port == "bc":
                self.bc[cycle] = b
            elif b.port == "dr":
                slot, bank, lora = b.tags
                self.expect("dr", cycle, (), (slot << 2 | bank << 1 | lora,))
            elif b.port == "red":
                self.put(
                    cycle,
                    red_valid_i=1,
                    red_kind_i=b.tags[0],
                    red_slot_i=b.tags[1],
                    red_data_i=pack(b.data),
                )
            elif b.port in DRIVEN:
                valid, slot, data = DRIVEN[b.port]
                tags = {slot: b.tags[0]} if slot else {}
                self.put(cycle, **{valid: 1, data: pack(b.data)}, **tags)
            elif b.port != "noise":  # inside the row
                self.expect(b.port, cycle, (), tuple(int(x) for x in np.ravel(b.data)))

    def control(self, i: p.Instr, token: Token, t0: int, beats: list[Beat]) -> None:
        """The issue port, and the flags that follow from it."""
        cost = self.cost(i, token)
        self.put(t0, start_i=1, instr_i=i.encode())
        self.low["ready_o"] |= set(range(t0 + 1, t0 + 1 + cost.loop))
        self.low["idle_o"] |= set(range(t0 + 1, t0 + 1 + cost.flush))
        self.low["rinv_idle_o"] |= set(range(t0 + 1, t0 + 1 + cost.rinv))

    def token(self, number: int, pos: int, adapter: bool, stop: int = 10**9) -> None:
        """Plan one token, or its first ``stop`` operations."""
        slot, member = divmod(pos, G.kv_group)
        self.put(
            self.t, token_i=number, pos_i=pos, pos_slot_i=slot, pos_unit_i=member, adapter_on_i=int(adapter)
        )
        self.put(self.t, **self.temperature())
        self.walk(Token(number, pos, adapter), stop)

    def cut(self, cycle: int) -> None:
        """Reset: what was planned for later does not happen."""
        super().cut(cycle)
        self.vmem = {c: b for c, b in self.vmem.items() if c <= cycle}
        self.bc = {c: b for c, b in self.bc.items() if c <= cycle}
        self.low = {n: {c for c in s if c <= cycle} for n, s in self.low.items()}

    def sample(self) -> None:
        """Flags, vector memory writes and broadcast beats of this cycle."""
        d, t = self.dut, self.cycle
        if t > 1:
            for name, low in self.low.items():
                assert int(getattr(d, name).value) == (t not in low), f"cycle {t}: {name}"
        mask = int(d.pr_vmem_valid.value)
        want = self.vmem.pop(t, None)
        assert mask == (want[0] if want else 0), f"cycle {t}: vector memory writes {mask:b}, {want}"
        if want:
            self._writes(t, *want)
        beat = self.bc.pop(t, None)
        assert int(d.bc_valid_o.value) == (beat is not None), f"cycle {t}: broadcast valid"
        if beat:
            self._broadcast(t, beat)

    def _writes(self, t: int, mask: int, addr: int, data: np.ndarray) -> None:
        d = self.dut
        got = int(d.pr_vmem_data.value).to_bytes(4 * C * R, "little")
        words = np.frombuffer(got, "<u4").reshape(C, R)
        for c in range(C):
            if mask >> c & 1:
                at = int(d.pr_vmem_addr.value) >> 12 * c & 0xFFF
                assert at == addr, f"cycle {t}: column {c} writes word {at}, expected {addr}"
                assert (words[c] == data[c]).all(), f"cycle {t} column {c}: {words[c]} {data[c]}"
                self.compared += R

    def _broadcast(self, t: int, beat: Beat) -> None:
        d = self.dut
        names = ("bc_dest_o", "bc_blk_o", "bc_word_o", "bc_last_o", "bc_addr_o", "bc_member_o")
        got = tuple(int(getattr(d, n).value) for n in names)
        # Address and member mean something for K and V only.
        n = 6 if beat.tags[0] in (p.TO_K, p.TO_V) else 4
        assert got[:n] == beat.tags[:n], f"cycle {t}: broadcast tags {got}, expected {beat.tags}"
        data, exp, sums = np.split(np.asarray(beat.data, np.int64), [C * R, C * R + C])
        fields = [("bc_data_o", 8, data), ("bc_exp_o", 8, exp)]
        fields += [("bc_sum_o", 16, sums)] if beat.tags[3] else []
        for name, width, want in fields:
            word = int(getattr(d, name).value)
            have = [word >> width * k & (1 << width) - 1 for k in range(len(want))]
            assert have == want.tolist(), f"cycle {t}: {name} {have}, expected {want.tolist()}"
            self.compared += len(want)

    def finish(self) -> None:
        """Everything planned has come."""
        super().finish()
        assert not self.vmem and not self.bc


async def ready(dut: Any, name: str) -> Bench:
    """A bench behind reset."""
    b = Bench(dut, name)
    await b.start(vocab_size_i=G.model.vocab_size, inv_temperature_i=0, noise_seed_i=0)
    return b


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def tokens(dut: Any) -> None:
    """First, middle and last positions; with and without an adapter; first and last rows of the table."""
    b = await ready(dut, "tokens")
    group, last = G.kv_group, G.chip.context - 1
    for pos in sorted({0, 1, group - 1, min(group, last), last}):
        number = int(b.rng.choice([0, G.model.vocab_size - 1, b.rng.integers(G.model.vocab_size)]))
        b.token(number, pos, bool(b.rng.integers(2)))
    b.token(1, 0, True)
    b.token(2, 1, False)
    await b.run()
    b.finish()


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def reset_in_mid_job(dut: Any) -> None:
    """A reset somewhere inside a token; the next token is right (its EMBED writes what it reads)."""
    b = await ready(dut, "reset")
    for _ in range(4):
        begin = b.t
        b.token(3, 2, True, stop=int(b.rng.integers(1, 12)))
        b.cut(int(b.rng.integers(begin + 2, b.t)))
        await b.run(0)
        b.row.vmem[:] = 0
        b.token(5, 3, True)
        await b.run()
    b.finish()
