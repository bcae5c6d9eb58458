"""The committed list of seeds that failed once: ``make sim`` and ``make regress`` always run them."""

from __future__ import annotations

from pathlib import Path

from golden.errors import RomaError
from verif.regress.tree import SEEDS

HEADER = "# Seeds that failed once, node@seed; make regress adds to them, every regression runs them.\n"


def listed(path: Path = SEEDS) -> list[tuple[str, int]]:
    """Nodes and base seeds of the list; raises RomaError on a malformed line."""
    found = []
    text = path.read_text() if path.exists() else ""
    for number, line in enumerate(text.splitlines(), 1):
        entry = line.strip()
        if not entry or entry.startswith("#"):
            continue
        node, at, seed = entry.rpartition("@")
        if not at or "::" not in node or not seed.isdecimal():
            raise RomaError(f"{path}:{number}: '{entry}' is not node@seed, as a failure prints it")
        found.append((node, int(seed)))
    return found


def remember(failures: list[tuple[str, int]], path: Path = SEEDS) -> list[str]:
    """Add failures that are not listed yet; returns the new lines."""
    known = {f"{n}@{s}" for n, s in listed(path)}
    new = sorted({f"{n}@{s}" for n, s in failures if "::" in n} - known)
    if new:
        text = path.read_text() if path.exists() else HEADER
        path.write_text(text + "".join(f"{x}\n" for x in new))
    return new
