"""A bench for blocks that decide: their golden twin sees the same inputs in the same cycle.

Every output is compared in every cycle out of reset, payloads only with their valid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import cocotb
from cocotb.triggers import ReadOnly, RisingEdge

from verif.lib.bench import cycle

# What a twin's outputs look like: signal to value, None for a payload that means nothing now.
Values = Mapping[str, int | None]


class Lockstep:
    """Compares a DUT with its twin; make it before the clock starts.

    Parameters
    ----------
    dut
        cocotb handle with clk_i and rst_ni.
    reset
        Puts the twin into its reset state.
    expected
        Reads the DUT's inputs, steps the twin, returns the outputs of this cycle.
    """

    def __init__(self, dut: Any, reset: Callable[[], None], expected: Callable[[], Values]) -> None:
        self.dut, self.reset, self.expected = dut, reset, expected
        self.compared = 0
        cocotb.start_soon(self._run())

    async def _run(self) -> None:
        while True:
            await RisingEdge(self.dut.clk_i)
            await ReadOnly()
            if not int(self.dut.rst_ni.value):
                self.reset()
                continue
            wanted = self.expected()
            bad = {}
            for name, want in wanted.items():
                if want is not None:
                    got = int(getattr(self.dut, name).value)
                    self.compared += 1
                    if got != want:
                        bad[name] = f"{name} is {got:#x}, golden {want:#x}"
            assert not bad, f"cycle {cycle()}: {'; '.join(bad.values())}"
