"""Runs faults against their benches and what survives against the chip; finished results are kept."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from golden.errors import RomaError
from verif.lib.tools import ROOT, SIM_BUILD
from verif.mutants import benches as bench_runs
from verif.mutants.benches import CHIP, CHIP_FOLDER, Verdict, benches_of, run
from verif.mutants.faults import Mutant
from verif.mutants.instrument import write_copy
from verif.mutants.sample import Faults, grouped

HOME = SIM_BUILD / "mutate"
T = TypeVar("T")
Runner = Callable[..., Verdict]
Said = Callable[[str], None]


@dataclass(frozen=True)
class Result:
    """A finished fault; ``by`` names the test that saw it, empty when none did."""

    key: str
    id: str
    killed: bool
    by: str
    seconds: float


@dataclass
class Campaign:
    """One sample of faults on one tree.

    Parameters
    ----------
    hdl
        The RTL.
    faults
        All its faults.
    workers
        Simulations at a time.
    home
        Results, copies and builds.
    said
        Gets a line when something ends.
    benches
        Benches of a block.
    chip
        Benches of the last resort.
    """

    hdl: Path
    faults: Faults
    workers: int = 2
    home: Path = HOME
    said: Said = print
    benches: Callable[[str], tuple[str, ...]] = benches_of
    chip: tuple[str, ...] = CHIP
    runner: Runner = run
    broken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Take up what is finished."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.file = self.home / "results.jsonl"
        self.lock = threading.Lock()
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        self.done = {r.key: r for r in (Result(**json.loads(x)) for x in lines if x.endswith("}"))}

    def run(self, mutants: Sequence[Mutant]) -> dict[str, Result]:
        """Results by fault; a block whose benches fail without a fault is left out and said to be broken."""
        bench_runs.stopping.clear()
        groups = grouped([m for m in mutants if self._known(m) is None])
        at_once = max(1, min(self.workers, len(groups)))
        inside = max(1, self.workers // at_once)
        in_parallel(lambda b: self._judge(b, groups[b], self.benches(b), inside), groups, at_once)
        unit = {m.id: r for m in mutants if (r := self._known(m)) is not None}
        left = [m for m in mutants if m.id in unit and not unit[m.id].killed]
        unit |= self._chip([m for m in left if self.benches(m.block) != self.chip])
        return unit

    def open(self, mutants: Sequence[Mutant]) -> int:
        """How many faults the benches have yet to judge."""
        return sum(self._known(m) is None for m in mutants)

    def _known(self, mutant: Mutant) -> Result | None:
        return self.done.get(self._key(mutant, self.benches(mutant.block)))

    def _chip(self, mutants: list[Mutant]) -> dict[str, Result]:
        todo = [m for m in mutants if self._key(m, self.chip) not in self.done]
        if todo:
            self.said(f"{len(todo)} survivors of the benches meet the chip")
            self._judge("chip", todo, self.chip, self.workers)
        keys = {m.id: self._key(m, self.chip) for m in mutants}
        return {i: self.done[k] for i, k in keys.items() if k in self.done}

    def _judge(self, name: str, mutants: list[Mutant], benches: tuple[str, ...], workers: int) -> None:
        """Put faults into one copy, see that it passes without a fault, then run each."""
        folder = self.home / "work" / name
        faults = list(enumerate(mutants, 1))
        copy, builds = folder / "hdl", folder / "builds"
        write_copy(copy, self.hdl, self.faults.sources, faults)
        try:
            for again in ("builds", "takes"):
                plain = self.runner(benches, copy, builds, folder / "runs")
                if not plain.passed:
                    (folder / "log.txt").write_text(plain.output)
                    self.broken.append(
                        f"{name}: fails without a fault ({plain.why}), see {folder / 'log.txt'}"
                    )
                    self.said(self.broken[-1])
                    return
                self.said(f"{name} {again} {plain.seconds:.0f} s without a fault, {len(faults)} faults")
            limit = 10 * plain.seconds + 20

            def judge(numbered: tuple[int, Mutant]) -> None:
                number, mutant = numbered
                runs = folder / f"runs{number}"
                verdict = self.runner(benches, copy, builds, runs, number, limit)
                shutil.rmtree(runs, ignore_errors=True)
                self._keep(mutant, benches, verdict)

            in_parallel(judge, faults, workers)
        finally:
            for left in (builds, folder / "runs"):
                shutil.rmtree(left, ignore_errors=True)

    def _keep(self, mutant: Mutant, benches: tuple[str, ...], verdict: Verdict) -> None:
        key = self._key(mutant, benches)
        result = Result(key, mutant.id, not verdict.passed, verdict.why, round(verdict.seconds, 1))
        with self.lock:
            self.done[key] = result
            with self.file.open("a") as out:
                out.write(json.dumps(result.__dict__) + "\n")
            word = "killed  " if result.killed else "survived"
            word = f"chip: {word}" if benches == self.chip else word
            what = f"{mutant.kind}: {mutant.original} -> {mutant.mutant}"
            self.said(f"{word} {mutant.id} hdl/{mutant.file}:{mutant.line} {what}")

    def _key(self, mutant: Mutant, benches: tuple[str, ...]) -> str:
        """What the result follows from: the block's source, the benches, the fault."""
        key = hashlib.sha256(f"{mutant.id} {benches}".encode())
        key.update(self.faults.sources[mutant.file].text.encode())
        folders = {CHIP_FOLDER if b.startswith(CHIP_FOLDER) else b for b in benches}
        for folder in sorted(folders):
            key.update(_folder_digest(folder).encode())
        return key.hexdigest()[:16]


def in_parallel(work: Callable[[T], None], items: Iterable[T], workers: int) -> None:
    """``work`` on every item; an interruption or an error stops what runs and what waits."""
    pool = ThreadPoolExecutor(workers)
    futures = [pool.submit(work, i) for i in items]
    try:
        wait(futures, return_when=FIRST_EXCEPTION)
        errors = [e for f in futures if f.done() and (e := f.exception()) is not None]
        if errors:
            # Whoever was stopped by another's error does not hide it.
            raise min(errors, key=lambda e: isinstance(e, bench_runs.Stopped))
    except BaseException:
        bench_runs.stopping.set()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


_digests: dict[str, str] = {}


def _folder_digest(folder: str) -> str:
    """Digest of a bench folder's files and of those that it shares with its neighbours."""
    if folder not in _digests:
        path = ROOT / folder
        files = [*path.rglob("*.py"), *path.rglob("*.sv"), *path.parent.glob("*.py")]
        if not files:
            raise RomaError(f"{folder} holds no bench")
        digest = hashlib.sha256()
        for f in sorted(files):
            digest.update(f"{f.relative_to(ROOT) if f.is_relative_to(ROOT) else f}".encode() + f.read_bytes())
        _digests[folder] = digest.hexdigest()
    return _digests[folder]
