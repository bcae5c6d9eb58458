"""Geometry of the line charts: numbers in, coordinates of an SVG out."""

from __future__ import annotations

import math
from dataclasses import dataclass

from verif.report.history import Series

WIDTH, HEIGHT = 320, 120
LEFT, RIGHT, TOP, BOTTOM = 8, 312, 12, 98


@dataclass(frozen=True)
class Dot:
    """A point of a line and what it says."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Line:
    """A line chart."""

    series: Series
    dots: list[Dot]
    last: str
    change: str
    alt: str

    @property
    def path(self) -> str:
        """Points of the polyline."""
        return " ".join(f"{d.x:g},{d.y:g}" for d in self.dots)


def number(value: float, unit: str = "") -> str:
    """A number for people; per cent is cut, so that 99.99 is never shown as 100."""
    if unit == "%":
        return f"{math.floor(value * 10 + 1e-9) / 10:g} %"
    if value == int(value) or abs(value) >= 1000:
        text = f"{value:,.0f}"
    else:
        text = f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2g}"
    return text + (f" {unit}" if unit and unit[0] != "/" else unit)


def line(series: Series) -> Line:
    """Lay a series out; equal distances between commits."""
    values = [p.value for p in series.points]
    low, high = min(values), max(values)
    span = high - low
    dots = []
    for i, p in enumerate(series.points):
        x = LEFT + (RIGHT - LEFT) * (i / (len(values) - 1) if len(values) > 1 else 0.5)
        y = BOTTOM - (BOTTOM - TOP) * ((p.value - low) / span if span else 0.5)
        dots.append(Dot(round(x, 1), round(y, 1), f"{p.commit}: {number(p.value, series.unit)}"))
    last = number(values[-1], series.unit)
    change = ""
    if len(values) > 1:
        step = values[-1] - values[-2]
        sign = "unchanged" if not step else ("+" if step > 0 else "\N{MINUS SIGN}")
        size = f"{abs(step):.1f} points" if series.unit == "%" else number(abs(step), series.unit)
        change = sign + size if step else sign
    where = f"{len(values)} commits, " if len(values) > 1 else ""
    alt = f"{series.title}: {where}from {number(low, series.unit)} to {number(high, series.unit)}, now {last}"
    return Line(series, dots, last, change, alt)
