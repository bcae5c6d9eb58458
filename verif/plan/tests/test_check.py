"""Every way in which plan and tree can differ brings one sentence, with file, row and remedy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from golden.errors import RomaError
from verif.plan.check import check, never_sampled
from verif.plan.model import Named, load
from verif.plan.tests.small import BENCH, ROWS, TREE, row, told


def test_a_good_plan():
    assert check(ROWS, TREE) == []


def test_row_without_test():
    assert told([*ROWS, row("ties", "")]) == (
        "verif/plan/fp.yaml: row adder.ties names no test: name one under 'tests', or write it"
    )


def test_no_such_test():
    assert told([*ROWS, row("ties", "test_ader")]) == (
        f"verif/plan/fp.yaml: row adder.ties names the test {BENCH}::test_ader, which pytest does not "
        f"collect: is {BENCH}::test_adder meant?"
    )
    assert "test_adder[3], which pytest" in told([*ROWS, row("ties", "test_adder[3]")])


def test_no_such_cocotb_test():
    assert told([*ROWS, row("ties", "test_adder#ties")]) == (
        f"verif/plan/fp.yaml: row adder.ties names the cocotb test {BENCH}::test_adder#ties, which no "
        "tb_*.py beside test_adder.py has: correct or remove the name"
    )


def test_unnamed_test():
    nodes = (*TREE.nodes, f"{BENCH}::test_new[0]", f"{BENCH}::test_new[1]")
    assert told(nodes=nodes) == (
        f"{BENCH}::test_new is in no row: add it to the row of verif/plan/fp.yaml whose feature it shows"
    )


def test_unnamed_parametrisation():
    rows = [
        replace(ROWS[0], tests=(Named(f"{BENCH}::test_adder[1]#sums"),)),
        row("parameters", "test_refused"),
    ]
    (sentence,) = check(rows, replace(TREE, cocotb={"verif/fp/adder/tb_adder.py": ("sums",)}))
    assert sentence.startswith(f"{BENCH}::test_adder[2-[a]] is in no row")


def test_patterns():
    assert all(Named(f"{BENCH}::test_adder[{p}").means(TREE.nodes[1]) for p in ("2*]", "2-[a]]", "*]"))
    assert not any(Named(f"{BENCH}::test_a[{p}").means(TREE.nodes[1]) for p in ("2*]", "*]"))
    assert Named(BENCH).means(TREE.nodes[0]) and not Named("verif/fp/adder/test_ad.py").means(TREE.nodes[0])


def test_unnamed_cocotb_test():
    assert told(ROWS[::2], cocotb=TREE.cocotb) == (
        "verif/fp/adder/tb_adder.py: the cocotb test resets is in no row: name '<pytest test>#resets' in "
        "the row of verif/plan/fp.yaml whose feature it shows"
    )
    assert check(ROWS, replace(TREE, cocotb=TREE.cocotb | {"verif/fp/adder/tb_one.py": ("only",)})) == []
    assert "verif/chip/tb_x.py: the cocotb test only" in told(
        cocotb=TREE.cocotb | {"verif/chip/tb_x.py": ("only",)}
    )


def test_cover_points():
    assert told(points=TREE.points | {"adder.lanes": 1}) == (
        "verif/coverage/points: the cover point adder.lanes is in no row: add it under 'cover' to a row of "
        "the plan"
    )
    rows = [replace(ROWS[0], cover=(*ROWS[0].cover, "adder.ties")), *ROWS[1:]]
    assert told(rows) == (
        "verif/plan/fp.yaml: row adder.sums names the cover point adder.ties, which verif/coverage/points "
        "does not declare: correct or remove the name"
    )


def test_properties():
    assert "the property adder.commutes is in no row" in told(properties=("adder.exact", "adder.commutes"))
    assert "row adder.sums names the property adder.exact, which" in told(properties=())


def test_block_without_row():
    assert told(blocks=("fp/adder", "top/chip")) == (
        "verif/plan/chip.yaml: hdl/top/chip.sv has no row: add one for each of its features"
    )


def test_block_that_is_not_there():
    rows = [replace(r, block="fp/addr", id=r.id.replace("adder", "addr")) for r in ROWS[:1]]
    sentence = told([*rows, *ROWS[1:]], blocks=("fp/adder",))
    assert sentence == (
        "verif/plan/fp.yaml: row addr.sums is of fp/addr, which hdl/files.f does not list: is fp/adder meant?"
    )


def test_ids():
    assert told([*ROWS, ROWS[1]]) == (
        "verif/plan/fp.yaml: the id adder.reset is there 2 times: give each row its own"
    )
    assert "its id must be adder.<feature>" in told([*ROWS[:2], replace(ROWS[2], id="adders.parameters")])


def test_never_sampled():
    assert never_sampled(ROWS, {"adder.sign": (1, 2)}) == []
    assert never_sampled(ROWS, {"adder.sign": (1, 2), "adder.size": (0, 3)}) == [
        "verif/plan/fp.yaml: row adder.sums: cover point adder.size was never sampled in the last make cov: "
        "write a test that reaches it, or remove the point"
    ]


GOOD = "- block: fp/adder\n  bench: a/test_a.py\n  rows:\n    - {id: adder.x, feature: f, holds: h, how: s"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- block: [", r"fp.yaml is no YAML"),
        ("block: fp/adder", r"fp.yaml must be a list of blocks"),
        ("- rows: []", r"fp.yaml: a group has no 'block"),
        ("- block: fp/adder\n  row: []", r"fp.yaml: fp/adder has 'row', legal: block, bench, rows"),
        ("- block: fp/adder\n  rows: []", r"fp.yaml: fp/adder has no rows"),
        ("- block: fp/adder\n  rows: [text]", r"fp.yaml: fp/adder row 1 must have id, feature"),
        (GOOD + ", test: [t]}", r"fp.yaml: row adder.x has 'test', legal: id, feature"),
        (GOOD.replace("holds: h, ", "") + "}", r"fp.yaml: row adder.x needs 'holds', a text"),
        (GOOD + ", tests: t}", r"fp.yaml: row adder.x needs a list of names under 'tests'"),
        ("[]", "has no plan: put rows into"),
    ],
)
def test_broken_files(tmp_path: Path, text: str, says: str):
    (tmp_path / "fp.yaml").write_text(text)
    with pytest.raises(RomaError, match=says):
        load(tmp_path)


def test_a_file_is_read(tmp_path: Path):
    (tmp_path / "fp.yaml").write_text(GOOD + ", tests: [test_x#y, b/test_b.py]}\n")
    (one,) = load(tmp_path)
    assert [t.text for t in one.tests] == ["a/test_a.py::test_x#y", "b/test_b.py"]
    assert (one.block, one.id, one.cover, one.formal) == ("fp/adder", "adder.x", (), ())
