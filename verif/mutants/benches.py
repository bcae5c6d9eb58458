"""Which benches judge a block, and one run of them with one fault on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from golden.errors import RomaError
from verif.lib.sources import hdl_files, needed
from verif.lib.tools import ROOT

# Elaboration and lint say the same whichever fault is on.
_ELABORATION = "not refused and not legal and not lint"
# The chip, fast and unlike the sizes of most unit benches: odd ones, a full context, adapters, bad commands.
CHIP = (
    "verif/chip/test_sizes.py",
    "verif/chip/test_host.py",
    "verif/chip/test_text.py::test_swap_in_mid_sequence",
)
CHIP_FOLDER = "verif/chip"


# Once set, what runs is killed and nothing new starts.
stopping = threading.Event()


@cache
def _tops() -> dict[str, frozenset[str]]:
    """Bench folder -> modules that its tests name."""
    modules = {p.stem for p in hdl_files()}
    found = {}
    for test in sorted(ROOT.glob("verif/*/*/test_*.py")):
        folder = test.parent
        words = set(re.findall(r'"(\w+)"', test.read_text()))
        for wrapper in folder.glob("*.sv"):
            words |= set(re.findall(r"\b\w+\b", wrapper.read_text()))
        if words & modules:
            found[str(folder.relative_to(ROOT))] = frozenset(words & modules)
    return found


@cache
def _closure(top: str) -> frozenset[str]:
    return frozenset(p.stem for p in needed(top))


def benches_of(block: str) -> tuple[str, ...]:
    """Bench folders of a block such as ``fp/fp_add``, best first.

    Its own folder; else the one of its room that holds it with the least beside it; a package is judged
    by all that hold little beside it. What no bench holds, the chip does.
    """
    room, name = block.split("/")
    own = f"verif/{block}"
    if any((ROOT / own).glob("test_*.py")):
        return (own,)
    holds = []
    for folder, tops in _tops().items():
        sizes = [len(_closure(t)) for t in tops if name in _closure(t)]
        if sizes and folder.startswith(f"verif/{room}/"):
            holds.append((max(sizes), folder))
    if not holds:
        return CHIP
    holds.sort()
    least = holds[0][0]
    if name.endswith("_pkg"):
        return tuple(folder for size, folder in holds if size <= least + 1)
    return (holds[0][1],)


class Stopped(Exception):
    """The campaign is interrupted."""


@dataclass(frozen=True)
class Verdict:
    """How a run of benches ended."""

    passed: bool
    seconds: float
    why: str  # the first failure, empty when passed
    output: str


def run(
    benches: tuple[str, ...], hdl: Path, home: Path, runs: Path, fault: int = 0, limit_s: float = 3600
) -> Verdict:
    """Run ``benches`` on the RTL in ``hdl`` up to the first failure.

    Parameters
    ----------
    benches
        What pytest is given.
    hdl
        The copy with faults.
    home
        Where builds are kept.
    runs
        Folder of this run's simulations.
    fault
        Which fault is on; 0 for none.
    limit_s
        A run that takes longer hangs.

    Raises
    ------
    RomaError
        When pytest runs no test at all.
    Stopped
        When the campaign is interrupted.
    """
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-rf", "--no-header", "--tb=short"]
    command += ["-p", "no:cacheprovider", "-k", _ELABORATION, *benches]
    env = {k: v for k, v in os.environ.items() if k not in ("COV", "WAVES", "TEST", "PYTEST_CURRENT_TEST")}
    env |= {"HDL": str(hdl), "SIM_BUILD": str(home), "RUNS": str(runs), "FAULT": str(fault)}
    if stopping.is_set():
        raise Stopped
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    output = _follow(process, started + limit_s)
    seconds = time.monotonic() - started
    if stopping.is_set():
        raise Stopped
    if output is None:
        return Verdict(False, seconds, f"no end within {limit_s:.0f} s", "")
    if process.returncode not in (0, 1):
        raise RomaError(
            f"pytest runs nothing of {' '.join(benches)} (exit code {process.returncode}): {output[-400:]}"
        )
    found = re.search(r"^(?:FAILED|ERROR) (\S+)(?: - (.*))?$", output, re.M)
    why = found.group(1).removeprefix("verif/") if found else "a failure"
    return Verdict(process.returncode == 0, seconds, "" if process.returncode == 0 else why, output)


def _follow(process: subprocess.Popen[str], end: float) -> str | None:
    """The output of a process that ends in time; None when it had to be killed, children too."""
    while not stopping.is_set() and time.monotonic() < end:
        try:
            return process.communicate(timeout=0.5)[0]
        except subprocess.TimeoutExpired:
            pass
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return None
