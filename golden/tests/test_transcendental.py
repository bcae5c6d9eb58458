"""Scalar functions: corners, error bounds of SPEC-formats chapter 5, what the RTL shares."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from golden import latency, tables
from golden import transcendental as T

FP = Path(__file__).parents[2] / "hdl" / "fp"
MAX = float(T.FP32_MAX)


def sweep(low: float, high: float, n: int = 10**6) -> np.ndarray:
    """Evenly spaced float32 values."""
    return np.linspace(low, high, n).astype(np.float32)


def octaves(n: int = 10**6) -> np.ndarray:
    """Positive float32 values of every exponent that has a normal reciprocal."""
    return np.exp2(np.linspace(-126, 125.999, n)).astype(np.float32)


def test_exp() -> None:
    """Relative error over the whole domain, both ends, exactly 1 at zero, never falling."""
    x = sweep(-87, 88.7)
    y = T.exp(x)
    assert np.abs(y / T.exp_float(x) - 1).max() < 1.9e-5
    assert (np.diff(y) >= 0).all()
    ends = np.float32([0.0, -0.0, -1e-38, -87.00001, -3e38, 88.8, 3e38])
    assert T.exp(ends).tolist() == [1, 1, 1, 0, 0, MAX, MAX]


def test_recip() -> None:
    """Relative error on every octave, odd symmetry, zero and the largest."""
    x = octaves()
    y = T.recip(x)
    assert np.abs(y / T.recip_float(x) - 1).max() < 6.2e-5
    assert np.array_equal(T.recip(-x), -y)
    assert T.recip(np.float32([0.0, -0.0, MAX, -MAX])).tolist() == [MAX, -MAX, 0, 0]
    assert np.signbit(T.recip(np.float32([-MAX])))[0]


def test_rsqrt() -> None:
    """Relative error on every octave, sign ignored, zero."""
    x = octaves()
    y = T.rsqrt(x)
    assert np.abs(y / T.rsqrt_float(x) - 1).max() < 9.0e-5
    assert np.array_equal(T.rsqrt(-x), y)
    assert T.rsqrt(np.float32([0.0, -0.0])).tolist() == [MAX, MAX]


def test_sigmoid() -> None:
    """Absolute error, also of x times it; s(-x) = 1 - s(x); the ends."""
    x = sweep(-30, 30)
    y = T.sigmoid(x)
    error = y - T.sigmoid_float(x)
    assert np.abs(error).max() < 9.6e-5
    assert np.abs(error * x).max() < 2.7e-4
    assert (np.diff(y) >= 0).all()
    assert np.array_equal(T.sigmoid(-x), 1 - y)
    ends = np.float32([0.0, -0.0, 16, -16, 3e38, -3e38])
    assert T.sigmoid(ends).tolist() == [0.5, 0.5, 1, 0, 1, 0]


def test_ln() -> None:
    """Relative error: every significand around 1, any exponent; sign ignored, ln(1), zero."""
    every = np.arange(1 << 23, dtype=np.uint32)
    around = [(every | np.uint32(e << 23)).view(np.float32) for e in (125, 126, 127, 128)]
    for x in [*around, octaves()]:
        want = T.ln_float(x)
        some = want != 0
        assert np.abs(T.ln(x[some]) / want[some] - 1).max() < 2.1e-5
    x = around[1][::999]
    assert np.array_equal(T.ln(-x), T.ln(x))
    ends = T.ln(np.float32([1, -1, 0.0, -0.0]))
    assert ends.tolist() == [0, 0, -MAX, -MAX] and not np.signbit(ends[:2]).any()


@pytest.mark.parametrize("function", [T.exp, T.recip, T.rsqrt, T.sigmoid, T.ln])
def test_shapes_are_kept(function) -> None:
    """Scalars, empty arrays and any number of dimensions give float32 of the same shape."""
    for shape in ((), (0,), (3,), (2, 3, 4)):
        y = function(np.ones(shape, np.float32))
        assert np.shape(y) == shape and np.asarray(y).dtype == np.float32


def test_tables_have_64_entries_that_fit() -> None:
    """The widths that the package declares hold every entry; nodes never fall."""
    for _, values, width, _ in tables._TABLES:
        assert len(values) == 64 and values.min() >= 0 and values.max() < 1 << width
    assert tables.EXP_BASE[63] + tables.EXP_DELTA[63] == 1 << tables.EXP_FRACTION
    assert tables.LN_BASE[0] == tables.LN_BASE[63] - tables.LN_FALL[63] == 1 << tables.EXP_FRACTION
    assert tables.SIGMOID_BASE[0] == 1 << tables.SIGMOID_FRACTION - 1
    assert tables.SIGMOID_BASE[63] + tables.SIGMOID_DELTA[63] == 1 << tables.SIGMOID_FRACTION


def test_table_package_is_generated() -> None:
    """``python -m golden.tables > hdl/fp/fp_tables_pkg.sv`` would change nothing."""
    assert (FP / "fp_tables_pkg.sv").read_text() == tables.sv_package()


def test_latencies_are_those_of_the_rtl() -> None:
    """golden/latency.py and fp_pkg name the same numbers."""
    text = (FP / "fp_pkg.sv").read_text()
    found = {n: int(v) for n, v in re.findall(r"int unsigned (\w+_LATENCY)\s*=\s*(\d+);", text)}
    assert len(found) == 6
    assert found == {n: v for n, v in vars(latency).items() if n.endswith("_LATENCY") and isinstance(v, int)}
