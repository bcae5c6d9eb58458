"""What the report says about records that are green, red, stale, missing or wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from verif.lib.tools import ROOT
from verif.report import history
from verif.report.checks import PARTS
from verif.report.junit import read_junit, rerun_line
from verif.report.page import build, write
from verif.report.records import Tree
from verif.report.tests import samples
from verif.report.tests.samples import NASTY, NODES, TREE

NEEDED = [name for name, *_, need in PARTS if need]
Records = dict[str, dict[str, Any]]


def test_green(tmp_path: Path):
    page, verdict = build(samples.full(tmp_path), TREE)
    assert verdict == "All green"
    assert "Every part was run on this tree and passed." in page
    assert "not run yet" not in page
    assert page.count('class="pill failed"') == 0


@pytest.mark.parametrize("name", NEEDED)
def test_missing_is_never_green(tmp_path: Path, name: str):
    page, verdict = build(samples.write(tmp_path, lambda r: r.pop(name)), TREE)
    command = next(c for n, c, *_ in PARTS if n == name)
    assert verdict.startswith("Not all shown: ")
    assert f"ot run yet: {command}<" in page


def test_all_missing(tmp_path: Path):
    page, verdict = build(tmp_path, TREE)
    assert verdict.count("(not run yet)") == len(NEEDED)
    assert 'class="pill passed"' not in page
    assert "All green" not in page


@pytest.mark.parametrize("name", NEEDED)
def test_stale_is_never_green(tmp_path: Path, name: str):
    page, verdict = build(samples.write(tmp_path, lambda r: r[name].update(commit="0ld0000")), TREE)
    assert verdict.startswith("Not all shown: ") and "(stale)" in verdict
    assert "tale, made at 0ld0000, the tree is at abc1234: make" in page


def test_sources_changed_after_the_run(tmp_path: Path):
    def dirty(r: Records) -> None:
        for data in r.values():
            data["commit"] = "abc1234+"

    folder = samples.write(tmp_path, dirty)
    made = 1772366400.0  # samples.WHEN
    assert build(folder, Tree("abc1234+", "", made - 10))[1] == "All green"
    assert "(stale)" in build(folder, Tree("abc1234+", "", made + 10))[1]


def test_a_part_is_not_the_whole(tmp_path: Path):
    page, verdict = build(samples.write(tmp_path, lambda r: r["sim"].update(only="verif/fp")), TREE)
    assert verdict == "Not all shown: Tests (in part)"
    assert "only verif/fp, all: make sim" in page


SPOILS: dict[str, tuple[str, dict[str, Any]]] = {
    "a test failed": ("Tests", {"sim": {"failures": 1, "exit_code": 1}}),
    "an error": ("Tests", {"sim": {"errors": 1, "exit_code": 1}}),
    "no test": ("Tests", {"sim": {"tests": 0}}),
    "exit code": ("Random regression", {"regress": {"exit_code": 3}}),
    "no rows": ("Verification plan", {"plan": {"rows": []}}),
    "failed row": ("Verification plan", {"plan": {"rows": [samples._plan_row(0) | {"status": "failed"}]}}),
    "below target": ("Coverage", {"coverage": {"below": ["line is 97.99 %"]}}),
    "below target, not said": ("Coverage", {"coverage": {"targets": {"line": 99.9}}}),
    "nothing covered": ("Coverage", {"coverage": {"functional": []}}),
    "mutants alive": ("Mutants", {"mutate": {"killed": 280}}),
    "not explained": ("Mutants", {"mutate": {"survivors": [samples._survivor(0) | {"explanation": ""}]}}),
    "not proved": ("Formal", {"formal": {"properties": [samples._property(0) | {"result": "unknown"}]}}),
    "no property": ("Formal", {"formal": {"properties": []}}),
    "mismatches": ("Text from the chip", {"generate": {"mismatches": 2}}),
}


@pytest.mark.parametrize("what", SPOILS)
def test_failures_are_red(tmp_path: Path, what: str):
    title, change = SPOILS[what]

    def spoil(r: Records) -> None:
        for name, figures in change.items():
            r[name] |= figures

    page, verdict = build(samples.write(tmp_path, spoil), TREE)
    assert verdict == f"Failed: {title}"
    assert 'class="pill failed"' in page


@pytest.mark.parametrize(
    ("name", "figures", "label"),
    [
        ("regress", {"exit_code": 130}, "Random regression (incomplete)"),
        ("plan", {"rows": [samples._plan_row(0) | {"status": "not run"}]}, "Verification plan (incomplete)"),
        (
            "plan",
            {"rows": [samples._plan_row(0) | {"cover": [{"point": "a.b", "hit": 0, "total": 3}]}]},
            "Verification plan (incomplete)",
        ),
        ("mutate", {"sampled": 30, "killed": 30, "survivors": []}, "Mutants (incomplete)"),
    ],
)
def test_incomplete_is_not_green(tmp_path: Path, name: str, figures: dict[str, Any], label: str):
    folder = samples.write(tmp_path, lambda r: r[name].update(figures))
    assert build(folder, TREE)[1] == f"Not all shown: {label}"


@pytest.mark.parametrize("name", [name for name, *_ in PARTS])
@pytest.mark.parametrize("text", ["", "{", "[1]", "null", "{}", '{"commit": "abc1234"}'])
def test_broken_records(tmp_path: Path, name: str, text: str):
    folder = samples.write(tmp_path)
    (folder / f"{name}.json").write_text(text)
    page, verdict = build(folder, TREE)
    assert page.rstrip().endswith("</html>")
    assert (verdict != "All green") == (name in NEEDED)


@pytest.mark.parametrize("name", [name for name, *_ in PARTS])
def test_records_of_another_shape(tmp_path: Path, name: str):
    """Every figure in turn becomes something else: the page still comes, and a lost figure is not green."""
    for key in samples.records()[name]:
        for value in (None, "text", [1, {}]):
            folder = samples.write(tmp_path, lambda r, k=key, v=value: r[name].update({k: v}))
            history.append(folder)
            assert build(folder, TREE)[0].rstrip().endswith("</html>"), (key, value)


def test_counts_must_be_those_of_the_junit_file(tmp_path: Path):
    folder = samples.write(tmp_path)
    (folder / "sim.xml").unlink()
    assert build(folder, TREE)[1] == "Not all shown: Tests (unreadable)"
    (folder / "sim.xml").write_text("<testsuites><testsuite>")
    assert build(folder, TREE)[1] == "Not all shown: Tests (unreadable)"
    (folder / "sim.xml").write_text(samples.junit([(*NODES[0], "assert 1 == 2")]))
    page, verdict = build(folder, TREE)
    assert verdict == "Failed: Tests"
    assert "sim.xml is of another run" in page


def test_failures_repeat_themselves(tmp_path: Path):
    cases = [(*NODES[1], "Mismatch: token 3\n#x1B[31macc#x1B[0m differs"), (*NODES[2], "")]
    page, _ = build(samples.write(tmp_path, cases=cases), TREE)
    line = "make rerun ID=&#39;verif/chip/test_text.py::test_three_prompts[tiny-kjv]@1&#39;"
    assert f"<code>{line}</code>" in page
    assert "acc differs" in page and "[31m" not in page


def test_failures_without_their_file(tmp_path: Path):
    failed = [
        {"id": "verif/a.py::test_x@9", "rerun": "make rerun ID='verif/a.py::test_x@9'", "message": "no"}
    ]
    folder = samples.write(tmp_path, lambda r: r["regress"].update(failed=failed, failures=1, exit_code=1))
    (folder / "regress.xml").unlink()
    assert "make rerun ID=&#39;verif/a.py::test_x@9&#39;" in build(folder, TREE)[0]


def test_nodes_and_seeds(tmp_path: Path):
    path = tmp_path / "x.xml"
    path.write_text(
        samples.junit(
            [
                ("verif.report.tests.test_report.TestIt", "test_a[x@y]", "bad"),
                ("verif.report.tests.test_report", "test_b[1]@77", "bad"),
                ("", "verif.fp.test_gone", "bad"),
            ]
        )
    )
    here = "verif/report/tests/test_report.py"
    assert [f.rerun for f in read_junit(path, 5).failures] == [
        f"make rerun ID='{here}::TestIt::test_a[x@y]@5'",
        f"make rerun ID='{here}::test_b[1]@77'",
        "make sim TEST=verif/fp/test_gone.py",
    ]
    assert rerun_line("a.py::t[it's]", 1) == """make rerun ID='a.py::t[it'"'"'s]@1'"""


def test_html_in_messages_is_text(tmp_path: Path):
    def spoil(r: Records) -> None:
        r["generate"] |= {"text": NASTY, "model": NASTY}
        r["plan"]["rows"][0] |= {"feature": NASTY, "id": NASTY}
        r["mutate"]["survivors"][0] |= {"mutant": NASTY}
        r["sim"]["slowest"][NASTY] = 3.0

    page, _ = build(samples.write(tmp_path, spoil, [(NASTY, NASTY, NASTY)]), TREE)
    assert page.count("<script>") == 1 and "<img" not in page and "49" not in page.split("7*7")[1][:9]
    assert page.count("&lt;script&gt;") >= 7


def test_command(tmp_path: Path):
    env = {k: v for k, v in os.environ.items() if k != "SIM_BUILD"} | {"SIM_BUILD": str(tmp_path / "new")}
    done = subprocess.run(
        [sys.executable, "-m", "tools.report"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Not all shown: Tests (not run yet)")
    assert (tmp_path / "new" / "report.html").is_file()
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "tools.report"],
        cwd=ROOT,
        env=env | {"SIM_BUILD": str(tmp_path / "file")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and done.stderr.startswith("error: ") and "Traceback" not in done.stderr


def test_written_whole(tmp_path: Path):
    path, _ = write(samples.write(tmp_path), TREE)
    assert path.read_text().rstrip().endswith("</html>")
    assert not list(tmp_path.glob("*.tmp"))
