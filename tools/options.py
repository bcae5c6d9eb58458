"""Options that make hands to the tools through the environment."""

from __future__ import annotations

import os

from golden.errors import RomaError


def number(name: str, default: str, legal: str) -> int:
    """A positive number; raises RomaError that says what is ``legal``."""
    text = os.environ.get(name) or default
    if not text.isdecimal() or int(text) < 1:
        raise RomaError(f"{name} is '{text}', legal: {legal}")
    return int(text)
