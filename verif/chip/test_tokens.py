"""Tokens in flight: the text does not depend on their number, sequences do not see one another."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from golden import host
from golden.geometry import Geometry
from golden.library import load_model
from golden.model import Model, generate
from golden.probes import HOST_WIDTH
from golden.sizing import Speed
from golden.weights import ModelWeights, prepare
from verif.lib.chip import ChipRun, Script, script_for_weights
from verif.lib.identity import base_seed, derived_seed, identity, run_folder

TEXTS = ("My dear Jane,", "Elizabeth", "The two ladies")
TOKENS = 20


@cache
def tiny(tokens: int) -> ModelWeights:
    """The model tiny on a chip with so many contexts, and as many sequences."""
    loaded = load_model("tiny")
    chip = replace(loaded.geometry.chip, tokens=tokens, sequences=tokens)
    return prepare(loaded.checkpoint, Geometry(chip, loaded.geometry.model))


def new_script(weights: ModelWeights) -> Script:
    """An empty script in the test's folder."""
    return script_for_weights(weights, run_folder(identity()))


def events(run: ChipRun, name: str) -> np.ndarray:
    """The events of a host stream: cycle first."""
    return np.fromfile(run.traces / f"{name}.bin", "<u4").reshape(-1, HOST_WIDTH[name])


def checked(script: Script) -> ChipRun:
    """Play a script with every beat compared."""
    run = ChipRun(script, derived_seed(identity(), base_seed()) + 1)
    assert run.check().totals.beats > 0
    return run


@pytest.mark.parametrize("tokens", [1, 2, 3, 4])
def test_same_text(chips, tokens):
    """Three prompts, one behind the other; cycles of prompt and tokens are those of the sizing model."""
    weights, tokenizer = tiny(tokens), chips.tokenizer("tiny")
    kjv = chips.adapter("kjv", "tiny")
    script, want, prompts = new_script(weights), [], []
    script.load(0, kjv)
    for k, text in enumerate(TEXTS):
        adapter = kjv if k == 2 else None
        prompts.append(tokenizer.encode(text))
        script.select(int(k == 2)).new().run(prompts[-1], TOKENS)
        want += generate(Model(tiny(1), adapter), prompts[-1], TOKENS)
    run = checked(script)
    given = events(run, "tok")
    assert given[:, 2].tolist() == want
    taken, speed = events(run, "prompt"), Speed(weights.geometry)
    for k, prompt in enumerate(prompts):
        first = int(taken[sum(map(len, prompts[:k])), 0])
        out = given[k * TOKENS : (k + 1) * TOKENS, 0].astype(int)
        assert out[0] - first == speed.first_token(len(prompt), k == 2)
        for n in range(1, TOKENS):
            assert out[n] - out[n - 1] == speed.decode(len(prompt) + n - 1, k == 2)


@pytest.mark.parametrize("name", ["tiny", "tiny-wide"])
def test_sequences_together(chips, name):
    """Each sequence writes what it writes alone, with its own adapter and temperature, and sooner."""
    loaded = chips.model(name)
    count = loaded.geometry.chip.sequences
    script = new_script(loaded.weights).load(0, chips.adapter("shout", name))
    runs, want = [], {}
    for seq in range(count):
        prompt = chips.tokenizer("tiny").encode(TEXTS[seq])
        adapter = chips.adapter("shout", name) if seq == 1 else None
        script.raw(host.CMD_SELECT, int(seq == 1), seq=seq)
        model = Model(loaded.weights, adapter)
        if seq == 0:
            script.sampling(1.0, 7, seq=seq)
            model.inv_temperature, model.noise_seed = np.float32(1.0), 7
        runs.append(Script.run_step(prompt, TOKENS, seq=seq))
        want[seq] = generate(model, prompt, TOKENS)
    run = checked(script.together(*runs))
    given = events(run, "tok")
    for seq in range(count):
        assert given[given[:, 1] == seq, 2].tolist() == want[seq]
    cycles = int(given[-1, 0] - events(run, "prompt")[0, 0])
    speed = Speed(loaded.geometry)
    alone = sum(speed.text(len(runs[seq]["prompt"]), TOKENS, seq == 1) for seq in range(count))
    print(f"{count} sequences: {cycles} cycles, one behind the other {alone}")
    assert cycles < 0.9 * alone


def test_sequences_are_apart(chips):
    """A sequence goes on where it was after others have worked, and NEW of one is not NEW of another."""
    loaded = chips.model("tiny")
    prompt = chips.tokenizer("tiny").encode(TEXTS[1])
    script = new_script(loaded.weights)
    script.run(prompt, 6, seq=0).run(prompt[:2], 3, seq=1).new(seq=1)
    script.run([], 6, seq=0).run([], 1, seq=1, status=host.ST_NOTHING_TO_DO).run(prompt, 4, seq=1)
    refused = {"status": host.ST_BAD_SEQUENCE, "info": 3}
    script.raw(host.CMD_NEW, 0, seq=3, **refused).raw(host.CMD_SELECT, 0, seq=3, **refused)
    given = events(checked(script), "tok")
    whole = generate(Model(loaded.weights), prompt, 12)
    assert given[given[:, 1] == 0, 2].tolist() == whole
    assert given[given[:, 1] == 1, 2].tolist()[3:] == whole[:4]
