"""K and V of every position are in the cache before any token in flight reads them, by the SPEC's cycles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from golden import program as p
from golden.geometry import Geometry
from golden.latency import EXP_LATENCY
from golden.pipeline import InFlight, Pipeline
from golden.tests.sizes import GEOMETRIES


def run(g: Geometry, seed: int, count: int) -> list[tuple[InFlight, dict[int, int]]]:
    """Tokens of one sequence, with and without an adapter, at any distance; each with its issues."""
    r = np.random.default_rng(seed)
    pipeline = Pipeline(g, p.build(g))
    tokens: list[tuple[InFlight, dict[int, int]]] = []
    cycle, pos = 0, 0
    while len(tokens) < count:
        cycle += int(r.choice([1, 2, 20, 100, 700]))
        while (room := pipeline.room()) is None:
            issue = next(iter(pipeline.walk()))
            issue.token.tag[issue.index] = issue.cycle
        cycle = max(cycle, room)
        for issue in pipeline.walk(cycle):
            issue.token.tag[issue.index] = issue.cycle
        issues: dict[int, int] = {}
        token = pipeline.start(cycle, 0, pos, bool(r.integers(2)), bool(r.integers(2)), tag=issues)
        tokens.append((token, issues))
        pos += 1
    for issue in pipeline.walk():
        issue.token.tag[issue.index] = issue.cycle
    return tokens


@pytest.mark.parametrize("flying", [1, 2, 3, 4])
@pytest.mark.parametrize("name", list(GEOMETRIES))
def test_written_before_read(name: str, flying: int) -> None:
    """Of the token itself and of all before it; the last word of a send stands D - 1 cycles behind it."""
    base = GEOMETRIES[name]
    g = Geometry(replace(base.chip, tokens=flying), base.model)
    timing, program = Pipeline(g, p.build(g)).timing, p.build(g)
    tokens = run(g, flying, 12)
    closest = []
    for dest, op, first in ((p.TO_K, p.SCORE, 1), (p.TO_V, p.CONTEXT, 3 + EXP_LATENCY)):
        sends = {i.layer: k for k, i in enumerate(program) if i.engine == p.S and i.dest == dest}
        reads = {i.layer: k for k, i in enumerate(program) if i.engine == p.H and i.op == op}
        assert len(sends) == len(reads) == g.model.num_hidden_layers
        for layer, send in sends.items():
            last = timing.duration(program[send], 0) - 1
            written = [issues[send] + last for _, issues in tokens]
            for n, (_, issues) in enumerate(tokens):
                read = issues[reads[layer]] + first + timing.hops
                closest.append(read - max(written[: n + 1]))
    closest += early_reads(g, tokens)
    assert min(closest) > 0  # a read in the cycle behind a write returns what was written
    assert min(closest) < 20  # and nobody waits for long


def early_reads(g: Geometry, tokens: list[tuple[InFlight, dict[int, int]]]) -> list[int]:
    """Cycles from the last writes of its q and of K of the slots before to the first read of an EARLY."""
    program, out = p.build(g), []
    timing = Pipeline(g, program).timing
    sends = {(i.layer, i.dest): k for k, i in enumerate(program) if i.engine == p.S}
    for n, (token, issues) in enumerate(tokens):
        for k, i in enumerate(program):
            if p.early(i) and k in issues:
                read = issues[k] + 1 + timing.hops
                q, key = (sends[i.layer, dest] for dest in (p.TO_Q, p.TO_K))
                out.append(read - (issues[q] + timing.duration(program[q], 0) - 1))
                slot = token.pos // g.kv_group
                earlier = [t[key] for o, t in tokens[:n] if o.pos // g.kv_group < slot]
                out += [read - (t + timing.duration(program[key], 0) - 1) for t in earlier]
    return out
