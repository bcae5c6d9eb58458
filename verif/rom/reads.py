"""What every ROM must do: each word at its address one cycle later, held until the next read."""

from __future__ import annotations

from typing import Any

import numpy as np

from golden.matrix_unit import ROM_CYCLES
from verif.matrix.cycle_bench import CycleBench, Port


def load_image(path: str, width: int) -> list[int]:
    """Words of an image file as the burner writes it."""
    data, step = open(path, "rb").read(), -(-width // 8)
    return [int.from_bytes(data[i : i + step]) for i in range(0, len(data), step)]


def random_image(rng: np.random.Generator, width: int, depth: int) -> np.ndarray:
    """Random words as uint8 [depth, bytes], most significant byte first, spare bits 0."""
    words = rng.integers(0, 256, (depth, -(-width // 8)), np.uint8)
    words[:, 0] &= np.uint8(0xFF >> (-width % 8))
    return words


class Reads(CycleBench):
    """The output is compared in planned cycles."""

    payloads = {"en_i": ("addr_i",)}

    def __init__(self, dut: Any, rng: np.random.Generator) -> None:
        self.ports = {"word": Port("", (), "data_o", len(dut.data_o))}
        super().__init__(dut, rng)


async def read_all(dut: Any, words: list[int], rng: np.random.Generator) -> int:
    """Read every address in order and many at random, with gaps; returns what was compared."""
    b = Reads(dut, rng)
    await b.start()
    order = [*range(len(words)), *rng.integers(0, len(words), 4 * len(words) + 32).tolist()]
    held = None
    for i, addr in enumerate(order):
        if i >= len(words):
            for _ in range(int(rng.integers(0, 3))):  # no read: the word stays
                if held is not None:
                    b.expect("word", b.t + ROM_CYCLES, (), (held,))
                b.t += 1
        held = words[addr]
        b.put(b.t, en_i=1, addr_i=addr)
        b.expect("word", b.t + ROM_CYCLES, (), (held,))
        b.t += 1
    await b.run()
    assert b.compared >= len(order)
    return b.compared
