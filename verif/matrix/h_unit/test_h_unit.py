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


@pytest.mark.parametrize("name", H_UNIT)
def test_in_flight(name: str) -> None:
    """Jobs of several tokens without a gap, broadcasts, drains and loads beside them."""
    run_bench("h_unit", "verif.matrix.h_unit.tb_in_flight", H_UNIT[name])


@pytest.mark.parametrize("port", ["write", "read"])
def test_collision(port: str) -> None:
    """Two users of a port of the SRAM in one cycle end the simulation with a failure that says so."""
    with pytest.raises(pytest.fail.Exception, match=f"two users of the SRAM's {port} port"):
        run_bench("h_unit", "verif.matrix.h_unit.tb_collision", env={"COLLISION": port})


@pytest.mark.parametrize(("parameters", "says"), REFUSED, ids=label)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("h_unit", parameters, re.escape(says))
