"""The window: one layer of one token."""

from __future__ import annotations

from dataclasses import dataclass

from golden.errors import RomaError
from golden.pipeline import InFlight
from golden.waiting import Operation
from tools.profiling.runs import Run


@dataclass(frozen=True)
class Window:
    """Cycles from a token's first operation in a layer to its first behind it.

    Attributes
    ----------
    token, layer
        Whose, and which.
    first, last
        First cycle, and the first behind it: the loop of the token's first operation starts in them.
    begins, ends
        These two operations.
    """

    token: InFlight
    layer: int
    first: int
    last: int
    begins: Operation
    ends: Operation

    @property
    def cycles(self) -> int:
        """How long it is."""
        return self.last - self.first


def choose(run: Run, operations: list[Operation], layer: int | None) -> Window:
    """A token's layer in which the chip is as full as ever, of those with fewest older ones the last.

    Raises RomaError when there is no such layer.
    """
    layers = run.geometry.model.num_hidden_layers
    if layer is None:
        layer = layers // 2
    if layer >= layers:
        raise RomaError(f"LAYER is {layer}, legal: 0 to {layers - 1}, as {run.geometry.model.name} has")
    windows = [_of(operations, token, layer) for token in run.tokens]
    return max(windows, key=lambda w: (*_company(run, w), w.token.start))


def _of(operations: list[Operation], token: InFlight, layer: int) -> Window:
    mine = [o for o in operations if o.token is token]
    start = next(k for k, o in enumerate(mine) if o.instr.layer == layer)
    end = next(k for k in range(start, len(mine)) if mine[k].instr.layer != layer)
    begins, ends = mine[start], mine[end]
    return Window(token, layer, begins.cycle + 1, ends.cycle + 1, begins, ends)


def _company(run: Run, w: Window) -> tuple[int, int]:
    """Tokens in flight all along a window, and minus those of them that are older."""
    there = [t.start for t in run.tokens if t.start < w.first and t.end >= w.last]
    return len(there), -sum(start < w.token.start for start in there)
