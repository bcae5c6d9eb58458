"""Runs the bench of matrix_unit over geometries; illegal parameters are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from verif.lib.build import expect_refused, run_bench
from verif.lib.identity import base_seed
from verif.matrix.matrix_unit.case import GEOMETRIES, Case

IMAGE = Path(__file__).parent / "matrix_unit_image.sv"


@pytest.mark.parametrize("name", GEOMETRIES)
def test_matrix_unit(name: str, tmp_path: Path) -> None:
    """Whole jobs on random weights: GEMV, drain, LoRA, attention; values and cycles."""
    case = Case(name, base_seed())
    run_bench(
        "matrix_unit",
        "verif.matrix.matrix_unit.tb_matrix_unit",
        case.parameters,
        extra_sources=[IMAGE],
        env={"MATRIX_UNIT_CASE": json.dumps({"name": name, "seed": case.seed})},
        plusargs=case.write_images(tmp_path),
    )


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"SCALE_WORDS": 0}, "matrix_unit: SCALE_WORDS is 0, legal: >= 1"),
        ({"TOKENS": 0}, "TOKENS is 0, legal: 1 to 4"),
        ({"TOKENS": 5}, "TOKENS is 5, legal: 1 to 4"),
        ({"FRAC_BITS": 5}, "dequantiser: FRAC_BITS is 5, legal: 0 to 4"),
        ({"WORD_BITS": 48}, "fused_cell: WORD_BITS is 48, legal: 16, 32, 64 or 128"),
    ],
)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value; each block checks its own."""
    expect_refused("matrix_unit", parameters, says)
