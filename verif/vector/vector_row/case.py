"""Geometries of the vector row's bench, and the data of each; test and simulation see the same."""

from __future__ import annotations

import os
from dataclasses import replace

from golden.config import CHIPS, ChipConfig, ModelConfig
from golden.geometry import Geometry, preset
from golden.tests.sizes import ODD, SHARED, random_weights
from golden.weights import ModelWeights

# One column; eight lanes and three hops; six columns, two a KV head, of which three query heads.
ONE = Geometry(
    replace(CHIPS["tiny"], name="one", columns=1, tokens=1), ModelConfig("one", 60, 64, 1, 2, 1, 32, 40)
)
LANES = Geometry(
    replace(CHIPS["tiny"], name="lanes", rows=8, hops=3, max_rank=8, frac_bits=0, tokens=3),
    ModelConfig("lanes", 128, 128, 1, 4, 2, 32, 100),
)
SIX = Geometry(
    ChipConfig(
        "six", columns=6, rows=4, weight_bits=4, block=32, h_block=16, max_rank=4, context=40, tokens=4
    ),
    ModelConfig("six", 190, 192, 1, 9, 3, 64, 96),
)
# Blocks of one word: the quantisers take a block every cycle.
WORD = Geometry(
    ChipConfig(
        "word",
        columns=2,
        rows=16,
        weight_bits=4,
        block=16,
        h_block=16,
        max_rank=16,
        hops=2,
        context=40,
        tokens=2,
    ),
    ModelConfig("word", 64, 60, 1, 4, 2, 16, 70),
)


def _with(g: Geometry, tokens: int) -> Geometry:
    return Geometry(replace(g.chip, tokens=tokens), g.model)


CASES = {
    "tiny": preset("tiny"),
    "tiny-wide": preset("tiny-wide"),
    "odd": _with(ODD, 3),
    "shared": _with(SHARED, 4),
    "one": ONE,
    "lanes": LANES,
    "six": SIX,
    "word": WORD,
}
PARAMETERS = (
    "TOKENS COLUMNS ROWS BLOCK H_BLOCK FRAC_BITS HOPS VMEM_WORDS ATT_BASE T_BASE EMBED_WORDS NORM_WORDS "
    "ROPE_WORDS HEAD_DIM Q_PER_KV CPK Q_WORDS K_WORDS HIDDEN_WORDS VOCAB_ROWS INV_HIDDEN RMS_EPS"
).split()


def geometry() -> Geometry:
    """The geometry of the running simulation."""
    return CASES[os.environ["VECTOR_CASE"]]


def weights(g: Geometry) -> ModelWeights:
    """Random weights of a geometry."""
    return random_weights(g, seed=11)
