"""What the differences of a mismatch have in common: hints at the kind of bug."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from golden import program as p
from golden.formats import fp32_add
from verif.debug.case import Case
from verif.debug.numbers import elements, named

Words = np.ndarray
FAR = 64  # cycles: a beat that is further away is another one


def hints(case: Case) -> list[str]:
    """The most telling ones first, at most four."""
    found: list[str] = []
    checks: tuple[Callable[[Case], str | None], ...] = (
        too_early,
        shifted,
        tag,
        context,
        stale,
        neighbour,
        residual,
        last_place,
        sign,
        power,
        zero,
        place,
    )
    for check in checks:
        hint = check(case)
        if hint:
            found.append(hint)
    return found[:4]


def too_early(case: Case) -> str | None:
    """An operation that another token should have held back: what the issue rule says of it."""
    d, i = case.first, case.instr
    if d.probe.name != "issue" or i is None or d.got is None or d.want is None or d.got[0] >= d.want[0]:
        return None
    cycle = int(d.got[0])
    if (i.engine, i.op) == (p.H, p.SCORE):
        for one in case.others:
            older = one.seq == case.step.seq and one.start < case.step.start
            if older and not 0 <= one.issue[case.pc] < cycle:
                return f"SCORE before that of {named(one)}: the KV order is lost"
    if (i.engine, i.op) == (p.S, p.SEND) and i.transform == p.NORM:
        return "a NORM send while the rinv unit may be at work for another"
    return f"{i} issues {int(d.want[0]) - cycle} cycles before the rule allows it"


def context(case: Case) -> str | None:
    """RTL has what another token has in this operation."""
    d = case.first
    got, _ = d.words
    if not len(d.bad) or case.pc is None or not got[d.bad].any():
        return None
    skip = 1 + len(d.probe.tags)
    want, name = case.beats(d.probe.name, case.pc), d.probe.name
    row = np.flatnonzero((want == d.want).all(axis=1))
    for one in case.others:
        if not len(row) or one.issue[case.pc] < 0 or not one.values:
            continue
        beats = replace(case, step=one).beats(name, case.pc)
        if len(beats) > row[0] and np.array_equal(beats[row[0], skip:][d.bad], got[d.bad]):
            return f"RTL has what {named(one)} has here: contexts are mixed up"
    return None


def shift(case: Case) -> int:
    """By how many cycles all beats of the operation are late (early: negative); 0 if that is not it."""
    d = case.first
    if case.pc is None or d.probe.name == "issue":
        return 0
    want, got = case.both(d.probe.name, case.pc)
    if len(want) != len(got) or not len(want):
        return 0
    delta = got[:, 0].astype(np.int64) - want[:, 0].astype(np.int64)
    return int(delta[0]) if (delta == delta[0]).all() and abs(delta[0]) <= FAR else 0


def shifted(case: Case) -> str | None:
    """All beats early or late by the same number of cycles: timing."""
    k = shift(case)
    if not k:
        return None
    want, got = case.both(case.first.probe.name, case.pc)
    cycles = f"{abs(k)} cycle{'s' * (abs(k) > 1)} {'late' if k > 0 else 'early'}"
    text = f"all {len(want)} beats of the operation are {cycles}: timing"
    if np.array_equal(got[:, 1:], want[:, 1:]):
        hops = case.chip.geometry.chip.hops
        return text + (f" ({hops} hops: a register of the mesh?)" if k < 0 and -k <= hops else "")
    moved = 0 < k < len(want) and np.array_equal(got[:-k, 1:], want[k:, 1:])
    return text + ("; tags and data are on time, the valid is not" if moved else "; data differ too")


def tag(case: Case) -> str | None:
    """The data are right under a wrong tag."""
    d = case.first
    if d.kind != "tag" or len(d.bad):
        return None
    n = len(d.probe.tags)
    wrong = [t for t, g, w in zip(d.probe.tags, d.got[1 : 1 + n], d.want[1 : 1 + n], strict=True) if g != w]
    if "addr" in wrong:
        k = int(d.got[1 + d.probe.tags.index("addr")]) - int(d.want[1 + d.probe.tags.index("addr")])
        return f"right data under a wrong tag: address {k:+d}{_kv_slot(case, k)}"
    return f"right data under a wrong tag: {', '.join(wrong)}"


def _kv_slot(case: Case, k: int) -> str:
    i, per_slot = case.instr, 2 * case.chip.geometry.head_blocks
    if i is None or i.engine != p.S or i.dest not in (p.TO_K, p.TO_V):
        return ""
    return f", {k // per_slot:+d} position slot{'s' * (abs(k) > per_slot)}" if k % per_slot == 0 else ""


def stale(case: Case) -> str | None:
    """RTL has, or adds, what the same place held before."""
    d = case.first
    got, want = d.words
    if not len(d.bad):
        return None
    tags = 1 + len(d.probe.tags)
    same = slice(1, tags - (d.probe.name == "acc"))  # the accumulator's chunk moves on
    for records in (case.want, *(one.records for one in reversed(case.others))):
        older = records.get(d.probe.name, d.want[None])
        older = older[older[:, 0] < d.want[0]]
        older = older[(older[:, same] == d.want[same]).all(axis=1)]
        if not len(older):
            continue
        old = older[-1]
        what = _name(case, int(old[0])) if records is case.want else f"cycle {old[0]}"
        if np.array_equal(old[tags:][d.bad], got[d.bad]):
            return f"RTL still holds what was there before ({what}): stale"
        if d.probe.kind == "fp32":
            f = [np.ascontiguousarray(x[d.bad]).view(np.float32) for x in (old[tags:], want, got)]
            if np.array_equal(fp32_add(f[0], f[1]), f[2]):
                return f"RTL is golden plus what was there before ({what}): stale, not started anew"
    return None


def _name(case: Case, cycle: int) -> str:
    pc = case.operation(case.first.probe.name, cycle)
    return f"cycle {cycle}" if pc is None else f"{case.schedule.program[pc]}, cycle {cycle}"


def neighbour(case: Case) -> str | None:
    """RTL has exactly golden's value of another beat, column or row."""
    d = case.first
    got, want = d.words
    if not len(d.bad) or case.pc is None or not got[d.bad].any():
        return None
    skip = 1 + len(d.probe.tags)
    beats = case.beats(d.probe.name, case.pc)
    if d.probe.name == "vmem":
        beats = beats[beats[:, 1] == d.want[1]]
    here = int(np.flatnonzero((beats == d.want).all(axis=1))[0])
    for k in np.flatnonzero((beats[:, skip:][:, d.bad] == got[d.bad]).all(axis=1)):
        off = int(k) - here
        return f"RTL holds golden's beat {off:+d} of the operation: address off by {_count(off)}"
    if len(d.probe.shape) > 1 and len(d.bad) > 1:
        data, other = got.reshape(d.probe.shape), want.reshape(d.probe.shape)
        for axis, name in enumerate(("column", "row")):
            for by in range(1, data.shape[axis]):
                if np.array_equal(data, np.roll(other, by, axis)):
                    return f"RTL's {name}s hold golden's of another {name}: wiring between {name}s"
            if np.array_equal(data, np.flip(other, axis)):
                return f"RTL's {name}s are in reverse order"
    return None


def _count(k: int) -> str:
    return "one" if abs(k) == 1 else str(abs(k))


def residual(case: Case) -> str | None:
    """The sum is right but for a neighbour's residual."""
    d, i = case.first, case.instr
    if d.probe.name != "vmem" or not len(d.bad) or i is None or i.drain != p.RESIDUAL:
        return None
    column, addr = int(d.want[1]), int(d.want[3])
    beats = case.beats("drain", case.pc)
    y = beats[beats[:, 1] == addr - i.addr0][0, 2:].reshape(case.chip.geometry.chip.columns, -1)[column]
    written = case.want["vmem"]
    written = written[(written[:, 0] < case.issue[case.pc]) & (written[:, 1] == column)]
    for off in (-1, 1, -2, 2):
        words = written[written[:, 3] == addr + off]
        if len(words):
            f = [np.ascontiguousarray(w).view(np.float32) for w in (words[-1, 4:], y, d.words[0])]
            if np.array_equal(fp32_add(f[0], f[1]), f[2]):
                return f"RTL added the residual of word {off:+d}: address off by {_count(off)}"
    return None


def _pairs(case: Case) -> tuple[Words, Words, str]:
    """Got and want of the elements that differ as integers, and their kind."""
    d = case.first
    if d.got is None or d.want is None:
        return np.empty(0, np.int64), np.empty(0, np.int64), ""
    if d.probe.name in ("bcast", "kv"):
        of = [e for e in elements(case)[0] if len(e.index) == (2 if d.probe.name == "bcast" else 1)]
        signed = [[x - 256 if x > 127 else x for x in pair] for pair in ((e.got, e.want) for e in of)]
        both = np.array(signed, np.int64).reshape(-1, 2)
        return both[:, 0], both[:, 1], "int8"
    got, want = (x[d.bad].astype(np.int64) for x in d.words)
    return got, want, d.probe.kind


def last_place(case: Case) -> str | None:
    """All differ by one unit in the last place."""
    got, want, kind = _pairs(case)
    if not len(got) or kind not in ("fp32", "bf16", "int8") or np.abs(got - want).max() > 1:
        return None
    smaller = np.abs(got) < np.abs(want) if kind == "int8" else got < want
    cut = ", all towards zero: truncated instead of rounded" if smaller.all() and len(got) > 1 else ""
    order = "" if cut or kind != "fp32" else " or order of additions"
    return f"all differ by one unit in the last place: rounding{order}{cut}"


def sign(case: Case) -> str | None:
    """Only signs differ."""
    got, want, kind = _pairs(case)
    if not len(got):
        return None
    bit = {"fp32": 1 << 31, "bf16": 1 << 15}.get(kind)
    flipped = (got == -want).all() if kind == "int8" else bit is not None and ((got ^ want) == bit).all()
    return "only signs differ" if flipped else None


def power(case: Case) -> str | None:
    """All differ by the same power of two: an exponent or a scale."""
    got, want, kind = _pairs(case)
    shift_ = {"fp32": 23, "bf16": 7}.get(kind)
    if not len(got) or shift_ is None or not want.all():
        return None
    delta = got - want
    k = int(delta[0]) >> shift_
    if k and (delta == k << shift_).all():
        return f"RTL is golden times 2^{k}: exponent or scale"
    return None


def zero(case: Case) -> str | None:
    """RTL has nothing."""
    got, _, _ = _pairs(case)
    return "RTL is zero where golden is not" if len(got) and not got.any() else None


def place(case: Case) -> str | None:
    """Only one column, only one row, over all beats of the operation; one half of rotated pairs."""
    d, chip = case.first, case.chip.geometry.chip
    if case.instr is not None and d.probe.name == "bcast" and case.instr.transform == p.ROPE:
        rows = {e.index[1] % 2 for e in elements(case)[0] if len(e.index) == 2}
        part = ("a cos - b sin", "a sin + b cos")[min(rows, default=0)]
        return f"only one half of the pairs differs: {part}" if len(rows) == 1 else None
    if case.pc is None or not len(d.bad) or d.probe.name not in ("acc", "drain", "lora_b", "lora_t", "score"):
        return None
    want, got = case.both(d.probe.name, case.pc)
    if want.shape != got.shape:
        return None
    wrong = (want != got)[:, 1 + len(d.probe.tags) :]
    if d.probe.name == "lora_t":
        wrong = wrong[:, None, :]
    wrong = wrong.reshape(len(want), -1, chip.rows, 1 if d.probe.name != "score" else d.probe.shape[2])
    columns, rows = (np.flatnonzero(wrong.any(axis=a)) for a in ((0, 2, 3), (0, 1, 3)))
    if wrong.shape[1] > 1 and len(columns) == 1:
        return f"only column {columns[0]}: wiring or ROM content of that column"
    if len(rows) == 1:
        return f"only row {rows[0]} of every column: that row of units or their memory"
    return None
