"""``make plan``: the verification plan, checked against the tree, with the latest results.

``BLOCK=`` shows the rows of a block (``fp/fp_add`` or ``fp_add``) or of a room (``fp``); the record
``sim_build/plan.json`` always has them all.
"""

from __future__ import annotations

import os
import sys
from difflib import get_close_matches

from rich.console import Console

from golden.errors import RomaError
from verif.lib.record import write_record
from verif.lib.tools import ROOT, SIM_BUILD
from verif.plan import results
from verif.plan.check import check, never_sampled
from verif.plan.model import Row, load
from verif.plan.show import show, show_failed
from verif.plan.tree import look


def main() -> int:
    """Print and record the plan; 0 when it is whole and nothing failed, 1 when not, 2 for an error."""
    os.chdir(ROOT)
    console = Console()
    try:
        rows = load()
        wanted = chosen(rows, os.environ.get("BLOCK") or "")
        tree = look()
        latest = results.read(SIM_BUILD)
    except RomaError as e:
        print(f"error: {e}", file=sys.stderr)
        return 2
    problems = check(rows, tree) + never_sampled(rows, latest.cover)
    table = results.annotate(rows, tree.nodes, tree.points, latest)
    statuses = [row["status"] for row in table]
    code = int(bool(problems) or results.FAILED in statuses)
    counts = {s.replace(" ", "_"): statuses.count(s) for s in dict.fromkeys([*results.COUNTED, *statuses])}
    write_record("plan", {"rows": table, "problems": problems, "exit_code": code} | counts)
    seen = [row for row in table if row["block"] in wanted]
    for command, about in latest.sources.items():
        console.print(f"{command}: {about}", markup=False, highlight=False, soft_wrap=True)
    show(seen, len(wanted) < len({r.block for r in rows}), console)
    show_failed(seen, console)
    for sentence in problems:
        console.print(f"plan: {sentence}", style="red", markup=False, highlight=False, soft_wrap=True)
    return code


def chosen(rows: list[Row], name: str) -> set[str]:
    """The blocks that ``BLOCK`` means; all when it is empty."""
    blocks = {r.block for r in rows}
    found = {b for b in blocks if not name or name in (b, b.partition("/")[0], b.rpartition("/")[2])}
    if not found:
        known = sorted(
            blocks | {b.rpartition("/")[2] for b in blocks} | {b.partition("/")[0] for b in blocks}
        )
        near = get_close_matches(name, known, n=3) or known[:3]
        raise RomaError(f"BLOCK is '{name}', legal: a block or room of the plan such as {', '.join(near)}")
    return found


if __name__ == "__main__":
    sys.exit(main())
