"""What a functional cover point is: a name, its bins or the points it crosses, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True)
class Point:
    """A cover point ``<block>.<name>``, or the cross of points of its group.

    Parameters
    ----------
    name
        Inside the block.
    bins
        Labels; every one must be seen in some run.
    shows
        One sentence: what full coverage of it shows.
    of
        Of a cross: names of the points it crosses, in the order of its bins.
    never
        Of a cross: combinations that cannot be.
    """

    name: str
    bins: tuple[str, ...]
    shows: str
    of: tuple[str, ...] = ()
    never: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Group:
    """Points of a block that are sampled together, and the tap that records what they are made of.

    Parameters
    ----------
    block
        The module of ``hdl/`` that the tap is bound into, in every instance of every bench.
    when
        SystemVerilog expression inside the module: record in cycles in which it holds.
    reads
        Signals to record, or ``name=expression``.
    keeps
        Parameters to record once.
    points
        The points; ``verif/coverage/bins`` has a function for them, by the group's key.
    part
        Tells apart several groups of one block.
    limit
        Records of an instance in a run; what comes later is not sampled.
    """

    block: str
    when: str
    reads: tuple[str, ...]
    keeps: tuple[str, ...]
    points: tuple[Point, ...]
    part: str
    limit: int

    @property
    def key(self) -> str:
        """Name of the group."""
        return f"{self.block}_{self.part}" if self.part else self.block

    def full(self, point: Point) -> str:
        """Name of a point in plans, reports and files."""
        return f"{self.block}.{point.name}"

    def combinations(self, cross: Point) -> list[tuple[str, ...]]:
        """Bins of a cross that can be."""
        bins = {p.name: p.bins for p in self.points}
        every = product(*(bins[name] for name in cross.of))
        return [c for c in every if not any(_matches(n, c) for n in cross.never)]


def _matches(pattern: tuple[str, ...], combination: tuple[str, ...]) -> bool:
    return all(p in ("*", c) for p, c in zip(pattern, combination, strict=True))


def words(text: str) -> tuple[str, ...]:
    """Labels parted by spaces; ``0..63`` counts."""
    out: list[str] = []
    for word in text.split():
        low, dots, high = word.partition("..")
        counts = dots and low.isdecimal() and high.isdecimal() and low == "0"
        out += [str(n) for n in range(int(high) + 1)] if counts else [word]
    return tuple(out)
