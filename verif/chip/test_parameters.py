"""The chip's top refuses what cannot be built, at elaboration, with a sentence that says what is legal."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, lint

# Parameters besides the one that is wrong stay at the top's small defaults.
ILLEGAL = [
    ({"COLUMNS": 0}, r"COLUMNS is 0, legal: 1 to 64"),
    ({"ROWS": 1}, r"ROWS is 1, legal: a power of two"),
    ({"ROWS": 3}, r"ROWS is 3, legal: a power of two"),
    ({"WEIGHT_BITS": 3}, r"WEIGHT_BITS is 3, legal: 2, 4 or 8"),
    ({"BLOCK": 20, "H_BLOCK": 20}, r"BLOCK is 20, legal: a multiple of"),
    ({"H_BLOCK": 8}, r"H_BLOCK is 8, legal: a multiple of 8, at least 16"),
    ({"H_BLOCK": 32}, r"H_BLOCK is 32, legal: .* divides BLOCK"),
    ({"HEAD_DIM": 24}, r"HEAD_DIM is 24, legal: a multiple of"),
    ({"CPK": 3}, r"CPK is 3, legal: a power of two"),
    ({"Q_PER_KV": 3}, r"Q_PER_KV is 3, legal: 1 to ROWS"),
    ({"MAX_RANK": 3}, r"MAX_RANK is 3, legal: a multiple of ROWS"),
    ({"MAX_RANK": 34}, r"MAX_RANK is 34, legal: .* up to T_BLOCKS"),
    ({"SRAM_WORDS": 16}, r"SRAM_WORDS is 16, legal: at least 32"),
    ({"SEQUENCES": 2, "SRAM_WORDS": 40}, r"SRAM_WORDS is 40, legal: at least 48"),
    ({"TOKENS": 0}, r"TOKENS is 0, legal: 1 to 4"),
    ({"TOKENS": 5}, r"TOKENS is 5, legal: 1 to 4"),
    ({"SEQUENCES": 0}, r"SEQUENCES is 0, legal: 1 to 4"),
    ({"SEQUENCES": 5}, r"SEQUENCES is 5, legal: 1 to 4"),
    ({"CONTEXT": 9}, r"CONTEXT is 9, legal: up to KV_SLOTS"),
    ({"CONTEXT": 0}, r"CONTEXT is 0, legal: 1 to 4096"),
    ({"HOPS": 0}, r"HOPS is 0, legal: "),
    ({"ADAPTER_SLOTS": 16}, r"ADAPTER_SLOTS is 16, legal: 1 to 15"),
    ({"STOP_TOKENS": 17}, r"STOP_TOKENS is 17, legal: 1 to 16"),
    ({"PROGRAM_WORDS": 1}, r"PROGRAM_WORDS is 1, legal: >= 2"),
    ({"GROUP_BLOCKS": 0}, r"GROUP_BLOCKS is 0, legal: 1 to 256"),
]


@pytest.mark.parametrize(
    ("parameters", "sentence"), ILLEGAL, ids=lambda p: "-".join(p) if isinstance(p, dict) else ""
)
def test_refused(parameters, sentence):
    """One illegal value each."""
    expect_refused("roma_top", parameters, sentence)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"HOPS": 8},
        {"COLUMNS": 1},
        {"COLUMNS": 4, "CPK": 2, "HEAD_DIM": 32},
        {"ROWS": 8, "MAX_RANK": 8, "Q_WORDS": 2, "K_WORDS": 2},
    ],
)
def test_legal(parameters):
    """Legal ones elaborate without a warning."""
    done = lint("roma_top", parameters)
    assert done.returncode == 0, done.stderr
