"""SentencePiece's merging against the plain loop of llama2.c: all pairs looked at for every merge."""

import numpy as np
import pytest

from golden.importers.scored_bpe import ScoredBpe

BYTE = {b: b for b in range(256)}


def plain(text: str, vocabulary: dict[str, int], scores: dict[int, float]) -> list[int]:
    """Best score first, of equal ones the leftmost."""
    parts = [(c, vocabulary[c]) for c in text]
    while True:
        best, at = -1e10, None
        for i in range(len(parts) - 1):
            token = vocabulary.get(parts[i][0] + parts[i + 1][0])
            if token is not None and scores[token] > best:
                best, at = scores[token], i
        if at is None:
            return [token for _, token in parts]
        union = parts[at][0] + parts[at + 1][0]
        parts[at : at + 2] = [(union, vocabulary[union])]


@pytest.mark.parametrize("seed", range(20))
def test_it_merges_as_the_plain_loop_does(seed: int) -> None:
    r = np.random.default_rng(seed)
    letters = "abc "
    words = set(letters)
    for _ in range(40):
        words.add("".join(r.choice(list(letters), r.integers(2, 6))))
    vocabulary = {w: 300 + i for i, w in enumerate(sorted(words))}
    levels = 4 if seed % 2 else 1000  # few levels: many ties
    scores = {i: -float(r.integers(0, levels)) for i in vocabulary.values()}
    bpe = ScoredBpe(vocabulary, scores, BYTE, {}, (), False)
    for _ in range(20):
        text = "".join(r.choice(list(letters), r.integers(0, 40)))
        assert bpe(text, True) == plain(text, vocabulary, scores), text


def test_unknown_characters_and_special_tokens() -> None:
    bpe = ScoredBpe({" ": 300, "a": 301}, {300: 0.0, 301: 0.0}, BYTE, {"<s>": 302, "<s>x": 303}, (302,), True)
    assert bpe("é<s>xa", True) == [302, 300, 0xC3, 0xA9, 303, 300, 301]
    assert bpe("<s>", False) == [302] and bpe("", True) == [302]


def test_long_texts_are_quick() -> None:
    vocabulary = {"a" * n: n for n in (1, 2, 4, 8, 16)}
    bpe = ScoredBpe(vocabulary, {n: float(-n) for n in range(17)}, BYTE, {}, (), False)
    assert bpe("a" * 20000, True) == [16] * 1250
