"""What every cocotb bench needs: its parameters, its random streams, clock, cycle number, reset."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any, Protocol

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ReadOnly, RisingEdge
from cocotb.utils import get_sim_time

PERIOD_NS = 10
PARAMETERS: dict[str, int] = json.loads(os.environ.get("BENCH_PARAMETERS", "{}"))


class Clearable(Protocol):
    """What a reset empties."""

    def clear(self) -> None:
        """Forget everything."""


def rng(name: str = "") -> np.random.Generator:
    """A random stream of this run: from its seed and ``name``, nothing else."""
    return np.random.default_rng([int(os.environ["RANDOM_SEED"]), *name.encode()])


def cycle() -> int:
    """Rising edges since time 0, minus one: the number of the cycle that runs."""
    return int((get_sim_time("ns") - PERIOD_NS // 2) // PERIOD_NS)


async def start(dut: Any, **inputs: int) -> None:
    """Start the clock and reset ``dut``; ``inputs`` hold from time 0 on."""
    dut.rst_ni.value = 0
    for name, value in inputs.items():
        getattr(dut, name).value = value
    # Low first: an edge at time 0 would come before the values above.
    Clock(dut.clk_i, PERIOD_NS, "ns", impl="gpi").start(start_high=False)
    await reset(dut)


async def reset(dut: Any, cycles: int = 3, clear: Sequence[Clearable] = ()) -> None:
    """Reset for some cycles from the next rising edge on; returns at the edge that ends it.

    Sources and scoreboards in ``clear`` forget their beats at the edge where it begins.
    """
    await RisingEdge(dut.clk_i)
    dut.rst_ni.value = 0
    for part in clear:
        part.clear()
    for _ in range(cycles):
        await RisingEdge(dut.clk_i)
    dut.rst_ni.value = 1


async def settled(dut: Any) -> None:
    """The next cycle's values: behind its rising edge, when everything driven there has settled."""
    await RisingEdge(dut.clk_i)
    await ReadOnly()


def log_compared(count: int, what: str) -> None:
    """Say how much was compared; nothing is a failure."""
    assert count > 0, f"no {what} compared"
    cocotb.log.info("%d %s compared", count, what)
