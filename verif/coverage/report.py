"""Tables on the terminal and the HTML of the coverage, with annotated source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import SystemVerilogLexer
from rich.console import Console
from rich.table import Table as Grid

from verif.coverage.code import KINDS, CodePoint, Hits, Table, percent, total

TEMPLATES = Path(__file__).with_name("html")
TOGGLES_SHOWN = 8  # missing toggles of a line that are listed by name


def show(table: Table, targets: dict[str, float], functional: list[dict[str, Any]], console: Console) -> None:
    """Coverage by block and type, below target in red; points that miss bins."""
    points: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in functional:
        pair = points[row["point"].split(".")[0]]
        pair[0] += row["hit"]
        pair[1] += row["total"]
    grid = Grid(box=None, pad_edge=False)
    grid.add_column("block", no_wrap=True)
    for kind in (*KINDS, "functional"):
        grid.add_column(kind, justify="right", no_wrap=True)

    def text(pair: list[int] | None, kind: str) -> str:
        if not pair or not pair[1]:
            return ""
        share = "100" if pair[0] == pair[1] else f"{int(percent(pair) * 10) / 10} ({pair[0]}/{pair[1]})"
        return f"[red]{share}[/]" if percent(pair) < targets.get(kind, 0) else share

    named = {block.split("/")[-1]: block for block in table}
    for block, row in table.items():
        own = points.get(block.split("/")[-1])
        grid.add_row(block, *(text(row[k], k) for k in KINDS), text(own, "functional"))
    for name in sorted(set(points) - set(named)):
        grid.add_row(name, *("" for _ in KINDS), text(points[name], "functional"))
    every = [sum(p[i] for p in points.values()) for i in (0, 1)]
    cells = [text(total(table, k), k) for k in KINDS]
    grid.add_row("[bold]all[/]", *cells, text(every, "functional"))
    console.print(grid)
    for row in functional:
        if row["missing"]:
            some = ", ".join(row["missing"][:6]) + (" ..." if len(row["missing"]) > 6 else "")
            console.print(f"{row['point']} {row['hit']}/{row['total']}, never: {some}", markup=False)


@dataclass
class Line:
    """A source line as the page shows it."""

    number: int
    code: Markup
    count: str = ""
    state: str = ""
    notes: list[dict[str, str]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def page_name(block: str) -> str:
    """File of a block's page."""
    return block.replace("/", "_") + ".html"


def write_html(
    folder: Path,
    hdl: Path,
    hits: Hits,
    excluded: dict[CodePoint, str],
    table: Table,
    context: dict[str, Any],
) -> Path:
    """Write ``index.html`` and a page a file of hdl; returns the index."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.html"):
        old.unlink()
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True)
    formatter = HtmlFormatter(nowrap=True)
    style = (TEMPLATES / "style.css").read_text() + formatter.get_style_defs(".source")
    environment.globals |= {
        "style": Markup(style),
        "kinds": KINDS,
        "page": page_name,
        "cell": lambda pair: _cell(pair),
    }
    why: dict[str, list[CodePoint]] = defaultdict(list)
    for p, reason in excluded.items():
        why[reason].append(p)
    reasons = [(r, len(ps), ", ".join(sorted({p.block for p in ps}))) for r, ps in sorted(why.items())]
    index = environment.get_template("index.html").render(
        table=table, all=[total(table, k) for k in KINDS], excluded=reasons, **context
    )
    (folder / "index.html").write_text(index)
    by_block: dict[str, list[CodePoint]] = defaultdict(list)
    for p in (*hits, *excluded):
        by_block[p.block].append(p)
    for block, row in table.items():
        text = (hdl / f"{block}.sv").read_text()
        code = highlight(text, SystemVerilogLexer(stripnl=False), formatter).splitlines()
        lines = list(_lines(code, by_block[block], hits, excluded))
        page = environment.get_template("file.html").render(block=block, row=row, lines=lines)
        (folder / page_name(block)).write_text(page)
    return folder / "index.html"


def _cell(pair: list[int]) -> Markup:
    if not pair[1]:
        return Markup("<td></td>")
    share = percent(pair)
    mark = "good" if share == 100 else "low" if share < 90 else ""
    return Markup(f'<td class="{mark}">{int(share * 10) / 10} %<small>{pair[0]}/{pair[1]}</small></td>')


def _lines(
    code: list[str], points: list[CodePoint], hits: Hits, excluded: dict[CodePoint, str]
) -> Iterator[Line]:
    at: dict[int, list[CodePoint]] = defaultdict(list)
    for p in points:
        at[p.line].append(p)
    for number, text in enumerate(code, 1):
        line = Line(number, Markup(text))
        there = at[number]
        runs = [hits[p] for p in there if p.kind == "line" and p in hits]
        if runs:
            line.count = str(max(runs))
        missed = [p for p in there if p in hits and not hits[p]]
        line.notes = _notes(missed)
        line.reasons = sorted({excluded[p] for p in there if p in excluded})
        if any(p.kind == "line" for p in missed):
            line.state = "missed"
        elif missed:
            line.state = "partly"
        elif runs:
            line.state = "hit"
        yield line


def _notes(missed: list[CodePoint]) -> list[dict[str, str]]:
    kinds: dict[str, list[str]] = defaultdict(list)
    for p in sorted(missed):
        kinds[p.kind].append(p.what or "never runs")
    out = []
    for kind, texts in kinds.items():
        more = f" and {len(texts) - TOGGLES_SHOWN} more" if len(texts) > TOGGLES_SHOWN else ""
        out.append({"kind": kind, "text": ", ".join(texts[:TOGGLES_SHOWN]) + more})
    return out
