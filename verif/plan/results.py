"""What the last runs say about the rows."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from golden.errors import RomaError
from verif.lib.tools import SIM_BUILD
from verif.plan.model import Row

PASSED, FAILED, NOT_RUN = COUNTED = ("passed", "failed", "not run")
TESTED = ("make sim", "make lint", "make selftest")  # leave a JUnit file too
RECORDS = {command: command.removeprefix("make ") for command in TESTED} | {
    "make cov": "coverage",
    "make formal": "formal",
}


@dataclass(frozen=True)
class Results:
    """Results by name.

    Parameters
    ----------
    tests
        ``passed``, ``failed`` or ``not run`` (skipped) by node.
    cover
        Bins hit and in all, by cover point.
    formal
        ``proved``, ``bounded`` or ``failed`` by property.
    sources
        Of every run that there is: what made it, and a line about it.
    """

    tests: dict[str, str] = field(default_factory=dict)
    cover: dict[str, tuple[int, int]] = field(default_factory=dict)
    formal: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)


def read(folder: Path = SIM_BUILD) -> Results:
    """Read the records of the last runs, as far as they are there.

    A test that is in several JUnit files has the status of the newest one.
    """
    records = {command: _record(folder / f"{name}.json") for command, name in RECORDS.items()}
    coverage, formal = records["make cov"], records["make formal"]
    junit = [folder / f"{RECORDS[command]}.xml" for command in TESTED]
    tests: dict[str, str] = {}
    for path in sorted((p for p in junit if p.is_file()), key=lambda p: p.stat().st_mtime):
        tests |= read_junit(path)
    try:
        return Results(
            tests=tests,
            cover={r["point"]: (int(r["hit"]), int(r["total"])) for r in coverage.get("functional", [])},
            formal={r["name"]: str(r["result"]) for r in formal.get("properties", [])},
            sources={
                command: _about(
                    record, command not in TESTED or (folder / f"{RECORDS[command]}.xml").is_file()
                )
                for command, record in records.items()
            },
        )
    except (KeyError, TypeError, ValueError) as e:
        raise RomaError(f"a record in {folder} has another form ({e!r}): run make cov, make formal") from None


def _record(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        data = json.loads(path.read_text())
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise RomaError(f"{path} cannot be read: remove it, or run its target again")
    return data


def _about(record: dict[str, Any], there: bool) -> str:
    if not record or not there:
        return "not run yet, or not to its end"
    words = [str(record.get("when", "")), str(record.get("commit", ""))]
    if "base_seed" in record:
        words.append(f"seed {record['base_seed']}")
    if record.get("only"):
        words.append(f"only {record['only']}")
    return " ".join(w for w in words if w)


def read_junit(path: Path) -> dict[str, str]:
    """Status by node; of a test that stands there twice the worse one."""
    try:
        cases = list(ET.parse(path).iter("testcase"))
    except ET.ParseError as e:
        raise RomaError(f"{path} is no JUnit file ({e}): run make {path.stem} again") from None
    out: dict[str, str] = {}
    for case in cases:
        node = f"{(case.get('classname') or '').replace('.', '/')}.py::{case.get('name')}"
        bad = case.find("failure") is not None or case.find("error") is not None
        skipped = case.find("skipped") is not None
        status = FAILED if bad else NOT_RUN if skipped else PASSED
        out[node] = worst([status, out.get(node, PASSED)])
    return out


def worst(statuses: list[str]) -> str:
    """Failed before not run before passed."""
    return next((s for s in (FAILED, NOT_RUN) if s in statuses), PASSED)


def annotate(
    rows: list[Row], nodes: tuple[str, ...], points: dict[str, int], r: Results
) -> list[dict[str, Any]]:
    """The rows with what is known of each, as ``plan.json`` has them.

    Parameters
    ----------
    rows
        The plan.
    nodes
        Collected tests: a row passes when all that it names have passed.
    points
        Bins of every cover point; one that was not measured has 0 hits.
    r
        Results of the last runs.
    """
    known: dict[str, list[str]] = {}
    out = []
    for row in rows:
        for test in row.tests:
            if test.node not in known:
                known[test.node] = [r.tests.get(n, NOT_RUN) for n in nodes if test.means(n)] or [NOT_RUN]
        statuses = [s for t in row.tests for s in known[t.node]] or [NOT_RUN]
        formal = [{"name": f, "result": r.formal.get(f, NOT_RUN)} for f in row.formal]
        statuses += [FAILED for f in formal if f["result"] == FAILED]
        cover = [(p, *r.cover.get(p, (0, points.get(p, 0)))) for p in row.cover]
        texts = {key: getattr(row, key) for key in ("id", "block", "feature", "holds", "how")}
        out.append(
            texts
            | {
                "tests": [t.text for t in row.tests],
                "status": worst(statuses),
                "runs": {s: statuses.count(s) for s in (PASSED, FAILED, NOT_RUN)},
                "cover": [{"point": p, "hit": hit, "total": total} for p, hit, total in cover],
                "formal": formal,
            }
        )
    return out
