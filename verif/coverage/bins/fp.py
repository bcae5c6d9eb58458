"""Labels of the cover points of ``hdl/fp``."""

from __future__ import annotations

import numpy as np

from verif.coverage.bins.classes import (
    Bins,
    Labels,
    amount,
    choose,
    floats,
    fp32_class,
    only,
    register,
    rounding,
    sign,
)
from verif.coverage.records import Records

BINS: dict[str, Bins] = {}
LEAST, GREATEST = 2.0**-126, float(np.float32(3.4028235e38))


def lanes_of(r: Records) -> np.ndarray:
    """Label of LANES."""
    n = r.keeps["LANES"]
    return amount(n, (n == 1, "one"), (n <= 16, "few"), (True, "many"))


def _pairs(r: Records) -> tuple[np.ndarray, np.ndarray, Labels]:
    a, b = (r.lanes(n).ravel() for n in ("a_i", "b_i"))
    labels = {
        "a": fp32_class(a),
        "b": fp32_class(b),
        "signs": np.char.add(sign(a), sign(b)),
        "lanes": lanes_of(r),
    }
    return a, b, labels


def _normal(exact: np.ndarray) -> np.ndarray:
    return only((np.abs(exact) >= LEAST) & (np.abs(exact) <= GREATEST), rounding(exact))


@register(BINS, "fp_add")
def fp_add(r: Records) -> Labels:
    """Operands of an addition; float64 holds sums of exponents up to 28 apart exactly."""
    a, b, labels = _pairs(r)
    x, y = floats(a), floats(b)
    d = np.abs((a >> 23 & 255).astype(int) - (b >> 23 & 255).astype(int))
    there = (x != 0) & (y != 0)
    exact = x + y
    distance = choose(d.astype(str), ((d >= 3) & (d <= 23), "near"), (d > 26, "far"))
    with np.errstate(over="ignore"):
        over = ~np.isfinite(exact.astype(np.float32))
    result = choose(
        "normal",
        (exact == 0, np.where(there, "cancelled", "zero")),
        (np.abs(exact) < LEAST, "flushed"),
        (over, "saturated"),
    )
    labels |= {"distance": only(there, distance), "result": result}
    return labels | {"rounding": only(there & (d <= 28), _normal(exact))}


@register(BINS, "fp_mul")
def fp_mul(r: Records) -> Labels:
    """Operands of a multiplication; float64 holds 48-bit products exactly."""
    a, b, labels = _pairs(r)
    x, y = floats(a), floats(b)
    exact = x * y
    mantissas = np.abs(np.frexp(x)[0] * np.frexp(y)[0])
    with np.errstate(over="ignore"):
        over = ~np.isfinite(exact.astype(np.float32))
    result = choose("normal", (exact == 0, "zero"), (np.abs(exact) < LEAST, "flushed"), (over, "saturated"))
    carry = only(exact != 0, np.where(mantissas < 0.5, "below_two", "from_two"))
    return labels | {"carry": carry, "rounding": _normal(exact), "result": result}


@register(BINS, "fp_exp")
def fp_exp(r: Records) -> Labels:
    """Ranges of the exponent."""
    x = floats(r.lanes("data_i").ravel())
    operand = choose(
        "overflow",
        (x == 0, "zero"),
        (np.abs(x) < 2.0**-21, "vanishing"),
        (x < -87, "below_-87"),
        (x < -1, "below_-1"),
        (x < 0, "below_0"),
        (x < 1, "below_1"),
        (x < 88.72, "below_88"),
        (x < 88.73, ""),
    )
    return {"operand": operand, "lanes": lanes_of(r)}


@register(BINS, "fp_exp_table")
def fp_exp_table(r: Records) -> Labels:
    """Entry: the six top bits of the fraction."""
    return {"entry": (r.fields("fixed_q", 28) >> 14 & 63).astype(str)}


@register(BINS, "fp_ln")
def fp_ln(r: Records) -> Labels:
    """Operands of ln |x|."""
    w = r.lanes("data_i").ravel()
    x = np.abs(floats(w))
    near = choose(
        "from_2",
        (x == 0, ""),
        (x < 0.5, "below_half"),
        (x < 1, "below_1"),
        (x == 1, "one"),
        (x < 2, "from_1"),
    )
    labels = {"operand": fp32_class(w), "range": near, "half": np.where(w >> 22 & 1, "upper", "lower")}
    return labels | {"entry": (w >> 17 & 63).astype(str), "lanes": lanes_of(r)}


@register(BINS, "fp_recip")
def fp_recip(r: Records) -> Labels:
    """Operands of 1/x."""
    w = r.lanes("data_i").ravel()
    x = floats(w)
    with np.errstate(divide="ignore"):
        result = np.where((x != 0) & (np.abs(1 / x) < LEAST), "flushed", "normal")
    labels = {"operand": fp32_class(w), "sign": sign(w), "result": result}
    return labels | {"entry": (w >> 17 & 63).astype(str), "lanes": lanes_of(r)}


@register(BINS, "fp_rsqrt")
def fp_rsqrt(r: Records) -> Labels:
    """Operands of 1/sqrt(x)."""
    w = r.lanes("data_i").ravel()
    parity = np.where(w >> 23 & 1, "odd", "even")
    entry = (w >> 23 & 1 ^ 1) << 5 | w >> 18 & 31
    labels = {"operand": fp32_class(w), "parity": parity, "entry": entry.astype(str)}
    return labels | {"lanes": lanes_of(r)}


@register(BINS, "fp_sigmoid")
def fp_sigmoid(r: Records) -> Labels:
    """Ranges of |x|."""
    w = r.lanes("data_i").ravel()
    x = np.abs(floats(w))
    operand = choose(
        "saturated", (x == 0, "zero"), (x < 2.0**-17, "vanishing"), (x < 4, "small"), (x < 16, "large")
    )
    return {"operand": operand, "sign": sign(w), "lanes": lanes_of(r)}


@register(BINS, "fp_sigmoid_table")
def fp_sigmoid_table(r: Records) -> Labels:
    """Entry: the six top bits of the place."""
    return {"entry": (r.fields("where_q", 20) >> 14 & 63).astype(str)}


@register(BINS, "mx_quant_blocks")
def mx_quant_blocks(r: Records) -> Labels:
    """Blocks: lengths, pauses, what leaves while the last word comes."""
    valid, last = r["valid_i"] == 1, r["last_i"] == 1
    drain, final = r["drain_q"] == 1, r["rd_q"] == r["end_q"]
    beats = np.flatnonzero(valid)
    if not len(beats):
        none = np.array([""])
        return {n: none for n in ("words", "gap", "meets", "change")}
    is_last = last[beats]
    first = np.concatenate([[True], is_last[:-1]])
    gap = np.concatenate([[False], np.diff(beats) > 1])
    number = np.cumsum(first) - 1
    words = np.bincount(number)[: is_last.sum()]
    longest = r.keeps["MAX_BLOCK"] // r.keeps["LANES"]
    ends = beats[is_last]
    before = np.concatenate([words[:1], words[:-1]])
    change = choose("same", (words > before, "longer"), (words < before, "shorter"))
    return {
        "words": choose(
            "some", (words == longest, np.where(words == 1, "one", "longest")), (words == 1, "one")
        ),
        "gap": choose("none", (gap & first, "between"), (gap, "inside")),
        "meets": choose("idle", (drain[ends] & final[ends], "last_word"), (drain[ends], "")),
        "change": only(np.arange(len(words)) > 0, change),
    }


@register(BINS, "mx_quant_mantissas")
def mx_quant_mantissas(r: Records) -> Labels:
    """Elements of the blocks that leave: distance from the largest, rounding of the mantissa."""
    w = r.lanes("words")
    top = np.broadcast_to(r["top"][:, None], w.shape)
    field = (w >> 23 & 255).astype(int)
    d = top - field
    x = np.abs(floats(w)) * np.exp2(6.0 + 127 - top)
    near = np.rint(x)
    tie = np.abs(x - np.trunc(x)) == 0.5
    mantissa = choose(
        "exact",
        (field == 0, ""),
        (near == 0, "zero"),
        (near > 127, "clipped"),
        (tie & (near < x), "tie_down"),
        (tie, "tie_up"),
        (near != x, "rounded"),
    )
    there = field != 0
    ends = choose("middle", (top == 0, "zero"), (top < 10, "low"), (top > 244, "high"))
    return {
        "exponent": ends.ravel(),
        "distance": only(there, np.where(d > 7, "beyond", d.astype(str))).ravel(),
        "mantissa": mantissa.ravel(),
        "sign": sign(w).ravel(),
    }
