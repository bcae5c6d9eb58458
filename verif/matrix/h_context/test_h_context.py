"""Runs the bench of the context accumulators over its parameters; illegal ones are refused."""

from __future__ import annotations

import re

import pytest

from verif.lib.build import expect_refused, run_bench
from verif.matrix.h_cases import ILLEGAL, PARTS, label

CASES = PARTS["h_context"]
REFUSED = [(p, says) for top, p, says in ILLEGAL if top == "h_context"]


@pytest.mark.parametrize("parameters", CASES, ids=label)
def test_random(parameters: dict[str, int]) -> None:
    """Values and cycles of random stimuli."""
    run_bench("h_context", "verif.matrix.h_context.tb_h_context", parameters)


@pytest.mark.parametrize(("parameters", "says"), REFUSED, ids=label)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("h_context", parameters, re.escape(says))
