"""Tokenizers of Hugging Face folders: bytes for unknown characters, stop tokens, chat templates."""

import json
from pathlib import Path

import pytest
import tokenizers
from tokenizers import AddedToken, decoders, models, normalizers, processors

from golden.tests.hf_folders import MODELS, refused
from golden.tokenizer import load_tokenizer


def folder_of_tiny(folder: Path, **files: object) -> Path:
    """The tokenizer of `tiny` with other JSON files beside it."""
    folder.mkdir()
    (folder / "tokenizer.json").write_bytes((MODELS / "tiny/tokenizer.json").read_bytes())
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


@pytest.fixture
def llama2(tmp_path: Path) -> Path:
    """A small tokenizer as those of Llama 2."""
    words = ["<unk>", "<s>", "</s>", *(f"<0x{b:02X}>" for b in range(256)), "▁", "a", "b", "ab", "▁ab"]
    vocabulary = {w: i for i, w in enumerate(words)}
    merges = [("a", "b"), ("▁", "ab")]
    model = models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    inner = tokenizers.Tokenizer(model)
    inner.add_special_tokens([AddedToken(w, special=True, normalized=False) for w in words[:3]])
    inner.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    inner.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    inner.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    inner.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"bos_token": "<s>", "eos_token": "</s>"}))
    return tmp_path


def test_bytes_for_unknown_characters(llama2: Path) -> None:
    t = load_tokenizer(llama2, 264)
    ids = t.encode("ab ab é")
    assert ids == [1, 263, 263, 259, 0xC3 + 3, 0xA9 + 3] and t.encode("ab", special=False) == [263]
    assert t.decode(ids) == "ab ab é" and t.decode(ids[1:]) == " ab ab é"
    assert t.stop_tokens == (2,) and t.special["bos_token"] == "<s>"


def test_stop_tokens(tmp_path: Path) -> None:
    files = {
        "tokenizer_config": {"eos_token": {"content": "<|endoftext|>"}, "bos_token": None},
        "generation_config": {"eos_token_id": [7, 5]},
        "config": {"eos_token_id": 9},
    }
    t = load_tokenizer(folder_of_tiny(tmp_path / "a", **files))
    eos = load_tokenizer(MODELS / "tiny").encode("<|endoftext|>")
    assert t.stop_tokens == tuple(sorted([*eos, 5, 7]))
    del files["generation_config"]
    assert 9 in load_tokenizer(folder_of_tiny(tmp_path / "b", **files)).stop_tokens
    assert load_tokenizer(folder_of_tiny(tmp_path / "c")).stop_tokens == ()
    files["config"] = {"eos_token_id": "x"}
    refused(lambda: load_tokenizer(folder_of_tiny(tmp_path / "d", **files)), "config.json", "'x'")


def test_chat_template(tmp_path: Path) -> None:
    named = [{"name": "tool_use", "template": "T"}, {"name": "default", "template": "D"}]
    for i, (written, want) in enumerate([("X", "X"), (named, "D"), (None, None), (3, None)]):
        folder = folder_of_tiny(tmp_path / str(i), tokenizer_config={"chat_template": written})
        assert load_tokenizer(folder).chat_template == want


def test_unsupported_vocabulary(tmp_path: Path) -> None:
    tokenizers.Tokenizer(models.Unigram([("a", 0.0)])).save(str(tmp_path / "tokenizer.json"))
    refused(lambda: load_tokenizer(tmp_path), "tokenizer.json", "not byte-level BPE")
