"""Which sources a regression is of."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

from verif.lib.sources import HDL
from verif.lib.tools import ROOT

_ROOMS = ("golden", "verif", "tools")
_KINDS = {".py", ".sv", ".vlt", ".f", ".yaml", ".json", ".safetensors", ".txt", ".toml"}


@cache
def tree_key() -> str:
    """Hash of everything a test's outcome depends on: the same on every machine with the same tree."""
    digest = hashlib.sha256()
    for room in (HDL, *(ROOT / x for x in _ROOMS)):
        for path in sorted(room.rglob("*")):
            if path.suffix in _KINDS and path.is_file() and path.name != SEEDS.name:
                digest.update(str(path.relative_to(room.parent)).encode())
                digest.update(path.read_bytes())
    digest.update((ROOT / "requirements.txt").read_bytes())
    return digest.hexdigest()[:16]


# Grows by the regression itself: seeds that failed once.
SEEDS = Path(os.environ.get("SEEDS_FILE") or ROOT / "verif/regress/seeds.txt")
