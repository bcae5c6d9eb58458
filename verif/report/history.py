"""Figures by commit: ``sim_build/history.jsonl``, one line per addition."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verif.lib.tools import ROOT

FILE = "history.jsonl"
TARGETS = ("sim", "regress", "coverage", "mutate", "generate", "bench")
Figures = dict[str, float]


@dataclass(frozen=True)
class Point:
    """A figure at a commit."""

    commit: str
    value: float


@dataclass(frozen=True)
class Series:
    """One figure over commits, oldest first."""

    title: str
    unit: str
    evidence: str
    points: list[Point]


def append(folder: Path) -> None:
    """Add what the records in ``folder`` say and the history does not.

    Parts of a run (``make sim TEST=...``) are no figures of a commit and stay out.
    """
    path = folder / FILE
    known = _by_commit(_lines(path))
    for target in TARGETS:
        try:
            data = json.loads((folder / f"{target}.json").read_text())
            made, when = str(data["commit"]), str(data["when"])
            new = {} if data.get("only") else figures(target, data)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError):
            continue
        before = known.get(made, ({}, ""))[0]
        if made and any(before.get(k) != v for k, v in new.items()):
            line = json.dumps({"commit": made, "when": when, "figures": new})
            with path.open("a") as out:
                out.write(line + "\n")


def figures(target: str, data: dict[str, Any]) -> Figures:
    """The figures of a record that are worth a chart."""
    if target in ("sim", "regress"):
        out = {f"{target}.passed": data["tests"] - data["failures"] - data["errors"] - data["skipped"]}
        if target == "sim":
            out["sim.wall_seconds"] = data["wall_seconds"]
    elif target == "coverage":
        pairs = {k: [b[k] for b in data["blocks"] if k in b] for k in ("line", "branch", "toggle")}
        pairs["functional"] = [[p["hit"], p["total"]] for p in data["functional"]]
        out = {f"coverage.{k}": share(v) for k, v in pairs.items() if sum(t for _, t in v)}
    elif target == "mutate":
        out = {"mutate.score": 100 * data["killed"] / data["sampled"]}
    elif target == "generate":
        model = data["model"]
        # A model given as a path is somebody's own: it has no history here.
        out = {}
        if "/" not in model:
            run = model + (f" + {data['adapter']}" if data["adapter"] else "") + f", {data['tokens']} tokens"
            out[f"generate.cycles_per_token:{run}"] = data["cycles_per_token"]["total"]
    else:
        out = {f"bench.checked:{row}": v["checked_cycles_per_second"] for row, v in data["rows"].items()}
    return {k: float(v) for k, v in out.items() if math.isfinite(v)}


def share(pairs: Sequence[Sequence[float]]) -> float:
    """Per cent of sums of [hit, total]."""
    return 100 * sum(p[0] for p in pairs) / sum(p[1] for p in pairs)


_MEANS = {
    "sim.passed": ("Tests passed, make sim", "", "measured in RTL"),
    "sim.wall_seconds": ("Duration of make sim", "s", "measured on this machine"),
    "regress.passed": ("Tests passed, make regress", "", "measured in RTL"),
    "coverage.line": ("Line coverage", "%", "measured in RTL"),
    "coverage.branch": ("Branch coverage", "%", "measured in RTL"),
    "coverage.toggle": ("Toggle coverage", "%", "measured in RTL"),
    "coverage.functional": ("Functional coverage", "%", "measured in RTL"),
    "mutate.score": ("Mutants killed", "%", "measured in RTL"),
    "generate.cycles_per_token": ("Cycles per token", "", "measured in RTL"),
    "bench.checked": ("Simulated cycles per second, checked", "/s", "measured on this machine"),
}


def series(folder: Path, order: Sequence[str] | None = None) -> list[Series]:
    """All figures over commits.

    Parameters
    ----------
    folder
        Where the history is.
    order
        Commits, oldest first; of the project's git when it is not given.
    """
    by_commit = _by_commit(_lines(folder / FILE))
    names = sorted(by_commit, key=_place(_log() if order is None else order, by_commit))
    keys = {k for figures, _ in by_commit.values() for k in figures}
    ranked = list(_MEANS)
    out = []
    for key in sorted((k for k in keys if k.split(":")[0] in _MEANS), key=lambda k: _rank(ranked, k)):
        title, unit, evidence = _MEANS[key.split(":")[0]]
        what = key.partition(":")[2]
        points = [Point(c, by_commit[c][0][key]) for c in names if key in by_commit[c][0]]
        out.append(Series(f"{title}: {what}" if what else title, unit, evidence, points))
    return out


def _rank(ranked: list[str], key: str) -> tuple[int, str]:
    return ranked.index(key.split(":")[0]), key


def _lines(path: Path) -> list[dict[str, Any]]:
    """The lines that can be read; one cut short by a kill is left out."""
    out = []
    for line in path.read_text(errors="replace").splitlines() if path.is_file() else ():
        try:
            row = json.loads(line)
            figures = {str(k): float(v) for k, v in row["figures"].items()}
            out.append({"commit": str(row["commit"]), "when": str(row["when"]), "figures": figures})
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return out


def _by_commit(lines: list[dict[str, Any]]) -> dict[str, tuple[Figures, str]]:
    """Figures and time of each commit; what was added later counts."""
    out: dict[str, tuple[Figures, str]] = {}
    for row in lines:
        before = out.get(row["commit"], ({}, ""))[0]
        out[row["commit"]] = (before | row["figures"], row["when"])
    return out


def _log() -> list[str]:
    done = subprocess.run(
        ["git", "log", "--format=%H", "--reverse"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.split()


def _place(
    order: Sequence[str], by_commit: dict[str, tuple[Figures, str]]
) -> Callable[[str], tuple[int, str, bool]]:
    """Key that sorts commits as git does; changes of a commit behind it, unknown ones by time at the end."""

    def key(name: str) -> tuple[int, str, bool]:
        short = name.rstrip("+")
        found = next((i for i, full in enumerate(order) if full.startswith(short)), None)
        if found is None:
            return len(order), by_commit[name][1], False
        return found, "", name.endswith("+")

    return key
