"""Plays inputs planned by cycle on a DUT and compares its outputs with what is due, every cycle.

Payload inputs that nothing drives in a cycle carry garbage, so that a block that forgets its valid
is seen. Outputs are compared as integers; a beat that is missing, extra, early or late fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ReadOnly, RisingEdge


def pack(values: np.ndarray, bits: int) -> int:
    """Integers (signed or not) as one packed vector of ``bits`` each, element 0 lowest."""
    flat = np.ascontiguousarray(values).reshape(-1)
    if bits in (8, 16, 32, 64):
        return int.from_bytes(flat.astype(f"<i{bits // 8}").tobytes(), "little")
    out = 0
    for v in reversed(flat.tolist()):
        out = out << bits | (int(v) & ((1 << bits) - 1))
    return out


def bits32(x: np.ndarray | np.float32) -> int:
    """Bit pattern of one float32."""
    return int(np.asarray(x, np.float32).view(np.uint32))


def as_float(x: int) -> np.float32:
    """The float32 with a bit pattern."""
    return np.array(x, np.uint32).view(np.float32)[()]


class Timeline:
    """Plan and player.

    Parameters
    ----------
    dut
        cocotb handle with clk_i and rst_ni (rst_ni may be absent).
    rng
        Source of the garbage.
    valids
        Input valids, each with the payload inputs that belong to it and their widths.
    ports
        Output valids; the fields that belong to them are named by ``expect``.
    """

    def __init__(
        self,
        dut: Any,
        rng: np.random.Generator,
        valids: Mapping[str, Mapping[str, int]],
        ports: tuple[str, ...] = (),
    ) -> None:
        self.dut, self.rng, self.valids, self.ports = dut, rng, valids, ports
        self.t = 1  # the next cycle to plan
        self.cycle = 0
        self.compared = 0
        self.inputs: dict[int, dict[str, int]] = {}
        self.due: dict[int, dict[str, dict[str, int]]] = {}

    async def start(self, **constants: int) -> None:
        """Clock and reset."""
        for name, value in constants.items():
            getattr(self.dut, name).value = value
        for valid in self.valids:
            getattr(self.dut, valid).value = 0
        self._reset(0)
        Clock(self.dut.clk_i, 10, "ns", impl="gpi").start(start_high=False)
        for _ in range(3):
            await RisingEdge(self.dut.clk_i)
        self._reset(1)

    def put(self, cycle: int, **values: int) -> None:
        """Drive inputs in a cycle; a valid falls back to 0 behind it."""
        self.inputs.setdefault(cycle, {}).update(values)

    def expect(self, cycle: int, port: str, **fields: int) -> None:
        """Fields due in a cycle; ``port`` is an output valid, or any name where there is none."""
        beats = self.due.setdefault(cycle, {})
        assert port not in beats, f"two beats planned on {port} in cycle {cycle}"
        beats[port] = fields

    def reset(self, cycle: int) -> None:
        """Reset in a cycle, in mid-job: nothing planned behind it is played, nothing due comes."""
        for plan in (self.inputs, self.due):
            for later in [c for c in plan if c > cycle]:
                del plan[later]
        self.put(cycle, rst_ni=0)
        self.put(cycle + 1, rst_ni=1)
        self.t = cycle + 1

    async def run(self, idle: int = 16) -> None:
        """Play all that is planned and ``idle`` cycles more."""
        end = max([*self.inputs, *self.due, self.cycle], default=0) + idle
        while self.cycle < end:
            self.cycle += 1
            await RisingEdge(self.dut.clk_i)
            self._drive(self.inputs.pop(self.cycle, {}))
            await ReadOnly()
            self._compare(self.due.pop(self.cycle, {}))
        assert not self.due and not self.inputs
        self.t = self.cycle + 1

    def _reset(self, value: int) -> None:
        if hasattr(self.dut, "rst_ni"):
            self.dut.rst_ni.value = value

    def _drive(self, values: dict[str, int]) -> None:
        for valid, payload in self.valids.items():
            if not values.get(valid):
                values[valid] = 0
                for name, width in payload.items():
                    if name not in values:
                        values[name] = int.from_bytes(self.rng.bytes(-(-width // 8))) & ((1 << width) - 1)
        for name, value in values.items():
            getattr(self.dut, name).value = value

    def _compare(self, due: dict[str, dict[str, int]]) -> None:
        for port in self.ports:
            got = int(getattr(self.dut, port).value)
            assert got == (port in due), f"cycle {self.cycle}: {port} is {got}, golden {int(port in due)}"
        for port, fields in due.items():
            for name, want in fields.items():
                got = int(getattr(self.dut, name).value)
                mask = (1 << len(getattr(self.dut, name))) - 1
                assert got == want & mask, (
                    f"cycle {self.cycle}: {name} (with {port}) is {got:#x}, golden {want & mask:#x}"
                )
                self.compared += 1
