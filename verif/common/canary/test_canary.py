"""The benches' own alarm: what must fail a run does, and says how to repeat it."""

from __future__ import annotations

from pathlib import Path

import pytest

from verif.lib.build import run_bench

TB = "verif.common.canary.tb_canary"
HERE = Path(__file__).parent


def canary(testcase: str | None, tb: str = TB) -> None:
    """One run of the canary."""
    run_bench("canary", tb, extra_sources=(HERE / "canary.sv",), testcase=testcase, timeout_s=60)


def test_passes() -> None:
    """The canary itself is fine."""
    canary("passes")


@pytest.mark.parametrize(
    ("testcase", "words"),
    [
        ("trips", r"Assertion failed.*a_canary"),
        ("asserts", "the canary was not seen"),
        ("part_asserts", "a part failed"),
        ("hangs", "(?i)timeout"),
        ("no_such_test", "no test|without results|No tests"),
    ],
)
def test_fails(testcase: str, words: str) -> None:
    """Every alarm reaches pytest, with the words of the simulation and the line that repeats it."""
    with pytest.raises(pytest.fail.Exception) as caught:
        canary(testcase)
    caught.match(words)
    caught.match(r"make rerun ID='verif/common/canary/test_canary\.py::test_fails\[.*@\d+'")


def test_module_without_tests() -> None:
    """An empty cocotb module is a failure."""
    with pytest.raises(pytest.fail.Exception):
        canary(None, "verif.common.canary.tb_empty")


def test_missing_module() -> None:
    """So is one that is not there."""
    with pytest.raises(pytest.fail.Exception):
        canary(None, "verif.common.canary.tb_nowhere")
