"""What an operation waited for did hold it back, and nothing else; every cycle is accounted for."""

from __future__ import annotations

import copy
from collections import defaultdict
from dataclasses import replace

import pytest

from golden import program as p
from golden.geometry import Geometry
from golden.idle import LOOP, account, chain, loop
from golden.pipeline import Issue, Pipeline
from golden.sequencer import Sequencer, Start
from golden.tests.sizes import GEOMETRIES
from golden.tests.test_sequencer import draw_tokens
from golden.waiting import REASONS, Operation, explain

ENGINES = (p.S, p.D, p.L, p.H)


def issues_of(
    g: Geometry, program: list[p.Instr], wishes: list[tuple[int, Start, bool]]
) -> tuple[Pipeline, list[Issue]]:
    """All issues of some tokens; ``tag`` of a token is its ``Start``."""
    pipeline, out, cycle = Pipeline(g, program), [], 0
    for wait, start, draw in wishes:
        cycle += wait
        out += pipeline.walk(cycle)
        while (room := pipeline.room()) is None:
            out.append(next(pipeline.walk()))
        cycle = max(cycle, room)
        out += pipeline.walk(cycle)
        lora = start.adapter is not None
        pipeline.start(cycle, start.seq, start.pos[0], lora, start.sample, draw, start)
        cycle += 1
    out += pipeline.walk()
    return pipeline, out


def sized(name: str, tokens: int, sequences: int = 3) -> Geometry:
    """A geometry with another number of contexts."""
    g = GEOMETRIES[name]
    return Geometry(replace(g.chip, tokens=tokens, sequences=min(tokens, sequences)), g.model)


def drawn(name: str, tokens: int, sequences: int = 3) -> tuple[Pipeline, list[Operation]]:
    """Operations of some tokens, explained."""
    g = sized(name, tokens, sequences)
    pipeline, issues = issues_of(g, p.build(g), draw_tokens(g, 2 + tokens, tokens))
    return pipeline, explain(pipeline.timing, pipeline.program, issues)


def without(sequencer: Sequencer, ctx: int, reasons: set[str], engine: int, ready: int) -> bool:
    """Whether the context would issue in this cycle if these reasons did not hold."""
    other = copy.copy(sequencer)
    other.contexts = copy.deepcopy(sequencer.contexts)
    own = other.contexts[ctx]
    for reason in reasons:
        if reason in ("left_s", "left_d", "left_h"):
            own.left[{"s": p.S, "d": p.D, "h": p.H}[reason[-1]]] = 0
        elif reason == "left_l":
            own.banks = [0, 0]
        elif reason == "left_n":
            own.rinv = 0
        elif reason == "rinv":
            for c in other.contexts.values():
                c.rinv = c.rinv if c is own else 0
        elif reason == "kv":
            for c in other.contexts.values():
                if c is not own and c.start.seq == own.start.seq:
                    c.pc = own.pc + 1
        elif reason == "attention":
            other.attention = None
        elif reason == "head":
            other.head = None
        else:
            assert reason in ("engine", "arbitration"), reason
            ready |= 1 << engine
            other.contexts = {c: x for c, x in other.contexts.items() if x is own or reason == "engine"}
    issued = other.outputs(ready).issues.get(engine)
    return issued is not None and issued.ctx == ctx


@pytest.mark.parametrize(("tokens", "sequences"), [(1, 1), (2, 1), (3, 3), (4, 1)])
@pytest.mark.parametrize("name", GEOMETRIES)
def test_reasons_hold(name: str, tokens: int, sequences: int) -> None:
    """A cycle earlier each of the last limits held: without all of them the operation would have issued."""
    pipeline, operations = drawn(name, tokens, sequences)
    timing, program = pipeline.timing, pipeline.program
    issues, starts = defaultdict(list), {}
    for o in operations:
        issues[o.cycle].append(o)
        starts[o.token.start] = o.token
    sequencer, ready_from, seen = Sequencer(program, tokens), [0] * 4, set()
    for t in range(max(issues) + 1):
        ready = sum((t >= c) << e for e, c in enumerate(ready_from))
        for o in issues[t + 1]:
            if o.waited and o.instr.engine != p.END:
                reasons = {x.reason for x in o.limits if x.cycle == o.cycle}
                args = sequencer, o.token.ctx
                assert without(*args, reasons, o.instr.engine, ready), (t, o.instr, reasons)
                for reason in reasons:
                    assert not without(*args, reasons - {reason}, o.instr.engine, ready), (t, o.instr, reason)
                seen |= reasons
        durations, rinv = {}, 0
        for o in issues[t]:
            if o.instr.engine != p.END:
                args = o.instr, o.token.pos, o.token.draw, o.scored
                durations[o.instr.engine] = timing.duration(*args)
                ready_from[o.instr.engine] = t + timing.occupied(*args)
                if o.instr.engine == p.S and o.instr.transform == p.NORM:
                    rinv = timing.rinv_duration(o.instr)
        out = sequencer.outputs(ready)
        assert {e: i.start for e, i in out.issues.items()} == {o.instr.engine: o.token.tag for o in issues[t]}
        sequencer.edge(out, durations, rinv, starts[t].tag if t in starts else None)
    assert {"left_s", "left_d", "left_l", "left_h", "engine"} <= seen
    if tokens > 1:
        assert "arbitration" in seen


def waits_in_vain() -> set[str]:
    """Reasons of tokens of which the second starts while the first waits at EARLY."""
    g, seen = sized("tiny", 2), set()
    alone, issues = issues_of(g, p.build(g), [(0, Start(0, pos=(5, 1, 1)), False)])
    early = next(o for o in explain(alone.timing, alone.program, issues) if p.early(o.instr))
    wishes = [(0, Start(0, pos=(5, 1, 1)), False), (early.cycle - 3, Start(1, seq=1), False)]
    pipeline, issues = issues_of(g, p.build(g), wishes)
    for o in explain(pipeline.timing, pipeline.program, issues):
        seen |= {x.reason for x in o.limits}
    return seen


def test_every_reason_occurs() -> None:
    seen = waits_in_vain()
    for name in GEOMETRIES:
        for tokens in (1, 4):
            for sequences in (1, 3):
                seen |= {x.reason for o in drawn(name, tokens, sequences)[1] for x in o.limits}
    g = sized("tiny", 4)
    program = p.build(g)
    # A programme whose drain waits for the rinv unit and whose sample waits for long work on H.
    norm = next(i for i in program if i.transform == p.NORM and i.if_head)
    drain = next(i for i in program if i.drain == p.ARGMAX)
    work = next(i for i in program if i.engine == p.H)
    free = {"left_s": p.ANY, "left_d": p.ANY, "left_l": p.ANY, "left_h": p.ANY}
    short = [
        replace(norm, **free),
        replace(drain, **free, left_n=0),
        replace(work, **free, if_lora=0, steps=200),
        replace(program[-2], **free | {"left_h": 0}),
        program[-1],
    ]
    pipeline, issues = issues_of(g, short, [(1, Start(seq, sample=True, seq=seq), False) for seq in range(3)])
    seen |= {x.reason for o in explain(pipeline.timing, short, issues) for x in o.limits}
    assert seen == set(REASONS)


@pytest.mark.parametrize("shift", [-1, 1])
def test_wrong_cycle(shift: int) -> None:
    g = sized("odd", 2)
    pipeline, issues = issues_of(g, p.build(g), draw_tokens(g, 4, 1))
    for k in range(0, len(issues), 41):
        changed = [*issues]
        changed[k] = issues[k]._replace(cycle=issues[k].cycle + shift)
        with pytest.raises(ValueError, match="by the rule"):
            explain(pipeline.timing, pipeline.program, changed)


@pytest.mark.parametrize("tokens", [1, 4])
@pytest.mark.parametrize("name", ["odd", "tiny-wide"])
def test_every_cycle_accounted(name: str, tokens: int) -> None:
    """In any window, without gap and overlap; loop cycles are those in which a loop runs."""
    pipeline, operations = drawn(name, tokens)
    timing, end = pipeline.timing, operations[-1].cycle
    for first, last in ((0, end + 50), (end // 3, end // 2), (end // 2, end // 2 + 1)):
        for engine in ENGINES:
            segments = account(timing, operations, engine, first, last)
            now = first
            for s in segments:
                assert (s.first, s.cycles > 0, 0 <= s.looping <= s.cycles) == (now, True, True)
                now += s.cycles
            assert now == last
            runs = {c for o in operations if o.instr.engine == engine for c in range(*loop(timing, o))}
            busy = {c for s in segments if s.kind == LOOP for c in range(s.first, s.first + s.cycles)}
            assert busy == runs & set(range(first, last))


def test_chain_by_hand() -> None:
    """Alone, without an adapter, a layer begins with a send and its first GEMV waits for it."""
    g = sized("tiny", 1)
    pipeline, issues = issues_of(g, p.build(g), [(0, Start(0), False)])
    operations = explain(pipeline.timing, pipeline.program, issues)
    send = next(o for o in operations if o.instr.what == "input_layernorm" and o.instr.layer == 1)
    gemv = next(o for o in operations if o.instr.what == "q_proj" and o.instr.layer == 1)
    latency = pipeline.timing.duration(send.instr, 0) + 1 - gemv.instr.left_s
    assert (gemv.cycle - send.cycle, gemv.cause.reason, gemv.cause.blocker) == (latency, "left_s", send)
    (segment,) = chain(pipeline.timing, send.cycle + 1, gemv)
    assert (segment.first, segment.cycles, segment.work) == (send.cycle + 1, latency, send)
    # The down GEMV before the layer still reads its last slots when the first of x are sent.
    down, idle = account(pipeline.timing, operations, p.L, send.cycle + 1, gemv.cycle + 1)
    assert (down.kind, down.work.instr.what, down.cycles + idle.cycles) == (LOOP, "down_proj", latency)
    assert (idle.kind, idle.work, idle.waiting) == ("left_s", send, gemv)
