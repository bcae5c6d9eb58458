"""What the records say about a row, and what ``make plan`` prints, records and returns."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from rich.console import Console

from golden.errors import RomaError
from tools import plan as tool
from verif.lib import record
from verif.plan.results import annotate, read, read_junit
from verif.plan.show import show
from verif.plan.tests.small import BENCH, ROWS, TREE

CASE = "verif.fp.adder.test_adder"


def junit(folder: Path, cases: dict[str, str], name: str = "sim") -> None:
    """Write a JUnit file: name of a test and what is inside its element."""
    inside = "".join(
        f'<testcase classname="{CASE}" name="{escape(n)}">{x}</testcase>' for n, x in cases.items()
    )
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.xml").write_text(f"<testsuites><testsuite>{inside}</testsuite></testsuites>")


def statuses(folder: Path) -> list[str]:
    """Status of each row."""
    return [r["status"] for r in annotate(ROWS, TREE.nodes, TREE.points, read(folder))]


ALL = {"test_adder[1]": "", "test_adder[2-[a]]": "", "test_refused": ""}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["passed"] * 3),
        ({"test_adder[2-[a]]": "<failure/>"}, ["failed", "failed", "passed"]),
        ({"test_refused": "<error/>"}, ["passed", "passed", "failed"]),
        ({"test_refused": "<skipped/>"}, ["passed", "passed", "not run"]),
        ({"test_adder[1]": None}, ["not run", "not run", "passed"]),
        ({"test_adder[1]": None, "test_adder[2-[a]]": "<failure/>"}, ["failed", "failed", "passed"]),
    ],
)
def test_status(tmp_path: Path, changes: dict[str, str | None], expected: list[str]):
    junit(tmp_path, {n: x for n, x in (ALL | changes).items() if x is not None})
    assert statuses(tmp_path) == expected


def test_several_targets(tmp_path: Path):
    """Every target has its tests; of a test that two have run the newer result counts."""
    junit(tmp_path, {"test_refused": "<failure/>"}, "selftest")
    os.utime(tmp_path / "selftest.xml", (1, 1))
    junit(tmp_path, ALL)
    assert statuses(tmp_path) == ["passed"] * 3
    os.utime(tmp_path / "sim.xml", (0, 0))
    assert statuses(tmp_path) == ["passed", "passed", "failed"]


def test_nothing_run(tmp_path: Path):
    assert statuses(tmp_path) == ["not run"] * 3
    (first, *_) = annotate(ROWS, TREE.nodes, TREE.points, read(tmp_path))
    assert first["cover"][1] == {"point": "adder.size", "hit": 0, "total": 3}
    assert first["formal"] == [{"name": "adder.exact", "result": "not run"}]
    assert first["tests"] == [f"{BENCH}::test_adder#sums"]


def test_records(tmp_path: Path):
    """Hits of points; a property that fails fails its row."""
    junit(tmp_path, ALL)
    points = [{"point": "adder.sign", "hit": 1, "total": 2, "missing": ["-"]}]
    (tmp_path / "coverage.json").write_text(json.dumps({"functional": points}))
    properties = [{"name": "adder.exact", "result": "failed"}]
    (tmp_path / "formal.json").write_text(json.dumps({"properties": properties}))
    first, *others = annotate(ROWS, TREE.nodes, TREE.points, read(tmp_path))
    assert first["cover"][0] == {"point": "adder.sign", "hit": 1, "total": 2}
    assert first["status"] == "failed" and {r["status"] for r in others} == {"passed"}


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("sim.xml", "<testsuites>", "sim.xml is no JUnit file"),
        ("coverage.json", "{", "coverage.json cannot be read"),
        ("formal.json", "[]", "formal.json cannot be read"),
        ("coverage.json", '{"functional": [{"point": "x"}]}', "has another form"),
        ("formal.json", '{"properties": 3}', "has another form"),
    ],
)
def test_broken_records(tmp_path: Path, name: str, text: str, says: str):
    (tmp_path / name).write_text(text)
    with pytest.raises(RomaError, match=says):
        read(tmp_path)


def test_a_test_twice(tmp_path: Path):
    """A failure at set-up or tear-down has an element of its own."""
    one = f'<testcase classname="{CASE}" name="test_a">'
    (tmp_path / "x.xml").write_text(f"<t>{one}<error/></testcase>{one}</testcase></t>")
    assert read_junit(tmp_path / "x.xml") == {f"{BENCH}::test_a": "failed"}


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_printed(tmp_path: Path, terminal: bool, whole: bool, capsys: pytest.CaptureFixture[str]):
    junit(tmp_path, ALL | {"test_refused": "<failure/>"})
    rows = annotate(ROWS, TREE.nodes, TREE.points, read(tmp_path))
    show(rows, whole, Console(force_terminal=terminal, width=140))
    out = capsys.readouterr().out
    if whole:
        assert "adder.parameters" in out and "failed" in out and "it holds" in out
    else:
        plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
        (line,) = [x.split() for x in plain.splitlines() if "fp/adder" in x]
        assert line == ["fp/adder", "3", "2", "1", "0", "0/5", "0/1"]
    assert terminal or "\x1b" not in out


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tool on the small plan, with its own folder of records."""
    monkeypatch.setattr(tool, "SIM_BUILD", tmp_path)
    monkeypatch.setattr(record, "SIM_BUILD", tmp_path)
    monkeypatch.setattr(tool, "load", lambda: ROWS)
    monkeypatch.setattr(tool, "look", lambda: TREE)
    monkeypatch.delenv("BLOCK", raising=False)
    junit(tmp_path, ALL)
    return tmp_path


def test_tool_passes(made: Path, capsys: pytest.CaptureFixture[str]):
    assert tool.main() == 0
    data = json.loads((made / "plan.json").read_text())
    assert (data["exit_code"], data["problems"]) == (0, []) and len(data["rows"]) == 3
    assert "make cov: not run yet, or not to its end" in capsys.readouterr().out


def test_tool_fails(made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """A failed row, and a plan that does not fit."""
    junit(made, ALL | {"test_refused": "<failure/>"})
    assert tool.main() == 1
    assert f"failed: adder.parameters: it holds ({BENCH}::test_refused)" in capsys.readouterr().out
    junit(made, ALL)
    monkeypatch.setattr(tool, "load", lambda: ROWS[:2])
    assert tool.main() == 1
    assert f"plan: {BENCH}::test_refused is in no row" in capsys.readouterr().out
    assert len(json.loads((made / "plan.json").read_text())["problems"]) == 1


def test_tool_never_sampled(made: Path, capsys: pytest.CaptureFixture[str]):
    points = [{"point": "adder.size", "hit": 0, "total": 3, "missing": []}]
    (made / "coverage.json").write_text(json.dumps({"functional": points}))
    assert tool.main() == 1
    assert "plan: verif/plan/fp.yaml: row adder.sums: cover point adder.size was never sampled" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize("name", ["fp/adder", "adder", "fp"])
def test_tool_block(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
):
    monkeypatch.setenv("BLOCK", name)
    assert tool.main() == 0
    assert "fp/adder" in capsys.readouterr().out


def test_tool_unknown_block(made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("BLOCK", "addr")
    assert tool.main() == 2
    out, err = capsys.readouterr()
    assert err == "error: BLOCK is 'addr', legal: a block or room of the plan such as adder, fp/adder\n"
    assert out == "" and not (made / "plan.json").exists()
