"""Where a token's cycles go: cycles in which each engine runs a loop, and those in which none does."""

from __future__ import annotations

import numpy as np

from golden import program as p
from golden.timing import Timing


def account(timing: Timing, pos: int, lora: bool, head: bool) -> dict[str, int]:
    """Cycles of one token from its acceptance to the issue of END.

    Returns
    -------
    ``total``; ``l_units``, ``h_units``, ``vector_units``: cycles in which the engine's loop runs
    (engines overlap, so these may add up to more than the total); ``waiting``: no loop runs.
    """
    issue = timing.issue(pos, lora, head)
    total = issue[-1] + 1
    busy = np.zeros((3, total), bool)
    for instr, t0 in zip(timing.program, issue, strict=True):
        if t0 >= 0 and instr.engine != p.END:
            busy[instr.engine, t0 + 1 : t0 + 1 + timing.cost(instr, pos).loop] = True
    v, l_, h = busy.sum(axis=1)
    return {
        "total": total,
        "l_units": int(l_),
        "h_units": int(h),
        "vector_units": int(v),
        "waiting": int((~busy.any(axis=0)).sum()),
    }
