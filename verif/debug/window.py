"""Repeats a chip run with waves of only the cycles around a mismatch."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

from golden.errors import RomaError
from golden.probes import HOST_WIDTH
from verif.lib.chip import ChipRun, Script
from verif.lib.tools import switched_on
from verif.lib.trace import Trace

BEFORE, AFTER = 200, 50  # cycles around the first difference
ALL = (0, 1 << 40)


def wanted() -> tuple[int, int] | None:
    """Cycles of a chip run whose waves ``WAVES`` and ``WINDOW`` ask for, None for none.

    With ``WAVES`` alone a run writes none: after a mismatch it is repeated with those around it.

    Raises
    ------
    RomaError
        When WINDOW is neither ``first:last`` nor ``all``.
    """
    window = os.environ.get("WINDOW") or ""
    if not switched_on("WAVES") or not window:
        return None
    if window == "all":
        return ALL
    found = re.fullmatch(r"(\d+):(\d+)", window)
    if not found or int(found[1]) > int(found[2]):
        raise RomaError(f"WINDOW is '{window}', legal: first:last such as 2000:2500 (cycles), or all")
    return int(found[1]), int(found[2])


class WindowRun(ChipRun):
    """A run of the build with waves that dumps only a window, or nothing.

    Parameters
    ----------
    script, seed
        As for ``ChipRun``; the same seed gives the same run.
    folder
        Where traces, log and waves.fst go.
    window
        First and last cycle of the waves; None for no waves.
    plusargs
        More arguments of the simulation.
    """

    def __init__(
        self,
        script: Script,
        seed: int,
        folder: Path,
        window: tuple[int, int] | None,
        plusargs: Sequence[str] = (),
    ) -> None:
        self.window = window
        super().__init__(script, seed, waves=window, plusargs=plusargs, folder=folder, traced=True)

    def wait_for_window(self, timeout_s: float = 600) -> Path | None:
        """The waves as soon as the simulation is behind the window; None when it never got there."""
        trace = Trace(self.traces, self.script.geometry)
        give_up = time.monotonic() + timeout_s
        try:
            while self.alive() and time.monotonic() < give_up:
                for name in HOST_WIDTH:
                    trace[name].refresh()
                if max(trace[n].latest for n in HOST_WIDTH) > self.window[1]:
                    break
                time.sleep(0.05)
        finally:
            self.stop()
        return self.fst if self.fst.is_file() else None


def around(cycle: int) -> tuple[int, int]:
    """The window around a cycle."""
    return max(0, cycle - BEFORE), cycle + AFTER
