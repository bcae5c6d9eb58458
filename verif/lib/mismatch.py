"""Says where RTL and golden part: token, layer, operation, element, cycle, and what it looks like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from golden import program as p
from golden.chip import Step
from golden.probes import Probe
from golden.schedule import Schedule

Words = np.ndarray
SHOWN = 8


@dataclass(frozen=True)
class Difference:
    """The first difference of one probe within one token."""

    probe: Probe
    row: int  # beat within the token
    cycle: int  # the earlier of the two cycles
    kind: str  # value, late, early, tag, missing, extra
    got: Words | None
    want: Words | None


def first_difference(probe: Probe, got: Words, want: Words) -> Difference | None:
    """Compare the beats of one probe in one token; None when they are equal."""
    n = min(len(got), len(want))
    bad = np.flatnonzero((got[:n] != want[:n]).any(axis=1))
    if not len(bad):
        if len(got) == len(want):
            return None
        if len(got) < len(want):
            return Difference(probe, n, int(want[n, 0]), "missing", None, want[n])
        return Difference(probe, n, int(got[n, 0]), "extra", got[n], None)
    i = int(bad[0])
    g, w = got[i], want[i]
    cycle = int(min(g[0], w[0]))
    if i + 1 < len(want) and np.array_equal(g, want[i + 1]):
        return Difference(probe, i, int(w[0]), "missing", None, w)
    if i + 1 < len(got) and np.array_equal(got[i + 1], w):
        return Difference(probe, i, int(g[0]), "extra", g, None)
    if g[0] != w[0] and np.array_equal(g[1:], w[1:]):
        return Difference(probe, i, cycle, "late" if g[0] > w[0] else "early", g, w)
    tags = 1 + len(probe.tags)
    if not np.array_equal(g[:tags], w[:tags]):
        return Difference(probe, i, cycle, "tag", g, w)
    return Difference(probe, i, cycle, "value", g, w)


def explain(
    differences: list[Difference], step: Step, token: int, schedule: Schedule, agreeing: dict[str, int]
) -> str:
    """The mismatch screen: one page for a person.

    Parameters
    ----------
    differences
        First difference of every probe that differs.
    step, token
        The golden step and its number in the run.
    schedule
        Gives the operation that a cycle belongs to.
    agreeing
        Beats of each probe that agreed, up to the first difference of that probe.
    """
    ordered = sorted(differences, key=lambda d: d.cycle)
    first = ordered[0]
    operation = operation_at(schedule, step, first)
    lines = [
        f"MISMATCH in {first.probe.stage} ({first.probe.name}), {first.kind}",
        f"  token      {token} (id {step.token}, position {step.pos})",
        f"  operation  {operation}",
        f"  cycle      {first.cycle} (token started {step.start}, so {first.cycle - step.start} into it)",
        *_beat(first),
    ]
    before = [(n, c) for n, c in agreeing.items() if c and n not in {d.probe.name for d in differences}]
    if before:
        lines.append("  agree      " + ", ".join(f"{n} ({c} beats)" for n, c in before))
    if len(ordered) > 1:
        later = ", ".join(f"{d.probe.name} @{d.cycle}" for d in ordered[1:6])
        lines.append(f"  then       {later}")
    return "\n".join(lines)


def operation_at(schedule: Schedule, step: Step, d: Difference) -> str:
    """The operation whose beat this is: the latest issued one that drives the probe."""
    issue = schedule.timing.issue(step.pos, step.lora, step.sampled is not None)
    cycle = d.cycle if d.want is None else int(d.want[0])
    best = "before the first operation"
    for instr, t in zip(schedule.program, issue, strict=True):
        if t >= 0 and step.start + t <= cycle and _drives(instr, d.probe.name):
            best = f"{instr} (issued in cycle {step.start + t})"
    return best


_SOURCES = {
    "bcast": {(p.V, p.SEND)},
    "rinv": {(p.V, p.SEND)},
    "acc": {(p.L, p.GEMV)},
    "lora_t": {(p.H, p.LORA_A)},
    "lora_b": {(p.H, p.LORA_B)},
    "drain": {(p.V, p.DRAIN)},
    "kv": {(p.V, p.SEND)},
    "score": {(p.H, p.SCORE)},
    "gmax": {(p.H, p.SCORE)},
    "prob": {(p.H, p.CONTEXT)},
    "red": {(p.H, p.REDUCE)},
    "inv": {(p.H, p.REDUCE)},
    "vmem": {(p.V, p.EMBED), (p.V, p.DRAIN), (p.H, p.LORA_A), (p.H, p.REDUCE)},
    "sample": {(p.V, p.SAMPLE)},
}


def _drives(instr: p.Instr, probe: str) -> bool:
    if probe == "issue":
        return True
    if (instr.engine, instr.op) not in _SOURCES[probe]:
        return False
    if probe == "kv":
        return instr.dest in (p.TO_K, p.TO_V)
    if probe == "rinv":
        return instr.transform == p.NORM
    return probe != "vmem" or instr.drain != p.ARGMAX


def _beat(d: Difference) -> list[str]:
    shown = d.got if d.want is None else d.want
    tags = {t: int(shown[1 + i]) for i, t in enumerate(d.probe.tags)}
    where = "".join(f" {t}={v}" for t, v in tags.items())
    lines = [f"  beat       {d.row} of its probe in this token,{where}"]
    if d.got is None:
        return [*lines, "  RTL has no such beat; golden expects it"]
    if d.want is None:
        return [*lines, "  RTL has a beat that golden does not expect"]
    if d.got[0] != d.want[0]:
        shift = int(d.got[0]) - int(d.want[0])
        lines.append(f"  timing     RTL cycle {d.got[0]}, golden {d.want[0]} ({shift:+d})")
    if d.kind == "tag":
        wrong = [
            f"{t}: RTL {int(d.got[1 + i])}, golden {int(d.want[1 + i])}"
            for i, t in enumerate(d.probe.tags)
            if d.got[1 + i] != d.want[1 + i]
        ]
        lines += [f"  tag        {x}" for x in wrong]
    return lines + _elements(d)


def _elements(d: Difference) -> list[str]:
    skip = 1 + len(d.probe.tags)
    got, want = d.got[skip:], d.want[skip:]
    bad = np.flatnonzero(got != want)
    if not len(bad):
        return []
    lines = [f"  elements   {len(bad)} of {len(want)} differ, index ({_axes(d.probe)}):"]
    for i in bad[:SHOWN]:
        index = np.unravel_index(i, d.probe.shape) if d.probe.shape else (0,)
        where = ", ".join(str(int(x)) for x in index)
        lines.append(f"    [{where}] RTL {_show(got[i], d.probe)}  golden {_show(want[i], d.probe)}")
    return [*lines, *_common(d.probe, got, want, bad)]


def _axes(probe: Probe) -> str:
    return ", ".join(("column", "row", "head")[: len(probe.shape)]) if len(probe.shape) > 1 else "lane"


def _show(word: np.uint32, probe: Probe) -> str:
    text = f"{int(word):08x}"
    if probe.kind == "fp32":
        return f"{text} ({np.uint32(word).view(np.float32):.9g})"
    if probe.kind == "bf16":
        return f"{int(word):04x} ({np.uint32(int(word) << 16).view(np.float32):.4g})"
    return text


def _common(probe: Probe, got: Words, want: Words, bad: Words) -> list[str]:
    """What the differences have in common, a hint at their cause."""
    hints = []
    delta = got[bad].astype(np.int64) - want[bad].astype(np.int64)
    if probe.kind in ("fp32", "bf16") and np.abs(delta).max() <= 1:
        hints.append("all differ by one unit in the last place: rounding or order of additions")
    if probe.kind == "fp32" and ((got[bad] ^ want[bad]) == 0x80000000).all():
        hints.append("only signs differ")
    if len(probe.shape) > 1 and len(bad) > 1:
        columns = np.unravel_index(bad, probe.shape)[0]
        if len(set(columns.tolist())) == 1 and probe.shape[0] > 1:
            hints.append(f"only column {columns[0]}: wiring or ROM content of that column")
    if not got[bad].any():
        hints.append("RTL is zero where golden is not")
    return [f"  pattern    {h}" for h in hints]
