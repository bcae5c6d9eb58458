"""The tokenizer: streaming equals decoding, every byte has a token, refusals."""

import json
from pathlib import Path

from golden.tests.hf_folders import MODELS, refused
from golden.tokenizer import load_tokenizer


def test_tokenizer_streams_what_it_decodes() -> None:
    t = load_tokenizer(MODELS / "tiny")
    text = "Emma — “très café” \n\n\U0001f600 was\x00"
    ids = t.encode(text)
    stream = t.stream()
    parts = [stream.push(i) for i in ids]
    assert "".join(parts) == text == t.decode(ids) and stream.finish() == ""
    assert not any("\ufffd" in p for p in parts)
    cut = t.encode("é")[:1]
    stream = t.stream()
    assert stream.push(cut[0]) == "" and stream.finish() == "\ufffd" == t.decode(cut)
    assert t.decode([0]) == "" and t.piece(512) == b""


def test_tokenizer_knows_every_byte() -> None:
    t = load_tokenizer(MODELS / "tiny")
    assert {t.piece(i) for i in range(t.vocab_size)} >= {bytes([b]) for b in range(256)}


def test_tokenizer_refusals(tmp_path: Path) -> None:
    file = tmp_path / "tokenizer.json"
    refused(lambda: load_tokenizer(tmp_path), "tokenizer.json", "does not exist")
    file.write_text("{}")
    refused(lambda: load_tokenizer(file), "tokenizer.json", "no tokenizer")
    raw = json.loads((MODELS / "tiny/tokenizer.json").read_text())
    file.write_text(json.dumps(raw | {"decoder": None}))
    refused(lambda: load_tokenizer(file), "tokenizer.json", "byte-level")
    refused(lambda: load_tokenizer(MODELS / "tiny", 500), "512 tokens", "500")
