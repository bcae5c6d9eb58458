"""Tokenizers inside GGUF files: rebuilt ones encode as the originals do; what is refused."""

import json
from pathlib import Path

import pytest
from gguf import TokenType

from golden.tests.gguf_files import random_tensors, write
from golden.tests.hf_folders import MODELS, refused
from golden.tokenizer import Tokenizer, load_tokenizer

TEXT = "Emma — “très café” \n\n\U0001f600 was 1234 years\x00 old. It's  1,000!  "
NORMAL, UNKNOWN, CONTROL, USER, _, BYTE = (t.value for t in list(TokenType)[:6])


def save(path: Path, **metadata: object) -> Path:
    """A file with the tensors of the test model and this tokenizer."""
    return write(path, random_tensors(), **{f"tokenizer__{k}": v for k, v in metadata.items()})


def tiny() -> dict[str, object]:
    """The tokenizer of `tiny` as GGUF has it."""
    raw = json.loads((MODELS / "tiny/tokenizer.json").read_text())
    special = {t["content"] for t in raw["added_tokens"]}
    vocabulary = raw["model"]["vocab"] | {t["content"]: t["id"] for t in raw["added_tokens"]}
    tokens = sorted(vocabulary, key=vocabulary.get)
    merges = [" ".join(m) if isinstance(m, list) else m for m in raw["model"]["merges"]]
    return {
        "ggml__model": "gpt2",
        "ggml__pre": "gpt-2",
        "ggml__tokens": tokens,
        "ggml__token_type": [CONTROL if t in special else NORMAL for t in tokens],
        "ggml__merges": merges,
    }


def test_byte_level(tmp_path: Path) -> None:
    own, original = load_tokenizer(save(tmp_path / "m.gguf", **tiny()), 512), load_tokenizer(MODELS / "tiny")
    assert own.encode(TEXT) == original.encode(TEXT) and own.decode(own.encode(TEXT)) == TEXT
    assert [own.piece(i) for i in range(512)] == [original.piece(i) for i in range(512)]


def pieces(t: Tokenizer, text: str) -> list[str]:
    """Text of every token."""
    return [t.decode([i]) for i in t.encode(text)]


@pytest.mark.parametrize(
    ("pre", "words"),
    [
        ("gpt-2", ["a", " 12345", "!?", "  ", " b"]),
        ("smollm", ["a", " ", "1", "2", "3", "4", "5", "!?", "  ", " b"]),
        ("llama-bpe", ["a", " ", "123", "45", "!?", "  ", " b"]),
        ("default", ["a", " ", "123", "45", "!?", "  ", " b"]),
    ],
)
def test_words(tmp_path: Path, pre: str, words: list[str]) -> None:
    """Every vocabulary that has all words as tokens keeps to the cuts of its kind."""
    symbols = "a12345!?bĠ"
    tokens, merges = list(symbols), []
    for word in ("Ġ12345", "12345", "45", "!?", "ĠĠ", "Ġb", "Ġ!?", "a!?"):
        for end in range(2, len(word) + 1):
            if word[:end] not in tokens:
                tokens.append(word[:end])
                merges.append(f"{word[: end - 1]} {word[end - 1]}")
    fields = {"ggml__model": "gpt2", "ggml__pre": pre, "ggml__tokens": tokens, "ggml__merges": merges}
    t = load_tokenizer(save(tmp_path / "m.gguf", **fields))
    assert pieces(t, "a 12345!?   b") == words


def test_special_tokens(tmp_path: Path) -> None:
    fields = tiny()
    tokens, types = fields["ggml__tokens"], fields["ggml__token_type"]
    fields["ggml__tokens"] = [*tokens, "<s>", "<|im_end|>", "</s>", "<own>"]
    fields["ggml__token_type"] = [*types, CONTROL, CONTROL, CONTROL, USER]
    roles = {"ggml__bos_token_id": 512, "ggml__eos_token_id": 514}
    file = save(
        tmp_path / "m.gguf", **fields, **roles, ggml__add_bos_token=True, chat_template="{{ bos_token }}"
    )
    t = load_tokenizer(file)
    assert t.encode("Emma")[0] == 512 and t.encode("Emma", special=False) == t.encode("Emma")[1:]
    assert t.encode("<|im_end|><own>", special=False) == [513, 515]
    assert t.piece(513) == b"" and t.piece(515) == b"<own>"
    assert t.stop_tokens == (0, 513, 514) and t.chat_template == "{{ bos_token }}"
    assert t.special == {"bos_token": "<s>", "eos_token": "</s>"}
    refused(lambda: load_tokenizer(file, 500), "516 tokens", "500")


def scored() -> dict[str, object]:
    """A small SentencePiece vocabulary."""
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{b:02X}>" for b in range(256)), "<|user|>"]
    types = [UNKNOWN, CONTROL, CONTROL, *[BYTE] * 256, USER]
    words = ["▁", "a", "b", "c", "ab", "bc", "abc", "▁a", "▁ab", "▁▁", "é"]
    return {
        "ggml__model": "llama",
        "ggml__tokens": tokens + words,
        "ggml__token_type": types + [NORMAL] * len(words),
        "ggml__scores": [0.0] * len(tokens) + [float(-i) for i in range(len(words))],
        "ggml__bos_token_id": 1,
        "ggml__eos_token_id": 2,
    }


def test_sentencepiece(tmp_path: Path) -> None:
    fields = scored()
    t = load_tokenizer(save(tmp_path / "m.gguf", **fields))
    words = fields["ggml__tokens"]

    def names(text: str) -> list[str]:
        return [words[i] for i in t.encode(text)]

    assert names("abc") == ["<s>", "▁", "abc"]
    assert names("bc  a") == ["<s>", "▁", "bc", "▁", "▁a"]
    assert names("é\n") == ["<s>", "▁", "é", "<0x0A>"]
    assert names("\u20ac") == ["<s>", "▁", "<0xE2>", "<0x82>", "<0xAC>"]
    assert names("a<|user|>b") == ["<s>", "▁a", "<|user|>", "▁", "b"]
    assert t.decode(t.encode("abc é\n\u20ac")) == "abc é\n\u20ac"
    assert t.decode(t.encode("abc")[1:]) == " abc"
    assert t.stop_tokens == (2,) and t.encode("") == [1]
    plain = load_tokenizer(
        save(tmp_path / "p.gguf", **fields, ggml__add_space_prefix=False, ggml__add_bos_token=False)
    )
    assert [words[i] for i in plain.encode("cabc")] == ["c", "abc"]


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"ggml__model": None}, ["tokenizer.ggml.model"]),
        ({"ggml__model": "bert"}, ["tokenizer.ggml.model", "'bert'", "'gpt2'"]),
        ({"ggml__pre": "qwen2"}, ["tokenizer.ggml.pre", "'qwen2'", "smollm"]),
        ({"ggml__tokens": None}, ["tokenizer.ggml.tokens"]),
        ({"ggml__merges": None}, ["tokenizer.ggml.merges"]),
        ({"ggml__merges": ["q zzz"]}, ["merges do not fit"]),
        ({"ggml__token_type": [1, 2]}, ["token_type has 2 entries", "512"]),
        ({"ggml__eos_token_id": 512}, ["eos_token_id is 512", "0 to 511"]),
    ],
)
def test_refusals(tmp_path: Path, change: dict[str, object], parts: list[str]) -> None:
    file = save(tmp_path / "m.gguf", **(tiny() | change))
    refused(lambda: load_tokenizer(file), "m.gguf", *parts)


def test_sentencepiece_refusals(tmp_path: Path) -> None:
    file = save(tmp_path / "a.gguf", **(scored() | {"ggml__scores": [0.5]}))
    refused(lambda: load_tokenizer(file), "a.gguf", "scores has 1 entries")
    types = [NORMAL if t == BYTE else t for t in scored()["ggml__token_type"]]
    file = save(tmp_path / "b.gguf", **(scored() | {"ggml__token_type": types}))
    refused(lambda: load_tokenizer(file), "b.gguf", "0 of the 256 byte tokens")
