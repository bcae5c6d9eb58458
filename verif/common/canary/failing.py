"""A test that fails, outside the regression: ``test_canary.py`` runs it."""

from __future__ import annotations

from verif.common.canary.test_canary import canary


def test_trips() -> None:
    """Violates the assertion."""
    canary("trips")
