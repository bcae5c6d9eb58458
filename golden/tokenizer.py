"""Text to tokens and back, for byte-level BPE tokenizers (tokenizer.json of Hugging Face).

A token is a piece of bytes, not of characters: ``TextStream`` holds back an unfinished character.
"""

from __future__ import annotations

import codecs
from pathlib import Path

import tokenizers

from golden.errors import RomaError


def _byte_of_symbol() -> dict[str, int]:
    """Bytes by the printable characters that byte-level BPE writes for them (GPT-2's table)."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in plain]
    return {chr(b): b for b in plain} | {chr(256 + i): b for i, b in enumerate(others)}


_BYTES = _byte_of_symbol()


class Tokenizer:
    """A byte-level BPE tokenizer."""

    def __init__(self, inner: tokenizers.Tokenizer) -> None:
        self._inner = inner
        self._pieces = [b""] * self.vocab_size
        added = inner.get_added_tokens_decoder()
        for symbols, token in inner.get_vocab(with_added_tokens=True).items():
            if token in added:
                self._pieces[token] = b"" if added[token].special else added[token].content.encode()
            else:
                self._pieces[token] = bytes(_BYTES[s] for s in symbols)

    @property
    def vocab_size(self) -> int:
        """Tokens, counted up to the highest id."""
        return max(self._inner.get_vocab(with_added_tokens=True).values()) + 1

    def encode(self, text: str) -> list[int]:
        """Token ids of ``text``, with the special tokens (if any) that tokenizer.json adds."""
        return self._inner.encode(text).ids

    def piece(self, token: int) -> bytes:
        """Bytes that a token stands for: none for special tokens, and for ids that are no token."""
        return self._pieces[token] if 0 <= token < len(self._pieces) else b""

    def decode(self, tokens: list[int]) -> str:
        """Text of a whole sequence; bytes that are no UTF-8 become U+FFFD."""
        return b"".join(self.piece(t) for t in tokens).decode("utf-8", "replace")

    def stream(self) -> TextStream:
        """Make a decoder for tokens that come one by one."""
        return TextStream(self)


class TextStream:
    """Text of a growing sequence: the parts joined equal ``Tokenizer.decode`` of the whole."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")

    def push(self, token: int) -> str:
        """Characters that ``token`` completes, possibly none."""
        return self._utf8.decode(self._tokenizer.piece(token))

    def finish(self) -> str:
        """Flush: U+FFFD when the sequence ends inside a character, else nothing."""
        return self._utf8.decode(b"", final=True)


def load_tokenizer(path: str | Path, vocab_size: int | None = None) -> Tokenizer:
    """Read tokenizer.json (or the folder it is in); ``vocab_size`` is the model's.

    Raises
    ------
    RomaError
        When it is missing, unreadable, not byte-level BPE, or has more tokens than the model.
    """
    file = Path(path)
    file = file / "tokenizer.json" if file.is_dir() else file
    if not file.is_file():
        raise RomaError(f"{file} does not exist: put the tokenizer.json of the model there")
    try:
        inner = tokenizers.Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises plain Exception
        raise RomaError(f"{file} is no tokenizer ({error}): restore the file") from error
    if not isinstance(inner.model, tokenizers.models.BPE) or not isinstance(
        inner.decoder, tokenizers.decoders.ByteLevel
    ):
        raise RomaError(f"{file} is not byte-level BPE: use a model with a tokenizer of that kind")
    out = Tokenizer(inner)
    if vocab_size is not None and out.vocab_size > vocab_size:
        raise RomaError(
            f"{file} has {out.vocab_size} tokens, the model {vocab_size}: use the model's own tokenizer"
        )
    return out
