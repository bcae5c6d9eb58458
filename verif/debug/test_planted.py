"""The debugger finds the planted bugs: module, operation, kind; and what it leaves behind is right."""

from __future__ import annotations

import fcntl
import json
import os
import re
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from golden.errors import RomaError
from verif.debug.planted import PLANTED, Planted, instrument
from verif.debug.views import gtkwave_name
from verif.debug.waves import Waves
from verif.debug.window import AFTER, BEFORE
from verif.lib.tools import ROOT, SIM_BUILD

BUGS = pytest.mark.parametrize("bug", PLANTED, ids=lambda b: b.name.replace(" ", "-"))


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    """All bugs, run once for all workers of a test session."""
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"p{os.getpid()}"
    folder = SIM_BUILD / "debug" / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = folder / "session"
        if not stamp.is_file() or stamp.read_text() != session:
            stamp.unlink(missing_ok=True)
            mine = ("HDL", "FAULT", "WAVES", "COV", "PYTEST_CURRENT_TEST")
            env = {k: v for k, v in os.environ.items() if k not in mine}
            env |= {"PLANTED_RUNS": str(folder)}
            command = [sys.executable, "-m", "verif.debug.demo", "all"]
            done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
            stamp.write_text(session)
        return json.loads((folder / "report.json").read_text())


@BUGS
def test_named(report, bug):
    """The screen names module, operation and kind, on one page."""
    screen = report[str(bug.number)]["screen"]
    module = re.search(r"^  module     (\S+)$", screen, re.M)
    assert module and module.group(1) == f"hdl/{bug.file}", screen
    assert Path(bug.file).stem == bug.module
    assert re.search(rf"^  operation  {re.escape(bug.operation)} \(", screen, re.M), screen
    assert bug.hint in re.sub(r"\s+", " ", screen), screen
    assert "last good" in screen or bug.module == "sequencer", screen
    assert "first bad" in screen and "picture" in screen
    lines = [x for x in screen.splitlines() if not x.startswith(("  waves", "  view", "  picture"))]
    assert len(lines) <= 42 and max(map(len, lines)) <= 112, screen


@BUGS
def test_window(report, bug):
    """The waves hold the cycles around the mismatch and no others, in a small file."""
    r = report[str(bug.number)]
    waves = Waves(Path(r["fst"]))
    assert waves.cycles[0] == max(0, r["cycle"] - BEFORE)
    assert r["cycle"] + AFTER <= waves.cycles[-1] <= r["cycle"] + AFTER + 1
    assert len(waves.cycles) == waves.cycles[-1] - waves.cycles[0] + 1
    assert Path(r["fst"]).stat().st_size < report["0"]["fst_bytes"] / 5  # of a run of 5,000 cycles


@BUGS
def test_views(report, bug):
    """The saved views name only signals of the file, the failing block's among them, and the cycle."""
    r = report[str(bug.number)]
    waves = Waves(Path(r["fst"]))
    known = {gtkwave_name(n, int(v.bitwidth or 1)) for n, v in waves.vars.items()}
    marker = str(waves.time_of(r["cycle"]))
    gtkw = Path(r["gtkw"]).read_text()
    traces = [x for x in gtkw.splitlines() if x.startswith("tb_roma.")]
    assert len(traces) > 8 and set(traces) <= known
    assert re.search(rf"^\*-3\.0+ {marker} ", gtkw, re.M)
    assert f"-first_bad_{_probe(r)}" in gtkw
    assert "-upstream_" in gtkw or bug.module == "sequencer"
    scripts = [x.split() for x in re.findall(r"\^>\d+ .*", gtkw)]
    assert all(os.access(x[1], os.X_OK) for x in scripts)
    sucl = Path(r["sucl"]).read_text().splitlines()
    added = [x.split(maxsplit=1)[1] for x in sucl if x.startswith("variable_add ")]
    assert len(added) == len(traces) and set(added) <= {v.full_name for v in waves.vars.values()}
    assert f"cursor_set {marker}" in sucl and "load_file " + r["fst"] in sucl


def _probe(r: dict[str, Any]) -> str:
    return re.search(r"^MISMATCH in [^(]*\((\w+)\)", r["screen"]).group(1)


@BUGS
def test_picture(report, bug):
    """Picture as SVG and PNG, with the cycle, both sides of the failing probe, the bad beats."""
    r = report[str(bug.number)]
    svg = Path(r["picture"]).read_text()
    probe = _probe(r)
    assert f">cycle {r['cycle']}<" in svg and 'id="mismatch"' in svg
    assert f">{probe} RTL<" in svg and f">{probe} golden<" in svg and "#c0392b" in svg
    png = Path(r["picture"]).with_suffix(".png").read_bytes()
    width, height = struct.unpack(">II", png[16:24])
    assert png.startswith(b"\x89PNG") and 800 <= width <= 1200 and 300 <= height <= 1400


def test_floats_filter(report):
    """The filter that GTKWave calls turns patterns into numbers."""
    filter_ = ROOT / "verif/debug/float_filter.py"
    words = "3f800000\n3f14\nx\n"
    done = subprocess.run([filter_], input=words, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "0.578125", "x"]


def test_without_a_bug(report):
    """The instrumented chip passes, and no port that the debugger looks at is ever called wrong."""
    r = report["0"]
    assert r["tokens"] == 3 and r["beats"] > 6000
    assert r["wrong"] == [] and r["missing"] == []
    assert r["ports"] > 5000 and r["values"] > 50_000 and len(r["modules"]) >= 39
    assert sum(r["beside"]) >= 1  # a token that another one was in flight beside


def test_documented_screen(report):
    """The session that docs/debugging.md tells is the real one."""
    document = (ROOT / "docs/debugging.md").read_text()
    screen = report["9"]["screen"].replace(str(SIM_BUILD), "sim_build")
    exact = [x for x in screen.splitlines() if not x.startswith(("  waves", "  view", "  picture"))]
    gone = [x for x in exact if x not in document]
    assert not gone, f"the screen in docs/debugging.md is old: python -m verif.debug.demo 9: {gone}"
    assert (ROOT / "docs/mismatch.svg").is_file()


def test_texts_are_unique(tmp_path):
    """A bug whose text is gone, or stands twice, is an error that says which."""
    instrument(ROOT / "hdl", tmp_path / "good")
    for bug in PLANTED:
        assert (tmp_path / "good" / bug.file).read_text().count(f"fault_pkg::selected == {bug.number}")
    gone = Planted(99, "gone", "matrix/drain.sv", "no such text", "", "drain", "", "")
    with pytest.raises(RomaError, match=r"planted bug 99 \(gone\): its text occurs 0 times in hdl/matrix"):
        instrument(ROOT / "hdl", tmp_path / "bad", (gone,))
    assert not (tmp_path / "bad").exists()


def test_all_kinds():
    """Every bug in a module of its own."""
    assert [b.number for b in PLANTED] == list(range(1, 13))
    assert len({b.module for b in PLANTED}) == len({b.name for b in PLANTED}) == len(PLANTED)
