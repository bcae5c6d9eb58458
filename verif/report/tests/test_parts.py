"""History, charts, pictures and the tree: the parts of the report."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from verif.lib import record
from verif.report import history, records
from verif.report.chart import line, number
from verif.report.history import Point, Series
from verif.report.page import build, heat
from verif.report.pictures import BUDGET, pictures
from verif.report.records import Tree
from verif.report.tests import samples
from verif.report.tests.samples import NODES, TREE


def test_small(tmp_path: Path):
    cases = [(NODES[0][0], f"test_{i}", "x" * (20_000 if i < 99 else 9)) for i in range(1000)]
    folder = samples.full(tmp_path)
    samples.write(folder, cases=cases)
    (folder / "debug" / "large.svg").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg'>" + " " * BUDGET + "</svg>"
    )
    (folder / "debug" / "fits.svg").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg'>" + " " * 500_000 + "</svg>"
    )
    page, _ = build(folder, TREE)
    assert len(page) < 2_000_000
    assert "Too large to be kept in this page" in page and "940 more, without their messages" in page


def test_pictures(tmp_path: Path):
    folder = samples.full(tmp_path)
    debug = folder / "debug"
    (debug / "late valid.png").write_bytes(b"png")
    (debug / "only.png").write_bytes(b"png")
    os.utime(debug / "only.png", (1000.0, 1000.0))
    (debug / "hdl-copy").mkdir()
    (debug / "hdl-copy" / "chip.svg").write_text("<svg/>")
    found = {p.name: p for p in pictures(folder, since=2000.0)}
    assert {n: p.group for n, p in found.items()} == {
        "late valid": "mismatch",
        "only": "earlier",
        "planted-3": "planted",
    }
    assert found["late valid"].alt == "acc, cycle 412: 0x3f got"
    assert found["only"].data.startswith("data:image/png;base64,")
    assert pictures(tmp_path / "nothing") == []


def test_pictures_of_planted_bugs_are_none_of_the_chip(tmp_path: Path):
    folder = samples.full(tmp_path)
    (folder / "debug" / "late valid.svg").unlink()
    page, _ = build(folder, TREE)
    assert "no chip run has left a picture" in page and "of planted bugs" in page


def test_history_grows_by_commit(tmp_path: Path):
    folder = samples.write(tmp_path)
    history.append(folder)
    lines = (folder / history.FILE).read_text()
    history.append(folder)
    assert (folder / history.FILE).read_text() == lines, "nothing new, nothing added"
    samples.write(folder, lambda r: r["sim"].update(commit="def5678", wall_seconds=100.0))
    history.append(folder)
    with (folder / history.FILE).open("a") as out:
        out.write('{"commit": "cut sh')
    found = {s.title: s for s in history.series(folder, ["abc1234ffff", "def5678ffff"])}
    wall = found["Duration of make sim"]
    assert [(p.commit, p.value) for p in wall.points] == [("abc1234", 224.8), ("def5678", 100.0)]
    assert len(found["Mutants killed"].points) == 1
    assert "Cycles per token: tiny + kjv, 36 tokens" in found


def test_history_leaves_parts_out(tmp_path: Path):
    history.append(samples.write(tmp_path, lambda r: [d.update(only="verif/fp") for d in r.values()]))
    assert not (tmp_path / history.FILE).exists()


def test_history_order_is_that_of_git(tmp_path: Path):
    rows = [("new", "1"), ("old+", "2"), ("old", "3"), ("elsewhere", "0")]
    lines = [json.dumps({"commit": c, "when": w, "figures": {"sim.passed": 1}}) for c, w in rows]
    (tmp_path / history.FILE).write_text("\n".join(lines))
    (one,) = history.series(tmp_path, ["old1", "new1"])
    assert [p.commit for p in one.points] == ["old", "old+", "new", "elsewhere"]


def test_tree_and_its_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(records, "ROOT", tmp_path)
    monkeypatch.setattr(record, "ROOT", tmp_path)
    assert records.tree_now() == Tree("", "", 0.0), "no git at all"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(tmp_path)]
    (tmp_path / "hdl").mkdir()
    (tmp_path / "hdl" / "a b.sv").write_text("1")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "First <line>"]):
        subprocess.run([*git, *words], check=True)
    clean = records.tree_now()
    assert (clean.subject, clean.changed) == ("First <line>", 0.0) and not clean.commit.endswith("+")
    (tmp_path / "hdl" / "a b.sv").write_text("2")
    os.utime(tmp_path / "hdl" / "a b.sv", (5000.0, 5000.0))
    assert records.tree_now() == Tree(clean.commit + "+", "First <line>", 5000.0)


def test_charts_and_numbers():
    drawn = line(Series("Mutants killed", "%", "measured in RTL", [Point("a", 90.0), Point("b", 99.99)]))
    assert [(d.x, d.y) for d in drawn.dots] == [(8, 98), (312, 12)]
    assert drawn.last == "99.9 %" and drawn.change == "+10.0 points"
    assert drawn.alt == "Mutants killed: 2 commits, from 90 % to 99.9 %, now 99.9 %"
    assert len(line(Series("x", "s", "", [Point("a", 1.0)])).dots) == 1
    assert [number(v) for v in (0.0, 1234.5, 3.14159, 12.34)] == ["0", "1,234", "3.1", "12.3"]
    assert [heat(p, 98) for p in ([10, 10], [99, 100], [90, 100], [1, 2], [0, 0], None)] == [
        "full",
        "good",
        "near",
        "bad",
        "none",
        "none",
    ]
