"""Runs the bench of the H-Unit over its parameters; illegal ones are refused."""

from __future__ import annotations

import re

import pytest

from verif.lib.build import expect_refused, run_bench
from verif.matrix.h_cases import H_UNIT, ILLEGAL, label

REFUSED = [(p, says) for top, p, says in ILLEGAL if top == "h_unit"]


@pytest.mark.parametrize("name", H_UNIT)
def test_jobs(name: str) -> None:
    """LoRA, KV append, attention, back to back, reset: values and cycles of every port."""
    run_bench("h_unit", "verif.matrix.h_unit.tb_h_unit", H_UNIT[name])


def test_collision() -> None:
    """Two users of the SRAM's port in one cycle end the simulation with a failure that says so."""
    with pytest.raises(pytest.fail.Exception, match="two users of the SRAM"):
        run_bench("h_unit", "verif.matrix.h_unit.tb_collision")


@pytest.mark.parametrize(("parameters", "says"), REFUSED, ids=label)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("h_unit", parameters, re.escape(says))
