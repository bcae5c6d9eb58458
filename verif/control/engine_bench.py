"""A bench for an engine: jobs in, control bundles and flags out, every cycle."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np

from golden.program import Instr
from golden.timing import Cost, Timing
from verif.matrix.cycle_bench import CycleBench


def timing(columns: int, rows: int, hops: int, cpk: int) -> Timing:
    """Costs on a mesh of these sizes."""
    chip = SimpleNamespace(columns=columns, rows=rows, hops=hops)
    return Timing(SimpleNamespace(chip=chip, cpk=cpk, kv_group=cpk * rows), [])


class EngineBench(CycleBench):
    """Plans jobs; the flags of all cycles follow from their costs."""

    payloads = {"start_i": ("instr_i",)}
    bundle = ""  # name of the port

    def __init__(self, dut: Any, rng: np.random.Generator) -> None:
        super().__init__(dut, rng)
        self.busy: set[int] = set()  # cycles in which ready_o is low
        self.not_idle: set[int] = set()
        self.flags = 0

    def job(self, i: Instr, steps: Iterable[int], cost: Cost, wait_idle: bool, late: int = 0) -> None:
        """Start in the first cycle that the engine allows; ``steps`` are its bundles, ``late`` cycles on."""
        t0 = self.t
        # Spare bits of the instruction and fields of other engines mean nothing to this one.
        self.put(t0, start_i=1, instr_i=i.encode() | int(self.rng.integers(32)) << 123)
        count = 0
        for count, step in enumerate(steps, 1):
            self.expect(self.bundle, t0 + late + count, (), (step,))
        assert count == cost.loop
        self.busy.update(range(t0 + 1, t0 + cost.loop + 1))
        self.not_idle.update(range(t0 + 1, t0 + cost.flush + 1))
        self.t = t0 + 1 + (cost.flush if wait_idle else cost.loop)

    def cut(self, cycle: int) -> None:
        """Reset: flags are up behind its first edge."""
        super().cut(cycle)
        self.busy = {c for c in self.busy if c <= cycle}
        self.not_idle = {c for c in self.not_idle if c <= cycle}

    def sample(self) -> None:
        """Flags of this cycle."""
        t = self.cycle
        for name, low in (("ready_o", self.busy), ("idle_o", self.not_idle)):
            got = int(getattr(self.dut, name).value)
            assert t == 0 or got == (t not in low), f"cycle {t}: {name} is {got}"
            self.flags += got == 0
