"""The records of the last runs as the report sees them: missing, unreadable, stale, partial or current."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from verif.lib.record import commit
from verif.lib.tools import ROOT

# What decides about a record of uncommitted changes.
SOURCES = ("hdl", "golden", "verif", "tools", "Makefile", "requirements.txt")


@dataclass(frozen=True)
class Tree:
    """The project's tree as it is now.

    Parameters
    ----------
    commit
        Short name of HEAD, with ``+`` for uncommitted changes; empty outside git.
    subject
        First line of the commit's message.
    changed
        When the newest uncommitted change of a source was made, in seconds since 1970; 0 without one.
    """

    commit: str
    subject: str = ""
    changed: float = 0.0


def tree_now() -> Tree:
    """Look at the project's git."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, errors="replace", check=False
        ).stdout

    entries = git("status", "--porcelain", "-uall", "--no-renames", "-z", "--", *SOURCES).split("\0")
    files = [ROOT / e[3:] for e in entries if e]
    times = [f.stat().st_mtime for f in files if f.is_file()]
    return Tree(commit(), git("log", "-1", "--format=%s").strip(), max(times, default=0.0))


@dataclass(frozen=True)
class Record:
    """One ``sim_build/<target>.json``.

    Parameters
    ----------
    name
        Such as ``coverage``.
    command
        What makes it, such as ``make cov``.
    state
        ``missing``, ``unreadable``, ``stale``, ``partial`` or ``current``.
    why
        A sentence for every state but ``current``.
    data
        What it holds; empty when missing or unreadable.
    """

    name: str
    command: str
    state: str
    why: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def commit(self) -> str:
        """The commit that it was made from."""
        return str(self.data.get("commit", ""))

    @property
    def when(self) -> str:
        """When it was made, for people."""
        moment = parse_time(self.data.get("when"))
        return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else ""


def parse_time(text: object) -> datetime | None:
    """A record's time, None when it is none."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read(folder: Path, name: str, command: str, tree: Tree) -> Record:
    """Read a record and judge its state."""
    path = folder / f"{name}.json"
    if not path.is_file():
        return Record(name, command, "missing", f"not run yet: {command}")
    try:
        data = json.loads(path.read_text())
    except (OSError, ValueError):
        data = None
    if not isinstance(data, dict):
        return Record(name, command, "unreadable", f"{path.name} cannot be read, make it again: {command}")
    why = _stale(data, tree)
    if why:
        return Record(name, command, "stale", f"stale, {why}: {command}", data)
    if data.get("only"):
        return Record(name, command, "partial", f"only {data['only']}, all: {command}", data)
    return Record(name, command, "current", "", data)


def _stale(data: dict[str, Any], tree: Tree) -> str:
    """Why a record does not speak about the tree as it is; empty when it does."""
    made = str(data.get("commit", ""))
    if made != tree.commit:
        return f"made at {made or 'no commit'}, the tree is at {tree.commit or 'no commit'}"
    moment = parse_time(data.get("when"))
    if tree.changed and (moment is None or moment.timestamp() < tree.changed):
        return "sources were changed after it was made"
    return ""
