"""Every listed seed again."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from verif.lib.identity import identity, run_folder
from verif.lib.tools import ROOT
from verif.regress.seeds import listed

SEEDS = listed()


def rerun(node: str, seed: int) -> subprocess.CompletedProcess[str]:
    """One test in a process of its own, with its seed."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    env |= {"SEED": str(seed), "RUNS": str(run_folder(identity()))}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", node]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_list_is_of_tests() -> None:
    """Every line names a test file that exists."""
    assert all((ROOT / node.split("::")[0]).is_file() for node, _ in SEEDS)


# An empty list has no test, rather than one that is skipped.
if SEEDS:

    @pytest.mark.parametrize(("node", "seed"), SEEDS, ids=[f"{n}@{s}" for n, s in SEEDS])
    def test_seed_that_failed_once(node: str, seed: int) -> None:
        done = rerun(node, seed)
        assert done.returncode == 0, done.stdout[-6000:]
