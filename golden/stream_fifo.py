"""The queue between two streams, cycle by cycle; twin of ``hdl/common/stream_fifo.sv``."""

from __future__ import annotations

from collections import deque


class StreamFifo:
    """A queue of ``depth`` beats.

    Parameters
    ----------
    depth
        Beats that it holds, from 1.
    """

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.beats: deque[int] = deque()

    @property
    def in_ready(self) -> bool:
        """Whether it takes a beat in this cycle."""
        return len(self.beats) < self.depth

    @property
    def out_valid(self) -> bool:
        """Whether it offers a beat in this cycle."""
        return bool(self.beats)

    @property
    def out_data(self) -> int:
        """The beat that it offers."""
        return self.beats[0]

    def step(self, in_data: int | None, out_ready: bool, reset: bool = False) -> None:
        """End of a cycle.

        Parameters
        ----------
        in_data
            What stands on the input, None when its valid is low.
        out_ready
            Whether the receiver takes what is offered.
        reset
            Whether the cycle ends in reset: the queue is empty afterwards.
        """
        take = in_data is not None and self.in_ready
        if self.out_valid and out_ready:
            self.beats.popleft()
        if take:
            self.beats.append(in_data)
        if reset:
            self.beats.clear()
