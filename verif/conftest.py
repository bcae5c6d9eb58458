"""Every bench sees the right Verilator; a run says with which seed it was made."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from golden.errors import RomaError
from verif.lib.identity import base_seed
from verif.lib.tools import verilator_environment


def pytest_configure(config: pytest.Config) -> None:
    """Put the tools on the path; a missing tool is an error, never a skip."""
    try:
        os.environ.update(verilator_environment())
        base_seed()
    except RomaError as e:
        raise pytest.UsageError(str(e)) from e


def pytest_report_header() -> str:
    """Base seed of the run."""
    return f"base seed {base_seed()} (SEED=)"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure says which line repeats it, with its seed and with waves."""
    report = yield
    if report.failed:
        report.sections.append(("repeat", f"make rerun ID='{item.nodeid}@{base_seed()}'"))
    return report
