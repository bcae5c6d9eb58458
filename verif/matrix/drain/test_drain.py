"""Runs the bench of drain."""

from __future__ import annotations

from verif.lib.build import run_bench


def test_drain() -> None:
    """With and without LoRA; values and cycles."""
    run_bench("drain", "verif.matrix.drain.tb_drain")
