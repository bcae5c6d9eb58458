"""What is done about a mismatch: picture, second run with waves of the window, module, saved views."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from verif.debug import views
from verif.debug.picture import draw
from verif.debug.taps import Finding, Verdict, locate
from verif.debug.waves import Waves
from verif.debug.window import WindowRun, around
from verif.lib.checker import Mismatch
from verif.lib.chip import Script
from verif.lib.mismatch import file_of, rerun_line, shown_path
from verif.lib.tools import SIM_BUILD, switched_on


def pictures() -> Path:
    """Folder of the pictures."""
    return SIM_BUILD / "debug"


def report(
    mismatch: Mismatch,
    script: Script,
    seed: int,
    *,
    log: Path | None = None,
    waves: bool | None = None,
    plusargs: Sequence[str] = (),
    name: str | None = None,
) -> Mismatch:
    """The mismatch with everything on its screen that can be found out.

    Parameters
    ----------
    mismatch
        As the checker raised it.
    script, seed
        Of the run, which is repeated when waves are wanted.
    log
        The simulation's output, looked through for assertions.
    waves
        Repeat the run with waves of the window; None: as ``WAVES`` says.
    plusargs
        Arguments of the simulation beyond the usual ones.
    name
        Of the picture; that of the run's folder if not given.

    Notes
    -----
    With ``FAULT`` set mismatches are wanted, by the hundred: nothing is drawn or repeated.
    """
    found = assertions(log) if log else []
    if mismatch.case is None:
        return Mismatch("\n".join([str(mismatch), *(f"  {x}" for x in found)]))
    if switched_on("FAULT"):
        return mismatch.with_findings(found)
    name = name or script.folder.name
    inside: tuple[Finding | None, Waves | None] = (None, None)
    if switched_on("WAVES") if waves is None else waves:
        try:
            lines, *inside = _look_inside(mismatch, script, seed, plusargs)
            found += lines
        except Exception as e:  # whatever goes wrong here must not hide the mismatch
            found.append(f"note       the look inside failed: {type(e).__name__}: {e}")
    again = rerun_line()
    found += [f"rerun      {again}"] if again else []
    try:
        found.append(f"picture    {shown_path(draw(mismatch.case, pictures() / name, *inside))}")
    except Exception as e:
        found.append(f"note       the picture failed: {type(e).__name__}: {e}")
    return mismatch.with_findings(found)


def _look_inside(
    mismatch: Mismatch, script: Script, seed: int, plusargs: Sequence[str]
) -> tuple[list[str], Finding | None, Waves | None]:
    """Second run, saved views; lines of the screen, first wrong port, the waves."""
    case = mismatch.case
    folder = script.folder / "window"
    folder.mkdir(parents=True, exist_ok=True)
    window = around(case.first.cycle)
    fst = WindowRun(script, seed, folder, window, plusargs).wait_for_window()
    if fst is None:
        lost = f"waves      the second run did not reach cycle {window[0]}: {folder / 'sim.log'}"
        return [lost], None, None
    seen = Waves(fst)
    verdict = locate(case, seen)
    files = views.write(case, verdict, seen, folder / "mismatch")
    size = fst.stat().st_size / 1024
    lines = [
        *said(verdict),
        f"waves      {shown_path(fst)} (cycles {seen.cycles[0]} to {seen.cycles[-1]}, {size:.0f} kB)",
        *(f"view       {command} {shown_path(path)}" for command, path in files),
    ]
    return lines, verdict.finding, seen


def said(verdict: Verdict) -> list[str]:
    """Lines of the screen about the module."""
    right = [f"right      {' > '.join(verdict.right)}"] if verdict.right else []
    if verdict.finding is None:
        return [*right, "module     every port that was looked at is right inside the window: see between"]
    finding = verdict.finding
    lines = [*right, f"module     {file_of(finding.module)}", f"port       {finding}"]
    return lines + ([f"meaning    {finding.tap.means}"] if finding.tap.means else [])


def assertions(log: Path) -> list[str]:
    """The first assertion that fired in a simulation, as a line of the screen."""
    text = log.read_text(errors="replace") if log.is_file() else ""
    errors = [
        x for x in text.splitlines() if "%Error" in x and "Aborting" not in x and "Verilog $stop" not in x
    ]
    errors = [re.sub(os.sep.join(["", r"\S*", "hdl", ""]), "hdl/", x) for x in errors]
    return [f"assertion  {errors[0].strip()}"] if errors else []
