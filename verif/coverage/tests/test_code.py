"""Code coverage end to end: what one run leaves open is reported, what two runs do together is merged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from verif.coverage.code import CodePoint, count, merge
from verif.coverage.functional import exports, merged
from verif.coverage.points import GROUPS
from verif.lib.sources import HDL
from verif.lib.tools import ROOT

CASE = "verif/coverage/tests/samples/case_pipe.py"


def play(folder: Path, beat: str) -> Path:
    """Run one case under coverage in a process of its own; its run folder."""
    env = {**os.environ, "COV": "1", "SIM_BUILD": str(folder)}
    env.pop("PYTEST_CURRENT_TEST", None)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"{CASE}::test_beat[{beat}]"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next((folder / "runs").glob(f"*test_beat_{beat}_"))


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """Both cases, played."""
    folder = tmp_path_factory.mktemp("cov")
    for beat in "01":
        play(folder, beat)
    return folder


def branches(paths: list[Path]) -> dict[str, int]:
    """Hits of the branches of the data register's condition."""
    hits = merge(paths)
    source = (HDL / "common/pipe.sv").read_text().splitlines()
    line = next(n for n, text in enumerate(source, 1) if "if (valid_i) data_q[0]" in text)
    return {p.what: n for p, n in hits.items() if p.kind == "branch" and p.line == line}


def data(folder: Path, beat: str) -> Path:
    """Counters of a case."""
    return next((folder / "runs").glob(f"*test_beat_{beat}_/coverage.dat"))


def test_branch_is_reported_open(runs):
    idle = branches([data(runs, "0")])
    assert idle["if"] == 0 and idle["else"] > 0


def test_runs_add_up(runs):
    one, both = (branches([data(runs, b) for b in beats]) for beats in ("1", "01"))
    idle = branches([data(runs, "0")])
    assert both == {k: one[k] + idle[k] for k in both} and all(both.values())


def test_types_stay_apart(runs):
    row = count(merge([data(runs, "0")]))["common/pipe"]
    assert all(row[k][1] > 0 for k in ("line", "branch", "toggle"))
    assert row["branch"][0] < row["branch"][1] and row["toggle"][0] < row["toggle"][1]


def test_the_same_point_in_every_instance(tmp_path):
    """Parameterisations and instances of a module are one block; quotes in the words do no harm."""
    key = "C '\x01f\x02/any/hdl/common/pipe.sv\x01l\x027\x01n\x023\x01t\x02branch\x01page\x02v_branch/pipe{}"
    key += "\x01o\x02(a == 4'h0) => 1\x01S\x027-8\x01h\x02top.{}' {}\n"
    path = tmp_path / "coverage.dat"
    path.write_text(key.format("__W2", "u_a", 0) + key.format("__W3", "u_b", 5))
    hits = merge([path])
    assert hits[CodePoint("common/pipe", 7, 3, "branch", "(a == 4'h0) => 1")] == 5
    assert hits[CodePoint("common/pipe", 8, 0, "line", "")] == 5 and len(hits) == 3


def test_functional_of_two_runs(runs, tmp_path):
    """Taps record what the module saw; a point that no run samples keeps its missing bins."""
    groups = [g for g in GROUPS if g.block in ("pipe", "rom")]
    rows = {r["point"]: r for r in merged(exports(runs / "runs"), tmp_path / "f.yml", groups)}
    assert rows["pipe.flow"]["missing"] == ["streams"]
    assert rows["rom.read"]["hit"] == 0 and len(rows["rom.read"]["missing"]) == rows["rom.read"]["total"]


def test_tool(runs):
    """``make cov`` on the runs that are there: below target, exit code 1, a page that shows the line."""
    folder = runs / "whole"
    (folder / "coverage").mkdir(parents=True)
    os.symlink(runs / "runs", folder / "coverage/runs")
    env = {**os.environ, "SIM_BUILD": str(folder), "RUN": "0", "TEST": CASE}
    done = subprocess.run(
        [sys.executable, "-m", "tools.cov"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert "below target: functional" in done.stdout and "common/pipe" in done.stdout
    record = json.loads((folder / "coverage.json").read_text())
    assert [b["block"] for b in record["blocks"]] == ["common/pipe"] and record["below"]
    assert 'id="L' in (folder / "coverage/common_pipe.html").read_text()
