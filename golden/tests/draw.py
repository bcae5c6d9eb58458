"""Draws legal chips and models at random: what the configuration accepts, not a list of favourites."""

from __future__ import annotations

import numpy as np

from golden.config import ChipConfig, ModelConfig
from golden.errors import RomaError
from golden.geometry import Geometry

_LARGEST = 400  # elements of hidden and intermediate: a chip builds in under a minute
_TRIES = 10_000


def draw_geometry(r: np.random.Generator) -> Geometry:
    """A random legal geometry; ``ChipConfig``, ``ModelConfig`` and ``Geometry`` are the constraints."""
    for _ in range(_TRIES):
        try:
            g = Geometry(chip := _draw_chip(r), _draw_model(r, chip))
        except RomaError:
            continue
        if max(g.hidden, g.intermediate, g.q_dim) <= _LARGEST:
            return g
    raise AssertionError(f"no legal geometry in {_TRIES} draws")


def _pick(r: np.random.Generator, *values: int) -> int:
    return int(r.choice(values))


def _draw_chip(r: np.random.Generator) -> ChipConfig:
    weight_bits = _pick(r, 2, 4, 8)
    rows = _pick(r, 2, 4, 8)
    h_block = _pick(r, 16, 24, 32)
    block = h_block * _pick(r, 1, 1, 2)
    return ChipConfig(
        "drawn",
        columns=int(r.integers(1, 7)),
        rows=rows,
        weight_bits=weight_bits,
        block=block,
        word_bits=_pick(r, 16, 32, 64, 128),
        h_block=h_block,
        group_size=block * _pick(r, 1, 1, 2),
        frac_bits=int(r.integers(0, 5)),
        head_bits=_pick(r, 2, 4, 8),
        hops=int(r.integers(1, 5)),
        context=int(r.integers(12, 40)),
        max_rank=rows * int(r.integers(1, 5)),
        adapter_slots=int(r.integers(1, 4)),
        stop_tokens=int(r.integers(1, 5)),
        acc_depth=int(r.integers(8, 80)),
        tokens=int(r.integers(1, 5)),
        sequences=int(r.integers(1, 5)),
    )


def _draw_model(r: np.random.Generator, chip: ChipConfig) -> ModelConfig:
    heads_kv = _pick(r, *(n for n in range(1, chip.columns + 1) if chip.columns % n == 0))
    per_kv = int(r.integers(1, min(chip.rows, 4) + 1))
    return ModelConfig(
        "drawn",
        hidden_size=int(r.integers(20, _LARGEST)),
        intermediate_size=int(r.integers(20, _LARGEST)),
        num_hidden_layers=int(r.integers(1, 3)),
        num_attention_heads=heads_kv * per_kv,
        num_key_value_heads=heads_kv,
        head_dim=2 * int(r.integers(1, 33)),
        vocab_size=int(r.integers(20, 150)),
        rope_theta=float(10 ** r.uniform(1, 6)),
    )
