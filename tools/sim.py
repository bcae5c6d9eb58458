"""``make sim`` and ``make lint``: pytest on all cores, JUnit XML, a record of the figures."""

from __future__ import annotations

import os
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from golden.errors import RomaError
from verif.lib.identity import base_seed
from verif.lib.record import write_record
from verif.lib.tools import ROOT, SIM_BUILD
from verif.report import history


def main() -> int:
    """Run pytest; its exit code."""
    os.chdir(ROOT)
    where = (os.environ.get("TEST") or "golden/tests verif").split()
    workers = os.environ.get("J") or "2"
    if not workers.isdecimal():
        print(f"error: J is '{workers}', legal: a number of workers such as 2", file=sys.stderr)
        return 2
    try:
        seed = base_seed()
    except RomaError as e:
        print(f"error: {e}", file=sys.stderr)
        return 2
    missing = [w for w in where if not Path(w.split("::")[0]).exists()]
    if missing:
        print(f"error: TEST names {missing[0]}, which does not exist", file=sys.stderr)
        return 2
    name = os.environ.get("RECORD") or "sim"
    SIM_BUILD.mkdir(exist_ok=True)
    junit = SIM_BUILD / f"{name}.xml"
    junit.unlink(missing_ok=True)
    started = time.monotonic()
    print(f"base seed {seed} (SEED=), {workers} workers (J=)", flush=True)
    code = int(pytest.main(["-n", workers, "--dist", "worksteal", f"--junit-xml={junit}", *where]))
    if junit.exists():
        figures = {"exit_code": code, "base_seed": seed, "wall_seconds": time.monotonic() - started}
        figures["only"] = os.environ.get("TEST") or ""  # a part does not count as the whole
        write_record(name, figures | counts(junit))
        if name == "sim":
            history.append(SIM_BUILD)
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
