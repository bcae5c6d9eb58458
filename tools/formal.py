"""``make formal``: prove the properties of verif/formal, on two processes.

``PROPERTY=name`` proves those whose name contains the word, ``J`` the number of processes.
Answers are kept in ``sim_build/formal`` by what they depend on: RTL, wrapper, engines.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from golden.errors import RomaError
from verif.formal.prove import Answer, Task, run
from verif.formal.table import Property, Wrapper, choose, load
from verif.lib.record import write_record

_WORST = ("failed", "bounded", "proved", "reached")


@dataclass
class Board:
    """Collects answers; says after each task how far the run is."""

    total: int
    answers: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    done: int = 0

    def __post_init__(self) -> None:
        """Start the progress bar, on a terminal."""
        self._lock = threading.Lock()
        self._console = Console(stderr=True)
        self._progress: Progress | None = None
        if self._console.is_terminal:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self._progress = Progress(*columns, console=self._console, transient=True)
            self._bar = self._progress.add_task("proving", total=self.total)
            self._progress.start()

    def take(self, task: Task, answers: list[Answer]) -> None:
        """Note the answers of a finished task."""
        with self._lock:
            self.done += 1
            for answer in answers:
                self.answers[answer.name].append(answer)
            what = f"{task.wrapper.module} {task.title}".rstrip()
            if self._progress:
                self._progress.update(self._bar, advance=1, description=what)
            else:
                print(f"[{self.done}/{self.total}] {what}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Remove the progress bar."""
        if self._progress:
            self._progress.stop()


def tasks_of(wrappers: list[Wrapper], wanted: str) -> list[Task]:
    """The work, longest wrappers first."""
    chosen = choose(wrappers, wanted)
    tasks = []
    for wrapper in wrappers:
        names = frozenset(chosen.get(wrapper.name, ()))
        tasks += [Task(wrapper, size, names) for size in range(len(wrapper.sizes)) if names]
    return sorted(tasks, key=lambda t: -t.wrapper.weight)


def summary(name: str, answers: list[Answer]) -> Answer:
    """One answer for all sizes: the worst one, the seconds of all."""
    worst = min(answers, key=lambda a: (_WORST.index(a.result), a.depth))
    engines = ", ".join(sorted({a.engine for a in answers if a.result == worst.result}))
    return Answer(
        name, worst.size, worst.result, worst.depth, engines, sum(a.seconds for a in answers), worst.trace
    )


def verdict(answer: Answer) -> str:
    """The result in words."""
    if answer.result == "bounded":
        return f"bounded to depth {answer.depth}"
    return "FAILED" if answer.result == "failed" else answer.result


def _line(prop: Property, answer: Answer) -> str:
    return f"{prop.name:38} {verdict(answer):20} {answer.seconds:6.1f} s  {answer.engine:13} {prop.what}"


def report(wrappers: list[Wrapper], board: Board, seconds: float) -> int:
    """Print every property, write the record; returns the number of failures."""
    rows: list[dict[str, Any]] = []
    broken = 0
    for wrapper in wrappers:
        for prop in (p for p in wrapper.properties if p.name in board.answers):
            answer = summary(prop.name, board.answers[prop.name])
            print(_line(prop, answer))
            if answer.result == "bounded" and not prop.bounded:
                broken += 1
                print("    has been proved before without bound, and no longer is")
            if answer.result == "failed":
                broken += 1
                where = f"; counterexample: {answer.trace}" if answer.trace else ""
                print(f"    at {answer.size or 'its only size'}, after {answer.depth} cycles{where}")
            rows.append(
                {
                    "name": prop.name,
                    "module": wrapper.module,
                    "what": prop.what,
                    "result": answer.result,
                    "depth": answer.depth,
                    "engine": answer.engine,
                    "seconds": round(answer.seconds, 2),
                    "sizes": len(board.answers[prop.name]),
                    "trace": answer.trace,
                }
            )
        for label, what in wrapper.covers.items():
            name = wrapper.cover_name(label)
            missed = [a for a in board.answers.get(name, []) if a.result == "failed"]
            for a in missed:
                broken += 1
                print(f"{name:38} NOT REACHED in {a.depth} cycles at {a.size}: {what}")
    covers = sum(len(v) for v in board.answers.values()) - sum(r["sizes"] for r in rows)
    proved = sum(r["result"] == "proved" for r in rows)
    bounded = sum(r["result"] == "bounded" for r in rows)
    print(
        f"{len(rows)} properties: {proved} proved, {bounded} bounded, {broken} failed; "
        f"{covers} scenarios looked for; {seconds:.0f} s"
    )
    write_record("formal", {"properties": rows, "covers": covers, "wall_seconds": round(seconds, 1)})
    return broken


def main() -> int:
    """Run; 0 when everything holds, 1 when something does not."""
    wrappers = load()
    tasks = tasks_of(wrappers, os.environ.get("PROPERTY", ""))
    board = Board(len(tasks))
    start = time.monotonic()
    jobs = os.environ.get("J") or "2"
    if not jobs.isdigit() or jobs == "0":
        raise RomaError(f"J is '{jobs}', it has to be a number of processes, 1 or more")

    def work(task: Task) -> None:
        board.take(task, run(task))

    pool = ThreadPoolExecutor(int(jobs))
    try:
        for future in as_completed([pool.submit(work, task) for task in tasks]):
            future.result()
    finally:
        pool.shutdown(cancel_futures=True)
        board.close()
    return 1 if report(wrappers, board, time.monotonic() - start) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RomaError as e:
        print(f"error: {e}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("interrupted; finished answers are kept", file=sys.stderr)
        sys.exit(130)
