"""No operation of a token reads what is not yet written, or writes what is still read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from golden import program as p
from golden.accesses import Accesses
from golden.geometry import Geometry
from golden.pipeline import InFlight, Pipeline
from golden.tests.sizes import GEOMETRIES
from golden.waits import with_waits


def walk(g: Geometry, program: list[p.Instr], seed: int, count: int) -> list[InFlight]:
    """Tokens of one sequence, of all kinds, at any distance; each with its issues in ``tag``."""
    r = np.random.default_rng(seed)
    pipeline, tokens, cycle = Pipeline(g, program), [], 0

    def go(until: int) -> None:
        for issue in pipeline.walk(until):
            issue.token.tag[issue.index] = issue.cycle

    for pos in sorted(r.integers(0, g.chip.context, count).tolist()):
        cycle += int(r.choice([1, 20, 700]))
        while (room := pipeline.room()) is None:
            issue = next(pipeline.walk())
            issue.token.tag[issue.index] = issue.cycle
        cycle = max(cycle, room)
        go(cycle)
        lora, head, draw = (bool(r.integers(2)) for _ in range(3))
        tokens.append(pipeline.start(cycle, 0, pos, lora, head, draw, tag={}))
    go(1 << 40)
    return tokens


def clashes(g: Geometry, program: list[p.Instr], token: InFlight) -> list[str]:
    """What a token's operations do too early, by the cycles in which they issued; rinv's unit included."""
    timing, early = Pipeline(g, program).timing, False
    written: dict[tuple[str, int], tuple[int, str]] = {}
    read: dict[tuple[str, int], tuple[int, str]] = {}
    out = []
    for index, cycle in sorted(token.tag.items()):
        what = str(program[index])
        if p.early(program[index]):
            early = True
        uses = Accesses(timing, token.pos, token.draw, early).of(program[index])
        if program[index].engine == p.H and program[index].op == p.REDUCE:
            early = False
        for use in uses:
            for cell, first in zip(use.cells.tolist(), (use.first + cycle).tolist(), strict=True):
                key = use.memory, cell
                before, by = written.get(key, (-1, ""))
                if first <= before:
                    out.append(f"{what} uses {key} in {first}, {by} writes it in {before}")
                before, by = read.get(key, (-1, ""))
                if use.write and first < before:
                    out.append(f"{what} writes {key} in {first}, {by} reads it in {before}")
        for use in uses:
            known = written if use.write else read
            for cell, last in zip(use.cells.tolist(), (use.last + cycle).tolist(), strict=True):
                known[use.memory, cell] = last, what
    return out


@pytest.mark.parametrize("flying", [1, 2, 4])
@pytest.mark.parametrize("name", list(GEOMETRIES))
def test_nothing_comes_too_early(name: str, flying: int) -> None:
    """Every cell of every memory, tokens with and without adapter, sampled, drawn, alone and not."""
    base = GEOMETRIES[name]
    g = Geometry(replace(base.chip, tokens=flying), base.model)
    program = p.build(g)
    for token in walk(g, program, flying, 6):
        assert not clashes(g, program, token)


def test_a_wait_less_is_seen() -> None:
    """Left fields that are one too high let something come too early: waits are no longer than need be."""
    g = GEOMETRIES["tiny"]
    program = p.build(g)
    seen, fields = 0, 0
    for index, i in enumerate(program):
        if i.layer == 1:
            for field in ("left_s", "left_d", "left_l", "left_h"):
                left = getattr(i, field)
                if left != p.ANY:
                    looser = [*program]
                    looser[index] = replace(i, **{field: left + 1})
                    fields += 1
                    seen += any(clashes(g, looser, token) for token in walk(g, looser, 1, 4))
    assert fields > 20 and seen > fields / 2


def test_a_wait_that_no_counter_can_express_is_refused() -> None:
    """T of the last linear behind a short LORA_B would have to wait longer than that one works."""
    g = GEOMETRIES["odd"]
    program = p.build(g)
    at = next(k for k, i in enumerate(program) if i.engine == p.H and i.op == p.LORA_A)
    short = replace(program[at], op=p.LORA_B, n0=1, n1=1, steps=1)
    timing = Pipeline(g, program).timing
    with pytest.raises(ValueError, match="would wait for layer 0 H.LORA_A .* beyond layer 0 H.LORA_B"):
        with_waits(timing, [*program[: at + 1], short, *program[at + 1 :]])
