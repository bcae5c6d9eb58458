"""Records for the tests: a full set of green ones, of one commit, that a test then spoils."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from verif.report import history
from verif.report.records import Tree

TREE = Tree("abc1234", "Vector units keep their accumulators")
WHEN = "2026-03-01T12:00:00+00:00"
VERSIONS = {"python": "3.11.7", "verilator": "Verilator 5.048", "cocotb": "2.1.0", "numpy": "2.4.6"}
NODES = [
    ("verif.fp.fp_add.test_fp_add", "test_random[4]"),
    ("verif.chip.test_text", "test_three_prompts[tiny-kjv]"),
    ("golden.tests.test_rope", "test_against_float"),
]
BLOCKS = ["fp/fp_add", "fp/fp_mul", "matrix/h_dot", "matrix/l_engine", "vector/rms_norm", "control/tags"]
NASTY = (
    "<script>document.title='bad'</script><img src=x onerror=\"document.title='bad'\">"
    ' & "quotes" ]]> {{ 7*7 }}'
)
LONG = "verif/" + "a_very_long_folder_name_without_end/" * 6 + "test_" + "x" * 300

Case = tuple[str, str, str]  # class name, name, message of its failure or nothing


def records() -> dict[str, dict[str, Any]]:
    """One green record of every target."""
    tests = {"tests": 3, "failures": 0, "errors": 0, "skipped": 0, "wall_seconds": 224.8, "base_seed": 1}
    slow = {f"{c}.{n}": 13.5 / (i + 1) for i, (c, n) in enumerate(NODES)}
    out: dict[str, dict[str, Any]] = {
        "sim": tests | {"exit_code": 0, "slowest": slow},
        "regress": tests | {"exit_code": 0, "slowest": slow, "base_seed": 7, "iterations": 4, "failed": []},
        "plan": {"rows": [_plan_row(i) for i in range(12)]},
        "coverage": {
            "blocks": [_block(b, i) for i, b in enumerate(BLOCKS)],
            "functional": [
                {"point": f"{b.split('/')[1]}.classes", "hit": 36, "total": 36, "missing": []} for b in BLOCKS
            ],
            "targets": {"functional": 100, "line": 98, "branch": 95, "toggle": 90},
            "below": [],
        },
        "mutate": {
            "seed": 1,
            "sampled": 300,
            "killed": 298,
            "survived": 2,
            "explained": 2,
            "score": 99.33,
            "blocks": [{"block": b, "sampled": 50, "killed": 50 - (i < 2)} for i, b in enumerate(BLOCKS)],
            "survivors": [_survivor(i) for i in range(2)],
        },
        "formal": {"properties": [_property(i) for i in range(9)]},
        "generate": {
            "model": "tiny",
            "adapter": "kjv",
            "prompt": "Emma was",
            "text": ' in the world.\n\n"It is a very good way."',
            "tokens": 36,
            "generated": 32,
            "cycles": 137976,
            "cycles_per_token": {
                "total": 3833.0,
                "l_units": 1764.2,
                "h_units": 108.4,
                "sends": 640.0,
                "drains": 600.0,
                "waiting": 997.0,
            },
            "beats_compared": 164024,
            "mismatches": 0,
        },
        "bench": {"rows": {"tiny": _speed(131074.2), "tiny + kjv": _speed(123820.1)}},
    }
    head = {"when": WHEN, "commit": TREE.commit, "versions": VERSIONS}
    return {name: {"target": name} | head | figures for name, figures in out.items()}


def _plan_row(i: int) -> dict[str, Any]:
    name = BLOCKS[i % 6].split("/")[1]
    return {
        "id": f"{name}-{i}",
        "block": BLOCKS[i % 6],
        "feature": "back-to-back jobs",
        "holds": "a job that starts in the cycle after the last one ends has the same values as alone",
        "how": "random jobs, every cycle of every port compared with the golden model",
        "tests": [f"verif/{BLOCKS[i % 6]}/test_{name}.py::test_random[{n}]" for n in range(3)],
        "status": "passed",
        "cover": [{"point": f"{name}.gaps", "hit": 8, "total": 8}],
    }


def _block(name: str, i: int) -> dict[str, Any]:
    pair = [400 - 3 * (i % 3), 400]
    return {
        "block": name,
        "line": pair,
        "branch": pair,
        "expression": [60, 70],
        "toggle": pair,
        "fsm": [0, 0],
    }


def _survivor(i: int) -> dict[str, Any]:
    return {
        "id": f"m{i}",
        "file": "hdl/fp/fp_pkg.sv",
        "line": 100 + i,
        "kind": "constant",
        "original": "a < b && c",
        "mutant": "a <= b && c",
        "explanation": "equivalent: both are never equal here",
    }


def _property(i: int) -> dict[str, Any]:
    bounded = i % 3 == 0
    return {
        "name": f"stream_fifo.a_{i}",
        "module": "stream_fifo",
        "what": "a beat that is offered stays offered until it is taken",
        "result": "bounded" if bounded else "proved",
        "depth": 20 if bounded else 0,
        "engine": "pdr",
        "seconds": 1.5 * i,
    }


def _speed(checked: float) -> dict[str, float]:
    return {
        "checked_cycles_per_second": checked,
        "free_cycles_per_second": checked * 1.3,
        "bare_cycles_per_second": checked * 1.35,
        "checked_share_of_bare": 0.74,
        "golden_tokens_per_second": 563.2,
    }


def junit(cases: list[Case]) -> str:
    """A JUnit file as pytest writes it."""
    body = ""
    for classname, name, message in cases:
        inner = f"<failure message={quoteattr(message)}>{escape(message)}</failure>" if message else ""
        body += (
            f"<testcase classname={quoteattr(classname)} name={quoteattr(name)} time='1.5'>{inner}</testcase>"
        )
    return f"<?xml version='1.0' encoding='utf-8'?><testsuites><testsuite>{body}</testsuite></testsuites>"


def write(
    folder: Path,
    spoil: Callable[[dict[str, dict[str, Any]]], None] = lambda r: None,
    cases: list[Case] | None = None,
) -> Path:
    """Write the records into ``folder`` after ``spoil`` has changed them.

    Parameters
    ----------
    folder
        Stands for ``sim_build``.
    spoil
        Changes the records; one that it removes is missing.
    cases
        The tests of ``make sim``; the counts of its record follow.
    """
    folder.mkdir(parents=True, exist_ok=True)
    some = records()
    cases = [(c, n, "") for c, n in NODES] if cases is None else cases
    bad = sum(bool(m) for *_, m in cases)
    some["sim"] |= {"tests": len(cases), "failures": bad, "exit_code": int(bad > 0)}
    spoil(some)
    for name, data in some.items():
        (folder / f"{name}.json").write_text(json.dumps(data))
    (folder / "sim.xml").write_text(junit(cases))
    (folder / "regress.xml").write_text(junit([(c, f"{n}@7", "") for c, n in NODES]))
    return folder


def full(folder: Path) -> Path:
    """Green records with everything that links and pictures need."""
    write(folder)
    (folder / "coverage").mkdir()
    for name in ("index", "fp_fp_add"):
        (folder / "coverage" / f"{name}.html").write_text("<!doctype html><title>Coverage</title>")
    (folder / "debug").mkdir()
    (folder / "debug" / "late valid.svg").write_text(PICTURE)
    (folder / "debug" / "planted-3.svg").write_text(PICTURE)
    lines = [
        {
            "commit": c,
            "when": f"2026-02-0{i + 1}T12:00:00+00:00",
            "figures": {"sim.passed": 3, "sim.wall_seconds": 230.0 - i},
        }
        for i, c in enumerate(("aaa1111", "bbb2222", "ccc3333+", "ddd4444"))
    ]
    (folder / "history.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
    history.append(folder)
    return folder


PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 160">
<title>acc, cycle 412: 0x3f got</title>
<script>document.title = "bad"</script>
<path d="M10 40H200V20H420V40H890M10 100H300V80H520V100H890" fill="none" stroke="#245"/>
<rect x="410" y="10" width="20" height="110" fill="#c33" opacity=".35"/>
<text x="410" y="145" font-family="sans-serif" font-size="14">expected here</text></svg>"""
