"""pipe: the delay line at several widths and lengths."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench


@pytest.mark.parametrize(("width", "stages"), [(8, 1), (1, 2), (33, 3), (300, 5), (8, 0)])
def test_pipe(width: int, stages: int) -> None:
    """Every beat, STAGES cycles later; gaps; reset."""
    run_bench("pipe", "verif.common.pipe.tb_pipe", {"WIDTH": width, "STAGES": stages})


def test_illegal() -> None:
    """No data."""
    expect_refused("pipe", {"WIDTH": 0}, r"pipe: WIDTH is 0, legal: >= 1")
