"""``make sim``, ``selftest`` and ``lint``: pytest on all cores, JUnit XML, a record of the figures."""

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

# Rooms of verif/ that test the tools, not the chip (make selftest), and the one of make lint.
TOOLS = (
    "accuracy",
    "area",
    "coverage",
    "debug",
    "energy",
    "formal",
    "fullscale",
    "mutants",
    "plan",
    "profile",
    "regress",
    "report",
)
LINT = "lint"


def chip_tests() -> list[str]:
    """Golden tests, unit and chip benches, seeds that failed once."""
    rooms = sorted({p.parts[1] for p in Path("verif").rglob("test_*.py")})
    benches = [f"verif/{r}" for r in rooms if r not in (*TOOLS, LINT)]
    return ["golden/tests", *benches, "verif/regress/test_seeds.py"]


def tool_tests() -> list[str]:
    """Tests of the environment itself."""
    return [f"verif/{r}" for r in TOOLS if Path("verif", r).is_dir()]


def main() -> int:
    """Run pytest; its exit code."""
    os.chdir(ROOT)
    record = os.environ.get("RECORD") or "sim"
    where = (os.environ.get("TEST") or "").split()
    where = where or (tool_tests() if record == "selftest" else chip_tests())
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
    SIM_BUILD.mkdir(exist_ok=True)
    junit = SIM_BUILD / f"{record}.xml"
    junit.unlink(missing_ok=True)
    started = time.monotonic()
    print(f"base seed {seed} (SEED=), {workers} workers (J=)", flush=True)
    code = int(pytest.main(["-n", workers, "--dist", "worksteal", f"--junit-xml={junit}", *where]))
    if junit.exists():
        figures = {"exit_code": code, "base_seed": seed, "wall_seconds": time.monotonic() - started}
        figures["only"] = os.environ.get("TEST") or ""  # a part does not count as the whole
        write_record(record, figures | counts(junit))
        if record == "sim":
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
