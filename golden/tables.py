"""Tables of the scalar functions, SPEC-formats chapter 5, and the SystemVerilog package of them.

Every table has 64 entries and is computed here from its formula; ``python -m golden.tables`` prints
``hdl/fp/fp_tables_pkg.sv``, and a test keeps the file equal.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray

EXP_FRACTION = 23  # bits of an entry of 2^f
EXP_STEP = 14  # bits of the position inside an interval, exp and sigmoid
EXP_ARGUMENT = 20  # fractional bits of x * log2(e)
SEED_FRACTION = 12  # bits behind the leading 1 of a Newton seed
SIGMOID_FRACTION = 22  # bits of an entry of sigmoid
SIGMOID_ARGUMENT = 17  # fractional bits of |x|
LN_STEP = 17  # bits of the position inside an interval of ln


def _round(x: Array) -> Array:
    return np.rint(x).astype(np.int64)


def exp_table() -> tuple[Array, Array]:
    """2^(i/64) - 1 in units of 2^-23, and the step to the next entry."""
    nodes = _round((np.exp2(np.arange(65) / 64) - 1) * 2**EXP_FRACTION)
    return nodes[:-1], np.diff(nodes)


def recip_table() -> Array:
    """Seed of 1/m at the middle of m in [1 + i/64, 1 + (i + 1)/64): bits behind 0.5 * 1.xxx."""
    middle = 1 + (np.arange(64) + 0.5) / 64
    return _round((2 / middle - 1) * 2**SEED_FRACTION)


def rsqrt_table() -> Array:
    """Seed of 1/sqrt(m), entry 32·odd + j: m in the middle of (1 + j/32 …) * 2^odd."""
    middle = (1 + (np.arange(32) + 0.5) / 32) * np.array([[1], [2]])
    return _round((2 / np.sqrt(middle.reshape(-1)) - 1) * 2**SEED_FRACTION)


def sigmoid_nodes() -> Array:
    """The 65 nodes: 32 steps of 1/8 up to 4, 16 of 1/4 up to 8, 16 of 1/2 up to 16."""
    return np.concatenate([np.arange(32) / 8, 4 + np.arange(16) / 4, 8 + np.arange(17) / 2])


def sigmoid_table() -> tuple[Array, Array]:
    """Entries in units of 2^-22 and the step to the next one.

    Each node is lifted by h^2/16 * |s''| (half the error of a chord), h the width of its interval,
    so that the error of the interpolation has both signs.
    """
    x = sigmoid_nodes()
    h = np.append(np.diff(x), 0.0)
    s = 1 / (1 + np.exp(-x))
    lift = h * h / 16 * s * (1 - s) * (2 * s - 1)
    nodes = _round((s + lift) * 2**SIGMOID_FRACTION)
    return nodes[:-1], np.diff(nodes)


def ln_table() -> tuple[Array, Array]:
    """ln(1 + t)/t as the lower bits of an FP32 in [1/2, 2), and what it loses up to the interval's end.

    Entries 0 … 31: t from 0 up to 1/2, values in units of 2^-24 above 1/2. Entries 32 … 63: t from -1/4
    up to 0, in units of 2^-23 above 1/2 of an exponent that is one higher.
    """
    upper = np.log1p(np.arange(1, 33) / 64) / (np.arange(1, 33) / 64)
    lower = np.log1p(-np.arange(32, 0, -1) / 128) / (-np.arange(32, 0, -1) / 128)
    first = _round(np.append(1.0, upper) * 2**24) - 2**23
    second = _round(np.append(lower, 1.0) * 2**23)
    return np.append(first[:-1], second[:-1]), -np.append(np.diff(first), np.diff(second))


EXP_BASE, EXP_DELTA = exp_table()
RECIP_SEED = recip_table()
RSQRT_SEED = rsqrt_table()
SIGMOID_BASE, SIGMOID_DELTA = sigmoid_table()
LN_BASE, LN_FALL = ln_table()

_TABLES = (
    ("EXP_BASE", EXP_BASE, EXP_FRACTION, "2^(i/64) - 1 in units of 2^-23"),
    ("EXP_DELTA", EXP_DELTA, 18, "step from EXP_BASE[i] to the next entry"),
    ("RECIP_SEED", RECIP_SEED, SEED_FRACTION, "fraction of a seed 0.5 * 1.xxx of 1/m"),
    ("RSQRT_SEED", RSQRT_SEED, SEED_FRACTION, "fraction of a seed 0.5 * 1.xxx of 1/sqrt(m)"),
    ("SIGMOID_BASE", SIGMOID_BASE, SIGMOID_FRACTION, "sigmoid in units of 2^-22"),
    ("SIGMOID_DELTA", SIGMOID_DELTA, 17, "step from SIGMOID_BASE[i] to the next entry"),
    ("LN_BASE", LN_BASE, 24, "ln(1 + t)/t as FP32 bits above 0x3f000000"),
    ("LN_FALL", LN_FALL, 17, "fall from LN_BASE[i] to the end of its interval"),
)


def sv_package() -> str:
    """Text of ``hdl/fp/fp_tables_pkg.sv``. Element i of a table is its i-th lowest part."""
    lines = [
        "// Tables of exp, reciprocal, 1/sqrt, sigmoid and ln. Generated: python -m golden.tables.",
        "// Formulas: golden/SPEC-formats.md. Golden twin: golden/tables.py.",
        "`default_nettype none",
        "package fp_tables_pkg;",
    ]
    for name, values, width, meaning in _TABLES:
        lines += ["", f"  // {meaning}", f"  parameter logic [63:0][{width - 1}:0] {name} = {{"]
        digits = -(-width // 4)
        cells = [f"{width}'h{int(v):0{digits}x}" for v in values[::-1]]
        rows = [cells[i : i + 6] for i in range(0, 64, 6)]
        lines.append(",\n".join("    " + ", ".join(row) for row in rows))
        lines.append("  };")
    return "\n".join([*lines, "", "endpackage", "`default_nettype wire", ""])


if __name__ == "__main__":
    print(sv_package(), end="")
