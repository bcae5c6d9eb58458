"""A model on another chip than its own: what a change of one size costs."""

from __future__ import annotations

from dataclasses import replace

from golden.geometry import Geometry
from golden.library import Loaded
from golden.weights import prepare


def variant(loaded: Loaded, **changes: int) -> Loaded:
    """``loaded`` on its chip with ``changes``, fields of ``golden.config.ChipConfig``.

    Raises
    ------
    RomaError
        When there is no such chip, or the model does not fit it.
    """
    geometry = geometry_of(loaded, **changes)
    if geometry is loaded.geometry:
        return loaded
    return Loaded(loaded.name, loaded.folder, loaded.checkpoint, prepare(loaded.checkpoint, geometry))


def geometry_of(loaded: Loaded, **changes: int) -> Geometry:
    """The model's geometry on that chip; errors as above.

    The weight group is a multiple of the block; a block that is longer takes the group along.
    """
    chip = loaded.geometry.chip
    changes = {name: value for name, value in changes.items() if value != getattr(chip, name)}
    if not changes:
        return loaded.geometry
    if changes.get("block", chip.block) > chip.group_size:
        changes.setdefault("group_size", changes["block"])
    words = (f"{name}={value}" for name, value in changes.items())
    name = f"{chip.name} with {', '.join(words)}"
    return Geometry(replace(chip, name=name, **changes), loaded.geometry.model)
