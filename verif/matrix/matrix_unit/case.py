"""What a matrix unit holds in these benches: random matrices and their place in the ROMs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from golden.burn import rom_words, scale_words
from golden.config import CHIPS, MODELS
from golden.geometry import Geometry
from golden.quantise import QuantisedMatrix

# Geometry and the linears that the ROMs of its bench hold.
GEOMETRIES = {
    "tiny": (
        replace(CHIPS["tiny"], acc_depth=48),
        "tiny",
        ("k_proj", "v_proj", "down_proj", "lm_head"),
    ),
    "tiny-2bit": (CHIPS["tiny-2bit"], "tiny", ("k_proj", "v_proj", "down_proj", "lm_head")),
    "tiny-wide": (CHIPS["tiny-wide"], "tiny", ("k_proj", "v_proj", "down_proj", "lm_head")),
    "tiny-group-64": (
        replace(CHIPS["tiny"], group_size=64, frac_bits=0, tokens=3),
        "tiny",
        ("k_proj", "v_proj"),
    ),
    "smollm2": (CHIPS["smollm2"], "smollm2", ("k_proj", "v_proj", "down_proj")),
}
SRAM_WORDS = 1024
KV_BASE = 512
_NOT_OF_THE_UNIT = (
    "GROUP_BLOCKS HOPS VMEM_WORDS ATT_BASE T_BASE EMBED_WORDS NORM_WORDS ROPE_WORDS Q_WORDS "
    "K_WORDS HIDDEN_WORDS VOCAB_ROWS MAX_RANK ADAPTER_SLOTS ADAPTER_WORDS STOP_TOKENS CONTEXT "
    "SEQUENCES SEQUENCE_WORDS "
    "INV_HIDDEN RMS_EPS"
).split()


@dataclass(frozen=True)
class Case:
    """A unit in a random place of a geometry, with random ROM content."""

    name: str
    seed: int

    @cached_property
    def geometry(self) -> Geometry:
        """Sizes."""
        chip, model, _ = GEOMETRIES[self.name]
        return Geometry(chip, MODELS[model])

    @cached_property
    def place(self) -> tuple[int, int]:
        """Column and row."""
        rng = np.random.default_rng([self.seed, 1])
        return int(rng.integers(self.geometry.chip.columns)), int(rng.integers(self.geometry.chip.rows))

    @cached_property
    def matrices(self) -> dict[str, QuantisedMatrix]:
        """Random codes, zero-points and scales of either sign; some groups are padding."""
        rng, chip, out = np.random.default_rng([self.seed, 2]), self.geometry.chip, {}
        for linear in GEOMETRIES[self.name][2]:
            n, k = self.geometry.shape[linear]
            bits, groups = self.geometry.bits(linear), k // chip.group_size
            codes = rng.integers(0, 1 << bits, (n, groups, chip.group_size), np.uint8)
            zero = rng.integers(0, ((1 << bits) - 1 << chip.frac_bits) + 1, (n, groups)).astype(np.uint16)
            scale = rng.normal(0, 0.02, (n, groups)).astype(np.float16)
            codes[rng.random((n, groups)) < 0.1] = (1 << bits) - 1
            padding = rng.random((n, groups)) < 0.05
            codes[padding], zero[padding], scale[padding] = 0, 0, 0
            codes = codes.reshape(n, k)
            out[linear] = QuantisedMatrix(codes, scale, zero, bits, chip.group_size, chip.frac_bits)
        return out

    def base(self, linear: str) -> tuple[int, int]:
        """First word of a linear in the ROM and in the scale ROM."""
        g, rom, scale = self.geometry, 0, 0
        for name in GEOMETRIES[self.name][2]:
            if name == linear:
                break
            n, k = g.shape[name]
            rom += g.slots(n) * g.chunks(k) * g.passes(name)
            scale += g.slots(n) * g.scale_groups(name)
        return rom, scale

    def row_blocks(self, linear: str) -> Iterator[tuple[int, int, int, int]]:
        """First slot, slots, ROM base and scale base of every row block."""
        g = self.geometry
        rom, scale = self.base(linear)
        slots = g.slots(g.shape[linear][0])
        for first in range(0, slots, g.chip.acc_depth):
            n = min(g.chip.acc_depth, slots - first)
            yield first, n, rom, scale
            rom += n * g.chunks(g.shape[linear][1]) * g.passes(linear)
            scale += n * g.scale_groups(linear)

    @cached_property
    def images(self) -> tuple[np.ndarray, np.ndarray]:
        """ROM and scale ROM of this unit: uint8 [words, bytes]."""
        c, r = self.place
        parts = [
            (f(m, self.geometry, n)[c, r]) for f in (rom_words, scale_words) for n, m in self.matrices.items()
        ]
        half = len(parts) // 2
        return np.concatenate(parts[:half]), np.concatenate(parts[half:])

    def write_images(self, folder: Path) -> list[str]:
        """Write both images; returns the plusargs that name them."""
        out = []
        for name, image in zip(("rom", "scale"), self.images, strict=True):
            (folder / f"{name}.bin").write_bytes(image.tobytes())
            out.append(f"+{name}={folder / name}.bin")
        return out

    @cached_property
    def parameters(self) -> dict[str, int]:
        """Parameters of the unit, memories as deep as the bench needs."""
        sizes = {k: v for k, v in self.geometry.parameters.items() if k not in _NOT_OF_THE_UNIT}
        rom, scale = self.images
        return sizes | {"ROM_WORDS": len(rom), "SCALE_WORDS": len(scale), "SRAM_WORDS": SRAM_WORDS}
