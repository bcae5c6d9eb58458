"""``make rerun ID='node@seed'``: one test again, same seed, waves on."""

from __future__ import annotations

import os
import sys

from verif.lib.identity import run_folder
from verif.lib.tools import ROOT


def parse() -> tuple[str, str]:
    """Node and seed of ``ID``; exits with a sentence when it is malformed."""
    node, at, seed = (os.environ.get("ID") or "").rpartition("@")
    if not at or not seed.isdecimal() or not (ROOT / node.split("::")[0]).is_file():
        sys.exit("error: ID must be node@seed as a failure prints it, such as verif/a/test_a.py::test_x[4]@1")
    return node, seed


def main() -> int:
    """Run the test; pytest's exit code."""
    import pytest

    node, seed = parse()
    os.environ |= {"SEED": seed, "WAVES": "1"}
    os.chdir(ROOT)
    code = int(pytest.main(["-v", node]))
    print(f"run folder: {os.path.relpath(run_folder(node), ROOT)}")
    return code


if __name__ == "__main__":
    sys.exit(main())
