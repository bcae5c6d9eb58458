"""The alarm works: whatever must fail a run fails it, and says how to repeat it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from verif.lib.build import run_bench
from verif.lib.identity import run_folder
from verif.lib.tools import ROOT, SIM_BUILD

HERE = Path(__file__).parent
FAILING = "verif/common/canary/failing.py::test_trips"


def canary(testcase: str | None, tb: str = "tb_canary") -> None:
    """Run one cocotb test of a module of this folder."""
    source = (HERE / "canary.sv",)
    run_bench("canary", f"verif.common.canary.{tb}", extra_sources=source, testcase=testcase, timeout_s=60)


@pytest.mark.parametrize("testcase", ["passes", "beat_in_time"])
def test_passes(testcase: str) -> None:
    """The canary itself is fine."""
    canary(rf"{testcase}$")


@pytest.mark.parametrize(
    ("testcase", "words"),
    [
        ("trips", "Assertion failed.*a_canary"),
        ("asserts", "no canary there"),
        ("part_asserts", "a part failed"),
        ("hangs", "SimTimeoutError"),
        ("beat_early", r"canary: beat 0 in cycle \d+ is due in cycle \d+"),
        ("beat_missing", "canary: 1 beats never came"),
        ("beat_unexpected", r"canary: beat 0 in cycle \d+ is unexpected"),
        ("nothing_compared", "no beats of canary compared"),
        ("no_such_test", "no test ran"),
    ],
    ids=lambda text: text if text.isidentifier() else "",
)
def test_fails(testcase: str, words: str) -> None:
    """Every alarm reaches pytest with the simulation's words."""
    with pytest.raises(pytest.fail.Exception, match=words):
        canary(rf"{testcase}$")


@pytest.mark.parametrize("tb", ["tb_empty", "tb_nowhere"])
def test_fails_without_tests(tb: str) -> None:
    """A cocotb module without a test, or none at all."""
    with pytest.raises(pytest.fail.Exception):
        canary(None, tb)


def test_rerun() -> None:
    """A failure prints the line that repeats it; that line does, and leaves waves."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "WAVES"))} | {"SEED": "7"}
    command = [sys.executable, "-m", "pytest", FAILING]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and f"make rerun ID='{FAILING}@7'" in done.stdout, done.stdout
    waves = run_folder(FAILING) / "waves.fst"
    waves.unlink(missing_ok=True)
    command, env = [sys.executable, "-m", "tools.rerun"], env | {"ID": f"{FAILING}@7"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "a_canary" in done.stdout, done.stdout + done.stderr
    assert waves.stat().st_size > 0


def test_nothing_collected_fails() -> None:
    """A selection without a test is not a pass."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    env |= {"TEST": "verif/lib/bench.py", "RECORD": "canary"}
    command = [sys.executable, "-m", "tools.sim"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=False)
    for kind in ("json", "xml"):
        (SIM_BUILD / f"canary.{kind}").unlink(missing_ok=True)
    assert done.returncode != 0
