"""Classes that several cover points use."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from verif.coverage.records import Records

Labels = dict[str, np.ndarray]
Bins = Callable[[Records], Labels]


def register(table: dict[str, Bins], key: str) -> Callable[[Bins], Bins]:
    """Decorator: put a function into a room's table."""

    def put(function: Bins) -> Bins:
        table[key] = function
        return function

    return put


def choose(default: str | np.ndarray, *cases: tuple[np.ndarray | bool, str | np.ndarray]) -> np.ndarray:
    """The label of the first case that holds, else ``default``; at least one case is an array."""
    conditions = np.broadcast_arrays(*[np.asarray(c, bool) for c, _ in cases])
    return np.select(list(conditions), [np.asarray(v).astype(str) for _, v in cases], default)


def names(values: np.ndarray, labels: str) -> np.ndarray:
    """Labels of small integers; "" beyond them."""
    table = np.array([*labels.split(), ""])
    return table[np.minimum(values, len(table) - 1)]


def only(condition: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Labels where the condition holds, "" elsewhere."""
    return np.where(condition, labels, "")


def place(index: np.ndarray, count: int) -> np.ndarray:
    """``first``, ``last`` or ``middle`` of a range of three or more; both ends of a shorter one count."""
    return choose("middle", (index == 0, "first"), (index == count - 1, "last"))


def ends(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """``only``, ``first``, ``last``, ``middle`` from the two marks of a beat."""
    return choose("middle", (first & last, "only"), (first, "first"), (last, "last"))


def part(index: np.ndarray, count: int) -> np.ndarray:
    """The same from an index."""
    return ends(index == 0, index == count - 1)


def amount(count: int, *labels: tuple[bool, str]) -> np.ndarray:
    """One label for a parameter, the first that holds."""
    return np.array([next((name for ok, name in labels if ok), "")])


def one_two_more(count: int) -> np.ndarray:
    """``one``, ``two`` or ``more`` of a parameter."""
    return amount(count, (count == 1, "one"), (count == 2, "two"), (True, "more"))


def steps(values: np.ndarray, labels: Sequence[str], joins: np.ndarray | None = None) -> np.ndarray:
    """``a>b`` for every record and the one before; only where ``joins`` (default: everywhere)."""
    words = np.asarray(labels)[values]
    turns = np.char.add(np.char.add(np.concatenate([words[:1], words[:-1]]), ">"), words)
    ok = np.arange(len(values)) > 0
    return only(ok if joins is None else ok & joins, turns)


def sign3(values: np.ndarray) -> np.ndarray:
    """``negative``, ``zero``, ``positive``."""
    return choose("zero", (values < 0, "negative"), (values > 0, "positive"))


def fp32_class(words: np.ndarray) -> np.ndarray:
    """``zero subnormal least normal greatest`` of FP32 patterns."""
    field, fraction = words >> 23 & 255, words & 0x7FFFFF
    return choose(
        "normal",
        ((field == 0) & (fraction == 0), "zero"),
        (field == 0, "subnormal"),
        (field == 1, "least"),
        (field == 254, "greatest"),
    )


def value_class(words: np.ndarray) -> np.ndarray:
    """``zero normal greatest`` of FP32 patterns inside the chip."""
    field = words >> 23 & 255
    return choose("normal", (field == 0, "zero"), (field == 254, "greatest"))


def sign(words: np.ndarray) -> np.ndarray:
    """``+`` or ``-`` of FP32 patterns."""
    return np.where(words >> 31 != 0, "-", "+")


def floats(words: np.ndarray) -> np.ndarray:
    """FP32 patterns as float64, subnormals as zeros."""
    w = np.where(words >> 23 & 255, words, words & np.uint32(0x80000000)).astype(np.uint32)
    return w.view(np.float32).astype(np.float64)


def rounding(exact: np.ndarray) -> np.ndarray:
    """How float64 values meet FP32: ``exact``, ``down`` or ``up`` in magnitude, ``tie_down``, ``tie_up``."""
    with np.errstate(over="ignore"):
        near = exact.astype(np.float32).astype(np.float64)
    finite = np.isfinite(near)
    _, e = np.frexp(exact)
    ulp = np.ldexp(1.0, e - 24)
    lost = np.where(finite, near - exact, 0) * np.sign(exact)
    tie = np.abs(lost) * 2 == ulp
    return choose(
        "exact",
        (~finite, ""),
        (tie & (lost < 0), "tie_down"),
        (tie, "tie_up"),
        (lost < 0, "down"),
        (lost > 0, "up"),
    )
