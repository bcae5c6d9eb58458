"""The adapters trained on SmolLM2: the chip's greedy text with each of them, and without."""

import pytest

from golden.library import load_lora, load_model
from golden.model import Model, generate
from golden.tokenizer import load_tokenizer

# Adapter, a prompt that no training saw, how the chip goes on with it and without it.
TEXTS = {
    "smollm2-kjv": ("The capital of France is", " the capital of the kingdom of France, and", " Paris."),
    "smollm2-pirate": (
        "My cat sat by the window and",
        " I could see th' way he'd change, arrr!",
        " watched the world",
    ),
}


@pytest.fixture(scope="module")
def smollm2():
    return load_model("smollm2")


@pytest.fixture(scope="module")
def model(smollm2):
    return Model(smollm2.weights)


@pytest.fixture(scope="module")
def tokenizer(smollm2):
    return load_tokenizer(smollm2.checkpoint.tokenizer)


@pytest.mark.parametrize("name", TEXTS)
def test_effect(smollm2, model, tokenizer, name):
    prompt, adapted, plain = TEXTS[name]
    for adapter, text in ((load_lora(name, smollm2), adapted), (None, plain)):
        model.select(adapter)
        count = len(tokenizer.encode(text))
        assert tokenizer.decode(generate(model, tokenizer.encode(prompt), count)) == text
