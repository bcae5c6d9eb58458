"""What a memory array is made of, by model: synthesising its content as logic would count the content.

Conventions, the same for every kind of array:

- Every position has its transistor, whatever it stores: a mask ROM is a regular grid, programmed by a
  contact or via, and its size must not depend on the model's weights. (A grid in which only ones have
  a transistor would have half of them in a plain ROM, 15/16 in a B-ROM, for random content.)
- A row is one word: no column multiplexer, no redundancy, no dummy columns. Both ROMs would need them
  alike.
- A word line has a driver of two inverters. A varying candidate line has one for each 64 groups that
  it passes (assumed); candidates 0 and 15 are the rails.
- Each bit of the word has an output register; it stands for sense amplifier and precharge, too.
"""

from __future__ import annotations

from dataclasses import dataclass

from verif.area.netlist import FLIP_FLOP

GROUP = 4  # addresses, and bits of a nibble
VARYING = 14  # candidate lines that are no rail
DRIVER = 4  # two inverters
REPEAT = 64  # groups that one driver of a candidate line serves
SRAM_CELL = 6


@dataclass(frozen=True)
class Array:
    """Transistors of an array by part, without the decoder of its ``rows`` word lines."""

    rows: int
    line_drivers: int
    cells: int
    candidate_drivers: int
    registers: int


def _array(rows: int, cells: int, width: int, candidate_drivers: int = 0) -> Array:
    return Array(rows, rows * DRIVER, cells, candidate_drivers, width * FLIP_FLOP)


def plain(depth: int, width: int) -> Array:
    """A ROM with one transistor a bit."""
    return _array(depth, depth * width, width)


def sram(depth: int, width: int) -> Array:
    """Six transistors a bit; neither write drivers nor precharge."""
    return _array(depth, SRAM_CELL * depth * width, width)


def b_rom(depth: int, width: int) -> Array:
    """Block ROM: one transistor for the four bits of a column and group."""
    rows = -(-depth // GROUP)
    return _array(rows, rows * width, width, VARYING * DRIVER * -(-rows // REPEAT))
