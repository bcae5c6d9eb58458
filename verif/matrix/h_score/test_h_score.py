"""Runs the bench of the scores over its parameters; illegal ones are refused."""

from __future__ import annotations

import re

import pytest

from verif.lib.build import expect_refused, run_bench
from verif.matrix.h_cases import ILLEGAL, PARTS, label

CASES = PARTS["h_score"]
REFUSED = [(p, says) for top, p, says in ILLEGAL if top == "h_score"]


@pytest.mark.parametrize("parameters", CASES, ids=label)
def test_random(parameters: dict[str, int]) -> None:
    """Values and cycles of random stimuli."""
    run_bench("h_score", "verif.matrix.h_score.tb_h_score", parameters)


@pytest.mark.parametrize(("parameters", "says"), REFUSED, ids=label)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("h_score", parameters, re.escape(says))
