"""H.EARLY by the rule and by events: issued alone, skipped beside others, skipped behind a wait in vain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from golden import program as p
from golden.engines import TokenContext, h_steps
from golden.geometry import Geometry
from golden.pipeline import Pipeline
from golden.sequencer import Start
from golden.tests.sizes import GEOMETRIES
from golden.tests.test_sequencer import Issues, by_cycles, by_events
from golden.waiting import explain

KINDS = (False, True)  # without and with an adapter


def sized(name: str, tokens: int) -> Geometry:
    """A geometry with so many contexts and two sequences."""
    g = GEOMETRIES[name]
    return Geometry(replace(g.chip, tokens=tokens, sequences=2), g.model)


def start(g: Geometry, number: int, seq: int, pos: int, lora: bool) -> Start:
    """A token."""
    return Start(number, seq=seq, pos=(pos, *divmod(pos, g.kv_group)), adapter=0 if lora else None)


def early_of(program: list[p.Instr], issues: Issues, token: int) -> list[bool]:
    """Of every EARLY whether the token issues it."""
    own = {pc for _, t, pc in issues if t == token}
    return [pc in own for pc, i in enumerate(program, 1) if p.early(i)]


def standing(g: Geometry, lora: bool, pos: int) -> tuple[int, int]:
    """Cycles of a token that is alone and starts in 0: its first EARLY comes to the register, issues."""
    pipeline = Pipeline(g, p.build(g))
    pipeline.start(0, 0, pos, lora, False)
    operations = explain(pipeline.timing, pipeline.program, pipeline.walk())
    first = next(o for o in operations if p.early(o.instr))
    return first.since, first.cycle


@pytest.mark.parametrize("lora", KINDS)
@pytest.mark.parametrize("tokens", [2, 4])
@pytest.mark.parametrize(("name", "step"), [("odd", 1), ("tiny", 5)])
def test_starts_around(name: str, step: int, tokens: int, lora: bool) -> None:
    """Another token starts around the first EARLY, in every cycle or some, a third one at times too."""
    g = sized(name, tokens)
    program, pos = p.build(g), g.kv_group + 1
    since, goes = standing(g, lora, pos)
    assert since < goes
    mixed, waited = 0, set()
    for cycle in range(since - 4, goes + 3, step):
        for seq in (0, 1):
            other = start(g, 1, seq, pos + 1, not lora)
            wishes = [(0, start(g, 0, 0, pos, lora), False), (cycle - 1, other, False)]
            if tokens > 2 and (cycle - since) % 4 == 0:
                wishes.append((0, start(g, 2, 1 - seq, pos + 2, lora), False))
            expected, got = by_events(g, wishes), by_cycles(g, wishes)
            assert sorted(got) == sorted(expected)
            early = early_of(program, got, 0)
            # The other one is in flight from the cycle behind its start.
            assert early[0] == (goes <= cycle)
            mixed += any(early) and not all(early)
            waited |= reasons(g, wishes)
    assert mixed or step > 1  # issued in some layer, skipped in another
    assert "early" in waited


def reasons(g: Geometry, wishes: list[tuple[int, Start, bool]]) -> set[str]:
    """What operations waited for."""
    pipeline, issues, cycle = Pipeline(g, p.build(g)), [], 0
    for wait, one, draw in wishes:
        cycle += wait
        issues += pipeline.walk(cycle)
        pipeline.start(cycle, one.seq, one.pos[0], one.adapter is not None, one.sample, draw)
        cycle += 1
    issues += pipeline.walk()
    return {x.reason for o in explain(pipeline.timing, pipeline.program, issues) for x in o.limits}


@pytest.mark.parametrize("lora", KINDS)
@pytest.mark.parametrize("name", GEOMETRIES)
def test_ends_in_every_cycle(name: str, lora: bool) -> None:
    """A short token before: where its END comes decides whether the other one's EARLY goes."""
    g = sized(name, 2)
    program, pos, both = p.build(g), g.kv_group + 1, set()
    length = max(cycle for cycle, _, _ in by_events(g, [(0, start(g, 0, 0, pos, lora), False)]))
    for cycle in range(length // 3, length + 2, length // 14):
        wishes = [(0, start(g, 0, 1, pos, lora), False), (cycle - 1, start(g, 1, 0, pos, lora), False)]
        expected, got = by_events(g, wishes), by_cycles(g, wishes)
        assert sorted(got) == sorted(expected)
        both.add(early_of(program, got, 1)[0])
    assert both == {False, True}


@pytest.mark.parametrize("name", GEOMETRIES)
def test_first_slot(name: str) -> None:
    """A token of the first position slot has nothing to score early, alone or not."""
    g = sized(name, 1)
    for pos, want in ((0, False), (g.kv_group - 1, False), (g.kv_group, True)):
        issues = by_cycles(g, [(0, start(g, 0, 0, pos, False), False)])
        assert set(early_of(p.build(g), issues, 0)) == {want}


@pytest.mark.parametrize("name", GEOMETRIES)
def test_two_parts_are_the_whole(name: str) -> None:
    """Steps of EARLY and of the SCORE behind it: those of a whole SCORE, whose flags they have."""
    g = sized(name, 1)
    program, timing = p.build(g), Pipeline(g, p.build(g)).timing
    early, score = (next(i for i in program if kind(i)) for kind in (p.early, p.scores))
    for pos in (g.kv_group, 2 * g.kv_group - 1, 2 * g.kv_group):
        one, rest = TokenContext(0, 0, pos), TokenContext(0, 0, pos, scored=True)
        parts = [*h_steps(early, one, g.kv_group), *h_steps(score, rest, g.kv_group)]
        assert parts == list(h_steps(score, one, g.kv_group))
        assert len(parts) == timing.steps(early, pos) + timing.steps(score, pos, scored=True)
        assert len(parts) == timing.steps(score, pos)
