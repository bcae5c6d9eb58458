"""host_errors: one source, the five of axi_host, the most."""

from __future__ import annotations

import pytest

from verif.lib.build import expect_refused, run_bench


@pytest.mark.parametrize("sources", [1, 6, 16])
def test_host_errors(sources: int) -> None:
    """Every output in every cycle."""
    run_bench("host_errors", "verif.host.host_errors.tb_host_errors", {"SOURCES": sources})


@pytest.mark.parametrize("sources", [0, 17])
def test_refused(sources: int) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("host_errors", {"SOURCES": sources}, f"host_errors: SOURCES is {sources}, legal: 1 to 16")
