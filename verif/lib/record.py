"""Writes ``sim_build/<target>.json``: the figures of a target with versions and commit."""

from __future__ import annotations

import json
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from verif.lib.tools import ROOT, SIM_BUILD, verilator_version


def commit() -> str:
    """The tree's commit, with ``+`` when it has changes; empty outside git."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    name = git("rev-parse", "--short", "HEAD")
    return name + ("+" if name and git("status", "--porcelain") else "")


def write_record(target: str, figures: dict[str, Any]) -> Path:
    """Write the figures of ``target``; whole or not at all. Returns the file."""
    record = {
        "target": target,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "versions": {
            "python": platform.python_version(),
            "verilator": verilator_version(),
            "cocotb": version("cocotb"),
            "numpy": version("numpy"),
        },
        **figures,
    }
    SIM_BUILD.mkdir(exist_ok=True)
    path = SIM_BUILD / f"{target}.json"
    scratch = path.with_suffix(".tmp")
    scratch.write_text(json.dumps(record, indent=1, default=float) + "\n")
    scratch.replace(path)
    return path
