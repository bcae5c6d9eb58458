"""The screens: hints from synthetic differences, unit benches, assertions, what stands in a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from golden.chip import Chip, Step
from golden.probes import probes
from golden.tests.sizes import random_weights
from tools.waves import viewer
from verif.debug import patterns
from verif.debug.case import Case, beats_of, first_by_context, first_difference
from verif.debug.demo import instrumented
from verif.debug.planted import SIZE
from verif.debug.session import assertions
from verif.lib.mismatch import explain
from verif.lib.scoreboard import Scoreboard
from verif.lib.streams import Beat
from verif.lib.tools import ROOT
from verif.lib.unit_screen import differences, nearest

Change = Callable[[np.ndarray], np.ndarray]


Tokens = tuple[Chip, Step, Step]


@pytest.fixture(scope="module")
def token() -> Tokens:
    """Golden's first two tokens of a small chip, in flight side by side; the second one is looked at."""
    chip = Chip(random_weights(SIZE, seed=3))
    first, second = chip.start(0, 1, 100, False), chip.start(0, 2, 101, False)
    for _ in chip.finish(second):
        pass
    return chip, second, first


def case_of(token: Tokens, probe: str, change: Change) -> Case:
    """A case in which ``change`` has been applied to RTL's beats of a probe."""
    chip, step, other = token
    got = {n: r.copy() for n, r in step.records.items()}
    got[probe] = change(got[probe])
    d = first_difference(chip.schedule.probes[probe], got[probe], step.records[probe])
    assert d is not None
    return Case(chip, step, 1, got, [d], [other])


def fields(word: slice, value: Change) -> Change:
    """Replace data words of the first beat by a function of them."""

    def change(records: np.ndarray) -> np.ndarray:
        records[0, word] = value(records[0, word])
        return records

    return change


DATA = slice(5, None)  # of an accumulator beat: cycle, ctx, bank, slot, chunk in front


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (fields(DATA, lambda x: x - 1), "one unit in the last place: rounding, all towards zero: truncated"),
        (fields(DATA, lambda x: x + np.array([1, -1] * 3).astype(np.uint32)), "order of additions"),
        (fields(DATA, lambda x: x ^ np.uint32(1 << 31)), "only signs differ"),
        (fields(DATA, lambda x: x + np.uint32(2 << 23)), "golden times 2^2: exponent or scale"),
        (fields(DATA, lambda x: x - np.uint32(1 << 23)), "golden times 2^-1"),
        (fields(DATA, lambda x: x * 0), "RTL is zero where golden is not"),
        (fields(slice(7, 9), lambda x: x + np.uint32(99)), "only column 1: wiring or ROM content"),
        (fields(slice(6, None, 2), lambda x: x + np.uint32(99)), "only row 1 of every column"),
        (fields(DATA, lambda x: np.roll(x.reshape(3, 2), 1, 0).ravel()), "wiring between columns"),
        (fields(DATA, lambda x: x.reshape(3, 2)[:, ::-1].ravel()), "wiring between rows"),
        (fields(slice(3, 4), lambda x: x + 1), "right data under a wrong tag: slot"),
    ],
)
def test_hint(token, change, hint):
    """What the differences have in common is said."""
    case = case_of(token, "acc", change)
    assert hint in " | ".join(patterns.hints(case))
    assert len(explain(case, {}).splitlines()) < 40


def test_neighbours_beat(token):
    """A beat that holds its successor's value."""

    def change(records: np.ndarray) -> np.ndarray:
        records[3, DATA] = records[4, DATA]
        return records

    assert "golden's beat +1 of the operation: address off by one" in str(
        patterns.hints(case_of(token, "acc", change))
    )


def test_stale(token):
    """A slot that still holds what the operation before left there."""
    acc = token[1].records["acc"]
    third = np.flatnonzero((acc[:, 1:4] == acc[0, 1:4]).all(axis=1) & (acc[:, 4] == 0))[1]

    def change(records: np.ndarray) -> np.ndarray:
        older = np.flatnonzero((records[:third, 1:4] == records[third, 1:4]).all(axis=1))[-1]
        records[third, DATA] = records[older, DATA]
        return records

    assert "still holds what was there before (layer 0 L.GEMV" in str(
        patterns.hints(case_of(token, "acc", change))
    )


def test_other_context(token):
    """A beat that holds what the other token in flight has in that operation."""
    case = case_of(token, "acc", fields(DATA, lambda x: x + 1))
    mine, others = case.beats("acc", case.pc), token[2].records["acc"]
    assert np.array_equal(mine[0, 2:5], others[0, 2:5]) and not np.array_equal(mine[0, DATA], others[0, DATA])
    hints = patterns.hints(case_of(token, "acc", fields(DATA, lambda x: others[0, DATA])))
    assert "what the token of context 0 (id 1, position 0) has here: contexts are mixed up" in str(hints)


def test_stale_of_a_token_that_was(token):
    """What a token left behind is known when its values are forgotten."""
    chip, step, other = token
    left = other.records["drain"]
    left = left[(left[:, 0] < step.records["drain"][0, 0]) & (left[:, 1] == 0)][-1]
    case = case_of(token, "drain", fields(slice(2, None), lambda x: left[2:]))
    case = Case(chip, step, 1, case.got, case.differences, [beats_of(other)])
    assert f"still holds what was there before (cycle {left[0]})" in str(patterns.hints(case))


@pytest.mark.parametrize(("op", "hint"), [("SCORE", "the KV order is lost"), ("NORM", "rinv unit")])
def test_too_early(token, op, hint):
    """An operation that issues before the issue rule allows it, between those of the older token."""
    chip, step, other = token
    program = chip.schedule.program
    pc = next(k for k, i in enumerate(program) if op in str(i) or (op == "NORM" and i.transform == 1))
    early = other.issue[pc] - 1

    def change(records: np.ndarray) -> np.ndarray:
        records[records[:, 2] == pc + 1, 0] = early
        return records

    case = case_of(token, "issue", change)
    assert hint in str(patterns.hints(case)), patterns.hints(case)
    assert str(program[pc]) in explain(case, {}) and "context 1, beside context 0" in explain(case, {})


def test_contexts_are_compared_one_by_one(token):
    """An early beat of one context does not make the other's beats differences."""
    chip, step, other = token
    probe = probes(SIZE)["issue"]
    want = np.concatenate([other.records["issue"], step.records["issue"]])
    want = want[np.lexsort((want[:, 1], want[:, 0]))]
    got = want.copy()
    mine = np.flatnonzero(got[:, 1] == 1)
    row = 1 + int(np.argmax(np.diff(got[mine, 0])))  # behind the longest pause
    k = int(mine[row])
    got[k, 0] = got[mine[row - 1], 0] + 1
    got = got[np.lexsort((got[:, 1], got[:, 0]))]
    d, rows = first_by_context(probe, got, want)
    assert (d.kind, d.row, d.cycle) == ("early", row, want[mine[row - 1], 0] + 1) and rows[row] == k
    got = want.copy()
    got[k, 1] = 0
    assert first_by_context(probe, got, want)[0].kind == "tag"
    assert first_by_context(probe, want, want) is None


def test_moved_in_time(token):
    """All beats of one operation a cycle late; other operations are untouched."""
    case = case_of(token, "acc", fields(DATA, lambda x: x + 1))
    n = len(case.beats("acc", case.pc))

    def whole(records: np.ndarray) -> np.ndarray:
        records[:n, 0] += 2
        return records

    case = case_of(token, "acc", whole)
    assert patterns.shift(case) == 2
    assert f"all {n} beats of the operation are 2 cycles late: timing" in str(patterns.hints(case))


@pytest.mark.parametrize(
    "probe", ["bcast", "kv", "vmem", "prob", "score", "gmax", "red", "inv", "rinv", "drain"]
)
def test_every_probe_has_a_screen(token, probe):
    """A flipped bit anywhere gives a page with operation, stage before, element."""

    def change(records: np.ndarray) -> np.ndarray:
        records[-1, -1] ^= 1 << 2
        return records

    screen = explain(case_of(token, probe, change), {})
    assert "first bad" in screen and "between" in screen and "RTL" in screen
    assert "last good" in screen, screen
    assert max(map(len, screen.splitlines())) <= 112


def test_assertion_is_quoted(tmp_path):
    """The first assertion of a simulation stands on the screen, with the file as people open it."""
    log = tmp_path / "sim.log"
    log.write_text(
        "[51] %Error: /a/b/hdl/matrix/drain.sv:44: Assertion failed in tb_roma.u_dut: drain: no\n"
        "%Error: /a/b/hdl/matrix/drain.sv:44: Verilog $stop\nAborting...\n"
    )
    assert assertions(log) == [
        "assertion  [51] %Error: hdl/matrix/drain.sv:44: Assertion failed in tb_roma.u_dut: drain: no"
    ]
    assert assertions(tmp_path / "none") == []


def test_unit_screen():
    """Block, port, cycle, hex and number, pattern."""
    screen = differences("drain", "data_o", 17, [0x3F800001, 5], [0x3F800000, 5], 32, "slot 3")
    assert screen.splitlines() == [
        "MISMATCH in drain: data_o in cycle 17, slot 3",
        "  elements   1 of 2 differ:",
        "    [0] RTL 3f800001 (1.00000012)  expected 3f800000 (1)",
        "  pattern    all differ by one unit in the last place: rounding",
    ]
    assert differences("drain", "data_o", 17, [1], [1], 32) == ""
    assert "RTL ff (-1)" in differences("mx_quant", "data_o", 1, [0xFF], [0x0F], 8)
    assert "only signs" in differences("rope", "y_o", 1, [0xBF800000], [0x3F800000], 32)
    assert "2^1" in differences("rope", "y_o", 1, [0x40000000], [0x3F800000], 32)
    assert "moved by 1" in differences("mesh", "x", 1, [13, 11, 12], [11, 12, 13], 32)
    assert "holds golden's element 2" in differences("mesh", "x", 1, [13, 12, 13], [11, 12, 13], 32)
    assert nearest(7, [9, 20]) == "golden's nearest beat is in cycle 9: 2 early?"
    assert nearest(7, []) == "golden expects no further beat"


def test_scoreboard_screen():
    """A scoreboard shows packed fields element by element, time, and a lost beat."""
    board = Scoreboard("pipe", {"data": 8})
    board.expect({"data": 0x0102}, 5)
    board.expect({"data": 0x0103}, 6)
    with pytest.raises(AssertionError) as e:
        board.see(Beat(7, {"data": 0x0103}))
    text = str(e.value)
    assert "pipe: beat 0 in cycle 7 is data 0x103, expected data 0x102" in text
    assert "RTL cycle 7, expected 5 (+2)" in text and "[0] RTL 03 (3)  expected 02 (2)" in text
    assert "golden expects 1 beats later: a beat was lost" in text


def test_failing_unit_bench():
    """A bench of one block on RTL with a bug shows the short screen."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    env |= {"HDL": str(instrumented()), "FAULT": "4"}
    node = "verif/matrix/accumulator/test_accumulator.py::test_accumulator[2-2]"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", node]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    assert "MISMATCH in accumulator: value_o in cycle" in done.stdout, done.stdout[-3000:]
    assert "make rerun ID=" in done.stdout


def test_viewer(tmp_path, monkeypatch):
    """The saved view is opened when there is one; without a viewer nothing is."""
    fst, bin_ = tmp_path / "waves.fst", tmp_path / "bin"
    bin_.mkdir()
    monkeypatch.setenv("PATH", str(bin_))
    assert viewer(fst) is None
    _tool(bin_ / "gtkwave")
    assert viewer(fst) == ["gtkwave", str(fst)]
    for suffix in ("gtkw", "sucl"):
        (tmp_path / f"mismatch.{suffix}").touch()
    assert viewer(fst) == ["gtkwave", str(tmp_path / "mismatch.gtkw")]
    _tool(bin_ / "surfer")
    assert viewer(fst) == ["surfer", "-c", str(tmp_path / "mismatch.sucl")]


def _tool(path: Path) -> None:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
