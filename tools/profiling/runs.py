"""Issue cycles of a run: measured on the RTL, beat by beat compared, or predicted by the cycle model."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from golden import program as p
from golden.errors import RomaError
from golden.geometry import Geometry
from golden.library import load_lora, load_model
from golden.pipeline import InFlight, Issue, Pipeline
from golden.sizing import VALIDATED
from golden.timing import Timing
from golden.tokenizer import load_tokenizer
from tools.profiling.request import Request
from verif.lib.checker import Mismatch
from verif.lib.chip import ChipRun, build_chip, script_for
from verif.lib.tools import SIM_BUILD

ROUNDS = 4  # a predicted prompt has so many tokens for each context: the first ones fill the pipeline


@dataclass(frozen=True)
class Run:
    """All operations of some tokens, from a chip that was idle.

    Attributes
    ----------
    geometry, program, timing
        The chip's.
    issues, tokens
        Of all tokens; tokens in the order of their start.
    evidence
        Where the cycles come from, for people.
    """

    geometry: Geometry
    program: list[p.Instr]
    timing: Timing
    issues: list[Issue]
    tokens: list[InFlight]
    evidence: str


def run(request: Request, seed: int) -> Run:
    """What the request asks for; raises RomaError, Mismatch, BuildFailed."""
    return measured(request, seed) if request.source == "rtl" else predicted(request)


def predicted(request: Request) -> Run:
    """A prompt of one sequence behind ``kv`` cached positions, as fast as contexts become free."""
    g = request.geometry()
    count = ROUNDS * g.chip.tokens
    if request.kv + count > g.chip.context:
        raise RomaError(
            f"KV is {request.kv}: {count} tokens behind it do not fit the context of {g.chip.context}"
        )
    pipeline = Pipeline(g, p.build(g))
    issues: list[Issue] = []
    tokens: list[InFlight] = []
    cycle = 0
    for pos in range(request.kv, request.kv + count):
        while (room := pipeline.room()) is None:
            issues.append(next(pipeline.walk()))
        cycle = max(cycle, room)
        issues += pipeline.walk(cycle)
        head = len(tokens) == count - 1
        tokens.append(pipeline.start(cycle, 0, pos, bool(request.adapter), head))
        cycle += 1
    issues += pipeline.walk()
    evidence = f"predicted by the cycle model, which equals the RTL at {', '.join(VALIDATED)}"
    return Run(g, pipeline.program, pipeline.timing, issues, tokens, evidence)


def measured(request: Request, seed: int) -> Run:
    """The RTL runs the prompt; every beat, the issues among them, is compared with golden's."""
    model = load_model(request.model, request.chip or None)
    g = model.geometry
    tokenizer = load_tokenizer(model.checkpoint.tokenizer, g.model.vocab_size)
    prompt = tokenizer.encode(request.prompt)
    if len(prompt) + request.tokens - 1 > g.chip.context:
        raise RomaError(
            f"PROMPT of {len(prompt)} tokens and TOKENS={request.tokens} do not fit the context of "
            f"{g.chip.context}: give less"
        )
    script = script_for(model, SIM_BUILD / "runs" / "profile")
    if request.adapter:
        script.load(0, load_lora(request.adapter, model)).select(1)
    script.run(prompt, request.tokens, status=None)
    print(f"chip {g.chip.name}: building if needed, then running ...", file=sys.stderr, flush=True)
    build_chip(g)
    chip = ChipRun(script, seed)
    checker = chip.checker()
    issues: list[Issue] = []
    tokens: list[InFlight] = []
    try:
        for step in checker.tokens():
            tokens.append(step.flight)
            issues += [Issue(cycle, step.flight, k) for k, cycle in enumerate(step.issue) if cycle >= 0]
            step.forget()
            print(f"{len(tokens)} tokens checked", file=sys.stderr, flush=True)
        chip.finish()
    except Mismatch as e:
        raise chip.explained(e) from None
    finally:
        chip.stop()
    tokens.sort(key=lambda t: t.start)
    schedule = checker.chip.schedule
    evidence = f"measured in RTL, {checker.totals.beats} beats compared"
    return Run(g, schedule.program, schedule.timing, issues, tokens, evidence)
