"""``make waves ID='node@seed'``: repeats a run with waves and opens them.

A chip run is repeated with the window around its first mismatch and its saved view;
``WINDOW=first:last`` gives other cycles, ``WINDOW=all`` the whole run. Unit benches are short and
give all of theirs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from golden.errors import RomaError
from tools import rerun
from verif.debug.window import wanted
from verif.lib.identity import run_folder
from verif.lib.tools import ROOT


def main() -> int:
    """Open a viewer, or say where the files are."""
    node, _ = rerun.parse()
    try:
        os.environ["WAVES"] = "1"
        wanted()
    except RomaError as e:
        print(f"error: {e}", file=sys.stderr)
        return 2
    folder = run_folder(node)
    # Always repeated: older files may be of another seed or of other sources.
    shutil.rmtree(folder / "window", ignore_errors=True)
    (folder / "waves.fst").unlink(missing_ok=True)
    code = rerun.main()
    file = next((f for f in (folder / "waves.fst", folder / "window/waves.fst") if f.is_file()), None)
    if file is None:
        why = (
            "it runs no simulation"
            if code or not (folder / "trace").is_dir()
            else "the chip agrees with golden, so there is no window around a mismatch: "
            "add WINDOW=first:last (cycles) or WINDOW=all"
        )
        print(f"error: {node} writes no waves ({why})", file=sys.stderr)
        return 2
    command = viewer(file)
    if command is None:
        print(f"{shown(file)} (install surfer or gtkwave to see it from here)")
        return 0
    return subprocess.run(command, check=False).returncode


def viewer(file: Path) -> list[str] | None:
    """Command that shows the waves, with the saved view beside them if there is one."""
    views = {"surfer": file.with_name("mismatch.sucl"), "gtkwave": file.with_name("mismatch.gtkw")}
    for name, view in views.items():
        if shutil.which(name):
            if not view.is_file():
                return [name, str(file)]
            return [name, "-c", str(view)] if name == "surfer" else [name, str(view)]
    return None


def shown(file: Path) -> str:
    """A path from the project's folder when it is in there."""
    return str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else str(file)


if __name__ == "__main__":
    sys.exit(main())
