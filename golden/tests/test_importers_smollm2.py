"""SmolLM2-135M as its package brings it: exact codes, known tokens, the text that it is known to write.

The token ids are those of transformers' tokenizer and greedy float32 model.
"""

import gguf
import numpy as np
import pytest

from golden.chat import chat, render
from golden.config import MODELS
from golden.library import Loaded, load_model
from golden.reference import forward
from golden.tokenizer import Tokenizer, load_tokenizer

PROMPT_IDS = {
    "The capital of France is": [504, 3575, 282, 4649, 314],
    "Once upon a time, there was a little girl named": [
        *(6403, 1980, 253, 655, 28, 665, 436, 253, 1838, 8180, 3365)
    ],
}
ANSWER = [7042, 30, 198, 198, 504, 2988, 314, 42, 216, 34, 32, 33]


@pytest.fixture(scope="module")
def smollm2() -> Loaded:
    """The model on its chip."""
    return load_model("smollm2")


@pytest.fixture(scope="module")
def tokenizer(smollm2: Loaded) -> Tokenizer:
    """Its tokenizer."""
    return load_tokenizer(smollm2.checkpoint.tokenizer, smollm2.geometry.model.vocab_size)


def test_it_is_the_preset(smollm2: Loaded) -> None:
    assert smollm2.geometry.model == MODELS["smollm2"] and smollm2.geometry.chip.name == "smollm2"
    assert "lm_head.weight" not in smollm2.checkpoint.tensors


def test_the_roms_hold_what_the_file_holds(smollm2: Loaded) -> None:
    """Q4_1: codes and scale as stored, the minimum within half a step of the zero-point's grid."""
    found = {t.name: t for t in gguf.GGUFReader(smollm2.folder).tensors}
    table = found["token_embd.weight"]
    want = gguf.dequantize(table.data[:500], table.tensor_type)
    np.testing.assert_array_equal(smollm2.weights.embedding.dequantise()[:500], want)
    for layer, theirs, ours in ((0, "attn_q", "q_proj"), (29, "ffn_down", "down_proj")):
        t = found[f"blk.{layer}.{theirs}.weight"]
        q = smollm2.weights.layers[layer][ours]
        assert q.bits == 4 and q.zero_point.max() < 256
        blocks = t.data.reshape(len(t.data), -1, 20)
        np.testing.assert_array_equal(q.scale.view(np.uint8).reshape(*blocks.shape[:2], 2), blocks[..., :2])
        np.testing.assert_array_equal(q.codes[:, :16], blocks[:, 0, 4:] & 15)
        error = np.abs(q.dequantise() - gguf.dequantize(t.data, t.tensor_type))
        step = np.repeat(np.abs(q.scale.astype(np.float32)), 32, axis=1)
        assert (error <= step / 32 * 1.001).all() and error.any()


def test_tokens(tokenizer: Tokenizer) -> None:
    for text, ids in PROMPT_IDS.items():
        assert tokenizer.encode(text) == ids and tokenizer.decode(ids) == text
    assert tokenizer.decode(ANSWER) == " Paris.\n\nThe answer is: 201"
    assert tokenizer.stop_tokens == (0, 2)


def test_chat(tokenizer: Tokenizer) -> None:
    messages = [{"role": "user", "content": "Hi 12"}]
    text = render(tokenizer, messages)
    assert text.startswith("<|im_start|>system\nYou are a helpful AI assistant named SmolLM")
    assert text.endswith("<|im_end|>\n<|im_start|>user\nHi 12<|im_end|>\n<|im_start|>assistant\n")
    ids = chat(tokenizer, messages)
    assert ids[:3] == [1, 9690, 198] and ids[-4:] == [1, 520, 9531, 198]
    assert ids.count(1) == 3 and ids.count(2) == 2


def test_it_writes_what_it_is_known_to_write(smollm2: Loaded) -> None:
    """The imported float32 weights in a textbook LLaMA, teacher-forced."""
    prompt = PROMPT_IDS["The capital of France is"]
    logits = forward(smollm2.checkpoint.floats(), smollm2.geometry.model, prompt + ANSWER[:-1])
    assert logits[len(prompt) - 1 :].argmax(axis=1).tolist() == ANSWER
