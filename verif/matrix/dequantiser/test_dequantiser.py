"""Runs the bench of dequantiser over columns and fractional bits; illegal ones are refused."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench


@pytest.mark.parametrize(("columns", "frac_bits"), [(1, 0), (2, 4), (3, 2), (5, 4), (6, 4), (16, 0)])
def test_dequantiser(columns: int, frac_bits: int) -> None:
    """Terms and tree; values and cycles."""
    parameters = {"COLUMNS": columns, "FRAC_BITS": frac_bits}
    run_bench("dequantiser", "verif.matrix.dequantiser.tb_dequantiser", parameters)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"COLUMNS": 65}, "dequantiser: COLUMNS is 65, legal: 1 to 64"),
        ({"COLUMNS": 0}, "dequantiser: COLUMNS is 0, legal: 1 to 64"),
        ({"FRAC_BITS": 5}, "dequantiser: FRAC_BITS is 5, legal: 0 to 4"),
    ],
)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("dequantiser", parameters, says)
