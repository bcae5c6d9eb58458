"""The blocks of a vector unit, one by one, at several lane counts."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench

UNITS = ("rope", "silu_mul", "residual", "embedding", "rms_norm", "softmax_inv", "argmax")


@pytest.mark.parametrize("lanes", [2, 4, 16])
@pytest.mark.parametrize("unit", UNITS)
def test_unit(unit, lanes):
    """Corner values and random words, gaps, every output in every cycle."""
    parameters = {"ROWS": lanes} | ({"FRAC_BITS": lanes % 5} if unit == "embedding" else {})
    run_bench(unit, "verif.vector.lane_units.tb_lane_units", parameters, env={"LANE_UNIT": unit})


@pytest.mark.parametrize("hops", [1, 3])
def test_rinv_unit(hops):
    """1/rms of totals of all sizes; the idle flag."""
    run_bench(
        "rinv_unit", "verif.vector.lane_units.tb_lane_units", {"HOPS": hops}, env={"LANE_UNIT": "rinv_unit"}
    )


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("lanes", [1, 3, 128])
def test_refused(unit, lanes):
    """Lanes that are no power of two from 2 to 64."""
    expect_refused(unit, {"ROWS": lanes}, f"ROWS is {lanes}, legal: a power of two, 2 to 64")


@pytest.mark.parametrize("hops", [0, 9])
def test_rinv_unit_refused(hops):
    """Hops outside 1 to 8."""
    expect_refused("rinv_unit", {"HOPS": hops}, f"HOPS is {hops}, legal: 1 to 8")
