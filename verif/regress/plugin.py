"""pytest plugin: one JSON line per finished test, written at once, so that nothing finished is lost."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from verif.lib.identity import base_seed, run_path

RESULTS = "REGRESS_RESULTS"  # variable that names the file
_seconds: dict[str, float] = {}
_failed: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect a test's phases; write its line when the last one is over."""
    node = report.nodeid
    _seconds[node] = _seconds.get(node, 0.0) + report.duration
    if report.failed:
        _failed.setdefault(node, report.longreprtext)
    if report.when != "teardown":
        return
    line = {
        "node": node,
        "seed": base_seed(),
        "outcome": "failed" if node in _failed else "passed",
        "seconds": round(_seconds.pop(node), 3),
        "message": _failed.pop(node, "")[-6000:],
        # Only a simulation makes a run folder: other tests show nothing new with another seed.
        "simulates": run_path(node).is_dir(),
    }
    with Path(os.environ[RESULTS]).open("a") as out:
        out.write(json.dumps(line) + "\n")
