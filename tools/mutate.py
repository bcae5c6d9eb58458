"""``make mutate``: faults in the RTL, one at a time, and which of them the benches see."""

from __future__ import annotations

import os
import signal
import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from golden.errors import RomaError
from tools.options import number
from verif.lib.identity import base_seed
from verif.lib.record import write_record
from verif.lib.sources import HDL
from verif.lib.tools import ROOT, verilator_environment
from verif.mutants import report
from verif.mutants.campaign import Campaign
from verif.mutants.sample import all_faults, chosen, sample

NEEDED = 95.0  # per cent killed
LEGAL = "a whole number from 1 on"


class Progressing:
    """Lines as faults end, under a bar on a terminal."""

    def __init__(self, console: Console, total: int) -> None:
        columns = (TextColumn("mutants"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self.row = self.bar.add_task("mutants", total=total)
        self.console, self.total, self.count = console, total, 0

    def __call__(self, line: str) -> None:
        """Say a line."""
        if line.startswith(("killed", "survived")):
            self.count += 1
            self.bar.update(self.row, advance=1)
            line = f"[{self.count}/{self.total}] {line}"
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)


def run(console: Console) -> int:
    """The campaign; the exit code."""
    seed, wanted, workers = base_seed(), number("N", "300", LEGAL), number("J", "2", LEGAL)
    faults = all_faults(HDL)
    blocks = chosen(faults.by_block, os.environ.get("BLOCK") or "")
    mutants = sample(blocks, wanted, seed)
    every = sum(map(len, blocks.values()))
    console.print(
        f"{len(mutants)} of {every} faults in {len(blocks)} blocks (N=, BLOCK=), seed {seed} (SEED=)",
        highlight=False,
    )
    said = Progressing(console, len(mutants))
    campaign = Campaign(HDL, faults, workers, said=said)
    known = len(mutants) - campaign.open(mutants)
    if known:
        console.print(f"{known} results are there already", highlight=False)
        said.count = known
        said.bar.update(said.row, completed=known)
    started = time.monotonic()
    with said.bar:
        results = campaign.run(mutants)
    figures = report.figures(mutants, results, [m for b in blocks.values() for m in b])
    report.show(figures, console)
    enough = figures["score"] >= NEEDED and not campaign.broken
    figures |= {"seed": seed, "wall_seconds": time.monotonic() - started, "broken": campaign.broken}
    write_record("mutate", figures | {"exit_code": int(not enough)})
    for line in campaign.broken:
        console.print(f"not judged: {line}", markup=False, highlight=False, soft_wrap=True)
    return int(not enough)


def main() -> int:
    """Run the campaign; 0 when enough faults are killed, 1 when not, 2 on bad input, 130 interrupted."""
    os.chdir(ROOT)
    os.environ.update(verilator_environment())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run(Console(width=None if sys.stdout.isatty() else 110))
    except RomaError as e:
        print(f"error: {e}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: finished results are kept, 'make mutate' continues", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
