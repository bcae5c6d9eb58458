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


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"H_BLOCK": 0}, "broadcast_tag: H_BLOCK is 0, legal: >= 1"),
        ({"H_BLOCK": 16}, "broadcast_tag: HEAD_DIM is 8, legal: a multiple of H_BLOCK (16)"),
        ({"HEAD_DIM": 24, "H_BLOCK": 16}, "broadcast_tag: HEAD_DIM is 24, legal: a multiple of H_BLOCK (16)"),
        ({"HEAD_DIM": 0}, "broadcast_tag: HEAD_DIM is 0, legal: a multiple of H_BLOCK (8)"),
    ],
)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("broadcast_tag", parameters, re.escape(says))
