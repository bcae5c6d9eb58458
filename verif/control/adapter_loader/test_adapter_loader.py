"""adapter_loader: images good and bad, streams that rest, resets, at several meshes."""

from __future__ import annotations

import re

import pytest

from verif.lib.build import expect_refused, run_bench
from verif.lib.streams import STALLS

NAMES = ("COLUMNS", "ROWS", "H_BLOCK", "ADAPTER_SLOTS", "ADAPTER_WORDS")
CASES = [(2, 2, 16, 2, 4), (1, 2, 16, 1, 1), (3, 4, 32, 15, 3)]


@pytest.mark.parametrize("stalls", [s for s in STALLS if s in ("none", "source")])
@pytest.mark.parametrize("case", CASES, ids=lambda c: "-".join(map(str, c)))
def test_adapter_loader(case: tuple[int, ...], stalls: str) -> None:
    """Every output in every cycle."""
    parameters = dict(zip(NAMES, case, strict=True))
    tb = "verif.control.adapter_loader.tb_adapter_loader"
    run_bench("adapter_loader", tb, parameters, env={"STALLS": stalls})


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"H_BLOCK": 8}, "H_BLOCK is 8, legal: a multiple of 8, at least 16"),
        ({"H_BLOCK": 20}, "H_BLOCK is 20, legal: a multiple of 8, at least 16"),
        ({"ADAPTER_SLOTS": 0}, "ADAPTER_SLOTS is 0, legal: 1 to 15"),
        ({"ADAPTER_SLOTS": 16}, "ADAPTER_SLOTS is 16, legal: 1 to 15"),
        ({"ADAPTER_WORDS": 0}, "ADAPTER_WORDS is 0, legal: >= 1"),
        ({"COLUMNS": 0}, "COLUMNS x ROWS is 0 x 2, legal: 1 to 64 each"),
        ({"ROWS": 65}, "COLUMNS x ROWS is 2 x 65, legal: 1 to 64 each"),
    ],
)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("adapter_loader", parameters, re.escape(f"adapter_loader: {says}"))
