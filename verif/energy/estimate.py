"""Energy of a token from activity and costs; and what moves on the lines of a B-ROM and a plain ROM."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from golden.geometry import Geometry
from verif.area.array import GROUP
from verif.energy.activity import Activity
from verif.energy.model import EnergyModel


def energy(model: EnergyModel, activity: Activity, tokens: int) -> dict[str, dict[str, float]]:
    """NJ a token by block and group of costs."""
    out = {block: defaultdict(float) for block in model.blocks}
    for block, n in activity.toggles.items():
        out[block]["nets"] += n * model.costs["toggle"].fj
    for (block, cost), n in activity.events.items():
        out[block][model.costs[cost].group] += n * model.costs[cost].fj
    return {b: {g: v / tokens / 1e6 for g, v in groups.items()} for b, groups in out.items()}


def share_ranges(model: EnergyModel, activity: Activity) -> dict[str, tuple[float, float]]:
    """Least and greatest share of each block when any one cost is half or twice what it is."""
    seen: dict[str, list[float]] = {block: [] for block in model.blocks}
    for name, cost in model.costs.items():
        for factor in (0.5, 1, 2):
            other = replace(model, costs=model.costs | {name: replace(cost, fj=cost.fj * factor)})
            sums = {b: sum(v.values()) for b, v in energy(other, activity, 1).items()}
            for block, value in sums.items():
                seen[block].append(value / sum(sums.values()))
    return {block: (min(v), max(v)) for block, v in seen.items()}


def base_weights(model: EnergyModel, g: Geometry) -> tuple[int, int, float]:
    """ROM bits and plane MACs of a token's base GEMVs, every ROM word once, and what they cost in mJ."""
    bits = g.rom_words * g.chip.units * g.chip.l_units * g.chip.word_bits
    macs = bits // 2
    fj = bits * model.costs["b_rom_bit"].fj + macs * model.costs["plane_mac"].fj
    return bits, macs, fj / 1e12


@dataclass(frozen=True)
class Lines:
    """Toggles a read of one L-Unit's lines, and the cell junctions that hang on what toggled.

    Lines hold their level between reads; with precharged bit lines both ROMs would move them in the
    same way, too. A bit line has a junction of each row; a candidate line those of a sixteenth of
    all cells.
    """

    reads: int
    bit_lines: float
    word_lines: float
    group_lines: float
    candidates: float
    depth: int
    width: int

    @property
    def plain(self) -> float:
        """Junctions moved a read, plain ROM."""
        return self.bit_lines * self.depth

    @property
    def block(self) -> float:
        """Junctions moved a read, B-ROM: bit lines of a quarter of the rows, and candidate lines."""
        rows = self.depth / GROUP
        return self.bit_lines * rows + self.candidates * rows * self.width / 16


def lines(addresses: Iterable[int], words: Iterable[int], depth: int, units: int, width: int) -> Lines:
    """Lines of one L-Unit for a stream of reads.

    Parameters
    ----------
    addresses, words
        What was read, in order; a word holds those of ``units`` L-Units, each ``width`` bits wide.
    depth
        Words of the ROM.
    """
    a, w = list(addresses), list(words)
    steps = max(len(a) - 1, 1)
    bits = sum((x ^ y).bit_count() for x, y in zip(w, w[1:], strict=False)) / units
    word = sum(2 * (x != y) for x, y in zip(a, a[1:], strict=False))
    group = sum(2 * (x // GROUP != y // GROUP) for x, y in zip(a, a[1:], strict=False))
    cand = sum(candidates(x, y) for x, y in zip(a, a[1:], strict=False))
    return Lines(len(a), bits / steps, word / steps, group / steps, cand / steps, depth, width)


def candidates(before: int, after: int) -> int:
    """Candidate lines that change between two addresses: line k carries bit addr[1:0] of k."""
    return sum((k >> before % GROUP & 1) != (k >> after % GROUP & 1) for k in range(16))
