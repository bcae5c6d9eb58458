"""A bench for an engine of the vector row: operations in; bundles, job, ready and times out, every cycle."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from golden.engines import TokenContext
from golden.program import Instr
from golden.timing import Timing
from verif.matrix.cycle_bench import CycleBench

SPARE = 181  # bits of instr_t from here on mean nothing


def timing(columns: int, rows: int, hops: int, cpk: int) -> Timing:
    """Durations on a mesh of these sizes."""
    chip = SimpleNamespace(columns=columns, rows=rows, hops=hops)
    return Timing(SimpleNamespace(chip=chip, cpk=cpk, kv_group=cpk * rows))


class Signal:
    """A port that is computed from the DUT's."""

    def __init__(self, read: Any) -> None:
        self.read = read

    @property
    def value(self) -> int:
        """Its value now."""
        return self.read()


class View:
    """The DUT with the highest bit of a bundle as a valid of its own."""

    def __init__(self, dut: Any, bundle: str, valid: str) -> None:
        self.dut = dut
        port = getattr(dut, bundle)
        setattr(self, valid, Signal(lambda: int(port.value) >> len(port) - 1))

    def __getattr__(self, name: str) -> Any:
        """All else is the DUT's."""
        return getattr(self.dut, name)


class JobBench(CycleBench):
    """Plans operations; the flags of all cycles follow from their times."""

    payloads = {"start_i": ("instr_i", "token_i")}
    layout: Mapping[str, int] = {}  # of job_o

    def __init__(self, dut: Any, rng: np.random.Generator, times: Timing) -> None:
        super().__init__(dut, rng)
        self.timing = times
        self.jobs: dict[int, dict[str, int]] = {}  # cycle -> fields that must hold
        self.busy: set[int] = set()  # cycles in which ready_o is low
        self.works: dict[int, int] = {}  # issue -> D
        self.seen_busy = 0

    def token(self) -> TokenContext:
        """A token with anything in its fields."""
        r = self.rng
        word, base, seed = (int(x) for x in r.integers(1 << 32, size=3))
        temperature = int(r.choice([0, 0x3F80_0000, r.integers(1, 1 << 31)]))
        return TokenContext(
            ctx=int(r.integers(4)),
            token=int(r.integers(1 << 20)),
            pos=int(r.choice([0, 4095, r.integers(4096)])),
            kv_base=word,
            adapter=bool(r.integers(2)),
            adapter_base=base,
            inv_temperature=temperature,
            noise_seed=seed,
        )

    def issue(self, i: Instr, token: TokenContext, job: dict[str, int]) -> int:
        """An operation in the first cycle that the engine allows; returns that cycle."""
        t0, times = self.t, (i, token.pos, bool(token.inv_temperature), token.scored)
        instr = i.encode() | int(self.rng.integers(1 << 11)) << SPARE
        self.put(t0, start_i=1, instr_i=instr, token_i=token.encode(self.timing.g.kv_group))
        self.works[t0] = self.timing.duration(*times)
        self.t = t0 + self.timing.occupied(*times)
        self.busy.update(range(t0 + 1, self.t))
        # Until the next start, which may be in the first cycle in which the engine is ready again.
        self.jobs |= dict.fromkeys(range(t0 + 1, self.t + 1), job)
        return t0

    def pause(self) -> None:
        """Some cycles without a start, now and then."""
        self.t += int(self.rng.choice([0, 0, 1, 9]))

    def cut(self, cycle: int) -> None:
        """Reset: ready behind its first edge, the job means nothing any more."""
        super().cut(cycle)
        self.busy = {c for c in self.busy if c <= cycle}
        self.jobs = {c: f for c, f in self.jobs.items() if c <= cycle}
        self.works = {c: d for c, d in self.works.items() if c <= cycle}

    def sample(self) -> None:
        """Ready, the job's fields, and D in a cycle of an issue."""
        t, d = self.cycle, self.dut
        ready = int(d.ready_o.value)
        assert t == 0 or ready == (t not in self.busy), f"cycle {t}: ready_o is {ready}"
        self.seen_busy += not ready
        if t in self.works:
            got, want = int(d.flush_o.value), self.works.pop(t)
            assert got == want, f"cycle {t}: flush_o is {got}, expected {want}"
        fields = self.jobs.pop(t, {})
        job = int(d.job_o.value) if fields else 0
        for name, width in reversed(self.layout.items()):
            got, job = job & (1 << width) - 1, job >> width
            want = fields.get(name, got)
            assert got == want, f"cycle {t}: job_o.{name} is {got}, expected {want}"
        self.compared += len(fields)

    async def end(self) -> None:
        """Play the plan; it must have been busy."""
        await self.run(80)
        self.finish()
        assert self.seen_busy
