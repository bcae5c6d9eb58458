"""broadcast_tag at several heads."""

from __future__ import annotations

import re

import pytest

from verif.lib.build import expect_refused, run_bench


@pytest.mark.parametrize(("head_dim", "h_block"), [(8, 8), (64, 16), (128, 32), (72, 24), (1, 1)])
def test_broadcast_tag(head_dim: int, h_block: int) -> None:
    """Every tag of every word."""
    parameters = {"HEAD_DIM": head_dim, "H_BLOCK": h_block}
    run_bench("broadcast_tag", "verif.vector.broadcast_tag.tb_broadcast_tag", parameters)


@pytest.mark.parametrize(("head_dim", "h_block"), [(8, 16), (24, 16), (0, 8), (8, 0)])
def test_refused(head_dim: int, h_block: int) -> None:
    """The sentence names the parameter and its value."""
    says = re.escape(f"broadcast_tag: HEAD_DIM is {head_dim}, legal: a multiple of H_BLOCK ({h_block})")
    expect_refused("broadcast_tag", {"HEAD_DIM": head_dim, "H_BLOCK": h_block}, says)
