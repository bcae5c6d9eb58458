"""cocotb test of b_rom: every word at its address."""

from __future__ import annotations

import os
from typing import Any

import cocotb
import numpy as np

from verif.rom.reads import load_image, read_all


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def every_word(dut: Any) -> None:
    """All addresses in order, then at random, with gaps."""
    words = load_image(os.environ["ROM_IMAGE"], int(os.environ["ROM_WIDTH"]))
    rng = np.random.default_rng([int(os.environ.get("RANDOM_SEED", "1")), 1])
    compared = await read_all(dut, words, rng)
    cocotb.log.info("%d words compared", compared)
