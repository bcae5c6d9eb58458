"""Ports inside the chip, between the probes, with what golden expects on them in which cycle.

The probes say between which two stages RTL and golden part. Behind them lie several modules: a
second run, with waves of the window, is read at the ports of each, in the order of the data. The
first port that is wrong names the module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from golden import program as p
from golden.engines import TokenContext
from golden.h_unit import RD_CTX
from verif.debug.case import Case
from verif.debug.numbers import named, real
from verif.debug.waves import Waves

Array = np.ndarray
Busy = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Tap:
    """One module's port in the operation at hand.

    ``ports`` maps a signal to its values [cycles, ...index of the packed array]; ``valid``, if there
    is one, is high in ``cycles`` and low around them.
    """

    module: str
    scope: str  # instance below the chip
    cycles: Array
    ports: dict[str, Array]
    valid: str = ""
    means: str = ""  # what a wrong value here tells, if more than "this module"


@dataclass(frozen=True)
class Finding:
    """The first wrong port."""

    tap: Tap
    port: str
    index: tuple[int, ...]
    cycle: int
    got: int | None
    want: int

    @property
    def module(self) -> str:
        """Who is to blame."""
        return self.tap.module

    def __str__(self) -> str:
        """Port, cycle, both values."""
        where = f"{self.tap.scope}.{self.port}" + "".join(f"[{i}]" for i in self.index)
        if self.port == self.tap.valid:
            return f"{where} is {self.got} in cycle {self.cycle}, golden says {self.want}"
        kind = "fp32" if is_float(self.tap, self.port) else "hex"
        return (
            f"{where} in cycle {self.cycle}: RTL {_value(self.got, kind)}, golden {_value(self.want, kind)}"
        )


FLOATS = re.compile(r"(data|term|value|acc|score|max|y|x|u|sum|ss|total|rinv|difference)(_o|_i|_q)?$")


def is_float(tap: Tap, port: str) -> bool:
    """Whether a port carries FP32 patterns."""
    return port in tap.ports and tap.ports[port].dtype == np.uint32 and bool(FLOATS.search(port))


def _value(word: int, kind: str) -> str:
    if kind == "fp32":
        return real(word, kind)
    return f"{word:x}" if word > 9 else str(word)


@dataclass(frozen=True)
class Verdict:
    """What the ports inside say: modules that are right, in the order of the data; the first wrong port."""

    right: list[str]
    finding: Finding | None


class Place:
    """Shorthand of a case: sizes, issue cycle, the column and row that are looked at."""

    def __init__(self, case: Case, unit: tuple[int, int]) -> None:
        self.case, self.i, self.pc = case, case.instr, case.pc
        g = self.g = case.chip.geometry
        chip = self.chip = g.chip
        self.C, self.R, self.hops = chip.columns, chip.rows, chip.hops
        t = case.schedule.timing
        self.lc, self.lr, self.lk = t.lc, t.lr, t.lk
        self.t0 = case.issue[case.pc]
        self.c, self.r = unit
        step = case.step
        self.ctx = step.flight.ctx
        self.seq = step.seq
        self.unit = f"gen_col[{self.c}].gen_row[{self.r}].u_unit"
        self.column = f"u_row.gen_col[{self.c}].u_vector_unit"
        self.pos = step.pos

    def of(self, name: str, layer: int | None = None) -> dict[str, Array]:
        """Golden's values of a stage of this layer."""
        return self.case.step.values[self.i.layer if layer is None else layer, name]

    def sent(self, dest: int) -> tuple[p.Instr, dict[str, Array]]:
        """The latest SEND to ``dest`` and what it sent."""
        program, issue = self.case.schedule.program, self.case.issue
        k = next(
            k
            for k in range(self.pc, -1, -1)
            if issue[k] >= 0 and program[k].engine == p.S and program[k].dest == dest
        )
        return program[k], self.of(f"send:{program[k].what}", program[k].layer)

    def row_block(self) -> int:
        """First slot of a GEMV: that of the drain of its bank behind it."""
        rest = self.case.schedule.program[self.pc :]
        drain = next(i for i in rest if i.engine == p.D and i.op == p.DRAIN)
        return drain.addr1 // self.R

    def token(self) -> TokenContext:
        """What the engines are told of the token."""
        base = max(0, self.case.step.adapter - 1) * self.g.adapter_words
        kv_base = self.seq * self.g.sequence_words
        return TokenContext(
            self.ctx,
            self.case.step.token,
            self.pos,
            kv_base,
            self.case.step.lora,
            adapter_base=base,
            scored=p.scored(self.case.schedule.program, self.case.issue, self.pc),
        )

    def words(self, addr: int, n: int, first: int) -> Array:
        """What reads of the token's vector memories give, word ``addr`` in cycle ``first`` and so on.

        Returns
        -------
        uint32 [n, R], of the column that is looked at.
        """
        want, g, q_words = self.case.want, self.g, self.g.words(self.g.q_dim)
        if addr >= g.vmem["t"]:
            written = want["lora_t"]
            at, data = g.vmem["t"] + written[:, 2].astype(np.int64), written[:, 3:]
        elif addr >= g.vmem["att"]:
            written = want["red"]
            slot = written[:, 3].astype(np.int64) - self.c % g.cpk * q_words  # of this column's segment
            mine = (written[:, 2] == RD_CTX) & (slot >= 0) & (slot < q_words)
            written, at = written[mine], g.vmem["att"] + slot[mine]
            data = written[:, 4:].reshape(len(written), self.C, self.R)[:, self.c]
        else:
            written = want["vmem"]
            written = written[written[:, 1] == self.c]
            at, data = written[:, 3], written[:, 4:]
        out = np.zeros((n, self.R), np.uint32)
        for k in range(n):
            last = np.flatnonzero((at == addr + k) & (written[:, 0] < first + k))
            if len(last):
                out[k] = data[last[-1]]
        return out

    def busy(self) -> list[tuple[int, int]]:
        """Cycles [from, to] in which other operations of this engine, of any token, may have valid beats."""
        schedule, out = self.case.schedule, []
        for one in (self.case.step, *self.case.others):
            for k, (i, t) in enumerate(zip(schedule.program, one.issue, strict=True)):
                if t >= 0 and i.engine == self.i.engine and not (k == self.pc and one is self.case.step):
                    scored = p.scored(schedule.program, one.issue, k)
                    out.append((t, t + schedule.timing.duration(i, one.pos, one.flight.draw, scored) + 1))
        return out


def steps(at: Place, first: int, n: int) -> Array:
    """Cycles of ``n`` steps of the operation, the first one ``first`` cycles behind the issue."""
    return at.t0 + first + np.arange(n)


def patterns(x: Array) -> Array:
    """float32 as bit patterns, integers as they are."""
    x = np.ascontiguousarray(x)
    return x.view(np.uint32) if x.dtype == np.float32 else x


def sram_words(m: Array, e: Array) -> Array:
    """MXINT8 blocks int8 [n, HB], uint8 [n] as words {exponent field, mantissas}: object [n]."""
    m = np.ascontiguousarray(m, np.int8)
    low = [int.from_bytes(row.tobytes(), "little") for row in m]
    return np.array([v | int(x) << 8 * m.shape[1] for v, x in zip(low, e, strict=True)], object)


def check(tap: Tap, waves: Waves, until: int, busy: Busy = ()) -> Finding | None:
    """The earliest wrong value of a tap up to a cycle.

    Cycles outside the file are not looked at; in those of ``busy``, pairs [from, to], other operations
    may set the valid.
    """
    lowest, highest = int(waves.cycles[0]), min(int(waves.cycles[-1]), until)
    inside = (tap.cycles >= lowest) & (tap.cycles <= highest)
    found: list[Finding] = []
    if tap.valid and len(tap.cycles):
        around = np.arange(max(lowest, tap.cycles.min() - 2), min(highest, tap.cycles.max() + 2) + 1)
        due = np.isin(around, tap.cycles)
        others = np.array([any(a <= c <= b for a, b in busy) for c in around], bool)
        around, due = around[due | ~others], due[due | ~others]
        got = waves.words(f"{tap.scope}.{tap.valid}", around) if len(around) else np.empty(0)
        for cycle, value, want in zip(around, got, due, strict=True):
            if value is not None and bool(value) != bool(want):
                found.append(Finding(tap, tap.valid, (), int(cycle), int(value), int(want)))
                break
    cycles = tap.cycles[inside]
    for port, values in tap.ports.items():
        if len(cycles) and waves.has(f"{tap.scope}.{port}"):
            found += _first(tap, port, cycles, waves.words(f"{tap.scope}.{port}", cycles), values[inside])
    return min(found, key=lambda f: f.cycle, default=None)


def _first(tap: Tap, port: str, cycles: Array, got: Array, want: Array) -> Iterator[Finding]:
    got = got.reshape(want.shape) if got.size == want.size else got
    for n in range(len(cycles)):
        for index in np.ndindex(want.shape[1:]):
            g, w = got[(n, *index)], int(want[(n, *index)])
            if g is not None and g != w:
                yield Finding(tap, port, index, int(cycles[n]), int(g), w)
                return


def _explained(finding: Finding, case: Case, unit: tuple[int, int], n: int) -> Finding:
    """The same finding; it says so if RTL has there what another token has there."""
    values = finding.tap.ports.get(finding.port)
    if values is None or finding.got is None:
        return finding
    row = int(np.flatnonzero(finding.tap.cycles == finding.cycle)[0])
    for one in case.others:
        if one.issue[case.pc] < 0 or not one.values:
            continue
        other = replace(case, step=one)
        if other.pc is None:  # it has no beat as the one that differs
            continue
        taps = tables()[case.first.probe.name](Place(other, unit))
        theirs = taps[n].ports.get(finding.port) if n < len(taps) else None
        if theirs is not None and len(theirs) > row and theirs[(row, *finding.index)] == finding.got:
            means = f"that is the value of {named(one)}: contexts are mixed up"
            return replace(finding, tap=replace(finding.tap, means=means))
    return finding


def _units(case: Case) -> list[tuple[int, int]]:
    """Units that the first difference may come from: those that are added up in it."""
    c, r = case.unit
    g, name = case.chip.geometry, case.first.probe.name
    if name == "lora_t":
        return [(k, r) for k in range(g.chip.columns)]
    if name in ("gmax", "red"):
        group = c // g.cpk * g.cpk
        return [(group + a, k) for a in range(g.cpk) for k in range(g.chip.rows)]
    return [(c, r)]


def tables() -> dict[str, Callable[[Place], list[Tap]]]:
    """The taps of an operation by the probe that shows its result, in the order of the data."""
    from verif.debug import taps_h, taps_l, taps_v

    return taps_l.TAPS | taps_h.TAPS | taps_v.TAPS


def locate(case: Case, waves: Waves) -> Verdict:
    """The first wrong port upstream of the first difference, in the order of the data."""
    if case.instr is None and case.first.probe.name != "issue":
        return Verdict([], None)
    until = max(case.first.cycle, case.first.due)
    best: tuple[int, Verdict] = (1 << 30, Verdict([], None))
    for unit in _units(case):
        at = Place(case, unit)
        taps, busy = tables()[case.first.probe.name](at), at.busy()
        for n, tap in enumerate(taps):
            finding = check(tap, waves, until, busy)
            if finding is not None:
                right = list(dict.fromkeys(t.module for t in taps[:n]))
                finding = _explained(finding, case, unit, n)
                best = min(best, (n, Verdict(right, finding)), key=lambda x: x[0])
                break
        else:
            if best[1].finding is None:
                best = (best[0], Verdict(list(dict.fromkeys(t.module for t in taps)), None))
    return best[1]
