"""Runs the bench of b_rom: both views hold the same words at every address."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from golden.burn import brom_codes, burn
from golden.library import load_model
from verif.lib.build import expect_refused, run_bench
from verif.lib.packing import pack
from verif.rom.reads import random_image

HERE = Path(__file__).parent
SIZES = [(8, 4), (1, 1), (5, 3), (28, 7), (64, 33)]


def parameter(codes: np.ndarray) -> str:
    """The CODES parameter of code nibbles [groups, width]."""
    return f"{codes.size * 4}'h{pack(codes, 4):x}"


@pytest.mark.parametrize("view", ["structural", "behavioural", "loaded"])
@pytest.mark.parametrize(("width", "depth"), SIZES)
def test_every_word(width: int, depth: int, view: str, tmp_path: Path) -> None:
    """Candidate lines and codes, a word array set from the codes, a word array that was loaded."""
    words = random_image(np.random.default_rng([width, depth]), width, depth)
    image = tmp_path / "rom.bin"
    image.write_bytes(words.tobytes())
    parameters: dict[str, int | str] = {"WIDTH": width, "DEPTH": depth}
    if view != "loaded":
        parameters |= {"CODES": parameter(brom_codes(words, width))}
        parameters |= {"STRUCTURAL" if view == "structural" else "INIT": 1}
    run_bench(
        "b_rom",
        "verif.rom.b_rom.tb_b_rom",
        parameters,
        extra_sources=[HERE / "b_rom_image.sv"],
        env={"ROM_IMAGE": str(image), "ROM_WIDTH": str(width)},
        plusargs=[f"+rom={image}"] if view == "loaded" else [],
    )


def test_burnt_unit(tmp_path: Path) -> None:
    """The start of a real unit's ROM: codes as the burner writes them, words as it writes those."""
    model = load_model("tiny")
    g = model.geometry
    width, depth = g.chip.columns * g.chip.block * g.chip.weight_bits, 64
    burn(model.weights, tmp_path / "images")
    image = tmp_path / "rom.bin"
    image.write_bytes((tmp_path / "images/rom_1_2.bin").read_bytes()[: depth * width // 8])
    groups = np.frombuffer((tmp_path / "images/codes_1_2.bin").read_bytes(), np.uint8)
    groups = groups.reshape(-1, width // 2)[: depth // 4]
    codes = f"{width * depth}'h{groups[::-1].tobytes().hex()}"
    run_bench(
        "b_rom",
        "verif.rom.b_rom.tb_b_rom",
        {"WIDTH": width, "DEPTH": depth, "STRUCTURAL": 1, "CODES": codes},
        extra_sources=[HERE / "b_rom_image.sv"],
        env={"ROM_IMAGE": str(image), "ROM_WIDTH": str(width)},
    )


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"WIDTH": 0}, "b_rom: WIDTH is 0, legal: >= 1"),
        ({"DEPTH": 0}, "b_rom: DEPTH is 0, legal: >= 1"),
        ({"STRUCTURAL": 1, "INIT": 0}, "b_rom: INIT is 0, legal: 1 in the structural view"),
    ],
)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("b_rom", parameters, says)
