"""``make waves ID='node@seed'``: opens the waves of a run, makes them first when they are missing."""

from __future__ import annotations

import shutil
import subprocess
import sys

from tools import rerun
from verif.lib.identity import run_folder
from verif.lib.tools import ROOT


def main() -> int:
    """Open a viewer, or say where the file is."""
    node, _ = rerun.parse()
    file = run_folder(node) / "waves.fst"
    if not file.is_file():
        rerun.main()
    if not file.is_file():
        print(f"error: {node} writes no waves (it runs no simulation)", file=sys.stderr)
        return 2
    viewer = shutil.which("surfer") or shutil.which("gtkwave")
    if viewer is None:
        print(f"{file.relative_to(ROOT)} (install surfer or gtkwave to see it from here)")
        return 0
    return subprocess.run([viewer, str(file)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
