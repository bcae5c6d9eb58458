"""Runs the bench of accumulator over its depths; illegal ones are refused."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench


@pytest.mark.parametrize(("depth", "tokens"), [(1, 1), (1, 3), (2, 2), (5, 4), (64, 1), (64, 2)])
def test_accumulator(depth: int, tokens: int) -> None:
    """Contexts and banks, updates and reads; values and cycles."""
    parameters = {"ACC_DEPTH": depth, "TOKENS": tokens}
    run_bench("accumulator", "verif.matrix.accumulator.tb_accumulator", parameters)


def test_read_under_write() -> None:
    """A slot that is read in the cycle in which it is written stops the simulation."""
    with pytest.raises(pytest.fail.Exception, match="slot 1 of context 1, bank 0 is read while"):
        parameters = {"ACC_DEPTH": 2, "TOKENS": 2}
        run_bench("accumulator", "verif.matrix.accumulator.tb_read_under_write", parameters)


@pytest.mark.parametrize("depth", [0, 4097])
def test_refused(depth: int) -> None:
    """The sentence names the parameter and its value."""
    says = f"accumulator: ACC_DEPTH is {depth}, legal: 1 to 4096"
    expect_refused("accumulator", {"ACC_DEPTH": depth}, says)


@pytest.mark.parametrize("tokens", [0, 5])
def test_refused_tokens(tokens: int) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("accumulator", {"TOKENS": tokens}, f"accumulator: TOKENS is {tokens}, legal: 1 to 4")
