"""A picture of the cycles around a mismatch: RTL and golden lanes of the stages involved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from golden.probes import Probe
from verif.debug import patterns
from verif.debug.case import Case
from verif.debug.numbers import elements
from verif.debug.taps import Finding, is_float
from verif.debug.waves import Waves

Words = np.ndarray
BEFORE, AFTER = 14, 10  # cycles that are shown
RTL, GOLDEN, WRONG = "#1b4f8a", "#3b7a57", "#c0392b"
HEIGHT, ROW, GAP = 0.64, 1.0, 0.3  # of a beat, of a lane, between pairs of lanes


@dataclass(frozen=True)
class Lane:
    """Beats of one stage on one side: by cycle, what is written on it and what is compared."""

    label: str
    beats: dict[int, tuple[str, Any]]
    colour: str
    last: int | None = None  # cycle of the latest beat before the picture


def draw(case: Case, path: Path, finding: Finding | None = None, waves: Waves | None = None) -> Path:
    """Write ``path``.svg and ``path``.png.

    Parameters
    ----------
    case
        The mismatch.
    path
        Without suffix.
    finding, waves
        The wrong port inside, which is shown above the probe that differs.

    Returns
    -------
    The SVG's path.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    window = range(case.first.cycle - BEFORE, case.first.cycle + AFTER)
    before = dict.fromkeys(s.probe for s in case.upstream if s.probe != case.first.probe.name)
    pairs = [_probe_lanes(case, name, window) for name in before]
    if finding is not None and waves is not None:
        pairs.append(_port_lanes(finding, waves, window))
    pairs.append(_probe_lanes(case, case.first.probe.name, window))
    for d in case.differences[1:]:
        if d.cycle in window and len(pairs) < 5:
            pairs.append(_probe_lanes(case, d.probe.name, window))
    with plt.rc_context({"svg.fonttype": "none", "font.family": "DejaVu Sans", "font.size": 10}):
        figure, axes = plt.subplots(figsize=(9, 1.6 + 1.5 * len(pairs)), layout="constrained")
        _axes(axes, case.first.cycle, window, len(pairs))
        for n, (got, want) in enumerate(pairs):
            y = -n * (2 * ROW + GAP)
            _draw_lane(axes, got, want, y, window)
            _draw_lane(axes, want, got, y - ROW, window)
        figure.suptitle(_title(case), fontsize=11, x=0.01, ha="left")
        path.parent.mkdir(parents=True, exist_ok=True)
        for suffix in (".svg", ".png"):
            figure.savefig(path.with_name(path.name + suffix), dpi=110)
        plt.close(figure)
    return path.with_name(path.name + ".svg")


def _axes(axes: Any, at: int, window: range, pairs: int) -> None:
    axes.axvspan(at, at + 1, color=WRONG, alpha=0.10, lw=0)
    axes.axvline(at, color=WRONG, lw=1.2, ls="--", gid="mismatch")
    axes.text(at - 0.2, 1.02, f"cycle {at}", color=WRONG, ha="right", weight="bold")
    axes.set_xlim(window.start, window.stop)
    axes.set_ylim(-pairs * (2 * ROW + GAP) + ROW - 0.1, 1.35)
    ticks = [t for t in window if t % 4 == 0]
    axes.set_xticks([t + 0.5 for t in ticks], [str(t) for t in ticks])
    axes.set_yticks([])
    axes.set_xlabel("cycle")
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)


def _title(case: Case) -> str:
    d, by = case.first, patterns.shift(case)
    kind = d.kind if not by else "late" if by > 0 else "early"
    lines = [f"{d.probe.stage} ({d.probe.name}) {kind}, token {case.token}, {case.instr or 'no operation'}"]
    bad, of = elements(case)
    if bad:
        lines.append(f"{len(bad)} of {of} differ, {bad[0]}")
    return "\n".join(lines)


def _draw_lane(axes: Any, lane: Lane, other: Lane, y: float, window: range) -> None:
    axes.hlines(y, window.start, window.stop, color="0.75", lw=0.8)
    axes.text(window.start - 0.2, y + HEIGHT / 2, lane.label, ha="right", va="center", color=lane.colour)
    if not lane.beats:
        text = "no beats" if lane.last is None else f"◂ last beat in cycle {lane.last}"
        axes.text(window.start + 0.3, y + HEIGHT / 2, text, va="center", color="0.4", size=9)
    for x, (text, key) in lane.beats.items():
        same = x in other.beats and other.beats[x][1] == key
        colour = lane.colour if same else WRONG
        axes.fill_between([x, x + 0.94], y, y + HEIGHT, color=colour, alpha=0.16 if same else 0.35, lw=0)
        axes.text(x + 0.47, y + HEIGHT / 2, text, rotation=90, size=7.5, ha="center", va="center")
    for x in other.beats.keys() - lane.beats.keys():  # a hole where the other side has a beat
        axes.plot([x + 0.1, x + 0.84], [y + HEIGHT / 2] * 2, color=WRONG, lw=1.4, ls=":")


def _probe_lanes(case: Case, name: str, window: range) -> tuple[Lane, Lane]:
    probe = case.schedule.probes[name]
    lanes = []
    for side, records, colour in (("RTL", case.got, RTL), ("golden", case.want, GOLDEN)):
        beats = records[name]
        if name in ("vmem", "kv"):  # one beat for every column or unit
            column, row = case.unit
            own = column if name == "vmem" else column * case.chip.geometry.chip.rows + row
            beats = beats[beats[:, 1] == own]
        before = beats[beats[:, 0] < window.start]
        shown = beats[(beats[:, 0] >= window.start) & (beats[:, 0] < window.stop)]
        texts = {int(b[0]): (_value(case, probe, b), b.tobytes()) for b in shown}
        lanes.append(Lane(f"{name} {side}", texts, colour, int(before[-1, 0]) if len(before) else None))
    return lanes[0], lanes[1]


def _port_lanes(finding: Finding, waves: Waves, window: range) -> tuple[Lane, Lane]:
    """The wrong port inside; where it has no valid of its own, in the cycles that golden knows."""
    tap = finding.tap
    port = finding.port if finding.port in tap.ports else next(iter(tap.ports), finding.port)
    index = finding.index if port == finding.port else (0,) * (tap.ports[port].ndim - 1)
    values = tap.ports[port][(slice(None), *index)]
    want = {int(c): int(v) for c, v in zip(tap.cycles, values, strict=True) if c in window}
    cycles = np.array(window)
    if tap.valid:
        valid = waves.words(f"{tap.scope}.{tap.valid}", cycles)
        cycles = cycles[[bool(v) for v in valid]]
    else:
        cycles = np.array([c for c in cycles if c in want], int)
    words = waves.words(f"{tap.scope}.{port}", cycles)
    if words.ndim == len(index):  # one element where golden has an array of one
        index = ()
    got = {int(c): w[index] if index else w for c, w in zip(cycles, words, strict=True)}
    label = f"{tap.module}\n{port}"
    kind = "fp32" if is_float(tap, port) else "hex"
    made = [
        Lane(
            f"{label} {side}",
            {c: (_text(v, kind), v) for c, v in side_beats.items() if v is not None},
            colour,
        )
        for side, side_beats, colour in (("RTL", got, RTL), ("golden", want, GOLDEN))
    ]
    return made[0], made[1]


def _value(case: Case, probe: Probe, beat: Words) -> str:
    """A beat's element at the place of the first difference."""
    data = beat[1 + len(probe.tags) :]
    if not len(data):
        return f"{probe.tags[-1]} {beat[len(probe.tags)]}"
    (c, r), chip = case.unit, case.chip.geometry.chip
    if probe.name == "bcast":
        lanes = np.ascontiguousarray(data[chip.columns :]).view(np.int8)
        return str(int(lanes[c * chip.rows + r]))
    if probe.kind == "int8":
        return str(int(np.ascontiguousarray(data).view(np.int8)[0]))
    if probe.name == case.first.probe.name and len(case.first.bad):
        k = int(case.first.bad[0])
    elif probe.shape[:2] == (chip.columns, chip.rows):
        k = (c * chip.rows + r) * (probe.shape[2] if len(probe.shape) > 2 else 1)
    else:
        k = r if probe.shape == (chip.rows,) else 0
    return _text(int(data[k]), probe.kind)


def _text(word: int, kind: str) -> str:
    if kind == "fp32":
        return f"{float(np.uint32(word).view(np.float32)):.3g}"
    if kind == "bf16":
        return f"{float(np.uint32((word & 0xFFFF) << 16).view(np.float32)):.3g}"
    return f"{word:x}"[:8]
