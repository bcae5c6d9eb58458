"""What stands where in the SRAM of a matrix unit, and whether adapters fit into it. SPEC chapter 1.

``python -m golden.sram_map MODEL [CHIP]`` prints the map.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from golden.errors import RomaError
from golden.geometry import Geometry


@dataclass(frozen=True)
class Region:
    """Consecutive words of every unit's SRAM."""

    name: str
    first: int
    words: int


def sram_map(g: Geometry) -> list[Region]:
    """All regions in ascending order; together they are the whole SRAM."""
    slots = [
        Region(f"adapter slot {a}", a * g.adapter_words, g.adapter_words) for a in range(g.chip.adapter_slots)
    ]
    layers = [
        Region(
            f"KV cache {s}, layer {k}",
            g.kv_base + s * g.sequence_words + k * g.kv_layer_words,
            g.kv_layer_words,
        )
        for s in range(g.chip.sequences)
        for k in range(g.model.num_hidden_layers)
    ]
    return slots + layers


def need_room(g: Geometry, names: Sequence[str]) -> None:
    """Check that adapters can be resident together, before anything is read or written.

    Raises
    ------
    RomaError
        When there are more of them than slots. (An adapter's rank is checked when it is loaded.)
    """
    chip = g.chip
    if len(names) > chip.adapter_slots:
        more = g.sram_words + (len(names) - chip.adapter_slots) * g.adapter_words
        raise RomaError(
            f"{len(names)} adapters ({', '.join(names)}) are asked for, chip '{chip.name}' has "
            f"{chip.adapter_slots} slots: its SRAM of {g.sram_words} words a matrix unit is {g.kv_base} for "
            f"adapters and {g.sram_words - g.kv_base} for the KV cache; load fewer at a time or take a chip "
            f"with adapter_slots = {len(names)} ({more} words)"
        )


def table(g: Geometry) -> str:
    """The map for a person: words and bytes of a unit, bytes of the whole chip."""
    word = g.chip.h_block + 1
    lines = [
        f"H SRAM of {g.model.name} on {g.chip.name}: {g.chip.units} matrix units, words of {word} bytes",
        f"{'region':<24}{'first word':>12}{'words':>10}{'bytes a unit':>14}{'bytes in all':>14}",
    ]
    total = Region("in all", 0, g.sram_words)
    for r in [*sram_map(g), total]:
        size = r.words * word
        lines.append(f"{r.name:<24}{r.first:>12}{r.words:>10}{size:>14}{size * g.chip.units:>14}")
    lines.append(
        f"A slot holds ranks up to {g.chip.max_rank}; the KV cache {g.chip.context} positions, "
        f"{g.kv_slots} a unit, of {2 * g.head_blocks} words each and layer."
    )
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Entry point; returns the exit code."""
    from golden.library import load_model  # which checks with this module

    if not 1 <= len(arguments) <= 2:
        print("usage: python -m golden.sram_map MODEL [CHIP]", file=sys.stderr)
        return 2
    try:
        print(table(load_model(*arguments).geometry))
    except RomaError as e:
        print(f"error: {e}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
