"""A regression's results for people (a table) and for machines (JUnit XML, figures)."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from junitparser import Failure, JUnitXml, TestCase, TestSuite
from rich.console import Console
from rich.table import Table

from verif.regress.task import Result


def figures(results: list[Result]) -> dict[str, Any]:
    """Counts, the slowest tests, and every failure with its rerun line."""
    failed = [r for r in results if r["outcome"] == "failed"]
    slow = sorted(results, key=lambda r: -r["seconds"])[:10]
    return {
        "tests": len(results),
        "failures": len(failed),
        "errors": 0,
        "skipped": 0,
        "seeds": len({r["seed"] for r in results}),
        "slowest": {f"{r['node']}@{r['seed']}": r["seconds"] for r in slow},
        "failed": [
            {
                "id": f"{r['node']}@{r['seed']}",
                "rerun": f"make rerun ID='{r['node']}@{r['seed']}'",
                "message": r["message"][-2000:],
                "folder": r.get("folder", ""),
            }
            for r in failed
        ],
    }


def write_junit(results: list[Result], path: Path) -> None:
    """One suite per base seed; names are ``node@seed``."""
    xml = JUnitXml("regress")
    by_seed = defaultdict(list)
    for r in results:
        by_seed[r["seed"]].append(r)
    for seed, some in sorted(by_seed.items()):
        suite = TestSuite(f"seed {seed}")
        for r in sorted(some, key=lambda r: r["node"]):
            file, _, name = r["node"].partition("::")
            case = TestCase(f"{name}@{seed}", file.removesuffix(".py").replace("/", "."), r["seconds"])
            if r["outcome"] == "failed":
                first = r["message"].strip().splitlines() or ["failed"]
                failure = Failure(_printable(first[0]))
                failure.text = _printable(r["message"])
                case.result = [failure]
            suite.add_testcase(case)
        xml.add_testsuite(suite)
    scratch = path.with_suffix(".tmp")
    xml.write(str(scratch), pretty=True)
    scratch.replace(path)


def _printable(text: str) -> str:
    return "".join(c for c in text if c in "\n\t" or c.isprintable())


def print_table(results: list[Result], console: Console) -> None:
    """Tests by room and block, then each failure with the line that repeats it."""
    table = Table("block", "tests", "seeds", "passed", "failed", "seconds")
    groups = defaultdict(list)
    for r in results:
        groups["/".join(Path(r["node"].split("::")[0]).parent.parts[1:])].append(r)
    for name, some in sorted(groups.items()):
        bad = sum(r["outcome"] == "failed" for r in some)
        table.add_row(
            name,
            str(len({r["node"] for r in some})),
            str(len({r["seed"] for r in some})),
            str(len(some) - bad),
            f"[red]{bad}[/]" if bad else "0",
            f"{sum(r['seconds'] for r in some):.0f}",
        )
    console.print(table)
    for f in figures(results)["failed"]:
        last = [x for x in f["message"].strip().splitlines() if x.strip()][-3:]
        console.print("\n".join(last), markup=False, highlight=False)
        console.print(f"  {f['rerun']}", markup=False, highlight=False, soft_wrap=True)
