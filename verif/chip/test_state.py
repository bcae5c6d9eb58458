"""What registers and memories hold when the power comes on changes nothing, cycle for cycle."""

from __future__ import annotations

from dataclasses import replace

from verif.lib.chip import ChipRun, Script
from verif.lib.identity import identity, run_folder


def played(script: Script, name: str, seed: int) -> dict[str, bytes]:
    """A checked run from the initial state that a seed draws; its probe files."""
    folder = run_folder(identity()) / name
    folder.mkdir(exist_ok=True)
    run = ChipRun(replace(script, folder=folder), seed)
    assert run.check().totals.tokens > 0
    return {p.name: p.read_bytes() for p in sorted(run.traces.iterdir())}


def test_initial_state(chips):
    """Two initial states, one of them twice: every beat in the same cycle with the same bits."""
    script = chips.script("tiny").load(1, chips.adapter("kjv", "tiny"))
    script.run(chips.tokenizer("tiny").encode("Elizabeth"), 3).select(2).run([], 3)
    first = played(script, "first", 11)
    assert sum(map(len, first.values())) > 100_000
    for name, seed in (("again", 11), ("other", 987654321)):
        assert played(script, name, seed) == first, f"seed {seed}"
