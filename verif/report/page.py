"""Builds the page from the records in a folder."""

from __future__ import annotations

import base64
import hashlib
import os
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import ChainableUndefined, Environment, FileSystemLoader, UndefinedError
from markupsafe import Markup

from verif.report import chart, checks, history
from verif.report.checks import PARTS, Check
from verif.report.junit import Failure, Junit, read_junit, rerun_line
from verif.report.pictures import pictures
from verif.report.records import Tree, parse_time, read, tree_now

TEMPLATES = Path(__file__).with_name("templates")
RUNS = ("sim", "regress")
KINDS = ("line", "branch", "expression", "toggle", "fsm")
ENGINES = {
    "l_units": "L-Units (base GEMV)",
    "h_units": "H-Units (LoRA, attention)",
    "sends": "Vector units: sends",
    "drains": "Vector units: drains",
    "waiting": "Waiting",
}
FAILURES_SHOWN = 60  # with their message; the others with their line alone
POINTS_SHOWN = 60  # commits in a chart
# Sections, and the records that they show.
SECTIONS: dict[str, tuple[str, ...]] = {
    "results": RUNS,
    "pictures": (),
    "plan": ("plan",),
    "coverage": ("coverage",),
    "mutants": ("mutate",),
    "formal": ("formal",),
    "slowest": RUNS,
    "cycles": ("generate",),
    "speed": ("bench",),
    "history": (),
}


def build(folder: Path, tree: Tree | None = None) -> tuple[str, str]:
    """The page's HTML, and its verdict as a sentence."""
    tree = tree or tree_now()
    by_name = {
        name: checks.check(read(folder, name, command, tree), title, anchor, judge)
        for name, command, title, anchor, judge, _ in PARTS
    }
    runs = {name: _junit(folder, by_name[name]) for name in RUNS}
    for name in RUNS:
        by_name[name] = _same_run(by_name[name], runs[name])
    env = _environment()
    view: dict[str, Any] = {
        "tree": tree,
        "made": datetime.now(UTC),
        "by_name": by_name,
        "runs": runs,
        "failures": [f for name in RUNS for f in _failures(by_name[name], runs[name])],
        "charts": _charts(folder),
        "pictures": pictures(folder, _began(by_name["sim"])),
        "shown": FAILURES_SHOWN,
        "exists": lambda path: os.path.isfile(folder / path),
    }
    sections = [_section(env, name, view) for name in SECTIONS]
    every = list(by_name.values())
    outcome, sentence = checks.verdict(every)
    script = (TEMPLATES / "script.js").read_text()
    page = env.get_template("report.html").render(
        view,
        sections=sections,
        outcome=outcome,
        sentence=sentence,
        checks=every,
        needed={name for name, *_, need in PARTS if need},
        versions=_versions(every),
        style=Markup((TEMPLATES / "style.css").read_text()),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
    return page, sentence


def _section(env: Environment, name: str, view: dict[str, Any]) -> Markup:
    """One section; what a record of the wrong shape breaks is said to be unreadable."""
    template = env.get_template(f"{name}.html")
    try:
        return Markup(template.render(view))
    except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError, UndefinedError):
        broken = []
        for part in (view["by_name"][n] for n in SECTIONS[name] if view["by_name"][n].record.data):
            view["by_name"][part.record.name] = checks.unreadable(part)
            broken.append(view["by_name"][part.record.name])
        if not broken:
            raise
        return Markup(env.get_template("broken.html").render(name=name, broken=broken))


def write(folder: Path, tree: Tree | None = None) -> tuple[Path, str]:
    """Write ``report.html``, whole or not at all; its path and its verdict."""
    text, sentence = build(folder, tree)
    path = folder / "report.html"
    scratch = folder / "report.tmp"
    scratch.write_text(text)
    scratch.replace(path)
    return path, sentence


def _junit(folder: Path, check: Check) -> Junit | None:
    """The JUnit file of a run; None when there is none that can be read."""
    try:
        return read_junit(folder / f"{check.record.name}.xml", check.record.data.get("base_seed"))
    except (OSError, ET.ParseError, ValueError):
        return None


def _same_run(check: Check, junit: Junit | None) -> Check:
    """A record is believed only together with its JUnit file."""
    record = check.record
    if record.state in ("missing", "unreadable"):
        return check
    bad = record.data["failures"] + record.data["errors"]
    if junit and (junit.tests, len(junit.failures)) == (record.data["tests"], bad):
        return check
    reason = "is of another run" if junit else "is missing or unreadable"
    why = f"{record.name}.xml {reason}, make it again: {record.command}"
    outcome = "failed" if check.outcome == "failed" or (junit and junit.failures) else "open"
    summary = f"{check.summary}; {record.name}.xml {reason}"
    return replace(
        check, record=replace(record, state="unreadable", why=why), outcome=outcome, summary=summary
    )


def _began(check: Check) -> float:
    """When a run began, in seconds since 1970."""
    moment, seconds = parse_time(check.record.data.get("when")), check.record.data.get("wall_seconds")
    return moment.timestamp() - seconds if moment and isinstance(seconds, int | float) else 0.0


def _failures(check: Check, junit: Junit | None) -> list[Failure]:
    """Failures of a run, of its record when the JUnit file is gone."""
    if junit:
        return junit.failures
    out = []
    for row in check.record.data.get("failed") or ():
        node, _, seed = str(row.get("id", "")).rpartition("@")
        rerun = row.get("rerun") or rerun_line(node, int(seed) if seed.isdecimal() else None)
        out.append(Failure(node, rerun, str(row.get("message", ""))[-2000:]))
    return out


def _versions(every: list[Check]) -> dict[str, str]:
    """Versions of the newest record that has them."""
    some = [c.record for c in every if isinstance(c.record.data.get("versions"), dict)]
    newest = max(some, key=lambda r: str(r.data.get("when", "")), default=None)
    return newest.data["versions"] if newest else {}


def heat(pair: Any, target: float | None) -> str:
    """Class of a cell of the coverage table."""
    if not pair or not pair[1]:
        return "none"
    value, aim = 100 * pair[0] / pair[1], target or 90.0
    steps = ((100.0, "full"), (aim, "good"), (aim - 10, "near"), (aim - 30, "low"))
    return next((name for least, name in steps if value >= least), "bad")


def percent(part: float, whole: float) -> str:
    """A share for people, cut and not rounded."""
    return chart.number(100 * part / whole, "%") if whole else "none"


def figure(value: Any, unit: str = "") -> str:
    """A number for people; what is none shows as nothing."""
    return chart.number(value, unit) if isinstance(value, int | float) else ""


def _charts(folder: Path) -> list[chart.Line]:
    """A chart of every figure of the history."""
    return [chart.line(replace(s, points=s.points[-POINTS_SHOWN:])) for s in history.series(folder)]


@cache
def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=ChainableUndefined,
    )
    size = (chart.WIDTH, chart.HEIGHT, chart.LEFT, chart.RIGHT, chart.TOP, chart.BOTTOM)
    env.globals |= {"heat": heat, "percent": percent, "pairs": checks.coverage_pairs, "chart_size": size}
    env.globals |= {"kinds": KINDS, "engines": ENGINES}
    env.filters |= {"number": figure, "url": quote}
    return env
