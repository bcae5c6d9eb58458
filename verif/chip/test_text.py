"""The chip writes text: every probe beat of every cycle equal to golden, text equal to golden's."""

from __future__ import annotations

import pytest

from golden.model import Model, generate
from verif.lib.tools import switched_on

PROMPTS = ("My dear Jane,", "Elizabeth", "The two ladies")
TOKENS = 12 if switched_on("COV") else 64  # what more tokens would reach has been reached


def golden_tokens(chips, model: str, adapter: str | None, prompt: list[int]) -> list[int]:
    """What golden writes on its own, without a trace and without the chip's command layer."""
    loaded = chips.model(model)
    lora = chips.adapter(adapter, model) if adapter else None
    return list(generate(Model(loaded.weights, lora), prompt, TOKENS))


def script_tokens(checker) -> list[int]:
    """The tokens that came out of the RTL."""
    return checker.generated


@pytest.mark.parametrize("adapter", [None, "kjv", "shout"])
@pytest.mark.parametrize("model", ["tiny", "tiny-2bit"])
def test_three_prompts(chips, model, adapter):
    """Tokens from each prompt, greedy."""
    tokenizer = chips.tokenizer(model)
    script = chips.script(model)
    if adapter:
        script.load(0, chips.adapter(adapter, model)).select(1)
    want = []
    for text in PROMPTS:
        prompt = tokenizer.encode(text)
        script.new().run(prompt, TOKENS, info=TOKENS)
        want += golden_tokens(chips, model, adapter, prompt)
    checker = chips.check(script)
    assert checker.totals.sampled == TOKENS * len(PROMPTS)
    assert checker.totals.beats > 1000 * checker.totals.tokens
    got = script_tokens(checker)
    assert tokenizer.decode(got) == tokenizer.decode(want)
    assert got == want


def test_adapters_change_what_it_writes(chips):
    """The three voices of a prompt differ (in golden; RTL equals golden by the test above)."""
    prompt = chips.tokenizer("tiny").encode(PROMPTS[0])
    voices = {tuple(golden_tokens(chips, "tiny", a, prompt)) for a in (None, "kjv", "shout")}
    assert len(voices) == 3


@pytest.mark.parametrize("model", ["tiny", "tiny-2bit"])
def test_swap_in_mid_sequence(chips, model):
    """Adapters change between tokens, without reset; the KV cache goes on."""
    prompt = chips.tokenizer(model).encode(PROMPTS[0])
    script = chips.script(model)
    script.load(0, chips.adapter("kjv", model)).load(1, chips.adapter("shout", model))
    script.run(prompt, 16).select(2).run([], 16).select(1).run([], 16)
    # A slot is loaded anew while it is selected: the other voice from the next token on.
    script.load(0, chips.adapter("shout", model)).run([], 8).select(0).run([], 8)
    checker = chips.check(script)
    assert checker.totals.sampled == 64
    probes = checker.totals.per_probe
    assert probes["lora_t"] > 0 and probes["lora_b"] > 0


def test_second_geometry_writes_the_same_tokens(chips):
    """Other C, R, L, HOPS and block lengths, the same model, the same text."""
    tiny, wide = chips.model("tiny").geometry.chip, chips.model("tiny-wide").geometry.chip
    for field in ("columns", "rows", "l_units", "hops", "block", "h_block", "acc_depth"):
        assert getattr(tiny, field) != getattr(wide, field), field
    tokenizer = chips.tokenizer("tiny-wide")
    script, want = chips.script("tiny-wide"), []
    for text in PROMPTS:
        prompt = tokenizer.encode(text)
        script.new().run(prompt, TOKENS)
        want += golden_tokens(chips, "tiny", None, prompt)
    assert script_tokens(chips.check(script)) == want


def test_second_geometry_with_an_adapter(chips):
    """LoRA on the second geometry, every beat."""
    script = chips.script("tiny-wide").load(1, chips.adapter("shout", "tiny-wide")).select(2)
    script.run(chips.tokenizer("tiny-wide").encode(PROMPTS[1]), 24)
    checker = chips.check(script)
    assert checker.totals.sampled == 24 and checker.totals.per_probe["lora_b"] > 0
