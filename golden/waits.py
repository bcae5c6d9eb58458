"""How early an operation may issue behind the ones before it: the left fields of the programme.

No operation may read what is not yet written, nor write what is still read. ``golden.accesses`` says
which cells every operation uses in which cycle, and so how many cycles must lie between two issues; here
that becomes, for every instruction and engine, the most that the engine's counter may still read
(SPEC chapter 4). A counter speaks of the engine's last operation only. What an earlier one asks for is
often granted already, since a token's operations issue in order and an engine takes one at a time;
where it is not, the counter of the last one stands in for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from golden import instruction as p
from golden.accesses import Accesses, distance
from golden.timing import Timing

_WINDOW = 80  # words that are looked back upon: more than a layer and a half
FIELDS = ("left_s", "left_d", "left_l", "left_h", "left_n")


def with_waits(timing: Timing, program: Sequence[p.Instr]) -> list[p.Instr]:
    """The programme with its left fields.

    Raises
    ------
    ValueError
        When a wait is longer than the operation that it is for.
    """
    sample = [i for i in program if i.layer < 2]  # further layers are as the second
    fields = [dict.fromkeys(FIELDS, p.ANY) | {"left_n": p.ANY_N} for _ in sample]
    last = timing.g.chip.context - 1  # attention's durations grow with the position, evenly
    alone = timing.position_slots(last) > 1  # such a token scores early
    tokens = [(0, False), (last, False), *([(last, True)] if alone else [])]
    for (pos, early), lora, draw in product(tokens, (False, True), (False, True)):
        _Walk(timing, sample, lora, draw, pos, early).tighten(fields)
    known = {}
    for i, f in zip(sample, fields, strict=True):
        known.setdefault(i.layer, []).append(f)
    turn = {layer: iter(known[min(layer, 1)]) for layer in {i.layer for i in program}}
    return [replace(i, **next(turn[i.layer])) for i in program]


class _Walk:
    """One token through a programme.

    With or without an adapter, drawn or greedy, at one position; ``early``: H.EARLY is not skipped.
    """

    def __init__(
        self, timing: Timing, program: Sequence[p.Instr], lora: bool, draw: bool, pos: int, early: bool
    ) -> None:
        self.timing, self.program = timing, program
        self.lora, self.early = lora, early
        self.of_token = pos, draw, early
        accesses = Accesses(timing, *self.of_token)
        self.uses = [accesses.of(i) for i in program]
        self.apart = np.zeros((len(program), len(program)), int)  # [i, j]: i issues that long behind j
        self.last: dict[str, int] = {}  # by counter: the operation of which it speaks
        self.engine: dict[int, int] = {}  # by engine: the operation that it took last

    def tighten(self, fields: list[dict[str, int]]) -> None:
        """Lower the left fields to what this token needs."""
        for k, i in enumerate(self.program):
            if k:
                self.apart[k, :k] = self.apart[k - 1, :k] + 1
            if self._skipped(i):
                continue
            if i.engine == p.END:
                fields[k].update(dict.fromkeys(FIELDS, 0))
                continue
            if i.engine in self.engine:
                before = self.engine[i.engine]
                occupied = self.timing.occupied(self.program[before], *self.of_token)
                self._behind(k, before, occupied)
            for j in range(k - 1, max(-1, k - _WINDOW), -1):
                if not self._skipped(self.program[j]):
                    self._respect(fields[k], j, k)
            self._issued(k)

    def _skipped(self, i: p.Instr) -> bool:
        return i.if_lora > self.lora or (p.early(i) and not self.early)

    def _behind(self, k: int, j: int, cycles: int) -> None:
        """Instruction k issues at least so many cycles behind j, and with it behind all before j."""
        self.apart[k, :j] = np.maximum(self.apart[k, :j], self.apart[j, :j] + cycles)
        self.apart[k, j] = max(self.apart[k, j], cycles)

    def _respect(self, fields: dict[str, int], j: int, k: int) -> None:
        """Make k wait for what j leaves to it, unless it comes late enough anyway."""
        for memory, need in distance(self.uses[j], self.uses[k]).items():
            if need <= self.apart[k, j]:
                continue
            rinv = memory == "rinv" and self.program[j].engine == p.S
            counter = "n" if rinv else _counter(self.program[j])
            last = self.last[counter]
            left = self._duration(counter, last) + 1 - (need - int(self.apart[last, j]))
            if left < 0 or last < j:
                raise ValueError(
                    f"{self.program[k]} would wait for {self.program[j]} beyond {self.program[last]}"
                )
            field = f"left_{counter[0]}"
            fields[field] = min(fields[field], left, p.ANY_N - 1 if rinv else p.ANY - 1)
            for name in (counter,) if self.program[k].engine == p.D else self.last:
                if name[0] == counter[0]:
                    there = self.last[name]
                    self._behind(k, there, self._duration(name, there) + 1 - fields[field])

    def _issued(self, k: int) -> None:
        i = self.program[k]
        self.engine[i.engine] = k
        if p.early(i):  # sets no counter
            return
        self.last[_counter(i)] = k
        if i.engine == p.S and i.transform == p.NORM:
            self.last["n"] = k

    def _duration(self, counter: str, k: int) -> int:
        i = self.program[k]
        if counter == "n":
            return self.timing.rinv_duration(i)
        return self.timing.duration(i, *self.of_token)


def _counter(i: p.Instr) -> str:
    """Which counter an operation sets: s, d, h, and of the L-Units l0 or l1."""
    name = p.ENGINE_NAMES[i.engine].lower()
    return f"{name}{i.bank}" if i.engine == p.L else name
