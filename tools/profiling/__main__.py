"""Entry point of ``make profile``. Figures go to sim_build/profile.json, page and pictures beside it."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from golden.errors import RomaError
from golden.pipeline import InFlight
from golden.waiting import explain
from tools.profiling import account, page
from tools.profiling.bars import bars, tokens_of
from tools.profiling.drawing import Chart
from tools.profiling.request import Request, read_request
from tools.profiling.runs import Run, run
from tools.profiling.window import Window, choose
from verif.lib.build import BuildFailed
from verif.lib.checker import Mismatch
from verif.lib.identity import base_seed
from verif.lib.record import write_record
from verif.lib.tools import SIM_BUILD


def profile(request: Request, done: Run) -> tuple[Chart, list[account.Account], list[account.Row], Window]:
    """The chart and the accounts of a run."""
    operations = explain(done.timing, done.program, done.issues)
    w = choose(done, operations, request.layer)
    accounts = account.engines(done.timing, operations, w)
    path = account.rows(account.path(done.timing, w), w)
    chart = Chart(
        title=_title(done, w),
        subtitle=f"{w.cycles} cycles from {w.first} on, {done.evidence}",
        cycles=w.cycles,
        bars=bars(done.timing, operations, w),
        tokens=[_name(t, done) for t in tokens_of(operations, w)],
        units=next(a for a in accounts if a.engine == "L"),
    )
    return chart, accounts, path, w


def _title(done: Run, w: Window) -> str:
    chip, model = done.geometry.chip, done.geometry.model
    adapter = ", with adapter" if w.token.lora else ""
    return (
        f"chip {chip.name}, model {model.name}, T = {chip.tokens}: "
        f"layer {w.layer} of the token at position {w.token.pos}{adapter}"
    )


def _name(token: InFlight, done: Run) -> str:
    several = len({t.seq for t in done.tokens}) > 1
    return f"position {token.pos}" + (f", sequence {token.seq}" if several else "")


def record(
    request: Request,
    done: Run,
    w: Window,
    chart: Chart,
    accounts: list[account.Account],
    path: list[account.Row],
) -> dict[str, Any]:
    """What sim_build/profile.json holds."""
    return {
        "model": done.geometry.model.name,
        "chip": done.geometry.chip.name,
        "tokens_in_flight": done.geometry.chip.tokens,
        "source": request.source,
        "evidence": done.evidence,
        "layer": w.layer,
        "position": w.token.pos,
        "adapter": w.token.lora,
        "first_cycle": w.first,
        "cycles": w.cycles,
        "engines": {a.engine: a.parts for a in accounts},
        "l_units": [asdict(r) for r in chart.units.rows],
        "path": [asdict(r) for r in path],
        "operations": [asdict(b) for b in chart.bars],
    }


def table(title: str, rows: list[account.Row]) -> Table:
    """Rows for a person."""
    out = Table(title=title, title_justify="left")
    out.add_column("cycles", justify="right")
    for name in ("at work meanwhile", "what waited for it", "why"):
        out.add_column(name)
    for r in rows:
        out.add_row(str(r.cycles), r.work, r.waiting, r.kind)
    out.add_row(str(sum(r.cycles for r in rows)), "", "", "", style="bold")
    return out


def main() -> int:
    """Print, draw, record; the exit code."""
    try:
        request = read_request(os.environ)
        done = run(request, base_seed())
        chart, accounts, path, w = profile(request, done)
    except RomaError as e:
        print(f"error: {e}", file=sys.stderr)
        return 2
    except (Mismatch, BuildFailed, AssertionError) as e:
        print(f"\n{e}", file=sys.stderr)
        return 1
    files = page.write(SIM_BUILD / "profile", chart, accounts, path)
    write_record("profile", record(request, done, w, chart, accounts, path))
    console = Console()
    console.print(table("Every cycle of the L-Units", chart.units.rows))
    console.print(table("Every cycle of the token's layer", path))
    print(f"{chart.title}\n{chart.subtitle}")
    for a in accounts:
        print(f"{account.LONG[a.engine]}: {', '.join(f'{k} {n}' for k, n in a.parts.items())}")
    print(f"{', '.join(os.path.relpath(f, Path.cwd()) for f in files)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
