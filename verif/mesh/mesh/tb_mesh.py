"""cocotb tests of mesh: all ports at once, each beat in its cycle, garbage between beats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cocotb
import numpy as np

from golden.h_unit import RD_CTX, RD_MAX, RD_SUM
from golden.mesh import MeshCycles, group_reduce, pair_tree
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS as P
from verif.matrix.cycle_bench import CycleBench, Port, random_stream, words
from verif.mesh.values import KINDS, leaves

C, R, NQ = P["COLUMNS"], P["ROWS"], P["Q_PER_KV"]
LATENCY = MeshCycles(C, R, P["CPK"], P["HOPS"])
BROADCAST = ("ctx", "dest", "blk", "word", "last", "addr", "member", "exp", "sum", "data")


class Bench(CycleBench):
    """Every way through the mesh."""

    ports = {
        "bc": Port("bc_valid_o", tuple(f"bc_{f}_o" for f in BROADCAST[:-1]), "bc_data_o", R * C * 8),
        "l": Port("l_valid_o", (), "l_ctrl_o", 128),
        "h": Port("h_valid_o", (), "h_ctrl_o", 128),
        "dr": Port("dr_valid_o", (), "dr_ctrl_o", 128),
        "drain": Port("drain_valid_o", ("drain_slot_o",), "drain_data_o"),
        "t": Port("t_valid_o", ("t_ctx_o", "t_slot_o"), "t_data_o"),
        "red": Port("red_valid_o", ("red_ctx_o", "red_kind_o", "red_slot_o"), "red_data_o"),
        "gmax": Port("gmax_valid_o", (), "gmax_o"),
        "ss": Port("ss_total_valid_o", (), "ss_total_o"),
    }
    payloads = {
        "bc_valid_i": tuple(f"bc_{f}_i" for f in BROADCAST),
        "l_valid_i": ("l_ctrl_i",),
        "h_valid_i": ("h_ctrl_i",),
        "dr_valid_i": ("dr_ctrl_i",),
        "ga_valid_i": ("ga_slot_i", "ga_data_i"),
        "lt_valid_i": ("lt_ctx_i", "lt_slot_i", "lt_data_i"),
        "rd_valid_i": ("rd_ctx_i", "rd_kind_i", "rd_slot_i", "rd_data_i"),
        "ss_valid_i": ("ss_i",),
    }

    def broadcast(self, t: int, kind: str) -> None:
        """Any word."""
        fields = {f: self.garbage(f"bc_{f}_i") for f in BROADCAST}
        self.put(t, bc_valid_i=1, **{f"bc_{f}_i": v for f, v in fields.items()})
        tags = tuple(fields[f] for f in BROADCAST[:-1])
        self.expect("bc", t + LATENCY.out, tags, (fields["data"],))

    def control(self, t: int, kind: str) -> None:
        """Any step on some of the three bundles."""
        for name in self.rng.permutation(["l", "h", "dr"])[: self.rng.integers(1, 4)]:
            step = self.garbage(f"{name}_ctrl_i")
            self.put(t, **{f"{name}_valid_i": 1, f"{name}_ctrl_i": step})
            self.expect(name, t + LATENCY.out, (), (step,))

    def gather(self, t: int, kind: str) -> None:
        """Drained results."""
        x, slot = leaves(self.rng, kind, (C, R)), self.garbage("ga_slot_i")
        self.put(t, ga_valid_i=1, ga_slot_i=slot, ga_data_i=pack(x))
        self.expect("drain", t + LATENCY.out, (slot,), words(x))

    def lora_t(self, t: int, kind: str) -> None:
        """LoRA's t, which is summed over the columns."""
        x, ctx, slot = leaves(self.rng, kind, (C, R)), self.garbage("lt_ctx_i"), self.garbage("lt_slot_i")
        self.put(t, lt_valid_i=1, lt_ctx_i=ctx, lt_slot_i=slot, lt_data_i=pack(x))
        self.expect("t", t + LATENCY.lora_t, (ctx, slot), words(pair_tree(x, False)))

    def reduce(self, t: int, kind: str) -> None:
        """Sums, contexts or maxima."""
        x = leaves(self.rng, kind, (R, C, R)).swapaxes(0, 1)
        which, slot = int(self.rng.choice([RD_SUM, RD_CTX, RD_MAX])), self.garbage("rd_slot_i")
        ctx = self.garbage("rd_ctx_i")
        self.put(t, rd_valid_i=1, rd_ctx_i=ctx, rd_kind_i=which, rd_slot_i=slot, rd_data_i=pack(x))
        if which == RD_MAX:
            best = group_reduce(np.ascontiguousarray(x[..., :NQ]), P["CPK"], True)
            self.expect("gmax", t + LATENCY.gmax, (), words(best))
        else:
            total = group_reduce(x, P["CPK"], False)
            self.expect("red", t + LATENCY.red, (ctx, which, slot), words(total))

    def squares(self, t: int, kind: str) -> None:
        """Sums of squares of the columns."""
        x = leaves(self.rng, kind, (C, 1))
        self.put(t, ss_valid_i=1, ss_i=pack(x))
        self.expect("ss", t + LATENCY.row, (), words(pair_tree(x, False)))

    @property
    def ways(self) -> tuple[Callable[[int, str], None], ...]:
        """All of the above."""
        return self.broadcast, self.control, self.gather, self.lora_t, self.reduce, self.squares

    def traffic(self, cycles: int, kind: str, density: float) -> None:
        """Random beats on all ways."""
        for t in range(self.t, self.t + cycles):
            for way in self.ways:
                if self.rng.random() < density:
                    way(t, kind)
        self.t += cycles


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def traffic(dut: Any) -> None:
    """Full, half and sparse traffic of every kind of value."""
    b = Bench(dut, random_stream("traffic"))
    await b.start()
    for kind in KINDS:
        for density in (1.0, 0.5, 0.1):
            b.traffic(40, kind, density)
    await b.run()
    b.finish()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def alone(dut: Any) -> None:
    """Each way alone: nothing comes out elsewhere."""
    b = Bench(dut, random_stream("alone"))
    await b.start()
    for way in b.ways:
        for gap in (0, 1, 3):
            for _ in range(12):
                way(b.t, "usual")
                b.t += 1 + gap
        b.t += LATENCY.gmax
    await b.run()
    b.finish()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """A reset drops all beats on their way; behind it all is as before."""
    b = Bench(dut, random_stream("resets"))
    await b.start()
    for back in range(LATENCY.gmax + 1):
        b.traffic(LATENCY.gmax + 2, "usual", 0.7)
        b.cut(b.t - back)
    b.traffic(30, "any", 0.7)
    await b.run()
    b.finish()
