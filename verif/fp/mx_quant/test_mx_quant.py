"""mx_quant: blocks of every kind and length against golden, values and cycles."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, lint, run_bench

SHAPES = [(1, 1), (1, 5), (2, 8), (3, 9), (4, 32), (8, 64), (16, 16), (4, 256)]


@pytest.mark.parametrize(("lanes", "max_block"), SHAPES)
def test_mx_quant(lanes: int, max_block: int) -> None:
    """All cocotb tests, from one word a block to 64."""
    run_bench("mx_quant", "verif.fp.mx_quant.tb_mx_quant", {"LANES": lanes, "MAX_BLOCK": max_block})


def test_lint() -> None:
    """Clean alone."""
    done = lint("mx_quant")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("lanes", "max_block", "message"),
    [
        (0, 32, "LANES is 0, legal: 1 or more"),
        (4, 30, r"MAX_BLOCK is 30, legal: a multiple of LANES \(4\), up to 256"),
        (4, 260, "MAX_BLOCK is 260, legal"),
        (8, 4, "MAX_BLOCK is 4, legal"),
    ],
)
def test_illegal_parameters(lanes: int, max_block: int, message: str) -> None:
    """Refused with a sentence."""
    expect_refused("mx_quant", {"LANES": lanes, "MAX_BLOCK": max_block}, message)
