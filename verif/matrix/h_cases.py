"""Parameter sets of the H-Unit and its parts: what the benches run, and what must be refused."""

from __future__ import annotations

from typing import Any


def label(value: Any) -> str:
    """Name of a parameter set in a test's identity."""
    return ",".join(f"{k}={v}" for k, v in value.items()) or "default" if isinstance(value, dict) else ""


# The h_unit as built into presets (small memories) and at the corners of its parameters.
H_UNIT = {
    "default": {},
    "tiny": dict(
        COLUMNS=2,
        ROWS=4,
        BLOCK=32,
        H_BLOCK=32,
        HEAD_DIM=32,
        Q_PER_KV=2,
        CPK=1,
        KV_SLOTS=8,
        T_BLOCKS=1,
        ACC_DEPTH=16,
        SRAM_WORDS=64,
        ATTN_SCALE=0x3E3504F3,
    ),
    "wide": dict(
        COLUMNS=4,
        ROWS=2,
        BLOCK=16,
        H_BLOCK=16,
        HEAD_DIM=32,
        Q_PER_KV=2,
        CPK=2,
        KV_SLOTS=6,
        T_BLOCKS=2,
        ACC_DEPTH=12,
        SRAM_WORDS=50,
        ATTN_SCALE=0x3E3504F3,
    ),
    "cpk4": dict(
        COLUMNS=8,
        ROWS=2,
        BLOCK=8,
        H_BLOCK=8,
        HEAD_DIM=32,
        Q_PER_KV=1,
        CPK=4,
        KV_SLOTS=3,
        T_BLOCKS=1,
        ACC_DEPTH=5,
        SRAM_WORDS=24,
        ATTN_SCALE=0x3E3504F3,
    ),
    "cpk2_blocks4": dict(
        COLUMNS=2,
        ROWS=4,
        BLOCK=16,
        H_BLOCK=8,
        HEAD_DIM=32,
        Q_PER_KV=3,
        CPK=2,
        KV_SLOTS=3,
        T_BLOCKS=8,
        ACC_DEPTH=4,
        SRAM_WORDS=40,
        ATTN_SCALE=0x3E3504F3,
    ),
    "three": dict(
        COLUMNS=3,
        ROWS=4,
        BLOCK=24,
        H_BLOCK=8,
        HEAD_DIM=24,
        Q_PER_KV=4,
        CPK=1,
        KV_SLOTS=5,
        T_BLOCKS=3,
        ACC_DEPTH=7,
        SRAM_WORDS=33,
        ATTN_SCALE=0x3E510D3C,
    ),
    "least": dict(
        COLUMNS=1,
        ROWS=8,
        BLOCK=8,
        H_BLOCK=8,
        HEAD_DIM=8,
        Q_PER_KV=3,
        CPK=1,
        KV_SLOTS=1,
        T_BLOCKS=1,
        ACC_DEPTH=1,
        SRAM_WORDS=2,
        ATTN_SCALE=0x3EB504F3,
    ),
}

# Parts: parameter sets of each.
PARTS = {
    "h_sram": ({}, dict(WORDS=1, WIDTH=8), dict(WORDS=37, WIDTH=264)),
    "h_block_buffer": (
        {},
        dict(COLS=1, BLOCKS=1, READS=1, ROWS=8, H_BLOCK=8),
        dict(COLS=2, BLOCKS=2, READS=4, ROWS=2, H_BLOCK=16),
        dict(COLS=4, BLOCKS=3, READS=3, ROWS=4, H_BLOCK=8),
    ),
    "h_kv_append": (
        {},
        dict(CPK=1, ROWS=8, H_BLOCK=8, HEAD_DIM=8),
        dict(CPK=1, ROWS=4, H_BLOCK=32, HEAD_DIM=64),
        dict(CPK=4, ROWS=2, H_BLOCK=8, HEAD_DIM=64),
    ),
    "h_dot": ({}, dict(LANES=1, H_BLOCK=1), dict(LANES=4, H_BLOCK=32), dict(LANES=1, H_BLOCK=256)),
    "h_score": (
        {},
        dict(Q_PER_KV=1, ATTN_SCALE=0x3E3504F3),
        dict(Q_PER_KV=4, ATTN_SCALE=0x3DB504F3),
    ),
    "h_prob": ({}, dict(KV_SLOTS=1, Q_PER_KV=1), dict(KV_SLOTS=19, Q_PER_KV=4)),
    "h_context": (
        {},
        dict(ROWS=4, H_BLOCK=32, HEAD_DIM=32, Q_PER_KV=2),
        dict(ROWS=8, H_BLOCK=8, HEAD_DIM=32, Q_PER_KV=1),
        dict(ROWS=4, H_BLOCK=4, HEAD_DIM=12, Q_PER_KV=4),
    ),
}

# (module, parameters, what the refusal says).
ILLEGAL = (
    ("h_sram", dict(WORDS=0), "h_sram: WORDS is 0"),
    ("h_sram", dict(WIDTH=4), "h_sram: WIDTH is 4"),
    ("h_block_buffer", dict(H_BLOCK=7), "h_block_buffer: H_BLOCK is 7"),
    ("h_block_buffer", dict(READS=3), "h_block_buffer: READS is 3"),
    ("h_block_buffer", dict(BLOCKS=5000), "h_block_buffer: BLOCKS is 5000"),
    ("h_kv_append", dict(H_BLOCK=9), "h_kv_append: H_BLOCK is 9"),
    ("h_kv_append", dict(CPK=8, HEAD_DIM=64), "h_kv_append: CPK is 8"),
    ("h_kv_append", dict(HEAD_DIM=24), "h_kv_append: HEAD_DIM is 24"),
    ("h_dot", dict(LANES=0), "h_dot: LANES is 0"),
    ("h_dot", dict(H_BLOCK=512), "h_dot: H_BLOCK is 512"),
    ("h_score", dict(Q_PER_KV=0), "h_score: Q_PER_KV is 0"),
    ("h_prob", dict(KV_SLOTS=5000), "h_prob: KV_SLOTS is 5000"),
    ("h_prob", dict(Q_PER_KV=0), "h_prob: Q_PER_KV is 0"),
    ("h_context", dict(HEAD_DIM=10), "h_context: HEAD_DIM is 10"),
    ("h_context", dict(ROWS=3), "h_context: ROWS is 3"),
    ("h_context", dict(Q_PER_KV=4), "h_context: Q_PER_KV is 4"),
    ("h_unit", dict(ROWS=3), "h_unit: ROWS is 3"),
    ("h_unit", dict(H_BLOCK=12, BLOCK=24, HEAD_DIM=24), "h_unit: H_BLOCK is 12"),
    ("h_unit", dict(BLOCK=12), "h_unit: BLOCK is 12"),
    ("h_unit", dict(COLUMNS=65), "h_unit: COLUMNS is 65"),
    ("h_unit", dict(CPK=3, COLUMNS=3, HEAD_DIM=24), "h_unit: CPK is 3"),
    ("h_unit", dict(CPK=2, COLUMNS=3, HEAD_DIM=16), "h_unit: CPK is 2"),
    ("h_unit", dict(CPK=8, COLUMNS=8, HEAD_DIM=64), "h_unit: CPK is 8"),
    ("h_unit", dict(HEAD_DIM=12), "h_unit: HEAD_DIM is 12"),
    ("h_unit", dict(Q_PER_KV=3), "h_unit: Q_PER_KV is 3"),
    ("h_unit", dict(KV_SLOTS=0), "h_unit: KV_SLOTS is 0"),
    ("h_unit", dict(T_BLOCKS=0), "h_unit: T_BLOCKS is 0"),
    ("h_unit", dict(ACC_DEPTH=0), "h_unit: ACC_DEPTH is 0"),
    ("h_unit", dict(SRAM_WORDS=0), "h_unit: SRAM_WORDS is 0"),
)
