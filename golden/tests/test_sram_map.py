"""The SRAM map: whole, without gaps, the RTL's; what does not fit is refused with the numbers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from golden.errors import RomaError
from golden.geometry import preset
from golden.library import load_loras, load_model
from golden.sram_map import need_room, sram_map, table
from golden.tests.draw import draw_geometry

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("draw", range(20))
def test_whole(draw):
    """Regions follow one another from word 0 to the end, at the addresses that the RTL is given."""
    g = draw_geometry(np.random.default_rng(draw))
    regions = sram_map(g)
    ends = [0, *(r.first + r.words for r in regions)]
    assert ends[:-1] == [r.first for r in regions]
    p = g.parameters
    assert ends[-1] == p["SRAM_WORDS"]
    assert regions[p["ADAPTER_SLOTS"]].first == p["ADAPTER_SLOTS"] * p["ADAPTER_WORDS"]


def test_need_room():
    """As many adapters as slots; one more is refused before any is read."""
    model = load_model("tiny")
    need_room(model.geometry, ["one", "two"])
    with pytest.raises(RomaError, match=r"3 adapters \(one, two, three\).*2 slots.*1856 for adapters"):
        load_loras(["one", "two", "three"], model)
    assert len({id(a) for a in load_loras(["shout", "kjv"], model)}) == 2


def test_table():
    """Every region on a line, the sum in the last but one."""
    g = preset("tiny")
    lines = table(g).splitlines()
    assert len(lines) == 2 + len(sram_map(g)) + 2
    assert lines[-2].split() == [
        "in",
        "all",
        "0",
        *map(str, (g.sram_words, g.sram_words * 33, g.sram_words * 264)),
    ]


@pytest.mark.parametrize(("arguments", "code"), [(["tiny"], 0), (["nothing"], 2), ([], 2)])
def test_command(arguments, code):
    """The command prints the map, or one sentence."""
    command = [sys.executable, "-m", "golden.sram_map", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert ("adapter slot 1" in done.stdout) == (code == 0)
    assert len(done.stderr.splitlines()) == (code != 0)
