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
from golden.tests.sizes import ODD, random_weights
from tools.waves import viewer
from verif.debug import patterns
from verif.debug.case import Case, first_difference
from verif.debug.demo import instrumented
from verif.debug.session import assertions
from verif.lib.mismatch import explain
from verif.lib.scoreboard import Scoreboard
from verif.lib.streams import Beat
from verif.lib.tools import ROOT
from verif.lib.unit_screen import differences, nearest

Change = Callable[[np.ndarray], np.ndarray]


@pytest.fixture(scope="module")
def token() -> tuple[Chip, Step]:
    """Golden's second token of a small chip."""
    chip = Chip(random_weights(ODD, seed=3))
    chip.step(1, 100, False)
    return chip, chip.step(2, 5000, False)


def case_of(token: tuple[Chip, Step], probe: str, change: Change) -> Case:
    """A case in which ``change`` has been applied to RTL's beats of a probe."""
    chip, step = token
    got = {n: r.copy() for n, r in step.records.items()}
    got[probe] = change(got[probe])
    d = first_difference(chip.schedule.probes[probe], got[probe], step.records[probe])
    assert d is not None
    return Case(chip, step, 1, got, [d])


def fields(word: slice, value: Change) -> Change:
    """Replace data words of the first beat by a function of them."""

    def change(records: np.ndarray) -> np.ndarray:
        records[0, word] = value(records[0, word])
        return records

    return change


DATA = slice(4, None)  # of an accumulator beat: cycle, bank, slot, chunk in front


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (fields(DATA, lambda x: x - 1), "one unit in the last place: rounding, all towards zero: truncated"),
        (fields(DATA, lambda x: x + np.array([1, -1] * 3).astype(np.uint32)), "order of additions"),
        (fields(DATA, lambda x: x ^ np.uint32(1 << 31)), "only signs differ"),
        (fields(DATA, lambda x: x + np.uint32(2 << 23)), "golden times 2^2: exponent or scale"),
        (fields(DATA, lambda x: x - np.uint32(1 << 23)), "golden times 2^-1"),
        (fields(DATA, lambda x: x * 0), "RTL is zero where golden is not"),
        (fields(slice(6, 8), lambda x: x + np.uint32(99)), "only column 1: wiring or ROM content"),
        (fields(slice(5, None, 2), lambda x: x + np.uint32(99)), "only row 1 of every column"),
        (fields(DATA, lambda x: np.roll(x.reshape(3, 2), 1, 0).ravel()), "wiring between columns"),
        (fields(DATA, lambda x: x.reshape(3, 2)[:, ::-1].ravel()), "wiring between rows"),
        (fields(slice(2, 3), lambda x: x + 1), "right data under a wrong tag: slot"),
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
        records[3, 4:] = records[4, 4:]
        return records

    assert "golden's beat +1 of the operation: address off by one" in str(
        patterns.hints(case_of(token, "acc", change))
    )


def test_stale(token):
    """A slot that still holds what the operation before left there."""
    chip, step = token
    acc = step.records["acc"]
    third = np.flatnonzero((acc[:, 1:3] == acc[0, 1:3]).all(axis=1) & (acc[:, 3] == 0))[1]

    def change(records: np.ndarray) -> np.ndarray:
        older = np.flatnonzero((records[:third, 1:3] == records[third, 1:3]).all(axis=1))[-1]
        records[third, 4:] = records[older, 4:]
        return records

    assert "still holds what was there before (layer 0 L.GEMV" in str(
        patterns.hints(case_of(token, "acc", change))
    )


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
    node = "verif/matrix/accumulator/test_accumulator.py::test_accumulator[2]"
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
