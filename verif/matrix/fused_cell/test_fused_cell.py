"""Runs the bench of fused_cell at 2, 4 and 8 bits, both views; illegal parameters are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from golden.burn import brom_codes
from verif.lib.build import expect_refused, run_bench
from verif.lib.packing import pack

IMAGE = Path(__file__).parent / "fused_cell_image.sv"
NAMES = ("COLUMNS", "BLOCK", "WEIGHT_BITS", "WORD_BITS", "ROM_WORDS")
STRUCTURAL = [(1, 16, 4, 64, 9), (1, 32, 2, 64, 9), (1, 8, 8, 64, 7), (1, 8, 2, 16, 8)]
LOADED = [
    (2, 32, 4, 64, 64),
    (2, 32, 2, 64, 64),
    (4, 16, 4, 32, 40),
    (3, 32, 8, 64, 16),
    (6, 32, 4, 64, 32),
    (2, 64, 2, 128, 16),
]


def run(values: tuple[int, ...], structural: bool, tmp_path: Path) -> None:
    """One run with random words, among them all ones and all zeros."""
    columns, block, bits, _, depth = values
    rng = np.random.default_rng(values)
    words = rng.integers(0, 256, (depth, columns * block * bits // 8), np.uint8)
    words[0], words[-1] = 255, 0
    image = tmp_path / "rom.bin"
    image.write_bytes(words.tobytes())
    parameters: dict[str, int | str] = dict(zip(NAMES, values, strict=True))
    if structural:
        codes = brom_codes(words, columns * block * bits)
        parameters |= {"STRUCTURAL": 1, "CODES": f"{codes.size * 4}'h{pack(codes, 4):x}"}
    run_bench(
        "fused_cell",
        "verif.matrix.fused_cell.tb_fused_cell",
        parameters,
        extra_sources=[IMAGE],
        env={"ROM_IMAGE": str(image)},
        plusargs=[] if structural else [f"+rom={image}"],
    )


@pytest.mark.parametrize("values", STRUCTURAL)
def test_structural(values: tuple[int, ...], tmp_path: Path) -> None:
    """One L-Unit with its content in candidate lines and codes."""
    run(values, True, tmp_path)


@pytest.mark.parametrize("values", LOADED)
def test_loaded(values: tuple[int, ...], tmp_path: Path) -> None:
    """Arrays of L-Units with loaded word arrays."""
    run(values, False, tmp_path)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"WEIGHT_BITS": 3, "WORD_BITS": 48}, "fused_cell: WEIGHT_BITS is 3, legal: 2, 4 or 8"),
        ({"WORD_BITS": 8}, "fused_cell: WORD_BITS is 8, legal: 16, 32, 64 or 128"),
        ({"BLOCK": 24}, "fused_cell: BLOCK is 24, legal: a multiple of the 16 lanes, 8 to 256"),
        ({"BLOCK": 512}, "fused_cell: BLOCK is 512, legal: a multiple of the 16 lanes, 8 to 256"),
        ({"COLUMNS": 65}, "fused_cell: COLUMNS is 65, legal: 1 to 64"),
        ({"ROM_WORDS": 0}, "fused_cell: ROM_WORDS is 0, legal: >= 1"),
    ],
)
def test_refused(parameters: dict[str, int], says: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("fused_cell", parameters, says)
