"""What a regression consists of, what of it is done, and where that stands."""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from golden.errors import RomaError
from verif.lib.tools import ROOT, SIM_BUILD
from verif.regress.seeds import listed
from verif.regress.task import Result, Task, read_lines
from verif.regress.tree import tree_key

HOME = SIM_BUILD / "regress"
# Tests of tools and lint say the same with every seed; the list of seeds is run as tasks.
_SEEDLESS = {"lint", "tests", "regress", "mutants", "coverage", "formal", "plan", "report", "faults"}


def test_files(where: list[str]) -> list[str]:
    """Files of ``where`` and test files of its folders that simulate, relative to the project."""
    files: list[str] = []
    for name in where:
        path = ROOT / name
        if not path.exists():
            raise RomaError(f"TEST names {name}, which does not exist")
        inside = [p.relative_to(ROOT) for p in sorted(path.rglob("test_*.py"))]
        found = [name] if path.is_file() else [str(p) for p in inside if not _SEEDLESS & {*p.parts[:-1]}]
        files += [f for f in found if f not in files]
    if not files:
        raise RomaError(f"TEST is '{' '.join(where)}', which holds no simulation test")
    return files


@dataclass(frozen=True)
class Campaign:
    """A regression: some seeds of some files, on one tree.

    Parameters
    ----------
    key
        ``tree_key()`` of the sources.
    seed, iterations
        Base seeds are ``seed`` to ``seed + iterations - 1``.
    where
        Files or folders of tests.
    """

    key: str
    seed: int
    iterations: int
    where: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Its results."""
        return HOME / f"{self.key}-{self.seed}"

    @property
    def results_file(self) -> Path:
        """One line per finished test."""
        return self.folder / "results.jsonl"

    def results(self) -> list[Result]:
        """What is finished, also by tasks that were interrupted; the first result of a test counts."""
        found: dict[tuple[str, int], Result] = {}
        partial = sorted((self.folder / "running").glob("*/results.jsonl"))
        for path in (self.results_file, *partial):
            for r in read_lines(path):
                found.setdefault((r["node"], r["seed"]), r)
        return list(found.values())

    def collect(self) -> list[Result]:
        """``results`` with interrupted tasks' lines moved into the results file; no task may run."""
        results = self.results()
        known = {(r["node"], r["seed"]) for r in read_lines(self.results_file)}
        self.add([r for r in results if (r["node"], r["seed"]) not in known])
        shutil.rmtree(self.folder / "running", ignore_errors=True)
        return results

    def add(self, results: list[Result]) -> None:
        """Append results."""
        with self.results_file.open("a") as out:
            out.writelines(json.dumps(r) + "\n" for r in results)

    def done_file(self) -> Path:
        """One line per finished task."""
        return self.folder / "tasks.txt"

    def done_tasks(self) -> set[str]:
        """Tasks that need no worker any more."""
        return set(self.done_file().read_text().splitlines()) if self.done_file().exists() else set()

    def finish_task(self, task: Task, results: list[Result]) -> None:
        """Keep a task's results, then the fact that it is done."""
        scratch = {r.pop("scratch") for r in results if "scratch" in r}
        self.add(results)
        with self.done_file().open("a") as out:
            out.write(label(task) + "\n")
        for folder in scratch:
            shutil.rmtree(folder, ignore_errors=True)

    def first_tasks(self) -> list[Task]:
        """Listed seeds, then every file with the first seed."""
        seeds = [Task(node, seed) for node, seed in listed() if node.split("::")[0] in self.files()]
        return seeds + [Task(f, self.seed) for f in self.files()]

    def files(self) -> list[str]:
        """Its test files."""
        return test_files(list(self.where))

    def further_tasks(self, file: str, results: list[Result]) -> list[Task]:
        """A file with the other seeds, without the tests that simulate nothing."""
        fixed = tuple(r["node"] for r in results if not r["simulates"])
        if len(fixed) == len(results):
            return []
        return [Task(file, self.seed + i, fixed) for i in range(1, self.iterations)]


def label(task: Task) -> str:
    """A task's name, ``where@seed``."""
    return f"{task.where}@{task.seed}"


def open_campaign(seed: int | None, iterations: int, where: list[str]) -> Campaign:
    """The unfinished regression of this tree and these wishes, or a new one.

    Parameters
    ----------
    seed
        First base seed; None takes that of the latest regression if it is unfinished, else a random one.
    iterations
        Number of base seeds.
    where
        Files or folders of tests.
    """
    key = tree_key()
    latest = HOME / "latest.json"
    if seed is None:
        if latest.exists():
            old = json.loads(latest.read_text())
            same = (old["key"], old["iterations"], old["where"]) == (key, iterations, where)
            if same and not old["finished"]:
                seed = old["seed"]
        seed = secrets.randbelow(1_000_000_000) if seed is None else seed
    campaign = Campaign(key, seed, iterations, tuple(where))
    campaign.folder.mkdir(parents=True, exist_ok=True)
    mark(campaign, finished=False)
    return campaign


def mark(campaign: Campaign, *, finished: bool) -> None:
    """Write down which regression is the latest."""
    path = HOME / "latest.json"
    scratch = path.with_suffix(".tmp")
    scratch.write_text(json.dumps(asdict(campaign) | {"finished": finished}))
    scratch.replace(path)
