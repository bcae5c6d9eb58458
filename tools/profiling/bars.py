"""Operations of a window as bars, in cycles of the window."""

from __future__ import annotations

from dataclasses import dataclass

from golden import program as p
from golden.idle import loop
from golden.pipeline import InFlight
from golden.timing import Timing
from golden.waiting import REASONS, Operation
from tools.profiling.account import ENGINES, short
from tools.profiling.window import Window

_LABELS = {
    "input_layernorm": "norm",
    "post_attention_layernorm": "norm",
    "token": "sample",
    "lm_head": "head",
}


@dataclass(frozen=True)
class Bar:
    """One operation.

    Attributes
    ----------
    key, cause
        Its id, and that of the operation that it waited for; None when that is not shown.
    token, engine, label, name
        Number of its token in the window; S, D, L or H; what stands in the bar; whole name.
    since, issue
        Cycle in which its word came into the register; in which it issued.
    first, over, end
        First cycle of its loop, the first behind that, the first behind its duration.
    reason, why
        The limit that ended last, by name and in words.
    """

    key: str
    cause: str | None
    token: int
    engine: str
    label: str
    name: str
    since: int
    issue: int
    first: int
    over: int
    end: int
    reason: str
    why: str


def label(what: str) -> str:
    """What an operation works on, in few letters."""
    return _LABELS.get(what, what.replace("_proj", ""))


def tokens_of(operations: list[Operation], w: Window) -> list[InFlight]:
    """Tokens with an operation in the window, the oldest first."""
    found = {o.token for o in operations if o.cycle < w.last and (o.token.end or 0) >= w.first}
    return sorted(found, key=lambda t: t.start)


def bars(timing: Timing, operations: list[Operation], w: Window) -> list[Bar]:
    """Operations at work or in a register in the window, by issue."""
    number = {t: k for k, t in enumerate(tokens_of(operations, w))}
    keys = {o: f"op{k}" for k, o in enumerate(operations)}
    shown = []
    for o in operations:
        if o.instr.engine == p.END or o.token not in number:
            continue
        end = o.cycle + 1 + timing.duration(o.instr, o.token.pos, o.token.draw, o.scored)
        if end > w.first and o.since < w.last:
            shown.append((o, end))
    there = {o for o, _ in shown}
    out = []
    for o, end in shown:
        first, over = loop(timing, o)
        work = o.cause.blocker
        why = REASONS[o.cause.reason] + (f": {short(work)}, position {work.token.pos}" if work else "")
        layer = f"layer {o.instr.layer} " if o.instr.layer >= 0 else ""
        out.append(
            Bar(
                key=keys[o],
                cause=keys[work] if work in there else None,
                token=number[o.token],
                engine=ENGINES[o.instr.engine],
                label=label(o.instr.what),
                name=f"{layer}{short(o)}, position {o.token.pos}",
                since=o.since - w.first,
                issue=o.cycle - w.first,
                first=first - w.first,
                over=over - w.first,
                end=end - w.first,
                reason=o.cause.reason,
                why=why,
            )
        )
    return out
