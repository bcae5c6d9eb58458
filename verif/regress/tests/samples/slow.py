"""Stands for simulations: tests that take their time, and one that only some seeds break."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from verif.lib.identity import base_seed, identity, run_folder


def log_start() -> None:
    """Note who starts, in the file that the outer test reads."""
    with Path(os.environ["SAMPLE_LOG"]).open("a") as out:
        out.write(f"{identity()}@{base_seed()}\n")


@pytest.mark.parametrize("n", range(4))
def test_slow(n: int) -> None:
    """A simulation of some length."""
    log_start()
    (run_folder(identity()) / "sim.log").write_text("done")
    time.sleep(0.8)


def test_fixed() -> None:
    """Nothing is simulated."""
    log_start()


def test_some_seeds_break() -> None:
    """One seed in many."""
    log_start()
    run_folder(identity())
    assert base_seed() != 41, "seed 41 <breaks> it"
