"""A small RTL tree with its faults, and a campaign on it that simulates nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from verif.mutants import campaign as module
from verif.mutants.benches import Verdict
from verif.mutants.campaign import Campaign
from verif.mutants.sample import Faults, all_faults
from verif.mutants.tests.tiny import BENCH, PAIR, TEST, TINY


@pytest.fixture
def hdl(tmp_path: Path) -> Path:
    """``hdl/`` with the modules tiny and pair, and a bench beside it."""
    folder = tmp_path / "hdl"
    for name, text in {"common/pair.sv": PAIR, "fp/tiny.sv": TINY}.items():
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(text)
    (folder / "files.f").write_text("hdl/common/pair.sv\nhdl/fp/tiny.sv\n")
    (folder / "lint").mkdir()
    (folder / "lint/verilator.vlt").write_text("`verilator_config\n")
    bench = tmp_path / "bench"
    bench.mkdir()
    (bench / "test_tiny.py").write_text(TEST)
    (bench / "tb_tiny.py").write_text(BENCH)
    return folder


@pytest.fixture
def faults(hdl: Path) -> Faults:
    """Its faults."""
    return all_faults(hdl)


class Fake:
    """Stands for pytest: kills the faults whose number ``kills`` accepts."""

    def __init__(self, kills: Callable[[int], bool]) -> None:
        self.kills = kills
        self.asked: list[int] = []

    def __call__(self, benches, hdl, home, runs, fault=0, limit_s=0.0) -> Verdict:
        """One run."""
        self.asked.append(fault)
        return Verdict(fault == 0 or not self.kills(fault), 0.1, "a test", "")


@pytest.fixture
def start(hdl: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Campaign]:
    """Makes campaigns that go on where the last one ended."""

    def campaign(fake: Fake) -> Campaign:
        monkeypatch.setattr(module, "_digests", {})
        home, unit, chip = hdl.parent / "home", (str(hdl.parent / "bench"),), (str(hdl),)
        (hdl / "chip.py").touch()
        return Campaign(hdl, all_faults(hdl), 2, home, lambda _: None, lambda _: unit, chip, fake)

    return campaign
