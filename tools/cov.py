"""``make cov``: the regression under coverage, merged, by block and type; fails below the targets.

``TEST=`` runs some benches only (and counts only the blocks that they reach), ``RUN=0`` counts the runs
that are there already.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from golden.errors import RomaError
from verif.coverage import exclusions
from verif.coverage.code import CodePoint, Hits, Table, count, merge, percent, total
from verif.coverage.functional import exports, merged
from verif.coverage.hook import DATA
from verif.coverage.points import GROUPS, POINTS
from verif.coverage.report import show, write_html
from verif.coverage.run import RUNS, run_benches
from verif.lib.record import commit, write_record
from verif.lib.sources import HDL
from verif.lib.tools import ROOT, SIM_BUILD

# In per cent, of every hand-written module and of all together; functional: of all points together.
TARGETS = {"functional": 100.0, "line": 98.0, "branch": 95.0, "toggle": 90.0}
OUT = SIM_BUILD / "coverage"


def main() -> int:
    """Run, merge, report; 0 when every target is met, 1 below, 2 for an error."""
    os.chdir(ROOT)
    console = Console(soft_wrap=True)
    console.width = max(console.width, 120)
    began = time.monotonic()
    try:
        some = (os.environ.get("TEST") or "").split()
        code = 0 if os.environ.get("RUN") == "0" else run_benches(some, OUT)
        result = measure(bool(some), OUT)
    except RomaError as e:
        print(f"error: {e}", file=sys.stderr)
        return 2
    show(result["table"], TARGETS, result["functional"], console)
    seconds = time.monotonic() - began
    for line in result["below"]:
        console.print(f"below target: {line}", style="red", markup=False)
    if code:
        console.print(f"some benches failed (exit code {code})", style="red")
    console.print(f"{result['runs']} runs, {seconds:.0f} s, {OUT / 'index.html'}", markup=False)
    blocks = [{"block": b, **row} for b, row in result["table"].items()]
    figures = {k: result[k] for k in ("functional", "below", "runs")}
    record = {"blocks": blocks, "targets": TARGETS, "exit_code": code, "wall_seconds": seconds}
    write_record("coverage", record | figures)
    return int(bool(result["below"] or code))


def measure(partly: bool, out: Path) -> dict[str, Any]:
    """Merge what the runs in ``out`` left, and write the HTML.

    Parameters
    ----------
    partly
        Some benches only: blocks and points that none of them reaches, and exclusions of others, do not
        count.
    out
        Folder of runs, merged data and HTML.
    """
    runs = sorted((out / RUNS).glob(f"*/{DATA}"))
    if not runs:
        raise RomaError(f"no run in {out / RUNS} left coverage: run 'make cov' without RUN=0")
    every = merge(runs)
    if not every:
        raise RomaError(f"{len(runs)} runs measured nothing of hdl/")
    chosen = exclusions.load()
    if partly:
        blocks = {p.block for p in every}
        chosen = [e for e in chosen if any(e.blocks.fullmatch(b) for b in blocks)]
    hits, excluded = exclusions.apply(every, chosen, HDL, lenient=partly)
    table = count(hits)
    rows = merged(exports(out / RUNS), out / "functional.yml", GROUPS)
    if partly:
        seen = {r["point"].split(".")[0] for r in rows if r["hit"]}
        rows = [r for r in rows if r["point"].split(".")[0] in seen]
    write_merged(out / "code.tsv", hits, excluded)
    below = failures(table, rows)
    context = {
        "runs": len(runs),
        "when": time.strftime("%Y-%m-%d %H:%M"),
        "commit": commit(),
        "targets": TARGETS,
        "below": below,
        "functional": [r | {"shows": POINTS[r["point"]].shows} for r in rows],
    }
    write_html(out, HDL, hits, excluded, table, context)
    return {"table": table, "functional": rows, "below": below, "runs": len(runs)}


def failures(table: Table, rows: list[dict[str, Any]]) -> list[str]:
    """A sentence for every target that is missed."""
    functional = [sum(r["hit"] for r in rows), sum(r["total"] for r in rows)]
    pairs = [("functional", "functional", functional)]
    for kind in ("line", "branch", "toggle"):
        pairs.append((kind, kind, total(table, kind)))
        pairs += [(f"{kind} of {block}", kind, row[kind]) for block, row in table.items()]
    return [
        f"{name} is {percent(pair):.2f} % ({pair[0]} of {pair[1]}), target {TARGETS[kind]:g} %"
        for name, kind, pair in pairs
        if percent(pair) < TARGETS[kind]
    ]


def write_merged(path: Path, hits: Hits, excluded: dict[CodePoint, str]) -> None:
    """All points with their hits, one a line; excluded ones with their reason."""
    lines = ["block\tline\tcolumn\tkind\twhat\thits\texcluded"]
    for p in sorted((*hits, *excluded)):
        row = (p.block, p.line, p.column, p.kind, p.what, hits.get(p, ""), excluded.get(p, ""))
        lines.append("\t".join(map(str, row)))
    path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
