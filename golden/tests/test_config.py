"""Sizes: presets, and one sentence for everything that cannot be built."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from golden.config import CHIPS, MODELS, PRESETS
from golden.errors import RomaError
from golden.geometry import Geometry, preset


@pytest.mark.parametrize("name", PRESETS)
def test_presets_fit(name):
    """Every preset is a legal model on a legal chip, and its parameters are positive."""
    g = preset(name)
    zero_is_fine = {"FRAC_BITS", "ATT_BASE", "T_BASE"}
    assert all(v > 0 or k in zero_is_fine for k, v in g.parameters.items())


def test_the_papers_numbers():
    """64 L-Units, and ROM reads alone: 28 layers of 384 cycles and 1,503 for the head (3B)."""
    g = preset("roma-3b")
    assert g.chip.l_units == 64 and g.chip.units == 256
    assert g.rom_words == 28 * 384 + 1503


def test_unknown_preset():
    """The sentence lists the known ones."""
    with pytest.raises(RomaError, match="roma-9b.*tiny.*smollm2.*roma-3b"):
        preset("roma-9b")


@pytest.mark.parametrize(
    ("field", "value", "legal"),
    [
        ("columns", 0, "1 to 64"),
        ("columns", 65, "1 to 64"),
        ("rows", 1, "power of two"),
        ("rows", 6, "power of two"),
        ("weight_bits", 3, "2, 4 or 8"),
        ("word_bits", 48, "16, 32, 64, 128"),
        ("block", 24, "multiple of the 16 lanes"),
        ("block", 512, "8 to 256"),
        ("h_block", 24, "divides block"),
        ("h_block", 8, "at least 16"),
        ("group_size", 48, "multiple of block"),
        ("frac_bits", 5, "0 to 4"),
        ("head_bits", 5, "2, 4 or 8"),
        ("head_bits", 2, "multiple of weight_bits"),
        ("hops", 0, "1 to 8"),
        ("context", 0, "1 to 4096"),
        ("max_rank", 10, "multiple of rows"),
        ("max_rank", 260, "up to 256"),
        ("adapter_slots", 0, "1 to 15"),
        ("stop_tokens", 0, "1 to 16"),
        ("stop_tokens", 17, "1 to 16"),
        ("acc_depth", 0, "1 to 4096"),
    ],
)
def test_illegal_chip(field, value, legal):
    """The sentence names the chip, the field, the value and what is legal."""
    with pytest.raises(RomaError, match=rf"tiny: {field}.*{value}.*{legal}"):
        replace(CHIPS["tiny"], **{field: value})


@pytest.mark.parametrize(
    ("field", "value", "legal"),
    [
        ("hidden_size", 0, ">= 1"),
        ("head_dim", 31, "even"),
        ("num_attention_heads", 5, "multiple of num_key_value_heads"),
        ("rope_theta", 1.0, "> 1"),
        ("rms_norm_eps", 0.0, "0 < eps < 1"),
    ],
)
def test_illegal_model(field, value, legal):
    """Likewise for models."""
    with pytest.raises(RomaError, match=f"{field} is {value}, legal: .*{legal}"):
        replace(MODELS["tiny"], **{field: value})


@pytest.mark.parametrize(
    ("chip", "model", "what"),
    [
        ({"columns": 3}, {}, "columns is 3"),
        ({}, {"num_attention_heads": 16, "num_key_value_heads": 2}, "query heads per KV head is 8"),
        ({"acc_depth": 32}, {}, "acc_depth is 32, legal: >= 48"),
    ],
)
def test_model_that_does_not_fit(chip, model, what):
    """The sentence names both."""
    with pytest.raises(RomaError, match=f"tiny on tiny: {what}"):
        Geometry(replace(CHIPS["tiny"], **chip), replace(MODELS["tiny"], **model))


def test_padding():
    """Odd sizes are padded to whole groups of whole blocks in every column."""
    g = Geometry(
        CHIPS["tiny"], replace(MODELS["tiny"], hidden_size=100, intermediate_size=300, vocab_size=509)
    )
    assert (g.hidden, g.intermediate, g.vocab) == (128, 320, 512)


@pytest.mark.parametrize(
    ("chip", "head_dim", "padded"),
    [
        ({}, 32, 32),
        ({}, 8, 32),
        ({}, 34, 64),
        ({"columns": 4}, 32, 64),
        ({"block": 16, "h_block": 16}, 20, 32),
    ],
)
def test_head_padding(chip, head_dim, padded):
    """A head fills whole SRAM words of its columns, and its queries whole groups."""
    g = Geometry(replace(CHIPS["tiny"], **chip), replace(MODELS["tiny"], head_dim=head_dim))
    assert (g.head_dim, g.q_dim, g.kv_dim) == (padded, 4 * padded, 2 * padded)
    assert g.parameters["ATTN_SCALE"] == int(np.float32(head_dim**-0.5).view(np.uint32))
