"""host_port: commands, refusals, streams that rest, resets, at several contexts."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench
from verif.lib.streams import STALLS

NAMES = ("CONTEXT", "ADAPTER_SLOTS", "ADAPTER_WORDS", "STOP_TOKENS")
CASES = [(16, 2, 4, 4), (1, 1, 1, 1), (5, 15, 928, 16)]


@pytest.mark.parametrize("stalls", STALLS)
@pytest.mark.parametrize("case", CASES, ids=lambda c: "-".join(map(str, c)))
def test_host_port(case: tuple[int, ...], stalls: str) -> None:
    """Every output in every cycle."""
    parameters = dict(zip(NAMES, case, strict=True))
    run_bench("host_port", "verif.control.host_port.tb_host_port", parameters, env={"STALLS": stalls})


def test_largest_context() -> None:
    """The ends of the counters: a context of 4,096 filled in one RUN, then refused."""
    parameters = dict(zip(NAMES, (4096, 2, 4, 4), strict=True))
    tb = "verif.control.host_port.tb_host_port"
    run_bench("host_port", tb, parameters, env={"STALLS": "none"}, testcase="fill_context$")


@pytest.mark.parametrize(
    ("name", "value", "legal"),
    [
        ("CONTEXT", 0, "1 to 4096"),
        ("CONTEXT", 4097, "1 to 4096"),
        ("ADAPTER_SLOTS", 0, "1 to 15"),
        ("ADAPTER_SLOTS", 16, "1 to 15"),
        ("ADAPTER_WORDS", 0, ">= 1"),
        ("STOP_TOKENS", 0, "1 to 16"),
        ("STOP_TOKENS", 17, "1 to 16"),
    ],
)
def test_refused(name: str, value: int, legal: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("host_port", {name: value}, f"host_port: {name} is {value}, legal: {legal}")
