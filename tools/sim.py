"""``make sim`` and ``make lint``: pytest on all cores, JUnit XML, a record of the figures."""

from __future__ import annotations

import os
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from verif.lib.record import write_record
from verif.lib.tools import ROOT, SIM_BUILD


def main() -> int:
    """Run pytest; its exit code."""
    os.chdir(ROOT)
    where = (os.environ.get("TEST") or "golden/tests verif").split()
    missing = [w for w in where if not Path(w.split("::")[0]).exists()]
    if missing:
        print(f"error: TEST names {missing[0]}, which does not exist", file=sys.stderr)
        return 2
    name = os.environ.get("RECORD") or "sim"
    SIM_BUILD.mkdir(exist_ok=True)
    junit = SIM_BUILD / f"{name}.xml"
    junit.unlink(missing_ok=True)
    started = time.monotonic()
    workers = os.environ.get("J") or "2"
    code = int(pytest.main(["-n", workers, "--dist", "worksteal", f"--junit-xml={junit}", *where]))
    if junit.exists():
        write_record(name, {"exit_code": code, "wall_seconds": time.monotonic() - started, **counts(junit)})
    return code


def counts(junit: Path) -> dict[str, object]:
    """Counts and the slowest tests of a JUnit file."""
    suites = list(ET.parse(junit).iter("testsuite"))
    cases = [c for s in suites for c in s.iter("testcase")]
    slow = sorted(cases, key=lambda c: -float(c.get("time", 0)))[:10]
    return {k: sum(int(s.get(k, 0)) for s in suites) for k in ("tests", "failures", "errors", "skipped")} | {
        "slowest": {f"{c.get('classname')}.{c.get('name')}": float(c.get("time", 0)) for c in slow}
    }


if __name__ == "__main__":
    sys.exit(main())
