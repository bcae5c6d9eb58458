"""The Gantt chart, drawn by matplotlib; bars carry ids, by which the page finds them."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend comes first)
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.patches import Patch, Rectangle  # noqa: E402

from golden import program as p  # noqa: E402
from golden.idle import LEAD, LOOP, TAIL, Segment  # noqa: E402
from tools.profiling.account import LONG, Account  # noqa: E402
from tools.profiling.bars import Bar, label  # noqa: E402

_STYLE = {"svg.fonttype": "none", "svg.hashsalt": "roma", "font.size": 9, "font.family": "DejaVu Sans"}
TOKENS = ("#2f6db3", "#d9822b", "#3d9970", "#a05195", "#8c6d31", "#5f7a8a", "#c44e52", "#6b6ecf")
# What is waited for, in colours: an engine's result, an engine, a lock, nothing but the next word.
WAITS = {
    "S": ("#e8a33d", "a send's words"),
    "D": ("#9b6fb0", "a drain's words"),
    "L": ("#4a90c2", "a GEMV"),
    "H": ("#5aa469", "LoRA, attention"),
    "engine": ("#9aa3a8", "the engine"),
    "lock": ("#c8443c", "1/rms, KV order, a lock"),
    "order": ("#d7dadb", "its word, its token's start"),
}
_GROUP = {"left_s": "S", "left_d": "D", "left_l": "L", "left_h": "H", "arbitration": "engine"}
_GROUP |= {"engine": "engine", "order": "order", "start": "order"}
_WORK = {p.S: "send ", p.D: "drain ", p.L: "", p.H: "LoRA ", p.END: ""}
_LANES = ("S", "D", "L", "H")
_LANE, _STRIP, _QUIET, _TOKEN = 1.0, 1.75, 0.5, 1.75  # heights; quiet: L-Units that are never idle
_INCH = 0.52  # of a lane


@dataclass(frozen=True)
class Chart:
    """What is drawn: ``tokens`` has a name for each token, the oldest first."""

    title: str
    subtitle: str
    cycles: int
    bars: list[Bar]
    tokens: list[str]
    units: Account  # of L

    @property
    def idle(self) -> list[Segment]:
        """Of the L-Units."""
        return [s for s in self.units.segments if s.kind not in (LOOP, TAIL, LEAD)]


def group(reason: str) -> str:
    """Key of ``WAITS``."""
    return _GROUP.get(reason, "lock")


def draw(chart: Chart, inches: float, titled: bool = True) -> Figure:
    """The chart, ``inches`` wide."""
    lanes = (_STRIP if chart.idle else _QUIET) + 4 * _LANE + len(chart.tokens) * _TOKEN
    with plt.rc_context(_STYLE):
        figure, axes = plt.subplots(figsize=(inches, lanes * _INCH + 1.9), layout="constrained")
        _Painter(axes, chart, (inches - 1.6) * 72 / chart.cycles).paint()
        if titled:
            figure.suptitle(f"{chart.title}\n{chart.subtitle}", x=0.01, ha="left", fontsize=11)
        _legend(figure, chart)
    return figure


def _legend(figure: Figure, chart: Chart) -> None:
    tokens = [Patch(color=TOKENS[k % len(TOKENS)], label=t) for k, t in enumerate(chart.tokens)]
    waits = [Patch(color=colour, label=f"waits for {text}") for colour, text in WAITS.values()]
    tail = [Patch(facecolor="#00000030", label="(lighter) loop over, last values under way")]
    figure.legend(
        handles=[*tokens, *tail, *waits], loc="outside lower left", ncols=6, frameon=False, fontsize=8
    )


class _Painter:
    """Lanes from top to bottom."""

    def __init__(self, axes: Axes, chart: Chart, points: float) -> None:
        self.axes, self.chart, self.points = axes, chart, points  # points a cycle
        self.ticks: list[tuple[float, str]] = []
        self.y = 0.0

    def paint(self) -> None:
        """Draw everything."""
        for engine in ("L", "S", "D", "H"):
            self._engine(engine)
            if engine == "L":
                self._strip()
        for number, name in enumerate(self.chart.tokens):
            self._token(number, name)
        axes = self.axes
        axes.set(xlim=(0, self.chart.cycles), ylim=(self.y, -0.1), xlabel="cycles of the window")
        axes.set_yticks([y for y, _ in self.ticks], [text for _, text in self.ticks])
        axes.tick_params(axis="y", length=0, pad=12)
        axes.grid(axis="x", color="#e3e5e6", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right", "left"]].set_visible(False)

    def _engine(self, engine: str) -> None:
        y = self.y
        for bar in self.chart.bars:
            if bar.engine == engine:
                colour = TOKENS[bar.token % len(TOKENS)]
                self._box(bar.over, bar.end, y + 0.62, 0.2, colour, alpha=0.35)
                self._box(bar.first, bar.over, y + 0.08, 0.54, colour, gid=bar.key)
                self._write(bar.label, bar.first, bar.over, y + 0.35, "white")
        self._lane(f"{LONG[engine]} ({engine})" if engine in "SD" else LONG[engine], y + 0.4, _LANE)

    def _strip(self) -> None:
        """Idle cycles of the L-Units, and who was at work meanwhile."""
        y, start = self.y, self.chart.units.segments[0].first
        for s in self.chart.idle:
            first = s.first - start
            self._box(first, first + s.cycles, y, 0.2, WAITS[group(s.kind)][0])
            self._sideways(_idle_text(s), first, s.cycles, y + 0.28)
        if self.chart.idle:
            self._lane("L-Units idle:\nwho works then", y + 0.7, _STRIP)
        else:
            self._lane("never idle", y + 0.2, _QUIET)

    def _token(self, number: int, name: str) -> None:
        y, height = self.y, 0.26
        rows = {e: y + 0.08 + k * height for k, e in enumerate(_LANES)}
        colour = TOKENS[number % len(TOKENS)]
        for bar in self.chart.bars:
            if bar.token != number:
                continue
            row = rows[bar.engine]
            self._box(bar.over, bar.end, row + 0.05, height - 0.12, colour, alpha=0.35)
            self._box(bar.first, bar.over, row, height - 0.03, colour, gid=f"{bar.key}-t")
            wait = WAITS[group(bar.reason)][0]
            self._box(bar.since, bar.issue, y + 1.16, 0.34, wait, gid=f"{bar.key}-w")
            self._write(bar.label, bar.since, bar.issue, y + 1.33, "#1e2428", 6.5)
        for engine, row in rows.items():
            self.axes.text(
                -0.003, row + 0.1, engine, transform=self.axes.get_yaxis_transform(), ha="right", va="center"
            ).set_fontsize(6.5)
        self._lane(f"{name}\n\nwaits to issue:", y + 0.88, _TOKEN)

    def _lane(self, text: str, middle: float, height: float) -> None:
        self.ticks.append((middle, text))
        self.y += height
        self.axes.axhline(self.y - 0.06, color="#c9cdd0", linewidth=0.6)

    def _box(self, first: int, over: int, y: float, height: float, colour: str, **more: object) -> None:
        if over > max(first, 0) and first < self.chart.cycles:
            more.setdefault("linewidth", 0.4)
            box = Rectangle((first, y), over - first, height, facecolor=colour, edgecolor="white", **more)
            self.axes.add_patch(box)

    def _write(self, text: str, first: int, over: int, y: float, colour: str, size: float = 7.5) -> None:
        a, b = max(first, 0), min(over, self.chart.cycles)
        if (b - a) * self.points > (0.64 * len(text) + 0.3) * size:
            self.axes.text((a + b) / 2, y, text, color=colour, ha="center", va="center", fontsize=size)

    def _sideways(self, text: str, first: int, cycles: int, y: float) -> None:
        size = 7 if cycles * self.points > 8 else 5.5
        if cycles * self.points > size:
            at = first + cycles / 2
            self.axes.text(at, y, text, rotation=90, ha="center", va="top", fontsize=size)


def _idle_text(s: Segment) -> str:
    if s.work is None:
        return f"{s.cycles}"
    i = s.work.instr
    kind = "" if p.attends(i) or i.op == p.REDUCE else _WORK[i.engine]
    return f"{s.cycles}  {kind}{label(i.what)}"
