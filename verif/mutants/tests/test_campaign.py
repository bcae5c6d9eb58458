"""A campaign judges, keeps what is finished, and tells survivors."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from golden.errors import RomaError
from tools import mutate
from verif.mutants import benches, report, survivors
from verif.mutants.benches import Stopped, Verdict
from verif.mutants.instrument import write_copy
from verif.mutants.tests.conftest import Fake


def test_a_bench_kills_and_a_blind_one_does_not(faults, hdl, tmp_path, monkeypatch):
    """The real thing: one build, the sum wrong in it, a bench that looks and one that does not."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "bench"))
    mutants = faults.by_block["fp/tiny"]
    with (hdl / "lint/verilator.vlt").open("a") as waivers:
        waivers.write("lint_off -rule PINCONNECTEMPTY\nlint_off -rule UNUSEDSIGNAL\n")
    number = 1 + next(i for i, m in enumerate(mutants) if m.original == "16'(a_i) + 16'(b_i)")
    write_copy(tmp_path / "copy", hdl, faults.sources, list(enumerate(mutants, 1)))

    def verdict(fault: int) -> Verdict:
        where = tmp_path / "copy", tmp_path / "builds", tmp_path / f"runs{fault}"
        return benches.run((str(tmp_path / "bench"),), *where, fault, 60)

    plain = verdict(0)
    assert plain.passed, plain.output
    killed = verdict(number)
    assert not killed.passed and "test_tiny" in killed.why and "(3, 4, -1)" in killed.output
    monkeypatch.setenv("TINY_BLIND", "1")
    assert verdict(number).passed


def test_resume_repeats_nothing(start, hdl, faults):
    mutants = faults.by_block["fp/tiny"]
    first = Fake(lambda n: n % 2 == 1)
    results = start(first).run(mutants)
    assert {m.id for m in mutants} == results.keys()
    alive = [m for m in mutants if not results[m.id].killed]
    # The chip kills every other survivor of the bench; each stage runs twice without a fault.
    assert len(alive) == len(mutants) // 4 and len(first.asked) == 4 + len(mutants) + len(mutants) // 2
    second = Fake(lambda n: True)
    assert start(second).run(mutants) == results and not second.asked


def test_a_changed_file_is_judged_anew_alone(start, hdl, faults):
    every = [m for some in faults.by_block.values() for m in some]
    start(Fake(lambda n: True)).run(every)
    path = hdl / "common/pair.sv"
    path.write_text(path.read_text() + "\n")
    again = Fake(lambda n: True)
    start(again).run(every)
    assert len(again.asked) == 2 + len(faults.by_block["common/pair"])


def test_benches_that_fail_without_a_fault_judge_nothing(start, faults):
    campaign = start(Fake(lambda n: True))
    campaign.runner = lambda *a, **k: Verdict(False, 0.1, "test_x", "boom")
    assert campaign.run(faults.by_block["fp/tiny"]) == {}
    assert "fp/tiny: fails without a fault (test_x)" in campaign.broken[0]


def test_an_error_ends_the_campaign_and_is_told(start, faults):
    campaign = start(Fake(lambda n: True))

    def runner(*where, fault=0, **_):
        if len(where) > 4 and where[4] == 3:
            raise RomaError("no bench")
        if benches.stopping.is_set():
            raise Stopped
        return Verdict(True, 0.1, "", "")

    campaign.runner = runner
    with pytest.raises(RomaError, match="no bench"):
        campaign.run(faults.by_block["fp/tiny"])
    assert len(campaign.file.read_text().splitlines()) < len(faults.by_block["fp/tiny"])


def test_survivors_are_told_and_explained(start, faults, tmp_path, monkeypatch):
    mutants = faults.by_block["fp/tiny"]
    results = start(Fake(lambda n: False)).run(mutants)
    one = mutants[0]
    entry = {"file": one.file, "kind": one.kind, "original": one.original, "mutant": one.mutant}
    gone = entry | {"original": "x <<< 9"}
    text = [e | {"verdict": "equivalent", "reason": "no input shows it"} for e in (entry, gone)]
    (tmp_path / "s.yaml").write_text(json.dumps(text))
    monkeypatch.setattr(report, "load", lambda: survivors.load(tmp_path / "s.yaml"))
    figures = report.figures(mutants, results, mutants)
    assert figures["survived"] == figures["sampled"] == len(mutants) and figures["score"] == 0
    assert figures["survivors"][0]["explanation"] == "equivalent: no input shows it"
    assert len(figures["explanations_without_fault"]) == 1
    out = io.StringIO()
    report.show(figures, Console(file=out, width=300))
    assert f"survived {mutants[-1].id} hdl/fp/tiny.sv:{mutants[-1].line}" in out.getvalue()
    assert "not explained" in out.getvalue() and "explains what is not there" in out.getvalue()


def test_the_committed_explanations_are_whole():
    survivors.load()


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"file": "a.sv"}, "entry 1 lacks .*kind"),
        (
            dict.fromkeys(("file", "kind", "original", "mutant", "reason"), "x") | {"verdict": "dunno"},
            "verdict 'dunno', legal: equivalent, accepted",
        ),
    ],
)
def test_a_poor_explanation_is_refused(tmp_path, entry, says):
    (tmp_path / "s.yaml").write_text(json.dumps([entry]))
    with pytest.raises(RomaError, match=says):
        survivors.load(tmp_path / "s.yaml")


@pytest.mark.parametrize(("name", "value"), [("BLOCK", "fp/none"), ("N", "many"), ("SEED", "x"), ("J", "0")])
def test_bad_input_ends_in_a_sentence(monkeypatch, capsys, name, value):
    monkeypatch.setenv(name, value)
    assert mutate.main() == 2
    assert f"error: {name} is '{value}', legal:" in capsys.readouterr().err


def test_a_block_has_benches():
    assert benches.benches_of("fp/fp_add") == ("verif/fp/fp_add",)
    assert "verif/fp/fp_functions" in benches.benches_of("fp/fp_pkg")
    assert benches.benches_of("top/roma_top") == benches.CHIP
