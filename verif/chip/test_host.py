"""Every refusal of the host port: a status code, and the state intact behind it."""

from __future__ import annotations

import pytest

from golden import host
from golden.burn import adapter_image


@pytest.fixture
def prompt(chips) -> list[int]:
    """A short prompt."""
    return chips.tokenizer("tiny").encode("Elizabeth")


def test_nothing_to_do(chips, prompt):
    """No prompt and nothing sampled; no prompt and no tokens; prefill forgets what was sampled."""
    nothing = {"status": host.ST_NOTHING_TO_DO, "info": 0}
    script = chips.script("tiny")
    script.run([], 4, **nothing).run(prompt, 2).run([], 0, **nothing).run([], 2)
    script.run(prompt, 0, info=0).run([], 4, **nothing).new().run([], 1, **nothing)
    assert chips.check(script).totals.sampled == 4


def test_prompt_too_long(chips, prompt):
    """Refused before a token is taken, at the start and behind a sequence; the sequence goes on."""
    context = chips.model("tiny").geometry.chip.context
    script = chips.script("tiny")
    long = [5] * (context + 1)
    script.run(long, 1, status=host.ST_PROMPT_TOO_LONG, info=context + 1)
    script.run(prompt, 6)
    used = len(prompt) + 5
    script.run([5] * (context - used + 1), 1, status=host.ST_PROMPT_TOO_LONG, info=context + 1)
    script.run([], 6)
    assert chips.check(script).totals.sampled == 12


def test_context_full(chips):
    """A prompt that leaves three positions: four tokens come out, then CONTEXT_FULL, and again."""
    context = chips.model("tiny").geometry.chip.context
    text = " ".join(["It is a truth universally acknowledged, that a single man"] * 30)
    prompt = chips.tokenizer("tiny").encode(text)[: context - 3]
    script = chips.script("tiny")
    script.run(prompt, 10, status=host.ST_CONTEXT_FULL, info=4)
    script.run([], 1, status=host.ST_CONTEXT_FULL, info=0)
    script.new().run(prompt[:5], 3)
    checker = chips.check(script)
    assert checker.totals.sampled == 7 and checker.totals.tokens == context + 5 + 2


def test_bad_token(chips, prompt):
    """A token beyond the vocabulary anywhere in a prompt: the position is as before the command."""
    vocab = chips.model("tiny").geometry.model.vocab_size
    script = chips.script("tiny").run(prompt, 4)
    for at in (0, 1, len(prompt)):
        bad = [*prompt[:at], vocab, *prompt[at:]]
        script.run(bad, 4, status=host.ST_BAD_TOKEN, info=vocab)
    script.run([1, 0xFFFFFFFF], 4, status=host.ST_BAD_TOKEN, info=0xFFFFFFFF)
    script.run([], 4)
    assert chips.check(script).totals.sampled == 8


def test_adapters_refused(chips, prompt):
    """Images that are too large, broken, of another model or for no slot; the chip writes on."""
    model = chips.model("tiny")
    g, kjv = model.geometry, chips.adapter("kjv", "tiny")
    script = chips.script("tiny")
    good = adapter_image(kjv, g, script.model_id)
    size = g.chip.h_block + 1
    body = good[size:]

    def header(words: int, model_id: int, magic: int = 0x4152_4F4C) -> bytes:
        return (magic | model_id << 32 | words << 64).to_bytes(size, "big")

    words, mine = g.adapter_words, script.model_id
    empty = {"status": host.ST_NO_ADAPTER}
    script.select(1, **empty, info=1).select(3, **empty, info=3).select(99, **empty, info=99)
    script.load_image(0, good, kjv, info=words).select(1).run(prompt, 4)
    bad = {"status": host.ST_ADAPTER_BAD}
    large = header(words + 1, mine) + body + bytes(size * g.chip.units)
    script.load_image(0, large, None, status=host.ST_ADAPTER_TOO_LARGE, info=words + 1)
    script.load_image(0, header(words, mine ^ 1) + body, None, **bad)
    script.load_image(0, header(words, mine, 0) + body, None, **bad)
    script.load_image(0, header(words - 1, mine) + body, None, **bad)
    script.load_image(0, header(words, mine), None, **bad)
    script.load_image(2, good, None, **empty, info=2)
    script.run([], 4)  # the good adapter is still there
    assert chips.check(script).totals.per_probe["lora_t"] > 0


@pytest.mark.parametrize("length", ["short", "long"])
def test_adapter_breaks_off(chips, prompt, length):
    """An image that ends early or late leaves its slot empty; tokens then go without an adapter."""
    g, kjv = chips.model("tiny").geometry, chips.adapter("kjv", "tiny")
    script = chips.script("tiny").load(0, kjv).select(1).run(prompt, 3)
    good = adapter_image(kjv, g, script.model_id)
    size = g.chip.h_block + 1
    broken = good[: 400 * size] if length == "short" else good + bytes(size)
    script.load_image(0, broken, None, status=host.ST_ADAPTER_BAD).run([], 3)
    script.select(1, status=host.ST_NO_ADAPTER).load(0, kjv).select(1).run([], 3)
    assert chips.check(script).totals.sampled == 9


def test_bad_command(chips, prompt):
    """An operation that does not exist."""
    script = chips.script("tiny")
    script.steps.append({"op": "raw", "code": 7, "status": host.ST_BAD_COMMAND, "info": 7})
    script.run(prompt, 2)
    assert chips.check(script).totals.sampled == 2
