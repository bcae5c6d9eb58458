"""The committed plan fits the tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden.errors import RomaError
from verif.plan import tree
from verif.plan.check import check
from verif.plan.model import load


def test_the_plan_fits():
    there = tree.look()
    assert len(there.nodes) > 1000 and len(there.points) > 200 and len(there.properties) > 50
    problems = check(load(), there)
    assert not problems, "\n".join(problems)


def test_cocotb_tests_by_syntax(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tree, "ROOT", tmp_path)
    (tmp_path / "tb_x.py").write_text(
        "import cocotb\n@cocotb.test(timeout_time=1)\nasync def one(dut): ...\n"
        "@cocotb.test()\nasync def two(dut): ...\nasync def helper(dut): ...\n"
        "@other\nasync def no(dut): ...\n"
    )
    assert tree.cocotb_tests(tmp_path) == {"tb_x.py": ("one", "two")}


def test_a_file_that_cannot_be_collected(tmp_path: Path):
    (tmp_path / "test_x.py").write_text("import nothing_of_that_name\n")
    with pytest.raises(RomaError, match=r"cannot collect \S*test_x.py: .*nothing_of_that_name.*: mend"):
        tree.collect((str(tmp_path),))
