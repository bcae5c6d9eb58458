"""Adapters at run time: loaded while tokens run, swapped between tokens of one RUN."""

from __future__ import annotations

import numpy as np
import pytest

from golden import host
from golden.chip import Step
from golden.probes import HOST_WIDTH
from verif.lib.chip import ChipRun, Script

SWAPS = [2, 0, 1, 2, 1, 0]  # of one RUN, a swap a token


def play(chips, script: Script) -> tuple[list[Step], ChipRun]:
    """Run a script with every beat compared; the tokens as golden has them."""
    run = chips.run(script)
    steps = list(run.checker().tokens())
    run.finish()
    return steps, run


def events(run: ChipRun, name: str) -> np.ndarray:
    """The events of a host stream: cycle first."""
    return np.fromfile(run.traces / f"{name}.bin", "<u4").reshape(-1, HOST_WIDTH[name])


@pytest.fixture
def prompt(chips) -> list[int]:
    """A short prompt."""
    return chips.tokenizer("tiny").encode("Elizabeth")


def test_load_while_it_writes(chips, prompt):
    """A second adapter comes while the first is at work, and takes over; then the first one's slot again."""
    kjv, shout = (chips.adapter(n, "tiny") for n in ("kjv", "shout"))
    script = chips.script("tiny").load(0, kjv).select(1)
    during = [
        script.load_step(1, shout, after=1),
        {"op": "select", "slot": 2},
        script.load_step(0, shout, wait=20_000),  # the token that runs has the new one by then
        {"op": "select", "slot": 1},
    ]
    script.run(prompt, 16, during=during)
    steps, run = play(chips, script)
    assert all(s.lora for s in steps) and len(steps) == len(prompt) + 15
    words = script.geometry.adapter_words * script.geometry.chip.units
    loads = [c[0] for c in events(run, "cmd") if c[1] == host.CMD_LOAD]
    done = [r[0] for r in events(run, "rsp") if r[1] == host.CMD_LOAD]
    alone, beside = (int(d) - int(c) for c, d in zip(loads[:2], done[:2], strict=True))
    print(f"{words} words: {alone} cycles without a token, {beside} beside tokens")
    assert words < alone < beside < 4 * words


def test_in_use(chips, prompt):
    """Neither the selected slot nor the running token's can be loaded, nor a loading one selected."""
    kjv, shout = (chips.adapter(n, "tiny") for n in ("kjv", "shout"))
    script = chips.script("tiny").load(0, kjv).load(1, shout).select(1)
    used = {"status": host.ST_ADAPTER_IN_USE}
    during = [
        script.load_step(0, shout, after=1, info=0, **used),
        {"op": "select", "slot": 0, "wait": 3},
        script.load_step(0, shout, info=0, **used),  # the token that runs still has it
    ]
    script.run(prompt, 12, during=during)
    script.select(1).run([], 3)
    steps, _ = play(chips, script)
    assert steps[0].lora and not steps[len(prompt) + 10].lora and steps[-1].lora


def test_swap_between_tokens(chips, prompt):
    """Several adapters resident, another one for almost every token of one RUN."""
    script = (
        chips.script("tiny").load(0, chips.adapter("kjv", "tiny")).load(1, chips.adapter("shout", "tiny"))
    )
    during = [{"op": "select", "slot": slot, "after": k + 1} for k, slot in enumerate(SWAPS)]
    script.run(prompt, len(SWAPS) + 2, during=during)
    steps, _ = play(chips, script)
    lora = [s.lora for s in steps[len(prompt) + 1 :]]
    assert lora == [slot > 0 for slot in SWAPS]


def test_run_beside_a_load(chips, prompt):
    """A RUN begins during a load into another slot; behind a load into its own slot it waits."""
    kjv, shout = (chips.adapter(n, "tiny") for n in ("kjv", "shout"))
    script = chips.script("tiny").load(0, kjv).select(1)
    script.steps.append(script.load_step(1, shout, beside=True))
    script.select(2, status=host.ST_NO_ADAPTER, info=2).run(prompt, 2)
    script.steps.append(script.load_step(0, shout, beside=True))
    script.run([], 2)
    steps, run = play(chips, script)
    runs = [int(c[0]) for c in events(run, "cmd") if c[1] == host.CMD_RUN]
    done = [int(r[0]) for r in events(run, "rsp") if r[1] == host.CMD_LOAD]
    assert runs[0] < done[1] and runs[1] > done[2] and len(steps) == len(prompt) + 3
