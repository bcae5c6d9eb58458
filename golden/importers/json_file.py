"""JSON files, and numbers in them, with a sentence for everything that is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from golden.errors import RomaError

_AS_SAVED = "give a folder as Hugging Face saves it"
_AGAIN = "copy or download it again"


def read_json(file: Path) -> dict[str, Any]:
    """Read the JSON object in ``file``; raises RomaError when there is none."""
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RomaError(f"{file} does not exist: {_AS_SAVED}") from None
    except (OSError, ValueError) as error:
        raise RomaError(f"{file} is not readable as JSON ({error}): {_AGAIN}") from error
    if not isinstance(raw, dict):
        raise RomaError(f"{file} holds no JSON object: {_AGAIN}")
    return raw


def whole(raw: dict[str, Any], name: str, file: Path, default: int | None = None) -> int:
    """A whole number from 1; raises RomaError."""
    value = raw.get(name)
    value = default if value is None else value
    if value is None:
        raise RomaError(f"{file} does not say {name}: use the model's own config.json")
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise RomaError(f"{file}: {name} is {value!r}, legal: a whole number >= 1")
    return value


def number(raw: dict[str, Any], name: str, file: Path) -> float:
    """A number; raises RomaError."""
    value = raw[name]
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise RomaError(f"{file}: {name} is {value!r}, legal: a number")
    return float(value)


def flag(raw: dict[str, Any], name: str, file: Path) -> bool:
    """True or false, false when absent; raises RomaError."""
    value = raw.get(name) or False
    if not isinstance(value, bool):
        raise RomaError(f"{file}: {name} is {value!r}, legal: true or false")
    return value
