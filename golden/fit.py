"""A chip for a model: what ``MODEL=path`` builds when no preset was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import log2

from golden.config import CHIPS, MODELS, PRESETS, ChipConfig, ModelConfig
from golden.errors import RomaError
from golden.geometry import LINEARS, Geometry

# Matrix units grow with the weights as they do from ``tiny`` (0.8 million on 8) to ``roma-3b`` (3
# billion on 256).
_UNITS, _WEIGHTS, _GROWTH = 8, 0.8e6, 0.4
# What a weight that is only padding costs against being off the wanted size by a factor of two.
_PADDING = 4.0
_SMALL_BLOCK = 1.0  # and what blocks of 16 cost


def chip_for(model: ModelConfig) -> ChipConfig:
    """Choose the chip for a model: its preset if it has one, else what fits with least padding.

    Raises
    ------
    RomaError
        When no chip can hold the model; says why.
    """
    for chip, shape in PRESETS.values():
        if same_shape(MODELS[shape], model):
            return CHIPS[chip]
    best, refusal = None, "num_key_value_heads is more than 64 columns"
    for chip in _candidates(model):
        try:
            cost = _cost(Geometry(chip, model))
        except RomaError as e:
            refusal = e if chip.columns == model.num_key_value_heads else refusal
            continue
        if best is None or cost < best[0]:
            best = cost, chip
    if best is None:
        raise RomaError(f"no chip holds model '{model.name}': {refusal}")
    return best[1]


def same_shape(a: ModelConfig, b: ModelConfig) -> bool:
    """Whether two models differ in their names only."""
    return replace(a, name=b.name) == b


def linear_weights(model: ModelConfig) -> int:
    """Weights of all linears of all layers, before padding."""
    c = model
    attention = c.hidden_size * (2 * c.q_dim + 2 * c.kv_dim)
    return c.num_hidden_layers * (attention + 3 * c.hidden_size * c.intermediate_size)


def _candidates(model: ModelConfig) -> Iterator[ChipConfig]:
    """Chips of 4-bit weights and 8-bit head; blocks of 16 only if padding makes 32, as GGUF has, costly."""
    context = 256 if model.hidden_size <= 256 else 1024
    for rows, block in ((4, 16), (8, 16), (4, 32), (8, 32), (16, 32), (32, 32), (64, 64)):
        for doublings in range(6):
            columns = model.num_key_value_heads << doublings
            if columns > 64:
                break
            chip = ChipConfig(
                f"{columns}x{rows}-{block}",
                columns=columns,
                rows=rows,
                weight_bits=4,
                block=block,
                h_block=block,
                group_size=block,
                context=context,
                max_rank=max(16, rows),
                acc_depth=4096,
                tokens=2,
            )
            try:
                g = Geometry(chip, model)
            except RomaError:
                yield chip  # its refusal is what the user reads
                continue
            widest = max(g.q_dim, g.hidden, g.intermediate) // chip.units
            yield replace(chip, acc_depth=max(64, widest))


def _cost(g: Geometry) -> float:
    weights = linear_weights(g.model)
    padded = g.model.num_hidden_layers * sum(n * k for n, k in (g.shape[x] for x in LINEARS))
    wanted = _UNITS * (weights / _WEIGHTS) ** _GROWTH
    size = abs(log2(g.chip.units / wanted))
    return _PADDING * (padded / weights - 1) + size + _SMALL_BLOCK * (g.chip.block < 32)
