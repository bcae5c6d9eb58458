"""host_port: commands, refusals, streams that rest, resets, at several contexts, tokens and sequences."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench
from verif.lib.streams import STALLS

NAMES = ("CONTEXT", "GROUP_UNITS", "TOKENS", "SEQUENCES", "ADAPTER_SLOTS", "ADAPTER_WORDS", "STOP_TOKENS")
CASES = [(16, 2, 1, 1, 2, 4, 4), (1, 1, 2, 2, 1, 1, 1), (5, 3, 4, 4, 15, 928, 16), (16, 4, 3, 2, 2, 4, 4)]
# One sequence with a pipeline, several with one token at a time; without stalls.
MORE = [(16, 2, 4, 1, 2, 4, 4), (9, 4096, 1, 3, 2, 4, 2), (16, 5, 2, 4, 3, 8, 4)]
TB = "verif.control.host_port.tb_host_port"


@pytest.mark.parametrize("stalls", STALLS)
@pytest.mark.parametrize("case", CASES, ids=lambda c: "-".join(map(str, c)))
def test_host_port(case: tuple[int, ...], stalls: str) -> None:
    """Every output in every cycle."""
    run_bench("host_port", TB, dict(zip(NAMES, case, strict=True)), env={"STALLS": stalls})


@pytest.mark.parametrize("case", MORE, ids=lambda c: "-".join(map(str, c)))
def test_more_sizes(case: tuple[int, ...]) -> None:
    """Other pairs of tokens and sequences."""
    run_bench("host_port", TB, dict(zip(NAMES, case, strict=True)), env={"STALLS": "both"})


def test_largest_context() -> None:
    """The ends of the counters: a context of 4,096 filled in one RUN, then refused."""
    parameters = dict(zip(NAMES, (4096, 2, 1, 1, 2, 4, 4), strict=True))
    run_bench("host_port", TB, parameters, env={"STALLS": "none"}, testcase="fill_context$")


@pytest.mark.parametrize(
    ("name", "value", "module", "legal"),
    [
        ("CONTEXT", 0, "sequence_run", "1 to 4096"),
        ("CONTEXT", 4097, "sequence_run", "1 to 4096"),
        ("GROUP_UNITS", 0, "sequence_run", "1 to 4096"),
        ("GROUP_UNITS", 4097, "sequence_run", "1 to 4096"),
        ("TOKENS", 0, "sequence_run", "1 to 4"),
        ("TOKENS", 5, "sequence_run", "1 to 4"),
        ("SEQUENCES", 0, "host_port", "1 to 4"),
        ("SEQUENCES", 5, "host_port", "1 to 4"),
        ("ADAPTER_SLOTS", 0, "sequence_run", "1 to 15"),
        ("ADAPTER_SLOTS", 16, "sequence_run", "1 to 15"),
        ("ADAPTER_WORDS", 0, "host_port", ">= 1"),
        ("STOP_TOKENS", 0, "stop_list", "1 to 16"),
        ("STOP_TOKENS", 17, "stop_list", "1 to 16"),
    ],
)
def test_refused(name: str, value: int, module: str, legal: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("host_port", {name: value}, f"{module}: {name} is {value}, legal: {legal}")
