"""One L-Unit: a ROM and the lanes of the fused cell, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from verif.area import array
from verif.area.netlist import Count, Counter

WORD_BITS = 64
KINDS = {"SRAM": array.sram, "ROM": array.plain, "B-ROM": array.b_rom}
PARTS = ("decoder", "cells", "candidates", "registers", "lanes")


@dataclass(frozen=True)
class Unit:
    """Transistors of one L-Unit.

    ``decoder`` (Yosys) has the word lines' drivers (model) in it, ``candidates`` the generator (Yosys)
    and its drivers (model); ``cells`` and ``registers`` are the array model's, ``lanes`` Yosys'.
    """

    kind: str
    bits: int
    depth: int
    decoder: int
    cells: int
    candidates: int
    registers: int
    lanes: int

    @property
    def rom(self) -> int:
        """All but the lanes."""
        return self.decoder + self.cells + self.candidates + self.registers

    @property
    def total(self) -> int:
        """The whole L-Unit."""
        return self.rom + self.lanes


def candidates(counter: Counter) -> int:
    """Generator of the 16 candidate lines: a B-ROM of one group that holds every nibble once.

    Its registers are b_rom's outputs and not the generator's.
    """
    codes = "".join(f"{k:x}" for k in range(15, -1, -1))
    return counter.count("b_rom", {"STRUCTURAL": 1, "WIDTH": 16, "DEPTH": 4, "CODES": f"64'h{codes}"}).logic


def lanes(counter: Counter, bits: int) -> int:
    """Multipliers, adders and the sum's register of a fused cell with one L-Unit, its B-ROM left out."""
    one = {"COLUMNS": 1, "BLOCK": WORD_BITS // bits, "WEIGHT_BITS": bits, "WORD_BITS": WORD_BITS}
    return counter.count("fused_cell", one, ["b_rom"]).total


def unit(counter: Counter, kind: str, bits: int, depth: int) -> Unit:
    """Count one L-Unit."""
    a = KINDS[kind](depth, WORD_BITS)
    generator = candidates(counter) if a.candidate_drivers else 0
    return Unit(
        kind,
        bits,
        depth,
        decoder=counter.count("word_lines", {"LINES": a.rows}).logic + a.line_drivers,
        cells=a.cells,
        candidates=generator + a.candidate_drivers,
        registers=a.registers,
        lanes=lanes(counter, bits),
    )


def units(counter: Counter, bits: list[int], depths: list[int]) -> Iterator[Unit]:
    """Plain ROM and B-ROM at every size."""
    for b in bits:
        for depth in depths:
            yield from (unit(counter, kind, b, depth) for kind in ("ROM", "B-ROM"))


def netlist(counter: Counter, block: bool, codes: str, depth: int, width: int) -> Count:
    """A whole small array with its decoder, every transistor an instance: what the model must equal."""
    parameters = {"WIDTH": width, "DEPTH": depth, "BLOCK": int(block)}
    parameters |= {"CODES": f"{depth * width}'h{codes}"}
    return counter.count("rom_array", parameters, ["rom_transistor"])


def content(counter: Counter, codes: str, depth: int, width: int) -> Count:
    """The structural view of b_rom with a content, all of it synthesised as logic."""
    parameters = {"STRUCTURAL": 1, "WIDTH": width, "DEPTH": depth, "CODES": f"{depth * width}'h{codes}"}
    return counter.count("b_rom", parameters)
