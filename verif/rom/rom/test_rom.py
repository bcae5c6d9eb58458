"""Runs the bench of rom over its sizes; illegal ones are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from verif.lib.build import expect_refused, run_bench
from verif.rom.reads import random_image

HERE = Path(__file__).parent


@pytest.mark.parametrize(("width", "depth"), [(8, 4), (1, 1), (28, 7), (100, 300)])
def test_every_word(width: int, depth: int, tmp_path: Path) -> None:
    """Each word at its address, one cycle later, for widths that fill whole bytes or not."""
    image = tmp_path / "rom.bin"
    image.write_bytes(random_image(np.random.default_rng([width, depth]), width, depth).tobytes())
    run_bench(
        "rom",
        "verif.rom.rom.tb_rom",
        {"WIDTH": width, "DEPTH": depth},
        extra_sources=[HERE / "rom_image.sv"],
        env={"ROM_IMAGE": str(image), "ROM_WIDTH": str(width)},
        plusargs=[f"+rom={image}"],
    )


@pytest.mark.parametrize("name", ["WIDTH", "DEPTH"])
def test_refused(name: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("rom", {name: 0}, f"rom: {name} is 0, legal: >= 1")
