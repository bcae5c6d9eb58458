"""A test's identity ``node@seed``, its seed and its folder."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from golden.errors import RomaError
from verif.lib.tools import SIM_BUILD


def base_seed() -> int:
    """The run's base seed: ``SEED``, default 1."""
    seed = os.environ.get("SEED") or "1"
    if not seed.isdecimal():
        raise RomaError(f"SEED is '{seed}', legal: a whole number from 0 on")
    return int(seed)


def identity() -> str:
    """The pytest node of the test that runs, such as ``verif/fp/fp_add/test_fp_add.py::test_random[4]``."""
    current = os.environ.get("PYTEST_CURRENT_TEST")
    return current.rsplit(" ", 1)[0] if current else "manual"


def derived_seed(name: str, base: int) -> int:
    """The seed of one test: every test has its own, all follow from the base seed."""
    digest = hashlib.sha256(f"{name}@{base}".encode()).digest()
    return int.from_bytes(digest[:4], "little") & 0x7FFFFFFF


def run_path(name: str) -> Path:
    """Where a test's folder is or would be: below sim_build/runs, or ``RUNS``."""
    safe = re.sub(r"[^A-Za-z0-9_.=,-]+", "_", name)
    if len(safe) > 120:
        safe = safe[:100] + "-" + hashlib.sha256(name.encode()).hexdigest()[:12]
    return Path(os.environ.get("RUNS") or SIM_BUILD / "runs") / safe


def run_folder(name: str) -> Path:
    """A test's folder, made when missing."""
    folder = run_path(name)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
