"""A bench for blocks whose time is fixed: inputs and what every port shows, cycle by cycle.

Every planned port is compared in every cycle; a beat that is missing, extra, early or late fails
like a wrong bit. Payloads carry garbage whenever their valid is low.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ReadOnly, RisingEdge

from verif.lib.unit_screen import differences, nearest

SEED = int(os.environ.get("RANDOM_SEED", "1"))
PARAMETERS: dict[str, int] = json.loads(os.environ.get("BENCH_PARAMETERS", "{}"))


@dataclass(frozen=True)
class Port:
    """Output port: valid (empty: compared in planned cycles only), tags, data, bits of a word.

    ``held``: its data are a register that is clocked with beats only, so they stand still without one.
    """

    valid: str
    tags: tuple[str, ...]
    data: str
    bits: int = 32
    held: bool = False


def words(x: Any) -> tuple[int, ...]:
    """Values as unsigned data words: float32 as bit patterns, integers in their own width."""
    a = np.atleast_1d(np.asarray(x))
    return tuple(int(v) for v in np.ascontiguousarray(a).view(f"u{a.dtype.itemsize}").ravel())


def random_stream(name: str) -> np.random.Generator:
    """The random stream of a test: its name and the run's seed."""
    return np.random.default_rng([SEED, *name.encode()])


def random_blocks(
    rng: np.random.Generator, shape: tuple[int, ...], hb: int, kind: str
) -> tuple[np.ndarray, np.ndarray]:
    """MXINT8 blocks int8 [*shape, HB] and exponent fields uint8 [*shape], as a quantiser makes.

    Kinds: ``real`` (values around 1), ``wide`` (any exponent), ``large`` (saturates), ``tiny``
    (flushes), ``zero``, ``mixed`` (each block of some kind).
    """
    ranges = {
        "real": (118, 131),
        "wide": (1, 255),
        "large": (245, 255),
        "tiny": (1, 12),
        "zero": (0, 1),
    }
    if kind == "mixed":
        choice = rng.choice(list(ranges), shape)
        e = np.zeros(shape, np.int64)
        for k, limits in ranges.items():
            e = np.where(choice == k, rng.integers(*limits, shape), e)
    else:
        e = rng.integers(*ranges[kind], shape)
    m = rng.integers(-127, 128, (*shape, hb))
    m = np.where(rng.random(m.shape) < 0.1, rng.choice([-127, 127], m.shape), m)
    return np.where((e == 0)[..., None], 0, m).astype(np.int8), e.astype(np.uint8)


class CycleBench:
    """Plans ahead with ``put`` and ``expect``, plays with ``run``."""

    ports: dict[str, Port] = {}
    payloads: dict[str, tuple[str, ...]] = {}  # of every input valid

    def __init__(self, dut: Any, rng: np.random.Generator) -> None:
        self.dut, self.rng = dut, rng
        self.cycle = 0  # of the simulation
        self.t = 1  # first cycle that is not planned yet
        self.inputs: dict[int, dict[str, int]] = {}
        self.expected: dict[str, dict[int, tuple[tuple[int, ...], tuple[int, ...]]]] = {
            p: {} for p in self.ports
        }
        self.compared = 0
        self.last: dict[str, int] = {}  # data of held ports in the cycle before

    async def start(self, **values: int) -> None:
        """Clock and reset; ``values`` are inputs from the beginning on."""
        d = self.dut
        self._reset(0)
        for name, value in {v: 0 for v in self.payloads}.items() | values.items():
            getattr(d, name).value = value
        # Low first: a rising edge at time 0 would come before the values above.
        Clock(d.clk_i, 10, "ns", impl="gpi").start(start_high=False)
        for _ in range(3):
            await RisingEdge(d.clk_i)
        self._reset(1)

    def _reset(self, value: int) -> None:
        if hasattr(self.dut, "rst_ni"):  # memories have none
            self.dut.rst_ni.value = value

    @property
    def block(self) -> str:
        """Name of the block under test."""
        return str(getattr(self.dut, "_name", "the block"))

    def put(self, cycle: int, **values: int) -> None:
        """Input values in a cycle; valids fall back to 0 behind it."""
        self.inputs.setdefault(cycle, {}).update(values)

    def expect(self, port: str, cycle: int, tags: tuple[int, ...], data: tuple[int, ...]) -> None:
        """A beat on a port."""
        assert cycle not in self.expected[port], f"two beats on {port} in cycle {cycle}"
        self.expected[port][cycle] = (tags, data)

    def cut(self, cycle: int) -> None:
        """Reset in ``cycle``, whose inputs still stand: nothing planned for later remains."""
        self.inputs = {c: v for c, v in self.inputs.items() if c <= cycle}
        for port, beats in self.expected.items():
            self.expected[port] = {c: b for c, b in beats.items() if c <= cycle}
        self.put(cycle, rst_ni=0)
        self.put(cycle + 1, rst_ni=1)
        self.t = cycle + 1

    async def run(self, tail: int = 24) -> None:
        """Play the plan and ``tail`` cycles more."""
        planned = [*self.inputs, *(c for beats in self.expected.values() for c in beats)]
        self.t = max(self.t, *(c + 1 for c in planned), 0) + tail
        while self.cycle < self.t:
            await RisingEdge(self.dut.clk_i)
            for name, value in self._inputs().items():
                getattr(self.dut, name).value = value
            await ReadOnly()
            self._check()
            self.sample()
            self.cycle += 1
        left = {p: sorted(b) for p, b in self.expected.items() if b}
        assert not left, f"never came (port: cycles): {left}"

    def sample(self) -> None:
        """What a bench reads in a cycle besides the ports."""

    def finish(self) -> None:
        """No vacuous pass."""
        assert self.compared > 0
        cocotb.log.info("%d words compared in %d cycles", self.compared, self.cycle)

    def garbage(self, name: str) -> int:
        """A random value for an input."""
        width = len(getattr(self.dut, name))
        return int.from_bytes(self.rng.bytes(width // 8 + 1), "little") & ((1 << width) - 1)

    def _inputs(self) -> dict[str, int]:
        values = self.inputs.pop(self.cycle, {})
        for valid, payload in self.payloads.items():
            if not values.get(valid):
                values[valid] = 0
                values.update({p: self.garbage(p) for p in payload if p not in values})
        return values

    def _check(self) -> None:
        d, t = self.dut, self.cycle
        for name, port in self.ports.items():
            want = self.expected[name].pop(t, None)
            if port.valid:
                got = int(getattr(d, port.valid).value)
                assert got == (want is not None), (
                    f"MISMATCH in {self.block}: {port.valid} is {got} in cycle {t}\n  timing     "
                    + nearest(t, sorted({*self.expected[name], *([t] if want else [])}))
                )
            if port.held:
                self._check_held(name, port, want is None)
            if want is None:
                continue
            tags, data = want
            got_tags = tuple(int(getattr(d, x).value) for x in port.tags)
            assert got_tags == tags, (
                f"MISMATCH in {self.block}: tags of {name} in cycle {t}\n  tag        "
                + ", ".join(
                    f"{x} RTL {g} expected {w}"
                    for x, g, w in zip(port.tags, got_tags, tags, strict=True)
                    if g != w
                )
            )
            word = int(getattr(d, port.data).value)
            got_data = [word >> port.bits * i & (1 << port.bits) - 1 for i in range(len(data))]
            where = ", ".join(f"{x} {v}" for x, v in zip(port.tags, tags, strict=True))
            screen = differences(self.block, port.data, t, got_data, data, port.bits, where)
            assert not screen, screen
            assert word >> port.bits * len(data) == 0, f"cycle {t} {name}: bits above the data are set"
            self.compared += len(data)

    def _check_held(self, name: str, port: Port, idle: bool) -> None:
        now = int(getattr(self.dut, port.data).value)
        before = self.last.get(name)
        assert not idle or before is None or now == before, (
            f"cycle {self.cycle}: {port.data} moves without {port.valid}"
        )
        # What reset takes the valid from may still arrive.
        in_reset = hasattr(self.dut, "rst_ni") and int(self.dut.rst_ni.value) == 0
        self.last = {k: v for k, v in self.last.items() if k != name} | ({} if in_reset else {name: now})
