"""One vector unit walks real programmes of tokens in flight, as each column of several rows."""

from __future__ import annotations

import re

import pytest

from golden import burn
from verif.lib.build import expect_refused, run_bench
from verif.lib.identity import identity, run_folder
from verif.lib.tools import ROOT
from verif.vector.vector_row.case import CASES, PARAMETERS, weights

LOADER = ROOT / "verif/vector/vector_unit/vector_unit_loader.sv"
OF_THE_ROW = {"COLUMNS", "HOPS", "HIDDEN_WORDS", "INV_HIDDEN", "RMS_EPS"}


@pytest.mark.parametrize(
    ("name", "column"),
    [("tiny", 0), ("odd", 2), ("shared", 1), ("shared", 3), ("one", 0), ("six", 5), ("word", 1)],
)
def test_vector_unit(name: str, column: int) -> None:
    """Every write, every word sent, the best; gaps, a reset in mid-job."""
    g = CASES[name]
    images = run_folder(identity()) / "images"
    burn.burn(weights(g), images, codes=False)
    run_bench(
        "vector_unit",
        "verif.vector.vector_unit.tb_vector_unit",
        {k: g.parameters[k] for k in PARAMETERS if k not in OF_THE_ROW},
        extra_sources=[LOADER],
        env={"VECTOR_CASE": name, "VECTOR_COLUMN": str(column)},
        plusargs=[f"+roms={images}", f"+column={column}"],
    )


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"TOKENS": 0}, "vector_unit: TOKENS is 0, legal: 1 to 4"),
        ({"TOKENS": 5}, "vector_unit: TOKENS is 5, legal: 1 to 4"),
        ({"ROWS": 1}, "vector_unit: ROWS is 1, legal: a power of two, 2 to 64"),
        ({"ROWS": 6}, "vector_unit: ROWS is 6, legal: a power of two, 2 to 64"),
        ({"BLOCK": 0}, "vector_unit: BLOCK is 0, legal: a multiple of ROWS (2)"),
        ({"BLOCK": 7}, "vector_unit: BLOCK is 7, legal: a multiple of ROWS (2)"),
        ({"H_BLOCK": 5}, "vector_unit: H_BLOCK is 5, legal: a multiple of ROWS (2)"),
        ({"FRAC_BITS": 5}, "FRAC_BITS is 5, legal: 0 to 4"),
        ({"VMEM_WORDS": 4097}, "vector_unit: VMEM_WORDS is 4097, legal: 1 to 4096"),
        ({"EMBED_WORDS": 0}, "vector_unit: EMBED_WORDS is 0, legal: >= 1"),
        ({"NORM_WORDS": 0}, "vector_unit: NORM_WORDS is 0, legal: >= 1"),
        ({"ROPE_WORDS": 0}, "vector_unit: ROPE_WORDS is 0, legal: >= 1"),
        ({"Q_PER_KV": 3, "Q_WORDS": 12}, "Q_PER_KV is 3, legal: 1 to ROWS (2)"),
        ({"VOCAB_ROWS": 0}, "VOCAB_ROWS is 0, legal: >= 1"),
        ({"HEAD_DIM": 7}, "vector_unit: HEAD_DIM is 7, legal: a multiple of ROWS (2)"),
        ({"CPK": 0}, "vector_unit: CPK is 0, legal: a power of two, 1 to 64"),
        ({"CPK": 3}, "vector_unit: CPK is 3, legal: a power of two, 1 to 64"),
        ({"Q_WORDS": 3}, "vector_unit: Q_WORDS is 3, legal: Q_PER_KV*HEAD_DIM/ROWS/CPK"),
        ({"K_WORDS": 5}, "vector_unit: K_WORDS is 5, legal: HEAD_DIM/ROWS/CPK"),
        ({"ATT_BASE": 0}, "vector_unit: ATT_BASE is 0, legal: 1 to T_BASE - Q_WORDS (28 - 4)"),
        ({"ATT_BASE": 25}, "vector_unit: ATT_BASE is 25, legal: 1 to T_BASE - Q_WORDS (28 - 4)"),
        ({"T_BASE": 32}, "vector_unit: T_BASE is 32, legal: below VMEM_WORDS (32)"),
    ],
)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("vector_unit", parameters, re.escape(says))
