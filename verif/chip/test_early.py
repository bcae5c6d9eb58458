"""A sequence that generates alone scores early; another one beside it stops that in mid-token."""

from __future__ import annotations

import pytest

from golden import program as p
from golden.chip import Step
from golden.model import Model, generate
from verif.lib.chip import Script

ALONE, BESIDE = 40, 3


def early_of(step: Step, program: list[p.Instr]) -> set[bool]:
    """Whether the token issued its EARLYs; both if some of them."""
    return {step.issue[k] >= 0 for k, i in enumerate(program) if p.early(i)}


@pytest.mark.parametrize("adapter", [None, "kjv"])
def test_alone_and_beside(chips, adapter):
    """Every beat is golden's, and the text that of a sequence alone, whenever another begins and ends."""
    loaded, tokenizer = chips.model("tiny"), chips.tokenizer("tiny")
    lora = chips.adapter(adapter, "tiny") if adapter else None
    prompt, other = tokenizer.encode("My dear Jane,"), tokenizer.encode("Eliza")[:2]
    script = chips.script("tiny")
    if lora:
        script.load(0, lora).select(1)
    visits = [Script.run_step(other, BESIDE, seq=1, after=3, wait=900 + 217 * k) for k in range(6)]
    script.run(prompt, ALONE, seq=0, during=visits)
    run = chips.run(script)
    checker = run.checker()
    steps = list(checker.tokens())
    run.finish()
    model = Model(loaded.weights, lora)
    got = [s.sampled for s in steps if s.seq == 0 and s.sampled is not None]
    assert got == list(generate(model, prompt, ALONE))
    program = checker.chip.schedule.program
    seen = [early_of(s, program) for s in steps if s.seq == 0 and s.pos >= script.geometry.kv_group]
    assert {True} in seen  # alone, several position slots behind it
    assert {False} in seen  # beside the other sequence
    assert {True, False} in seen  # the other one began or ended in mid-token
