"""The issue rule walked cycle by cycle gives the event model's cycles, with 1 to 4 tokens in flight."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from golden import program as p
from golden.geometry import Geometry
from golden.pipeline import Pipeline
from golden.sequencer import Sequencer, Start
from golden.tests.sizes import GEOMETRIES

Issues = list[tuple[int, int, int]]  # cycle, number of the token, programme word


def draw_tokens(g: Geometry, count: int, seed: int) -> list[tuple[int, Start, bool]]:
    """Wishes: cycles to wait behind the start before, the token, whether it is drawn."""
    r = np.random.default_rng(seed)
    pos = r.integers(g.chip.context // 2, size=g.chip.sequences)
    out = []
    for k in range(count):
        seq = int(r.integers(g.chip.sequences))
        slot, member = divmod(int(pos[seq]), g.kv_group)
        start = Start(
            token=k,
            sample=bool(r.integers(2)),
            seq=seq,
            pos=(int(pos[seq]), slot, member),
            adapter=0 if r.integers(2) else None,
        )
        pos[seq] += 1
        out.append((int(r.choice([0, 0, 1, 5, 300])), start, bool(r.integers(2))))
    return out


def by_events(g: Geometry, wishes: list[tuple[int, Start, bool]]) -> Issues:
    """Issues of ``golden.pipeline``."""
    pipeline, out, cycle = Pipeline(g, p.build(g)), [], 0

    def note(issues: object) -> None:
        out.extend((i.cycle, i.token.tag, i.index + 1) for i in issues)

    for wait, start, draw in wishes:
        cycle += wait
        note(pipeline.walk(cycle))
        while (room := pipeline.room()) is None:
            note([next(pipeline.walk())])
        cycle = max(cycle, room)
        note(pipeline.walk(cycle))
        lora = start.adapter is not None
        pipeline.start(cycle, start.seq, start.pos[0], lora, start.sample, draw, start.token)
        cycle += 1
    note(pipeline.walk())
    return out


def by_cycles(g: Geometry, wishes: list[tuple[int, Start, bool]]) -> Issues:
    """Issues of ``golden.sequencer``, its engines timed by ``golden.timing``."""
    program = p.build(g)
    timing, sequencer = Pipeline(g, program).timing, Sequencer(program, g.chip.tokens)
    ready_from, out, t, left = [0] * 4, [], 0, list(wishes)
    draws = {start.token: draw for _, start, draw in wishes}
    due = left[0][0]
    while left or sequencer.contexts:
        now = sequencer.outputs(sum((t >= c) << e for e, c in enumerate(ready_from)))
        durations, rinv = {}, 0
        for engine, i in now.issues.items():
            out.append((t, i.start.token, i.pc))
            if engine == p.END:
                continue
            word, args = program[i.pc - 1], (i.start.pos[0], draws[i.start.token], i.scored)
            durations[engine] = timing.duration(word, *args)
            ready_from[engine] = t + timing.occupied(word, *args)
            if engine == p.S and word.transform == p.NORM:
                rinv = timing.rinv_duration(word)
        start = None
        if left and t >= due and now.room:
            _, start, _ = left.pop(0)
            due = t + 1 + (left[0][0] if left else 0)
        sequencer.edge(now, durations, rinv, start)
        t += 1
    return out


@pytest.mark.parametrize("tokens", [1, 2, 3, 4])
@pytest.mark.parametrize("name", GEOMETRIES)
def test_same_cycles_as_event_model(name: str, tokens: int) -> None:
    g = GEOMETRIES[name]
    g = Geometry(replace(g.chip, tokens=tokens, sequences=min(tokens, 3)), g.model)
    wishes = draw_tokens(g, 2 + tokens, tokens)
    expected, got = by_events(g, wishes), by_cycles(g, wishes)
    assert sorted(got) == sorted(expected)
    assert {token for _, token, _ in got} == set(range(len(wishes)))


def test_skip_and_end() -> None:
    """A skipped word costs one cycle; END says done in the next cycle and frees its context."""
    program = [p.Instr(p.D, p.EMBED, "", -1, if_lora=1), p.Instr(p.END, 0, "", -1)]
    s = Sequencer(program, 1)
    s.edge(s.outputs(0b1111), {}, 0, Start(3, seq=2))
    assert not s.outputs(0b1111).issues  # skipped
    s.edge(s.outputs(0b1111), {}, 0, None)
    end = s.outputs(0b1111)
    assert (end.issues[p.END].pc, end.room, end.done) == (2, False, None)
    s.edge(end, {}, 0, None)
    assert (s.outputs(0).room, s.outputs(0).done) == (True, 2)
    s.edge(s.outputs(0), {}, 0, None)
    assert s.outputs(0).done is None
