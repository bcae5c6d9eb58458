"""Bytes and cycles that architects read agree with what is burnt and scheduled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from golden import program
from golden.burn import images
from golden.errors import RomaError
from golden.geometry import Geometry, preset
from golden.host import HostTiming
from golden.library import load_model
from golden.sizing import Speed, memory, room


@pytest.mark.parametrize("name", ["tiny", "tiny-2bit", "tiny-wide"])
def test_memory_is_what_is_burnt(name):
    """ROM images have these bytes, and the SRAM the words of the map."""
    loaded = load_model(name)
    g = loaded.geometry
    size = {}
    for file, data in images(loaded.weights).items():
        kind = file.split("_")[0]
        size[kind] = size.get(kind, 0) + len(data)
    m = memory(g)
    assert size["rom"] == m.weights
    groups = m.scales / 3.5
    assert groups * 3.5 <= size["scale"] <= groups * 4  # a word is filled up to whole bytes
    assert size["embed"] >= m.embedding  # one scale a word of rows lanes, where the group is longer
    assert m.sram == g.sram_words * g.chip.units * (g.chip.h_block + 1)


def test_cycles():
    """A longer context costs more; more tokens in flight cost less a token, down to the L-Units' work."""
    g = preset("tiny")
    speed = Speed(g)
    assert speed.decode(0, lora=False) < speed.decode(0) < speed.decode(255)
    assert speed.first_token(1) == speed.decode(0) - HostTiming.resume
    chips = [Geometry(replace(g.chip, tokens=n), g.model) for n in (1, 2, 3, 4)]
    assert speed.text(5, 1) == speed.first_token(5)
    assert speed.text(5, 3) == speed.first_token(5) + speed.decode(5) + speed.decode(6)
    prompts = [Speed(c).first_token(20) for c in chips]
    assert prompts == sorted(prompts, reverse=True) and prompts[3] < 0.7 * prompts[0]
    many = [Speed(c).decode_many(100) for c in chips]
    assert many[0] == speed.decode(100) and many == sorted(many, reverse=True)
    work = sum(i.steps for i in program.build(g) if i.engine == program.L)
    assert many[3] >= work


def test_room():
    """What is said to fit does, and not one group of positions more."""
    g = preset("roma-3b")
    for rank in (16, 32):
        positions = room(g, 288e6, 2, rank)

        def bytes_of(context: int, rank: int = rank) -> float:
            chip = replace(g.chip, max_rank=rank, adapter_slots=2, context=context)
            return memory(Geometry(chip, g.model)).sram

        assert bytes_of(positions) <= 288e6 < bytes_of(positions + g.kv_group)
    assert room(g, 1e6, 2, 16) == 0


def test_refusals():
    """Beyond the context."""
    speed = Speed(preset("tiny"))
    with pytest.raises(RomaError, match="256 cached positions do not fit the context of 256"):
        speed.decode(256)
    with pytest.raises(RomaError, match="a prompt of 257 does not fit the context of 256"):
        speed.first_token(257)
