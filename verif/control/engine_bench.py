"""A bench for an engine of the matrix units: operations in; bundles, ready and durations out, every cycle."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from golden.engines import HStep, LStep, TokenContext
from golden.program import Instr
from verif.vector.job_bench import JobBench


class EngineBench(JobBench):
    """An engine without a job: all that its steps need is in their bundles."""

    bundle = ""  # name of the port

    def small_token(self, **fields: int) -> TokenContext:
        """A token whose SRAM words lie far from the end of 32 bits; now and then without an offset."""
        base, adapter = (int(x) for x in self.rng.integers(1 << 30, size=2) * (self.rng.random(2) < 0.8))
        return replace(self.token(), kv_base=base, adapter_base=adapter, **fields)

    def follow(self, i: Instr, token: TokenContext, steps: Iterable[LStep | HStep]) -> int:
        """An operation whose steps are ``steps``, as soon as the engine allows; returns its cycle."""
        t0, count = self.issue(i, token, {}), 0
        for count, step in enumerate(steps, 1):
            self.expect(self.bundle, t0 + count, (), (step.encode(),))
        assert count == self.timing.steps(i, token.pos, token.scored)
        return t0
