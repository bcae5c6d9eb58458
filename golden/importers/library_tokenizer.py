"""Tokenizers of the library ``tokenizers``: which bytes their tokens stand for."""

from __future__ import annotations

import json
import re

import tokenizers

from golden.tokenizer import Encode

_BYTE = re.compile("<0x([0-9A-F]{2})>")


def _byte_of_symbol() -> dict[str, int]:
    """Bytes by the printable characters that byte-level BPE writes for them (GPT-2's table)."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in plain]
    return {chr(b): b for b in plain} | {chr(256 + i): b for i, b in enumerate(others)}


_BYTES = _byte_of_symbol()


def is_byte_level(inner: tokenizers.Tokenizer) -> bool:
    """Whether its tokens are written in GPT-2's symbols for bytes."""
    return isinstance(inner.model, tokenizers.models.BPE) and isinstance(
        inner.decoder, tokenizers.decoders.ByteLevel
    )


def is_byte_fallback(inner: tokenizers.Tokenizer) -> bool:
    """Whether its tokens are characters with U+2581 for a space, and <0x00> … for other bytes."""
    return isinstance(inner.model, tokenizers.models.BPE) and inner.model.byte_fallback


def strips_space(inner: tokenizers.Tokenizer) -> bool:
    """Whether its decoder drops a space at the beginning."""
    decoder = json.loads(inner.to_str())["decoder"] or {}
    return any(d["type"] in ("Strip", "Metaspace") for d in (decoder, *decoder.get("decoders", ())))


def pieces(inner: tokenizers.Tokenizer) -> list[bytes]:
    """Bytes of every token up to the highest id; none for special ones and for gaps."""
    vocabulary = inner.get_vocab(with_added_tokens=True)
    out = [b""] * (max(vocabulary.values(), default=-1) + 1)
    added = inner.get_added_tokens_decoder()
    symbols = is_byte_level(inner)
    for text, token in vocabulary.items():
        if token in added:
            out[token] = b"" if added[token].special else added[token].content.encode()
        else:
            out[token] = symbol_bytes(text) if symbols else spaced_bytes(text)
    return out


def symbol_bytes(text: str) -> bytes:
    """Bytes of a token in GPT-2's symbols; text that is not written in them is itself."""
    try:
        return bytes(_BYTES[s] for s in text)
    except KeyError:
        return text.encode()


def spaced_bytes(text: str) -> bytes:
    """Bytes of a token of SentencePiece: U+2581 is a space, <0x0A> one byte."""
    match = _BYTE.fullmatch(text)
    return bytes([int(match[1], 16)]) if match else text.replace("\u2581", " ").encode()


def encoder(inner: tokenizers.Tokenizer) -> Encode:
    """Its encoding as a function."""
    return lambda text, special: inner.encode(text, add_special_tokens=special).ids
