"""Figures of accuracy: the metrics by hand, SmolLM2 within its gates on a short text."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from golden.accuracy.measure import chip, compare, float32, windows_of
from golden.accuracy.metrics import Tally, cross_entropy
from golden.accuracy.variant import variant
from golden.batch import Batch
from golden.errors import RomaError
from golden.library import ROOT, load_model
from golden.tokenizer import load_tokenizer

GREEDY = Path(__file__).parent / "data" / "smollm2_greedy.json"


def test_figures_by_hand():
    """Two positions over three tokens."""
    want = np.log(np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]], np.float32)) + 7
    got = np.log(np.array([[0.25, 0.5, 0.25], [0.1, 0.8, 0.1]], np.float32)) - 3
    tally = Tally()
    tally.add(got[:1], want[:1], np.array([0]))
    tally.add(got[1:], want[1:], np.array([1]))
    f = tally.figures()
    assert f.tokens == 2 and f.agreement == 0.5
    assert f.loss == pytest.approx(-(np.log(0.25) + np.log(0.8)) / 2, rel=1e-6)
    assert f.perplexity == pytest.approx(np.exp(f.loss))
    assert f.ratio == pytest.approx(2**0.5, rel=1e-6)
    # 0.5 ln(0.5/0.25) + 0.25 ln(0.25/0.5) in the first position, 0 in the second
    assert f.kl == pytest.approx(0.25 * np.log(2) / 2, rel=1e-6)
    assert f.kl_error == pytest.approx(0.25 * np.log(2) / 2, rel=1e-6)
    assert f.ratio_error == pytest.approx(2**0.5 * np.log(2) / 2, rel=1e-6)


def test_cross_entropy_of_large_logits():
    assert cross_entropy(np.float32([[1e30, 0], [0, 0]]), np.array([0, 1])) == pytest.approx([0, np.log(2)])


def test_windows():
    assert windows_of(range(8), 3, 7) == [[0, 1, 2, 3], [3, 4, 5, 6], [6, 7]]
    assert windows_of(range(99), 3, 2) == [[0, 1, 2]]
    with pytest.raises(RomaError, match="7 tokens, 7 positions need 8"):
        windows_of(range(7), 3, 7)


def test_compare_groups_and_order(monkeypatch):
    """Many windows, few at a time: as one at a time; the reference against itself is perfect."""
    from golden.accuracy import measure

    tiny = load_model("tiny")
    windows = windows_of(np.random.default_rng(0).integers(0, 512, 200).tolist(), 40, 150)
    config = tiny.geometry.model
    engine = float32(tiny.checkpoint.floats(), config)
    whole = compare(windows, engine, {"chip": chip(tiny.weights), "same": engine})
    monkeypatch.setattr(measure, "_TOGETHER", 50)
    assert compare(windows, engine, {"chip": chip(tiny.weights), "same": engine}) == whole
    assert whole["reference"].tokens == whole["chip"].tokens == 150
    assert whole["same"] == whole["reference"]
    assert whole["same"].kl == 0 and whole["same"].agreement == 1 and whole["same"].ratio == 1
    assert 0 < whole["chip"].kl < 0.05


def test_variant():
    """A longer block takes the weight group along; less bits cost more."""
    tiny = load_model("tiny")
    assert variant(tiny, block=32) is tiny
    longer = variant(tiny, block=64).geometry.chip
    assert (longer.block, longer.group_size) == (64, 64)
    with pytest.raises(RomaError, match="block"):
        variant(tiny, block=24)
    tokens = np.random.default_rng(0).integers(0, 512, 65).tolist()
    engine = float32(tiny.checkpoint.floats(), tiny.geometry.model)
    figures = compare(
        [tokens], engine, {str(b): chip(variant(tiny, weight_bits=b).weights) for b in (8, 4, 2)}
    )
    assert figures["8"].kl < figures["4"].kl < figures["2"].kl


@pytest.fixture(scope="module")
def smollm2():
    return load_model("smollm2")


def test_smollm2_follows_float32(smollm2):
    """The gates of ``make accuracy``, loosely: 64 positions say little about the ratio."""
    tokenizer = load_tokenizer(smollm2.checkpoint.tokenizer, smollm2.geometry.model.vocab_size)
    text = (ROOT / "tiny" / "heldout.txt").read_text(encoding="utf-8")[:2000]
    windows = windows_of(tokenizer.encode(text), 1024, 64)
    reference = float32(smollm2.checkpoint.floats(), smollm2.geometry.model)
    f = compare(windows, reference, {"chip": chip(smollm2.weights)})["chip"]
    assert f.tokens == 64
    assert f.kl < 0.02
    assert 0.95 < f.ratio < 1.05
    assert f.agreement > 0.85


def test_smollm2_along_greedy_texts(smollm2):
    """Greedy texts of transformers in float32 (file says how): the chip's best token, step by step."""
    told = json.loads(GREEDY.read_text())
    (weights,) = smollm2.checkpoint.files
    assert hashlib.sha256(weights.read_bytes()).hexdigest() == told["gguf_sha256"]
    texts = told["greedy"]
    inputs = [(t["prompt_ids"] + t["output_ids"])[:-1] for t in texts]
    best = np.concatenate([x.argmax(axis=1) for _, x in Batch(smollm2.weights).logits(inputs)])
    same, margins, start = [], [], 0
    for t, tokens in zip(texts, inputs, strict=True):
        steps = best[start : start + len(tokens)][len(t["prompt_ids"]) - 1 :]
        same += (steps == t["output_ids"]).tolist()
        margins += t["margins"]
        start += len(tokens)
    assert len(same) == 64
    assert sum(same) >= 56
    near_tie = 0.3  # nats; logits differ by 0.35 on average, and mostly alike
    assert all(ok for ok, margin in zip(same, margins, strict=True) if margin > near_tie)
