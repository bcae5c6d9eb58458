"""A host that rests on every stream gets the same tokens; what waits for it stays as it is."""

from __future__ import annotations

import pytest

from golden import host


@pytest.mark.parametrize("seed", [1, 2])
def test_host_rests(chips, seed):
    """Rests before commands, prompt tokens and image beats, before taking tokens and responses."""
    script = chips.script("tiny")
    script.steps.append({"op": "rests", "seed": seed})
    prompt = chips.tokenizer("tiny").encode("Elizabeth")
    vocab = script.geometry.model.vocab_size
    script.run(prompt, 4).load(1, chips.adapter("kjv", "tiny")).select(2).run([], 3)
    script.run([1, vocab, 2], 3, status=host.ST_BAD_TOKEN, info=vocab).run(prompt[:2], 2)
    script.select(9, status=host.ST_NO_ADAPTER, info=9).new().run(prompt[:1], 0).run(prompt[:1], 1)
    assert chips.check(script).totals.sampled == 10
