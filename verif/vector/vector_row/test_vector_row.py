"""Tokens in flight walk real programmes through the vector row, every port in every cycle."""

from __future__ import annotations

import pytest

from golden import burn
from verif.lib.build import expect_refused, run_bench
from verif.lib.identity import identity, run_folder
from verif.lib.tools import ROOT
from verif.vector.vector_row.case import CASES, PARAMETERS, weights

LOADER = ROOT / "verif/vector/vector_row/vector_row_loader.sv"


@pytest.mark.parametrize("name", CASES)
def test_vector_row(name):
    """Tokens at several positions with and without an adapter, one to four at a time, resets in mid-job."""
    g = CASES[name]
    images = run_folder(identity()) / "images"
    burn.burn(weights(g), images)
    run_bench(
        "vector_row",
        "verif.vector.vector_row.tb_vector_row",
        {k: g.parameters[k] for k in PARAMETERS},
        extra_sources=[LOADER],
        env={"VECTOR_CASE": name},
        plusargs=[f"+roms={images}"],
    )


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"TOKENS": 0}, "vector_row: TOKENS is 0, legal: 1 to 4"),
        ({"TOKENS": 5}, "vector_row: TOKENS is 5, legal: 1 to 4"),
        ({"BLOCK": 7}, "BLOCK is 7, legal: a multiple of ROWS"),
        ({"H_BLOCK": 5}, "H_BLOCK is 5, legal: a multiple of ROWS"),
        ({"CPK": 3}, "CPK is 3, legal: "),
        ({"Q_WORDS": 3}, "Q_WORDS is 3, legal: "),
        ({"HOPS": 9}, "HOPS is 9, legal: 1 to 8"),
        ({"ROWS": 3, "BLOCK": 9, "H_BLOCK": 9}, "ROWS is 3, legal: a power of two"),
        ({"COLUMNS": 65}, "COLUMNS is 65, legal: 1 to 64"),
    ],
)
def test_refused(parameters, sentence):
    """Illegal parameters."""
    expect_refused("vector_row", parameters, sentence)
