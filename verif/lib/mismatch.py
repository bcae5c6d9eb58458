"""The mismatch screen: where RTL and golden part, what it looks like, between which stages it arises."""

from __future__ import annotations

import os
import shlex
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from verif.debug import flow, patterns
from verif.debug.case import Case
from verif.debug.numbers import axes, elements
from verif.lib.identity import base_seed, identity
from verif.lib.sources import hdl_files
from verif.lib.tools import ROOT

SHOWN = 8
WIDTH = 110


def explain(case: Case, agreeing: dict[str, int], found: Sequence[str] = ()) -> str:
    """One page for a person.

    Parameters
    ----------
    case
        The mismatch.
    agreeing
        Beats of each probe that agreed in this token.
    found
        Lines that a look into the waves adds: module, files.
    """
    first, step = case.first, case.step
    late = patterns.shift(case)
    kind = first.kind if not late else "late" if late > 0 else "early"
    op = "before the first operation"
    if case.instr is not None:
        op = f"{case.instr} (issued in cycle {case.issue[case.pc]})"
    lines = [
        f"MISMATCH in {first.probe.stage} ({first.probe.name}), {kind}",
        f"  token      {case.token} (id {step.token}, {_place(case)})",
        f"  operation  {op}",
        f"  cycle      {first.cycle} (token started {step.start}, so {first.cycle - step.start} into it)",
        *_beat(case),
        *(f"  pattern    {h}" for h in patterns.hints(case)),
        *_stages(case),
        *(f"  {x}" for x in found),
    ]
    others = {d.probe.name for d in case.differences}
    before = [f"{n} ({c} beats)" for n, c in agreeing.items() if c and n not in others]
    if before:
        lines.append("  agree      " + ", ".join(before))
    if len(case.differences) > 1:
        later = ", ".join(f"{d.probe.name} @{d.cycle}" for d in case.differences[1:6])
        lines.append(f"  then       {later}")
    return "\n".join(_fit(x) for x in lines)


def _place(case: Case) -> str:
    """Position, and what there can be more than one of on this chip: sequence, context, other tokens."""
    step, chip = case.step, case.chip.geometry.chip
    parts = [f"position {step.pos}"]
    if chip.sequences > 1:
        parts.append(f"sequence {step.seq}")
    if chip.tokens > 1:
        beside = [x for x in case.others if x.start <= case.first.cycle and not 0 <= x.end < case.first.cycle]
        also = [f"{x.flight.ctx} at position {x.pos}" for x in beside]
        parts.append(f"context {step.flight.ctx}" + "".join(f", beside context {x}" for x in also))
    return ", ".join(parts)


def _fit(line: str) -> str:
    """Wrapped, but for what people copy."""
    if line.startswith(("  waves", "  view", "  rerun", "  picture")):
        return line
    return "\n".join(textwrap.wrap(line, WIDTH, subsequent_indent=" " * 13, break_on_hyphens=False))


def file_of(module: str) -> str:
    """A module's file as a person opens it: hdl/matrix/drain.sv."""
    for path in hdl_files():
        if path.stem == module:
            return "hdl/" + "/".join(path.parts[-2:])
    return module


def _stages(case: Case) -> list[str]:
    """The last stage that agrees, the first that does not, and what lies between."""
    name = case.first.probe.name
    lines = []
    for stage in case.upstream:
        want, got = case.beats(stage.probe, stage.pc), case.beats(stage.probe, stage.pc, case.got)
        same = want.shape == got.shape and (want == got).all()
        seen = f"{len(want)} beats, last in cycle {want[-1, 0]}" if len(want) else "no beats"
        verb = "last good" if same else "differs  "
        lines.append(f"  {verb}  {stage.probe} of {case.schedule.program[stage.pc]} ({seen})")
    what = "" if case.instr is None else f" of {case.instr}"
    lines.append(f"  first bad  {name}{what}")
    modules = flow.between(name, case.instr)
    if modules:
        lines.append("  between    " + " > ".join(modules))
    return lines


def _beat(case: Case) -> list[str]:
    d = case.first
    shown = d.got if d.want is None else d.want
    where = "".join(f" {t}={int(shown[1 + i])}" for i, t in enumerate(d.probe.tags))
    lines = [f"  beat       {d.row} of its probe in this token,{where}"]
    if d.got is None:
        return [*lines, "  RTL has no such beat; golden expects it"]
    if d.want is None:
        return [*lines, "  RTL has a beat that golden does not expect"]
    if d.got[0] != d.want[0]:
        by = int(d.got[0]) - int(d.want[0])
        lines.append(f"  timing     RTL cycle {d.got[0]}, golden {d.want[0]} ({by:+d})")
    if d.kind == "tag":
        pairs = zip(d.probe.tags, d.got[1:], d.want[1:], strict=False)
        lines += [f"  tag        {t}: RTL {int(g)}, golden {int(w)}" for t, g, w in pairs if g != w]
    bad, of = elements(case)
    if bad:
        lines.append(f"  elements   {len(bad)} of {of} differ, index ({axes(d.probe)}):")
        lines += [f"    {e}" for e in bad[:SHOWN]]
    return lines


def rerun_line() -> str:
    """The line that repeats this run with waves; empty when nobody knows."""
    if os.environ.get("PYTEST_CURRENT_TEST"):
        return f"make rerun ID='{identity()}@{base_seed()}'"
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    if spec is not None and spec.name == "verif.generate":
        given = ("MODEL", "PROMPT", "TOKENS", "ADAPTER", "CHIP", "SEED")
        words = [f"{n}={shlex.quote(os.environ[n])}" for n in given if os.environ.get(n)]
        return " ".join(["make generate", *words, "WAVES=1"])
    return ""


def shown_path(path: Path) -> str:
    """A path as short as it can be said from the project's folder."""
    return os.path.relpath(path, ROOT) if path.is_relative_to(ROOT) else str(path)
