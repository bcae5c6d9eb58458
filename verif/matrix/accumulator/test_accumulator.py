"""Runs the bench of accumulator over its depths; illegal ones are refused."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench


@pytest.mark.parametrize("depth", [1, 2, 5, 64])
def test_accumulator(depth: int) -> None:
    """Both banks, updates and reads; values and cycles."""
    run_bench("accumulator", "verif.matrix.accumulator.tb_accumulator", {"ACC_DEPTH": depth})


@pytest.mark.parametrize("depth", [0, 4097])
def test_refused(depth: int) -> None:
    """The sentence names the parameter and its value."""
    says = f"accumulator: ACC_DEPTH is {depth}, legal: 1 to 4096"
    expect_refused("accumulator", {"ACC_DEPTH": depth}, says)
