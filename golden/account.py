"""Where the cycles go: those in which each engine runs a loop, and those in which none does."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from golden import program as p
from golden.pipeline import InFlight
from golden.timing import Timing

ENGINES = {p.S: "sends", p.D: "drains", p.L: "l_units", p.H: "h_units"}


def account(
    timing: Timing, program: list[p.Instr], tokens: Iterable[tuple[InFlight, list[int]]]
) -> dict[str, int]:
    """Cycles of some tokens.

    Parameters
    ----------
    timing, program
        Of the chip.
    tokens
        Each with the issue cycles of its instructions, -1 for those that it skips.

    Returns
    -------
    ``total``: cycles in which a token is in flight, from its acceptance to the issue of its END;
    ``l_units``, ``h_units``, ``sends``, ``drains``: cycles in which the engine's loop runs (engines
    overlap, so these may add up to more than the total); ``waiting``: of the total, no loop runs.
    """
    tokens = list(tokens)
    first = min(t.start for t, _ in tokens)
    last = max(t.end for t, _ in tokens)
    flying = np.zeros(last - first + 1, bool)
    busy = np.zeros((len(ENGINES), last - first + 1), bool)
    for token, issue in tokens:
        flying[token.start - first : token.end - first + 1] = True
        for k, (i, t0) in enumerate(zip(program, issue, strict=True)):
            if t0 >= 0 and i.engine != p.END:
                steps = timing.steps(i, token.pos, p.scored(program, issue, k))
                busy[i.engine, t0 + 1 - first : t0 + 1 - first + steps] = True
    out = {name: int(busy[engine].sum()) for engine, name in ENGINES.items()}
    return {"total": int(flying.sum()), **out, "waiting": int((flying & ~busy.any(axis=0)).sum())}
