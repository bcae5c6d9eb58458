"""The way of ``make fullscale`` on a small chip: shared C++, streamed weights, every beat compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from golden.config import CHIPS, MODELS
from golden.errors import RomaError
from golden.geometry import Geometry, preset
from verif.fullscale import run
from verif.lib import chip as chip_lib
from verif.lib.checker import Mismatch


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Geometry:
    """Two layers of tiny, built as the large chips are."""
    monkeypatch.setattr(chip_lib, "SHARED_FROM", 1)
    monkeypatch.setattr(run, "IMAGES", tmp_path / "images")
    monkeypatch.setattr(run, "RUNS", tmp_path / "runs")
    return Geometry(CHIPS["tiny"], replace(MODELS["tiny"], num_hidden_layers=2, vocab_size=64))


def quiet(name: str) -> run.Tell:
    """No progress."""
    return lambda share: None


def test_small_chip(small: Geometry) -> None:
    """A prompt for both contexts and two tokens, every beat of every probe equal, figures as promised."""
    figures = run.run(small, 2, 3, quiet)
    assert figures["mismatches"] == 0 and figures["tokens"] == 3 and len(figures["generated"]) == 2
    per_probe = figures["beats_per_probe"]
    assert figures["beats"] == sum(per_probe.values()) and per_probe["acc"] > 100
    promised = {"preset", "cycles", "beats", "mismatches", "build_s", "run_s", "cycles_per_s"}
    assert promised | {"peak_memory_bytes"} <= figures.keys()
    assert figures["cycles"] > 1000 and figures["peak_memory_bytes"] > 1 << 20


def test_sees_a_wrong_bit(small: Geometry, monkeypatch: pytest.MonkeyPatch) -> None:
    """One bit of a ROM image is enough."""
    burn = run.burn_streamed

    def spoilt(*arguments: object) -> int:
        model_id = burn(*arguments)
        rom = arguments[1] / "rom_1_2.bin"
        data = bytearray(rom.read_bytes())
        data[7] ^= 1
        rom.write_bytes(data)
        return model_id

    monkeypatch.setattr(run, "burn_streamed", spoilt)
    with pytest.raises(Mismatch, match="GEMV accumulator"):
        run.run(small, 1, 3, quiet)


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"CHIP": "roma-9b"}, "CHIP is 'roma-9b', legal: tiny, .*roma-3b, roma-8b$"),
        ({"LAYERS": "0"}, "LAYERS is '0', legal: 1 to 28$"),
        ({"CHIP": "roma-8b", "LAYERS": "33"}, "LAYERS is '33', legal: 1 to 32$"),
        ({"TOKENS": "two"}, "TOKENS is 'two', legal: 1 to 4096$"),
    ],
)
def test_refused(env: dict[str, str], sentence: str) -> None:
    """One sentence with the legal values."""
    with pytest.raises(RomaError, match=sentence):
        run.read_request(env)


def test_request() -> None:
    """Layers make a model of their own name; the rest is the preset."""
    g, tokens = run.read_request({"CHIP": "roma-8b", "LAYERS": "2", "TOKENS": "3"})
    assert (g.chip.name, g.model.num_hidden_layers, g.model.vocab_size, tokens) == ("roma-8b", 2, 128256, 3)
    assert run.read_request({}) == (preset("roma-3b"), 1)


def test_no_room(small: Geometry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the machine does not hold is refused before anything is made."""
    monkeypatch.setattr(run, "free_memory", lambda: 10**9)
    with pytest.raises(RomaError, match=r"needs .* GB of memory and 1\.0 GB are free: give fewer LAYERS$"):
        run.run(small, 1, 3, quiet)
    monkeypatch.setattr(run, "free_memory", lambda: 10**12)
    monkeypatch.setattr(run.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 10**6}))
    with pytest.raises(RomaError, match=r"needs .* GB of disk in .* and 0\.0 GB are free"):
        run.run(small, 1, 3, quiet)
    assert not list(tmp_path.iterdir())
