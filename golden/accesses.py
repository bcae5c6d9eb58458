"""Which memories an operation reads and writes, and when: SPEC chapter 5, for ``golden.waits``.

Only memories that one operation of a token leaves for another: input, query and LoRA buffers,
accumulators, vector memory, and the registers of attention. Cycles count from the issue.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from golden import instruction as p
from golden.latency import EXP_LATENCY, MXQ_LATENCY, RECIP_LATENCY, TRANSFORM_LATENCY
from golden.timing import Timing

Array = np.ndarray


class Access(NamedTuple):
    """Cells of a memory that an operation uses.

    Attributes
    ----------
    memory, write
        Which memory; whether its cells are written.
    cells
        int [n], ascending.
    first, last
        int [n], cycles behind the issue of a cell's first and last use: an address on the port, a word
        that is written. What is written in a cycle is read from the next one on.
    """

    memory: str
    write: bool
    cells: Array
    first: Array
    last: Array


class Accesses:
    """Accesses of a token's operations on one geometry.

    Parameters
    ----------
    timing
        Of the chip.
    pos, draw
        The token's position; whether it is drawn, not greedy.
    early
        It is alone: H.EARLY goes before H.SCORE.
    """

    def __init__(self, timing: Timing, pos: int, draw: bool, early: bool) -> None:
        self.timing, self.g, self.pos, self.draw, self.early = timing, timing.g, pos, draw, early
        self.hops = timing.hops

    def of(self, i: p.Instr) -> list[Access]:
        """All of an operation."""
        if i.engine == p.END:
            return []
        return getattr(self, f"_{p.OP_NAMES[i.engine][i.op].lower()}")(i)

    def _embed(self, i: p.Instr) -> list[Access]:
        return [_each("vector", True, i.addr0, 4 + np.arange(i.n0))]

    def _send(self, i: p.Instr) -> list[Access]:
        words, w = np.arange(i.n0), i.n1
        out = [_each("vector", False, i.addr0, 1 + words[: i.n2])]
        if i.transform == p.SILU:
            out.append(_each("vector", False, i.addr1, 1 + words))
        if i.transform == p.INV:
            out.append(_one("inv", False, 2))
        if i.transform == p.NORM:
            written = i.n0 + self.timing.rinv_delay
            out.append(_one("rinv", True, written))
        arrival = 1 + TRANSFORM_LATENCY[i.transform] + w + MXQ_LATENCY + self.hops
        if i.dest in (p.TO_K, p.TO_V):
            out.append(_one("kv"[i.dest == p.TO_V], True, self.timing.duration(i, self.pos) - 1))
        else:
            blocks = np.arange(i.n0 // w)
            memory = {p.TO_X: "input", p.TO_Q: "query", p.TO_T: "lora input"}[i.dest]
            first = arrival + blocks * w
            # Queries and t are not written in the cycle in which they are read.
            alone = i.dest != p.TO_X
            out.append(Access(memory, True, blocks, first - alone, first + w - 1))
        return out

    def _gemv(self, i: p.Instr) -> list[Access]:
        sweep = i.n0 * i.n2  # slots and passes of a chunk
        chunks, slots = np.arange(i.n1), np.arange(i.n0)
        read = 1 + self.hops + chunks * sweep
        done = 1 + self.hops + 4 + self.timing.lc + (slots + 1) * i.n2 - 1  # of the first chunk
        return [
            Access("input", False, chunks, read, read + sweep - 1),
            Access(f"accumulators {i.bank}", True, slots, done, done + (i.n1 - 1) * sweep),
        ]

    def _drain(self, i: p.Instr) -> list[Access]:
        slots = np.arange(i.n0)
        at = 1 + self.timing.lead(i, self.draw) + slots + self.hops
        gather = at + 2 + self.hops
        out = [_each(f"accumulators {i.bank}", False, 0, at)]
        if i.drain != p.ARGMAX:
            out += [
                _each(f"lora results {i.bank}", False, 0, at),
                _each("vector", True, i.addr0, gather + 2),
            ]
        if i.drain == p.RESIDUAL:
            out.append(_each("vector", False, i.addr0, gather))
        if i.rinv:
            out.append(_one("rinv", False, gather[0], gather[-1]))
        return out

    def _sample(self, i: p.Instr) -> list[Access]:
        return []

    def _lora_a(self, i: p.Instr) -> list[Access]:
        slots, per = np.arange(i.n0), self.g.chip.block // self.g.chip.h_block
        chunks = np.arange(-(-i.n1 // per))
        at = 1 + self.hops
        last = at + (i.n0 - 1) * i.n1 + np.minimum((chunks + 1) * per, i.n1) - 1
        results = at + (slots + 1) * i.n1 - 1 + 4 + 2 * self.hops + self.timing.lc
        return [
            Access("input", False, chunks, at + chunks * per, last),
            _each("vector", True, self.g.vmem["t"], results),
        ]

    def _lora_b(self, i: p.Instr) -> list[Access]:
        slots, blocks = np.arange(i.n0), np.arange(i.n1)
        at = 1 + self.hops
        results = at + (slots + 1) * i.n1 - 1 + 4
        return [
            Access("lora input", False, blocks, at + blocks, at + blocks + (i.n0 - 1) * i.n1),
            _each(f"lora results {i.bank}", True, 0, results),
        ]

    def _early(self, i: p.Instr) -> list[Access]:
        return [self._queries(i)]

    def _score(self, i: p.Instr) -> list[Access]:
        written = self.timing.duration(i, self.pos, self.draw, self.early) - 2
        return [self._queries(i), _one("k", False, 1 + self.hops), _one("maximum", True, written)]

    def _queries(self, i: p.Instr) -> Access:
        """Any block at any time."""
        blocks = np.arange(self.g.words(self.g.q_dim) * self.g.chip.rows // self.g.chip.h_block)
        at = np.full(blocks.shape, 1 + self.hops)
        return Access("query", False, blocks, at, at + self.timing.steps(i, self.pos, self.early) - 1)

    def _context(self, i: p.Instr) -> list[Access]:
        end = self.timing.duration(i, self.pos)
        return [
            _one("maximum", False, 2 + self.hops, end),
            _one("v", False, 3 + EXP_LATENCY + self.hops),
            _one("context", True, end - 2),
        ]

    def _reduce(self, i: p.Instr) -> list[Access]:
        t, words = self.timing, self.g.words(self.g.q_dim)
        arrival = 2 + 3 * self.hops + t.lr + t.lk
        cells = np.arange(words)
        column = (self.g.cpk - 1) * words
        return [
            _one("context", False, 1 + self.hops, self.hops + i.n0),
            _one("inv", True, arrival + RECIP_LATENCY),
            Access(
                "vector",
                True,
                self.g.vmem["att"] + cells,
                arrival + 1 + cells,
                arrival + 1 + column + cells,
            ),
        ]


def _each(memory: str, write: bool, base: int, cycles: Array) -> Access:
    """A cell a step, from ``base`` on."""
    return Access(memory, write, base + np.arange(len(cycles)), cycles, cycles)


def _one(memory: str, write: bool, first: int, last: int | None = None) -> Access:
    """A register, or all of a memory."""
    at = np.array([first])
    return Access(memory, write, np.zeros(1, int), at, at if last is None else np.array([last]))


def distance(before: list[Access], after: list[Access]) -> dict[str, int]:
    """Cycles that must lie between the issues of two operations, by the memory that they share."""
    out: dict[str, int] = {}
    for a in before:
        for b in after:
            if a.memory != b.memory or not (a.write or b.write):
                continue
            _, x, y = np.intersect1d(a.cells, b.cells, assume_unique=True, return_indices=True)
            if len(x):
                need = int((a.last[x] - b.first[y]).max()) + a.write
                out[a.memory] = max(out.get(a.memory, need), need)
    return out
