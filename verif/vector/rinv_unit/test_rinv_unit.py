"""rinv_unit at several hops, hidden sizes and epsilons."""

from __future__ import annotations

import pytest

from golden.config import fp32_bits
from verif.lib.build import expect_refused, run_bench


@pytest.mark.parametrize(
    ("tokens", "hops", "hidden", "eps"),
    [(1, 1, 128, 1e-5), (2, 2, 60, 1e-6), (4, 3, 4096, 0.5), (3, 8, 1, 1e-30)],
)
def test_rinv_unit(tokens: int, hops: int, hidden: int, eps: float) -> None:
    """1/rms of totals of all sizes; the registers of all contexts, every cycle."""
    parameters = {
        "TOKENS": tokens,
        "HOPS": hops,
        "INV_HIDDEN": fp32_bits(1 / hidden),
        "RMS_EPS": fp32_bits(eps),
    }
    run_bench("rinv_unit", "verif.vector.rinv_unit.tb_rinv_unit", parameters)


@pytest.mark.parametrize("tokens", [0, 5])
def test_refused_tokens(tokens: int) -> None:
    """Contexts outside 1 to 4."""
    says = f"rinv_unit: TOKENS is {tokens}, legal: 1 to 4"
    expect_refused("rinv_unit", {"TOKENS": tokens}, says)


@pytest.mark.parametrize("hops", [0, 9])
def test_refused(hops: int) -> None:
    """Hops outside 1 to 8."""
    expect_refused("rinv_unit", {"HOPS": hops}, f"rinv_unit: HOPS is {hops}, legal: 1 to 8")


@pytest.mark.parametrize("name", ["INV_HIDDEN", "RMS_EPS"])
@pytest.mark.parametrize("bits", [0, 0x007FFFFF, 0x7F800000, 0xBF800000])
def test_refused_constant(name: str, bits: int) -> None:
    """Zero, a subnormal, infinity, a negative number."""
    says = f"rinv_unit: {name} is {bits:08x}, legal: a positive FP32, 00800000 to 7f7fffff"
    expect_refused("rinv_unit", {name: bits}, says)
