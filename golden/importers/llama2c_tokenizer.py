"""tokenizer.bin of llama2.c: scores and strings of SentencePiece's tokens."""

from __future__ import annotations

import struct
from pathlib import Path

from golden.errors import RomaError
from golden.importers import llama2c
from golden.importers.scored_bpe import ScoredBpe
from golden.tokenizer import Tokenizer

_BOS, _EOS, _FIRST_BYTE = 1, 2, 3  # llama2.c has these numbers built in
_AGAIN = "copy or export it again"


def load_llama2c_tokenizer(file: Path) -> Tokenizer:
    """Read tokenizer.bin, or the one beside a model file; raises RomaError."""
    if not file.name.startswith("tok"):
        file = llama2c.tokenizer_file(file, llama2c.vocab_size(file) if file.is_file() else None)
    if not file.is_file():
        raise RomaError(f"{file} does not exist: put the tokenizer.bin of the model there")
    scores, texts = _read(file)
    for b in range(256):
        want, at = f"<0x{b:02X}>", _FIRST_BYTE + b
        if at >= len(texts) or texts[at] != want.encode():
            found = texts[at] if at < len(texts) else "missing"
            raise RomaError(
                f"{file}: token {at} is {found!r}, legal: {want}: use a SentencePiece BPE with bytes"
            )
    names = [t.decode("utf-8", "surrogateescape") for t in texts]
    after = _FIRST_BYTE + 256
    vocabulary: dict[str, int] = {}
    for i in range(after, len(names)):
        vocabulary.setdefault(names[i], i)
    byte = {b: _FIRST_BYTE + b for b in range(256)}
    pieces = [b""] * _FIRST_BYTE + [bytes([b]) for b in range(256)] + texts[after:]
    encode = ScoredBpe(vocabulary, scores, byte, {}, (_BOS,), True)
    return Tokenizer(encode, pieces, (_BOS, _EOS), None, {}, _BOS)


def _read(file: Path) -> tuple[list[float], list[bytes]]:
    """Scores and strings of all tokens; the file does not say how many there are."""
    data = file.read_bytes()
    if len(data) < 4:
        raise RomaError(f"{file} has {len(data)} bytes, too few for a tokenizer of llama2.c: {_AGAIN}")
    longest = struct.unpack_from("<i", data)[0]
    scores, texts = [], []
    at = 4
    while at < len(data):
        score, length = struct.unpack_from("<fi", data, at) if at + 8 <= len(data) else (0.0, -1)
        at += 8
        if not 0 <= length <= max(longest, 0) or at + length > len(data):
            raise RomaError(f"{file} is truncated or no tokenizer of llama2.c (token {len(texts)}): {_AGAIN}")
        scores.append(score)
        texts.append(data[at : at + length])
        at += length
    return scores, texts
