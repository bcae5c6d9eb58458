"""tokenizer.json with what its folder says beside it: stop tokens, chat template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tokenizers

from golden.errors import RomaError
from golden.importers import library_tokenizer as library
from golden.importers.json_file import read_json
from golden.tokenizer import Tokenizer

_ROLES = ("bos_token", "eos_token", "unk_token", "pad_token")


def load_huggingface_tokenizer(file: Path) -> Tokenizer:
    """Read tokenizer.json; raises RomaError when it is missing, broken, or of another kind."""
    if not file.is_file():
        raise RomaError(f"{file} does not exist: put the tokenizer.json of the model there")
    try:
        inner = tokenizers.Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises plain Exception
        raise RomaError(f"{file} is no tokenizer ({error}): restore the file") from error
    if not (library.is_byte_level(inner) or library.is_byte_fallback(inner)):
        raise RomaError(
            f"{file} is not byte-level BPE, nor BPE with bytes for unknown characters: "
            "use a model with a tokenizer of that kind"
        )
    inner.no_truncation()
    inner.no_padding()
    config = _optional(file.with_name("tokenizer_config.json"))
    special = {role: text for role in _ROLES if (text := _content(config.get(role)))}
    bos = inner.token_to_id(special.get("bos_token", "<s>"))
    return Tokenizer(
        library.encoder(inner),
        library.pieces(inner),
        _stop_tokens(file, inner, special),
        _chat_template(file, config),
        special,
        bos if library.strips_space(inner) else None,
    )


def _optional(file: Path) -> dict[str, Any]:
    return read_json(file) if file.is_file() else {}


def _content(token: Any) -> str | None:
    """A special token's text: Hugging Face writes it as a string or as an object."""
    text = token.get("content") if isinstance(token, dict) else token
    return text if isinstance(text, str) else None


def _stop_tokens(file: Path, inner: tokenizers.Tokenizer, special: dict[str, str]) -> tuple[int, ...]:
    """eos_token_id of generation_config.json or config.json (one or several), and eos_token."""
    found: list[int] = []
    for name in ("generation_config.json", "config.json"):
        ids = _optional(file.with_name(name)).get("eos_token_id")
        ids = ids if isinstance(ids, list) else [] if ids is None else [ids]
        for token in ids:
            if not isinstance(token, int) or isinstance(token, bool) or token < 0:
                raise RomaError(f"{file.with_name(name)}: eos_token_id is {token!r}, legal: a token's number")
        found += ids
        if found:
            break
    eos = inner.token_to_id(special["eos_token"]) if "eos_token" in special else None
    return tuple(sorted({*found, eos} - {None}))


def _chat_template(file: Path, config: dict[str, Any]) -> str | None:
    own = file.with_name("chat_template.jinja")
    if own.is_file():
        return own.read_text(encoding="utf-8")
    template = config.get("chat_template")
    if isinstance(template, list):  # several by name
        named = {t.get("name"): t.get("template") for t in template if isinstance(t, dict)}
        template = named.get("default")
    return template if isinstance(template, str) else None
