"""Runs the benches under coverage: builds and runs of their own, chips with fewer tokens."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from golden.errors import RomaError
from verif.lib.tools import ROOT

RUNS = "runs"
BENCHES = ("common", "rom", "fp", "matrix", "vector", "mesh", "control", "chip")
# What never runs a measured simulation, or only ones that others run as well.
NOT_MEASURED = "not refused and not lint and not illegal and not checker and not generate and not canary"


def run_benches(some: Sequence[str], out: Path) -> int:
    """Run benches (all when none is named) with their runs in ``out``; pytest's exit code.

    Raises
    ------
    RomaError
        When a name is no path of a bench.
    """
    where = list(some) or [f"verif/{room}" for room in BENCHES]
    for name in where:
        if not Path(name.split("::")[0]).exists():
            raise RomaError(f"TEST names {name}, which does not exist")
    workers = os.environ.get("J") or "2"
    if not workers.isdecimal():
        raise RomaError(f"J is '{workers}', legal: a number of workers such as 2")
    shutil.rmtree(out / RUNS, ignore_errors=True)
    env = os.environ | {"COV": "1", "SIM_BUILD": str(out)}
    command = [sys.executable, "-m", "pytest", "-n", workers, "--dist", "worksteal"]
    command += ["-k", NOT_MEASURED, "--durations=10", *where]
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
