"""sequencer: real programmes and random ones, with engines that answer at random."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from golden import program as p
from golden.tests.sizes import GEOMETRIES
from verif.lib.build import expect_refused, run_bench
from verif.lib.identity import base_seed

HERE = Path(__file__).parent
WORDS = 512  # of the ROM; a shorter programme ends in it
MODEL_ID, VOCAB_SIZE = 0xABCD1234, 12345


def random_program(r: np.random.Generator, length: int) -> list[p.Instr]:
    """Any engine, any waits, any conditions; END at the end."""
    out = []
    for k in range(length - 1):
        engine = int(r.integers(3))
        wait = int(r.integers(16)) if r.random() < 0.7 else 0
        conditions = {"if_lora": int(r.random() < 0.2), "if_head": int(r.random() < 0.2)}
        out.append(p.Instr(engine, 0, wait, "", k, addr0=k, n0=int(r.integers(4096)), **conditions))
    return [*out, p.Instr(p.END, 0, 0b1111, "", -1)]


def play(program: list[p.Instr], group_units: int, folder: Path) -> None:
    """Run the bench on a programme."""
    image = p.encode(program, MODEL_ID, VOCAB_SIZE)
    image += bytes(WORDS * p.WORD_BYTES - len(image))
    rom, listing = folder / "program.bin", folder / "program.json"
    rom.write_bytes(image)
    listing.write_text(json.dumps([asdict(i) for i in program]))
    run_bench(
        "sequencer",
        "verif.control.sequencer.tb_sequencer",
        {"PROGRAM_WORDS": WORDS, "GROUP_UNITS": group_units},
        extra_sources=[HERE / "program_image.sv"],
        env={"PROGRAM": str(listing), "HEADER": image[: p.WORD_BYTES].hex()},
        plusargs=[f"+program={rom}"],
    )


@pytest.mark.parametrize("name", ["tiny", "tiny-wide", "odd", "shared"])
def test_programme(name: str, tmp_path: Path) -> None:
    """The programmes that the burner writes."""
    g = GEOMETRIES[name]
    play(p.build(g), g.kv_group, tmp_path)


@pytest.mark.parametrize(("length", "group_units"), [(1, 1), (2, 2), (40, 3), (511, 4096)])
def test_random(length: int, group_units: int, tmp_path: Path) -> None:
    """Programmes that no burner writes."""
    r = np.random.default_rng([base_seed(), length])
    play(random_program(r, length), group_units, tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "legal"),
    [("PROGRAM_WORDS", 1, ">= 2"), ("GROUP_UNITS", 0, "1 to 4096"), ("GROUP_UNITS", 4097, "1 to 4096")],
)
def test_refused(name: str, value: int, legal: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("sequencer", {name: value}, f"sequencer: {name} is {value}, legal: {legal}")
