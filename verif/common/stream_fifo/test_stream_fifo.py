"""stream_fifo at several widths and depths, whichever side rests."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench
from verif.lib.streams import STALLS


@pytest.mark.parametrize("stalls", STALLS)
@pytest.mark.parametrize(("width", "depth"), [(8, 2), (1, 1), (64, 3), (300, 16)])
def test_stream_fifo(width: int, depth: int, stalls: str) -> None:
    """Every port, every cycle; reset in mid-stream."""
    parameters = {"WIDTH": width, "DEPTH": depth}
    run_bench("stream_fifo", "verif.common.stream_fifo.tb_stream_fifo", parameters, env={"STALLS": stalls})


@pytest.mark.parametrize("name", ["WIDTH", "DEPTH"])
def test_illegal(name: str) -> None:
    """No data, no room."""
    expect_refused("stream_fifo", {name: 0}, rf"stream_fifo: {name} is 0, legal: >= 1")
