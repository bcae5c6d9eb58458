"""``make worker SCHEDULER=tcp://host:port``: this machine works for regressions of that cluster."""

from __future__ import annotations

import os
import sys

from verif.lib.tools import ROOT


def main() -> int:
    """Start Dask workers from this tree; they end with the scheduler."""
    scheduler = os.environ.get("SCHEDULER")
    workers = os.environ.get("J") or "2"
    if not scheduler or "://" not in scheduler:
        print("error: SCHEDULER is missing, legal: tcp://host:port of a 'dask scheduler'", file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "distributed.cli.dask_worker", scheduler]
    command += ["--nworkers", workers, "--nthreads", "1", "--no-dashboard"]
    os.chdir(ROOT)  # workers import the tree they stand in
    os.execv(sys.executable, command)


if __name__ == "__main__":
    sys.exit(main())
