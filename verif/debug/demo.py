"""Runs the chip with planted bugs and shows what the debugger says.

``python -m verif.debug.demo 9`` shows the screen of bug 9; a second argument copies the picture
there. ``all`` runs every bug, and the chip without one, and writes what the tests look at to
report.json in the folder of the runs.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from golden.errors import RomaError
from verif.debug.planted import FAULT_PKG, PLANTED, Planted, instrument
from verif.lib.tools import ROOT, SIM_BUILD

PROMPT, TOKENS, SEED = [1, 2], 2, 1
SELECT_AT, GAP = 20, 30  # cycles behind the RUN, between the prompt's tokens: the second has no adapter


def instrumented() -> Path:
    """The copy of hdl/ with all bugs in it, made when it is missing or old."""
    source = ROOT / "hdl"
    digest = hashlib.sha256(repr(PLANTED).encode() + FAULT_PKG.read_bytes())
    for path in sorted(p for p in source.rglob("*") if p.is_file()):
        digest.update(str(path.relative_to(source)).encode() + path.read_bytes())
    folder = SIM_BUILD / "debug" / f"hdl-{digest.hexdigest()[:12]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "hdl.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            scratch = folder.with_suffix(".tmp")
            instrument(source, scratch)
            scratch.rename(folder)
    return folder


def play(bug: Planted | None, folder: Path) -> dict[str, Any]:
    """One bug (or none): the run, the report about it, and what it left behind."""
    # Which RTL is built is decided when these are imported.
    from golden.tests.sizes import random_adapter, random_weights
    from golden.weights import prepare_adapter
    from verif.debug.planted import SIZE
    from verif.debug.session import report
    from verif.debug.window import WindowRun
    from verif.lib.checker import Mismatch
    from verif.lib.chip import script_for_weights

    script = script_for_weights(random_weights(SIZE, seed=3), folder)
    adapter = prepare_adapter(random_adapter(SIZE, SIZE.chip.max_rank), SIZE)
    script.load(0, adapter).select(1)
    # The second token is faster than the first one, which is in flight before it.
    script.run(PROMPT, TOKENS, gap=GAP, during=[{"op": "select", "slot": 0, "wait": SELECT_AT}])
    plusargs = [f"+fault={bug.number if bug else 0}"]
    if bug is None:
        return _whole(script, folder)
    run = WindowRun(script, SEED, folder, None, plusargs)
    try:
        run.check()
    except Mismatch as e:
        if e.case is None:
            raise RomaError(f"planted bug {bug.number} ({bug.name}) shows in no beat: {e}") from None
        name = f"planted-{bug.number}"
        found = report(e, script, SEED, log=run.log, waves=True, plusargs=plusargs, name=name)
        window = folder / "window"
        return {
            "screen": str(found),
            "cycle": e.case.first.cycle,
            "fst": str(window / "waves.fst"),
            "gtkw": str(window / "mismatch.gtkw"),
            "sucl": str(window / "mismatch.sucl"),
            "picture": str(SIM_BUILD / "debug" / f"{name}.svg"),
        }
    raise RomaError(f"planted bug {bug.number} ({bug.name}) shows no mismatch")


def _whole(script: Any, folder: Path) -> dict[str, Any]:
    """Without a bug: the run passes, and every port that a report would look at is right."""
    from verif.debug import selfcheck
    from verif.debug.waves import Waves
    from verif.debug.window import WindowRun

    run = WindowRun(script, SEED, folder, (0, 1 << 40), ["+fault=0"])
    checker = run.checker()
    steps = [replace(s, values=dict(s.values), _beats=dict(s._beats)) for s in checker.tokens()]
    run.finish()
    steps.sort(key=lambda step: step.start)
    out = selfcheck.Checked()
    selfcheck.run(checker.chip, steps, Waves(run.fst), [(0, 0), (2, 1)], out)
    return {
        "tokens": checker.totals.tokens,
        "beats": checker.totals.beats,
        "fst_bytes": run.fst.stat().st_size,
        "ports": out.ports,
        "values": out.values,
        "modules": sorted(out.modules),
        "beside": [sum(a.start < b.start < a.end for a in steps) for b in steps],
        "wrong": out.wrong,
        "missing": sorted(out.missing),
    }


def main(arguments: list[str]) -> int:
    """Entry point; returns the exit code."""
    numbers = {str(b.number): b for b in PLANTED}
    what = arguments[0] if arguments else ""
    try:
        if what != "all" and what not in numbers:
            legal = ", ".join(f"{b.number} ({b.name})" for b in PLANTED)
            raise RomaError(f"bug is '{what}', legal: {legal}, or all")
        os.environ["HDL"] = str(instrumented())
        folder = Path(os.environ.get("PLANTED_RUNS") or SIM_BUILD / "debug" / "runs")
        if what == "all":
            out = {"0": play(None, folder / "0")}
            out |= {n: play(b, folder / n) for n, b in numbers.items()}
            (folder / "report.json").write_text(json.dumps(out))
            return 0
        found = play(numbers[what], folder / what)
        print(found["screen"])
        for target in map(Path, arguments[1:]):
            shutil.copy(Path(found["picture"]).with_suffix(target.suffix), target)
    except RomaError as e:
        print(f"error: {e}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
