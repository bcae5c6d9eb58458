"""The page: one file with the chart, what every bar waited for, and the accounts."""

from __future__ import annotations

import io
import json
import re
from dataclasses import asdict
from pathlib import Path

import matplotlib.pyplot as plt
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tools.profiling.account import LONG, Account, Row
from tools.profiling.drawing import Chart, draw

TEMPLATES = Path(__file__).with_name("templates")
POINTS = 2.2  # of a cycle: the shortest bars can be pointed at
WIDEST = 200.0  # inches


def write(folder: Path, chart: Chart, accounts: list[Account], path: list[Row]) -> list[Path]:
    """The page and the pictures; returns the files, the page first."""
    folder.mkdir(parents=True, exist_ok=True)
    page, png, svg = (folder / name for name in ("index.html", "profile.png", "profile.svg"))
    figure = draw(chart, 16)
    figure.savefig(png, dpi=130)
    figure.savefig(svg)
    plt.close(figure)
    env = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    text = env.get_template("profile.html").render(
        chart=chart,
        picture=Markup(_inline(chart)),
        data=Markup(_json({b.key: asdict(b) for b in chart.bars})),
        accounts=accounts,
        names=LONG,
        path=path,
    )
    scratch = page.with_suffix(".tmp")
    scratch.write_text(text)
    scratch.replace(page)
    return [page, png, svg]


def _inline(chart: Chart) -> str:
    """The chart as an SVG element."""
    out = io.StringIO()
    figure = draw(chart, min(WIDEST, max(14.0, 1.6 + chart.cycles * POINTS / 72)), titled=False)
    figure.savefig(out, format="svg", metadata={"Date": None})
    plt.close(figure)
    text = out.getvalue()
    text = text[text.index("<svg") :]
    return re.sub(r"<metadata>.*?</metadata>", "", text, count=1, flags=re.DOTALL)


def _json(value: object) -> str:
    """JSON that may stand in a script element."""
    return json.dumps(value).replace("<", "\\u003c")
