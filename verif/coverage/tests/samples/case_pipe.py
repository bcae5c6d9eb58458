"""pytest side of the coverage tests; played by them, in a process of its own."""

from __future__ import annotations

import pytest

from verif.lib.build import run_bench


@pytest.mark.parametrize("beat", ["0", "1"])
def test_beat(beat: str) -> None:
    """One build, two runs."""
    tb = "verif.coverage.tests.samples.bench_pipe"
    run_bench("pipe", tb, {"WIDTH": 2, "STAGES": 1}, env={"BEAT": beat})
