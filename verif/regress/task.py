"""One piece of a regression: the tests of one file with one base seed, in a process of its own."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from golden.errors import RomaError
from verif.lib.tools import ROOT
from verif.regress import plugin
from verif.regress.tree import tree_key

Result = dict[str, Any]
_PR_SET_PDEATHSIG = 1
_running: dict[subprocess.Popen, Path] = {}
_NOTHING_COLLECTED = 5


@dataclass(frozen=True)
class Task:
    """What one worker does at a time.

    Parameters
    ----------
    where
        A test file, or one node of it.
    seed
        Base seed.
    skip
        Nodes to leave out: finished before an interruption, or of no use with another seed.
    """

    where: str
    seed: int
    skip: tuple[str, ...] = ()


def run_task(task: Task, key: str, folder: Path) -> list[Result]:
    """Run a task on this machine; called by a worker of the cluster.

    Parameters
    ----------
    task
        What to run.
    key
        ``tree_key()`` of whoever asks.
    folder
        The campaign's folder; results also stand there as they come, for who resumes.

    Returns
    -------
    One result per test: node, seed, outcome, seconds, message, simulates.

    Raises
    ------
    RomaError
        When this machine's tree is another one.
    """
    if tree_key() != key:
        raise RomaError(f"the worker's tree {ROOT} is not the one that asks, check out the same commit there")
    # A folder of its own: two seeds of one test may run at the same time, and what a killed worker
    # left running must not write into its successor's files.
    name = f"{task.where.replace('/', '_').split('::')[0]}-{task.seed}-{uuid.uuid4().hex[:8]}"
    scratch = folder / "running" / name
    scratch.mkdir(parents=True)
    lines = scratch / "results.jsonl"
    env = os.environ | {
        "SEED": str(task.seed),
        "RUNS": str(scratch / "runs"),
        plugin.RESULTS: str(lines),
    }
    command = [sys.executable, "-m", "pytest", task.where, "-p", plugin.__name__, "-p", "no:cacheprovider"]
    command += [f"--deselect={node}" for node in task.skip]
    with (scratch / "pytest.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT, preexec_fn=_die_with_parent
        )
        _running[process] = folder
        code = process.wait()
        del _running[process]
    if code < 0:
        # Killed from outside, perhaps with this worker: what stands in the lines stays for who resumes.
        raise RuntimeError(f"pytest on {task.where} was killed by signal {-code}")
    results = read_lines(lines)
    failed = any(r["outcome"] == "failed" for r in results)
    if code and not failed and not (code == _NOTHING_COLLECTED and task.skip):
        text = (scratch / "pytest.log").read_text(errors="replace")[-3000:]
        results.append(
            {
                "node": task.where,
                "seed": task.seed,
                "outcome": "failed",
                "seconds": 0.0,
                "message": f"pytest ended with code {code}:\n{text}",
                "simulates": True,
            }
        )
        failed = True
    if failed:
        kept = folder / "failed" / name
        kept.parent.mkdir(exist_ok=True)
        scratch.rename(kept)
        for r in results:
            r["folder"] = str(kept)
    else:
        # The lines stay until whoever asked has them.
        shutil.rmtree(scratch / "runs", ignore_errors=True)
        for r in results:
            r["scratch"] = str(scratch)
    return results


def stop_tasks(folder: Path) -> None:
    """Kill this worker's tasks of a campaign; what they have finished stands in their lines."""
    for process, campaign in list(_running.items()):
        if campaign == folder:
            process.kill()


def read_lines(path: Path) -> list[Result]:
    """Results of a file of JSON lines; a line cut short by a kill is left out."""
    results = []
    for line in path.read_text().splitlines() if path.is_file() else ():
        try:
            results.append(json.loads(line))
        except ValueError:
            continue
    return results


def _die_with_parent() -> None:
    """The tests of a killed worker end with it (Linux)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
