"""How tokens are drawn and when a text ends: temperature, seed, stop tokens."""

from __future__ import annotations

import numpy as np
import pytest

from golden import host
from golden.model import Model, generate
from verif.lib.chip import Script


def bits(x: float) -> int:
    """FP32 bits of a number."""
    return int(np.float32(x).view(np.uint32))


@pytest.fixture
def prompt(chips) -> list[int]:
    """A short prompt."""
    return chips.tokenizer("tiny").encode("Elizabeth")


def text(script: Script, prompt: list[int], inv_temperature: float, seed: int, count: int) -> list[int]:
    """What golden's model writes on its own."""
    model = Model(script.weights)
    model.inv_temperature, model.noise_seed = np.float32(inv_temperature), seed
    return generate(model, prompt, count)


def test_seeds(chips, prompt):
    """Two seeds write two texts, each golden's; the same seed writes the same; greedy is as before."""
    script = chips.script("tiny").raw(host.CMD_SAMPLING, bits(1 / 0.8))
    for seed in (1, 2, 1):
        script.raw(host.CMD_SEED, seed).new().run(prompt, 6)
    script.raw(host.CMD_SAMPLING, 0).new().run(prompt, 6)
    made = np.split(np.array(chips.check(script).generated), 4)
    one, two = (text(script, prompt, 1 / 0.8, seed, 6) for seed in (1, 2))
    assert [m.tolist() for m in made] == [one, two, one, text(script, prompt, 0, 1, 6)]
    assert len({tuple(one), tuple(two), tuple(made[3])}) == 3


def test_no_temperature(chips, prompt):
    """What is no temperature is refused, and the one before stays."""
    script = chips.script("tiny").raw(host.CMD_SAMPLING, bits(1.5)).raw(host.CMD_SEED, 0xFFFFFFFF)
    for arg in (0x8000_0000, bits(-1), 1, 0x007F_FFFF, 0x7F80_0000, 0x7FC0_0000, 0xFFFF_FFFF):
        script.raw(host.CMD_SAMPLING, arg, status=host.ST_BAD_VALUE, info=arg)
    script.run(prompt, 3)
    assert chips.check(script).generated == text(script, prompt, 1.5, 0xFFFFFFFF, 3)


def test_stop_tokens(chips, prompt):
    """A stop token is given out and ends the RUN, which can go on behind it; an empty list stops nothing."""
    script = chips.script("tiny")
    tokens = text(script, prompt, 0, 0, 12)
    at = next(k for k in range(3, 12) if tokens[k] not in tokens[:k])
    stop = host.CMD_STOP
    vocab, room = script.geometry.model.vocab_size, script.geometry.chip.stop_tokens
    unused = [t for t in range(vocab) if t not in tokens][:room]
    for token in (*unused[1:], tokens[at]):
        script.raw(stop, token)
    script.raw(stop, unused[0], status=host.ST_STOP_LIST_FULL, info=unused[0]).raw(stop, tokens[at])
    script.raw(stop, vocab, status=host.ST_BAD_TOKEN, info=vocab)
    stopped = {"status": host.ST_STOPPED, "info": at + 1}
    script.run(prompt, 12, **stopped).run([], 2, info=2)
    script.new().run(prompt, at + 1, **stopped)
    script.raw(stop, host.NO_STOPS).new().run(prompt, 12, info=12)
    checker = chips.check(script)
    assert checker.generated == tokens[: at + 3] + tokens[: at + 1] + tokens
