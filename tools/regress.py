"""``make regress ITERS=n``: the simulations with n random seeds, on both cores or on a Dask cluster."""

from __future__ import annotations

import os
import signal
import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from golden.errors import RomaError
from tools.options import number
from verif.lib.record import write_record
from verif.lib.tools import ROOT, SIM_BUILD, verilator_environment
from verif.regress import cluster, seeds, summary
from verif.regress.campaign import Campaign, mark, open_campaign
from verif.regress.task import Result, Task


class Follow:
    """Says what ends, on a terminal as a bar, elsewhere as lines."""

    def __init__(self, console: Console, campaign: Campaign) -> None:
        self.console = console
        self.files = len(campaign.files())
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.bar = Progress(*columns, console=console, disable=not console.is_terminal)
        done = len(campaign.done_tasks())
        self.total = self.files * campaign.iterations + sum(n.count("::") > 0 for n, _ in seeds.listed())
        self.row = self.bar.add_task("regress", total=self.total, completed=done)
        self.done, self.failed, self.tests = done, 0, 0

    def __call__(self, task: Task, results: list[Result]) -> None:
        """One task has ended."""
        self.done += 1
        self.tests += len(results)
        bad = [r for r in results if r["outcome"] == "failed"]
        self.failed += len(bad)
        self.bar.update(self.row, advance=1, description=f"{self.tests} tests, {self.failed} failed")
        for r in bad:
            self.console.print(f"FAILED {r['node']}@{r['seed']}", markup=False, highlight=False)
        if not self.console.is_terminal and (self.done % 20 == 0 or self.done == self.total):
            print(f"{self.done} of {self.total} pieces, {self.tests} tests, {self.failed} failed", flush=True)


def run(console: Console) -> int:
    """Everything; the exit code."""
    iterations = number("ITERS", "1", "a number of seeds such as 10")
    workers = number("J", "2", "a number of workers such as 2")
    seed = os.environ.get("SEED") or None
    if seed is not None and not seed.isdecimal():
        raise RomaError(f"SEED is '{seed}', legal: a whole number from 0 on")
    where = (os.environ.get("TEST") or "verif").split()
    campaign = open_campaign(int(seed) if seed else None, iterations, where)
    before = len(campaign.results())
    again = f", {before} results are there already" if before else ""
    console.print(
        f"base seeds {campaign.seed} to {campaign.seed + iterations - 1} (SEED=, ITERS=){again}",
        highlight=False,
    )
    started = time.monotonic()
    follow = Follow(console, campaign)
    interrupted = False
    try:
        with cluster.connect(os.environ.get("SCHEDULER") or "local", workers) as client, follow.bar:
            cluster.run(campaign, client, follow)
    except KeyboardInterrupt:
        interrupted = True
    results = campaign.collect()
    mark(campaign, finished=not interrupted)
    summary.print_table(results, console)
    failed = [(r["node"], r["seed"]) for r in results if r["outcome"] == "failed"]
    for line in seeds.remember(failed):
        console.print(f"added to {seeds.SEEDS}, commit it with the cure: {line}", highlight=False)
    summary.write_junit(results, SIM_BUILD / "regress.xml")
    code = 130 if interrupted else int(bool(failed) or not results)
    write_record(
        "regress",
        summary.figures(results)
        | {
            "base_seed": campaign.seed,
            "iterations": iterations,
            "exit_code": code,
            "only": os.environ.get("TEST") or "",
            "wall_seconds": time.monotonic() - started,
        },
    )
    if interrupted:
        console.print(
            f"interrupted with {len(results)} tests finished; 'make regress' with the same words continues"
        )
    else:
        console.print(f"{len(results)} tests, {len(failed)} failed", highlight=False)
    return code


def main() -> int:
    """Run the regression; 0 when all passed, 1 when not, 2 on bad input, 130 when interrupted."""
    os.chdir(ROOT)
    os.environ.update(verilator_environment())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run(Console(width=None if sys.stdout.isatty() else 110))
    except RomaError as e:
        print(f"error: {e}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
