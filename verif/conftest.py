"""Every bench sees the right Verilator; a run says with which seed it was made."""

from __future__ import annotations

import os

import pytest

from verif.lib.identity import base_seed
from verif.lib.tools import verilator_environment


def pytest_configure(config: pytest.Config) -> None:
    """Put the tools on the path; a missing tool is an error, never a skip."""
    os.environ.update(verilator_environment())


def pytest_report_header() -> str:
    """Base seed of the run."""
    return f"base seed {base_seed()} (SEED=)"
