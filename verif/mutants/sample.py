"""All faults of the RTL, and a sample of them in which every block has its share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from golden.errors import RomaError
from verif.mutants.faults import Mutant, find
from verif.mutants.tree import Source, parse


@dataclass(frozen=True)
class Faults:
    """Files by name, their faults by block."""

    sources: dict[str, Source]
    by_block: dict[str, list[Mutant]]


def all_faults(hdl: Path) -> Faults:
    """Every fault of the files of ``hdl/files.f``."""
    lines = [x.strip().removeprefix("hdl/") for x in (hdl / "files.f").read_text().splitlines()]
    names = [x for x in lines if x and not x.startswith(("#", "//"))]
    sources = {name: parse(hdl / name, name) for name in names}
    ports = {Path(s.name).stem: s.ports() for s in sources.values()}
    by_block = {s.block: find(s, ports) for s in sources.values()}
    return Faults(sources, {b: m for b, m in by_block.items() if m})


def sample(by_block: dict[str, list[Mutant]], number: int, seed: int) -> list[Mutant]:
    """``number`` faults, from a block in proportion to the square root of what it has, at least one.

    The same seed draws the same faults of a block as long as its source and its share stay the same.
    """
    shares = _shares({b: len(m) for b, m in by_block.items()}, number)
    drawn = []
    for block, mutants in by_block.items():
        rng = np.random.default_rng([seed, *block.encode()])
        order = rng.permutation(len(mutants))[: shares[block]]
        drawn += [mutants[i] for i in sorted(order)]
    return drawn


def _shares(sizes: dict[str, int], number: int) -> dict[str, int]:
    shares = dict.fromkeys(sizes, 1)
    # One by one to the block that is furthest below its weight.
    while sum(shares.values()) < min(number, sum(sizes.values())):
        open_blocks = [b for b in sizes if shares[b] < sizes[b]]
        needy = max(open_blocks, key=lambda b: sizes[b] ** 0.5 / (shares[b] + 0.5))
        shares[needy] += 1
    return shares


def chosen(by_block: dict[str, list[Mutant]], block: str) -> dict[str, list[Mutant]]:
    """The blocks that ``BLOCK`` names: one, a room of them, or all for an empty name.

    Raises
    ------
    RomaError
        When there is none of that name.
    """
    name = block.strip().strip("/").removesuffix(".sv").removeprefix("hdl/")
    found = {b: m for b, m in by_block.items() if not name or b == name or b.startswith(f"{name}/")}
    if not found:
        rooms = ", ".join(sorted({b.split("/")[0] for b in by_block}))
        raise RomaError(
            f"BLOCK is '{block}', legal: a block with code that runs, such as fp/fp_add, or a room: {rooms}"
        )
    return found


def grouped(mutants: Sequence[Mutant]) -> dict[str, list[Mutant]]:
    """Faults by block."""
    groups: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        groups[mutant.block].append(mutant)
    return dict(groups)
