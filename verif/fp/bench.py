"""Drives a unit of ``hdl/fp`` that takes one bundle of lanes a cycle; every cycle is compared."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ReadOnly, RisingEdge

from golden.formats import canonical
from verif.lib.packing import pack
from verif.lib.unit_screen import differences, nearest


def generator(name: str) -> np.random.Generator:
    """The random stream of a test, from the simulation's seed."""
    return np.random.default_rng([cocotb.RANDOM_SEED, *name.encode()])


def values(words: np.ndarray) -> np.ndarray:
    """What FP32 bit patterns mean to the hardware: subnormals are zeros."""
    return canonical(np.asarray(words, np.uint32).view(np.float32))


class LaneBench:
    """A unit with ``valid_i``, operands of LANES elements, ``valid_o`` and ``data_o``."""

    def __init__(self, dut: Any, latency: int, rng: np.random.Generator, inputs: tuple[str, ...]) -> None:
        self.dut, self.latency, self.rng, self.inputs = dut, latency, rng, inputs
        self.bits = {name: len(getattr(dut, name)) for name in inputs}
        self.compared = 0

    @property
    def block(self) -> str:
        """Name of the block under test."""
        return str(getattr(self.dut, "_name", "the block"))

    async def start(self) -> None:
        """Clock and reset."""
        self.dut.valid_i.value = 0
        self.dut.rst_ni.value = 0
        Clock(self.dut.clk_i, 10, "ns", impl="gpi").start(start_high=False)
        for _ in range(3):
            await RisingEdge(self.dut.clk_i)
        self.dut.rst_ni.value = 1

    async def run(
        self,
        operands: tuple[np.ndarray, ...],
        expected: np.ndarray,
        *,
        busy: float = 1.0,
        reset_at: int | None = None,
        output: str = "data_o",
    ) -> None:
        """Feed ``operands`` bundle by bundle and compare ``valid_o`` and results every cycle.

        Without a result the output stands still: its registers are clocked with results only.

        Parameters
        ----------
        operands
            One array a port, the same length; the element width is the array's.
        expected
            Results, one for each operand, element width as the output's.
        busy
            Share of cycles with a bundle; between them the inputs carry garbage.
        reset_at
            Bundle during which reset is asserted for a cycle: nothing in the pipeline leaves.
        output
            Name of the result port.
        """
        dut, rng = self.dut, self.rng
        lanes = self.bits[self.inputs[0]] // (8 * operands[0].itemsize)
        beats = -(-len(expected) // lanes)
        pad = beats * lanes - len(expected)
        driven = [np.pad(x, (0, pad), mode="edge").reshape(beats, lanes) for x in operands]
        wanted = np.pad(expected, (0, pad), mode="edge").reshape(beats, lanes)
        due: dict[int, int] = {}  # cycle -> bundle
        cycle = beat = 0
        held: int | None = None
        while beat < beats or cycle <= max(due, default=0) + 2 * self.latency + 4:
            await RisingEdge(dut.clk_i)
            valid = beat < beats and rng.random() < busy
            dut.valid_i.value = int(valid)
            if valid:
                for name, x in zip(self.inputs, driven, strict=True):
                    getattr(dut, name).value = pack(x[beat])
            elif busy < 1:
                for name, width in self.bits.items():
                    garbage = int.from_bytes(rng.bytes(width // 8 + 1), "little")
                    getattr(dut, name).value = garbage & ((1 << width) - 1)
            reset = valid and beat == reset_at
            dut.rst_ni.value = int(not reset)
            if reset:
                due = {c: b for c, b in due.items() if c <= cycle}
            elif valid:
                due[cycle + self.latency] = beat
            beat += valid
            await ReadOnly()
            got = int(dut.valid_o.value)
            assert got == (cycle in due), (
                f"MISMATCH in {self.block}: valid_o is {got} in cycle {cycle}\n"
                f"  timing     {nearest(cycle, list(due))}"
            )
            shown = getattr(dut, output).value
            if got:
                self._compare(cycle, due[cycle], shown, wanted, driven)
            else:
                assert held is None or int(shown) == held, f"cycle {cycle}: {output} moves without valid_o"
            # What reset takes the valid from may still arrive.
            held = None if reset else int(shown)
            cycle += 1

    def _compare(self, cycle: int, beat: int, value: Any, wanted: np.ndarray, driven: list) -> None:
        raw = int(value).to_bytes(wanted[beat].nbytes, "little")
        got = np.frombuffer(raw, wanted.dtype)
        bad = np.flatnonzero(got != wanted[beat])
        assert not len(bad), (
            differences(self.block, "data_o", cycle, got.tolist(), wanted[beat].tolist(), 8 * wanted.itemsize)
            + "\n"
            + "\n".join(f"    [{i}] operands {', '.join(f'{x[beat][i]:x}' for x in driven)}" for i in bad[:8])
        )
        self.compared += len(got)
