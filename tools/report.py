"""``make report``: one HTML page of the last runs, ``sim_build/report.html``, that needs nothing else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from verif.lib.tools import SIM_BUILD
from verif.report import history
from verif.report.page import write


def main() -> int:
    """Write the page; 0 when it stands there, whatever it says, 2 when it cannot be written."""
    try:
        SIM_BUILD.mkdir(parents=True, exist_ok=True)
        history.append(SIM_BUILD)
        path, verdict = write(SIM_BUILD)
    except OSError as e:
        print(f"error: {SIM_BUILD / 'report.html'} cannot be written: {e.strerror}", file=sys.stderr)
        return 2
    print(f"{verdict}\n{os.path.relpath(path, Path.cwd())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
