"""Text to tokens and back, whatever kind of tokenizer a model brings.

A token is a piece of bytes, not of characters: ``TextStream`` holds back an unfinished character.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from golden.errors import RomaError

# Text, and whether to add the special tokens that begin (or end) a sequence, to token ids.
Encode = Callable[[str, bool], list[int]]


@dataclass(frozen=True, eq=False)
class Tokenizer:
    """A tokenizer.

    Attributes
    ----------
    encoder
        Text, and whether to add the special tokens of a sequence, to token ids.
    pieces
        Bytes that each token stands for, none for special tokens.
    stop_tokens
        Ids that end a text.
    chat_template
        Jinja2 source that turns messages into text, if the model has one.
    special
        Special tokens by role, as chat templates name them: bos_token, eos_token, …
    spaced_after
        Id of the token (BOS) after which a leading space is not text, as SentencePiece has it.
    """

    encoder: Encode
    pieces: Sequence[bytes]
    stop_tokens: tuple[int, ...] = ()
    chat_template: str | None = None
    special: Mapping[str, str] = field(default_factory=dict)
    spaced_after: int | None = None

    @property
    def vocab_size(self) -> int:
        """Tokens, counted up to the highest id."""
        return len(self.pieces)

    def encode(self, text: str, special: bool = True) -> list[int]:
        """Token ids of ``text``; ``special``: with those (if any) that begin a sequence."""
        return self.encoder(text, special)

    def piece(self, token: int) -> bytes:
        """Bytes that a token stands for: none for special tokens, and for ids that are no token."""
        return self.pieces[token] if 0 <= token < len(self.pieces) else b""

    def decode(self, tokens: Sequence[int]) -> str:
        """Text of a whole sequence; bytes that are no UTF-8 become U+FFFD."""
        stream = self.stream()
        return "".join([*(stream.push(t) for t in tokens), stream.finish()])

    def stream(self) -> TextStream:
        """Make a decoder for tokens that come one by one."""
        return TextStream(self)


class TextStream:
    """Text of a growing sequence: the parts joined equal ``Tokenizer.decode`` of the whole."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        self._last: int | None = None

    def push(self, token: int) -> str:
        """Characters that ``token`` completes, possibly none."""
        piece = self._tokenizer.piece(token)
        if self._last is not None and self._last == self._tokenizer.spaced_after:
            piece = piece.removeprefix(b" ")
        self._last = token
        return self._utf8.decode(piece)

    def finish(self) -> str:
        """Flush: U+FFFD when the sequence ends inside a character, else nothing."""
        return self._utf8.decode(b"", final=True)


def load_tokenizer(path: str | Path, vocab_size: int | None = None) -> Tokenizer:
    """Read the tokenizer of a model; ``vocab_size`` is the model's.

    ``path`` is tokenizer.json or the folder it is in, a GGUF file, tokenizer.bin of llama2.c or a
    model of llama2.c beside it.

    Raises
    ------
    RomaError
        When it is missing, unreadable, of an unknown kind, or has more tokens than the model.
    """
    file = Path(path)
    file = file / "tokenizer.json" if file.is_dir() else file
    out = _reader(file)(file)
    if vocab_size is not None and out.vocab_size > vocab_size:
        raise RomaError(
            f"{file} has {out.vocab_size} tokens, the model {vocab_size}: use the model's own tokenizer"
        )
    return out


def _reader(file: Path) -> Callable[[Path], Tokenizer]:
    """The importer for a file; imported here because it makes a ``Tokenizer``."""
    if file.suffix == ".gguf":
        from golden.importers.gguf_tokenizer import load_gguf_tokenizer

        return load_gguf_tokenizer
    if file.suffix == ".bin":
        from golden.importers.llama2c_tokenizer import load_llama2c_tokenizer

        return load_llama2c_tokenizer
    from golden.importers.huggingface_tokenizer import load_huggingface_tokenizer

    return load_huggingface_tokenizer
