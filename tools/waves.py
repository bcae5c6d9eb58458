"""``make waves ID='node@seed'``: repeats a run with waves and opens them."""

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
    # Always repeated: an older file may be of another seed or of other sources.
    file.unlink(missing_ok=True)
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
