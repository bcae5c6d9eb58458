"""Properties of the quantiser: exactness, error bounds, the legal ranges of what the ROM holds."""

import numpy as np
import pytest

from golden.errors import RomaError
from golden.quantise import QuantisedMatrix, quantise

Array = np.ndarray
WIDTHS = [(bits, frac) for bits in (2, 4, 8) for frac in (0, 4)]
GROUP = 32


def min_max_error(w: Array, bits: int, frac: int) -> Array:
    """Squared error a group of plain rounding onto [min(w, 0), max(w, 0)], on the chip's grids."""
    out = []
    for group in w.reshape(-1, GROUP).astype(np.float64):
        low, high = min(group.min(), 0), max(group.max(), 0)
        s = float(np.float16((high - low) / ((1 << bits) - 1)))
        z = min(round(-low / s * (1 << frac)), (1 << bits + frac) - 1) / (1 << frac)
        q = np.clip(np.rint(group / s + z), 0, (1 << bits) - 1)
        out.append(((s * (q - z) - group) ** 2).sum())
    return np.array(out)


def error(w: Array, m: QuantisedMatrix) -> Array:
    """Squared error a group."""
    d = m.dequantise().astype(np.float64) - w
    return (d.reshape(-1, GROUP) ** 2).sum(axis=1)


def weights(kind: str, rng: np.random.Generator) -> Array:
    """64 x 128 weights of a distribution."""
    w = rng.normal(size=(64, 128)).astype(np.float32)
    if kind == "outliers":
        w[rng.random(w.shape) < 0.02] *= 20
    elif kind == "positive":
        w = np.abs(w) + 1
    elif kind == "negative":
        w = -np.abs(w) - 1
    return w * np.float32(0.02)


@pytest.mark.parametrize("kind", ["normal", "outliers", "positive", "negative"])
@pytest.mark.parametrize(("bits", "frac"), WIDTHS)
def test_error_never_above_plain_min_max(bits: int, frac: int, kind: str) -> None:
    w = weights(kind, np.random.default_rng(bits * 10 + frac))
    m = quantise(w, bits, GROUP, frac)
    assert (error(w, m) <= min_max_error(w, bits, frac) * (1 + 1e-5)).all()


def test_search_gains_at_two_bits() -> None:
    w = weights("normal", np.random.default_rng(1))
    assert error(w, quantise(w, 2, GROUP, 4)).sum() < 0.8 * min_max_error(w, 2, 4).sum()


@pytest.mark.parametrize(("bits", "frac"), WIDTHS)
def test_representable_weights_come_back_exactly(bits: int, frac: int) -> None:
    rng = np.random.default_rng(7)
    levels = (1 << bits) - 1
    q = rng.integers(0, levels + 1, (500, GROUP))
    q[:, 0], q[:, 1] = 0, levels
    z = rng.integers(0, (levels << frac) + 1, (500, 1)) / np.float32(1 << frac)
    s = rng.uniform(1e-3, 0.3, (500, 1)).astype(np.float16).astype(np.float32)
    w = (s * (q - z).astype(np.float32)).astype(np.float32)
    m = quantise(w, bits, GROUP, frac)
    assert (m.dequantise() == w).all()
    assert (m.codes == q).all()


@pytest.mark.parametrize(("bits", "frac"), WIDTHS)
def test_any_legal_grid_comes_back(bits: int, frac: int) -> None:
    """Groups that use few, near or distant codes: the same weights, so the same integers on the chip."""
    rng = np.random.default_rng(8)
    levels = (1 << bits) - 1
    first = rng.integers(0, levels, (600, 1))
    span = rng.integers(1, levels - first + 1)
    stride = rng.integers(1, np.minimum(span, 9) + 1)
    q = first + rng.integers(0, span // stride + 1, (600, GROUP)) * stride
    q[:, 0], q[:, 1] = first[:, 0], (first + stride)[:, 0]
    z = rng.integers(0, (levels << frac) + 1, (600, 1)) / np.float32(1 << frac)
    s = rng.uniform(1e-3, 0.3, (600, 1)).astype(np.float16).astype(np.float32)
    w = (s * (q - z).astype(np.float32)).astype(np.float32)
    m = quantise(w, bits, GROUP, frac)
    assert (m.dequantise() == w).all()
    again = quantise(m.dequantise(), bits, GROUP, frac)
    assert (again.codes == m.codes).all() and (again.zero_point == m.zero_point).all()


@pytest.mark.parametrize(("bits", "frac"), [(2, 0), (2, 4), (4, 0), (4, 4)])
def test_equal_weights_on_a_grid_come_back(bits: int, frac: int) -> None:
    rng = np.random.default_rng(9)
    codes = rng.integers(0, 1 << bits, (300, 1))
    z = rng.integers(0, 1 << bits + frac, (300, 1)) / np.float32(1 << frac)
    s = rng.uniform(1e-3, 0.3, (300, 1)).astype(np.float16).astype(np.float32)
    w = np.repeat((s * (codes - z).astype(np.float32)).astype(np.float32), GROUP, axis=1)
    assert (quantise(w, bits, GROUP, frac).dequantise() == w).all()


@pytest.mark.parametrize("frac", [0, 4])
def test_two_bits_again_changes_nothing(frac: int) -> None:
    """The 2-bit checkpoint is stored as floats; its groups may use only some of the levels."""
    w = weights("outliers", np.random.default_rng(3))
    once = quantise(w, 2, GROUP, frac).dequantise()
    assert (quantise(once, 2, GROUP, frac).dequantise() == once).all()


@pytest.mark.parametrize("size", [0.0, 1e-12, 1e-6, 1.0, 6e4, 1e6])
@pytest.mark.parametrize(("bits", "frac"), WIDTHS)
def test_ranges_at_extreme_magnitudes(bits: int, frac: int, size: float) -> None:
    w = (np.random.default_rng(5).uniform(-1, 1, (8, 64)) * size).astype(np.float32)
    m = quantise(w, bits, GROUP, frac)
    assert m.codes.dtype == np.uint8 and m.codes.max() <= (1 << bits) - 1
    assert m.zero_point.dtype == np.uint16 and m.zero_point.max() <= (1 << bits + frac) - 1
    assert m.scale.dtype == np.float16 and np.isfinite(m.scale).all() and (m.scale >= 0).all()
    assert m.dequantise().dtype == np.float32 and m.dequantise().shape == w.shape


def test_groups_of_zeros() -> None:
    w = np.ones((2, 64), np.float32)
    w[1, 32:] = 0
    m = quantise(w, 4, GROUP, 4)
    assert m.scale[1, 1] == 0 and m.zero_point[1, 1] == 0 and not m.codes[1, 32:].any()
    assert (m.dequantise()[1, 32:] == 0).all()
    np.testing.assert_allclose(m.dequantise()[0], 1, rtol=1e-3)


def test_deterministic_and_row_by_row() -> None:
    w = weights("normal", np.random.default_rng(9))
    whole, row = quantise(w, 4, GROUP, 4), quantise(w[5:6], 4, GROUP, 4)
    assert (whole.codes[5] == row.codes[0]).all() and (whole.scale[5] == row.scale[0]).all()


def test_refusals() -> None:
    with pytest.raises(RomaError, match="group_size 32"):
        quantise(np.zeros((2, 33), np.float32), 4, GROUP, 4)
    for bad in (np.nan, np.inf):
        w = np.zeros((2, 32), np.float32)
        w[1, 3] = bad
        with pytest.raises(RomaError, match="NaN"):
            quantise(w, 4, GROUP, 4)


def test_importance() -> None:
    """Errors where they weigh more become smaller."""
    w = weights("normal", np.random.default_rng(11))
    importance = np.where(np.arange(128) % 4 == 0, 100.0, 1.0)
    plain, weighed = (quantise(w, 2, GROUP, 4, i).dequantise() - w for i in (None, importance))
    assert (weighed[:, ::4] ** 2).sum() < 0.8 * (plain[:, ::4] ** 2).sum()
