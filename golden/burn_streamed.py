"""The burner for models that do not fit the memory: images grow on disk, matrix by matrix.

The images and the manifest are those of ``golden.burn``, without the B-ROM code view.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from golden import burn, program
from golden.geometry import LINEARS, Geometry
from golden.quantise import QuantisedMatrix
from golden.weights import ModelWeights


def burn_streamed(
    weights: ModelWeights, folder: Path, progress: Callable[[float], None] = lambda share: None
) -> int:
    """Write images, programme and manifest; returns the model id.

    Parameters
    ----------
    weights
        Streamed or not.
    folder
        Where the images go; it appears whole or not at all.
    progress
        Called with the share that is done.
    """
    g = weights.geometry
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        images = _Images(Path(scratch) / "images")
        _matrices(weights, images, progress)
        for c, words in enumerate(burn.embedding_words(weights.embedding, g)):
            images.add(f"embed_{c}.bin", words)
        for c, words in enumerate(burn.norm_words(weights.norms, g)):
            images.add(f"norm_{c}.bin", words)
        images.add("rope.bin", burn.rope_words(weights))
        digest = hashlib.sha256(json.dumps([burn.sizes(g), images.sums()], sort_keys=True).encode())
        model_id = int.from_bytes(digest.digest()[:4], "little")
        words = program.encode(program.build(g), model_id, g.model.vocab_size)
        images.add("program.bin", np.frombuffer(words, np.uint8))
        manifest = {"format": burn.FORMAT, "model_id": model_id, **burn.sizes(g), "sha256": images.sums()}
        (images.folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
        if folder.exists():
            os.rename(folder, Path(scratch) / "old")
        os.rename(images.folder, folder)
    progress(1.0)
    return model_id


class _Images:
    """Files that grow, and their hashes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._hashes: dict[str, hashlib._Hash] = {}

    def add(self, name: str, words: np.ndarray) -> None:
        """Append words to an image."""
        data = np.ascontiguousarray(words).data
        self._hashes.setdefault(name, hashlib.sha256()).update(data)
        with (self.folder / name).open("ab") as file:
            file.write(data)

    def sums(self) -> dict[str, str]:
        """SHA-256 of every image so far."""
        return {name: self._hashes[name].hexdigest() for name in sorted(self._hashes)}


def _matrices(weights: ModelWeights, images: _Images, progress: Callable[[float], None]) -> None:
    """Code and scale ROMs of all units: layers in order, then the head."""
    g = weights.geometry
    layers = g.model.num_hidden_layers
    order = [(weights.layers[layer][name], name) for layer in range(layers) for name in LINEARS]
    order.append((weights.lm_head, "lm_head"))
    whole = sum(matrix.shape[0] * matrix.shape[1] for matrix, _ in order)
    done = 0
    for matrix, name in order:
        for block in _blocks(matrix, g, name):
            rom, scale = burn.rom_words(block, g, name), burn.scale_words(block, g, name)
            for c in range(g.chip.columns):
                for r in range(g.chip.rows):
                    images.add(f"rom_{c}_{r}.bin", rom[c, r])
                    images.add(f"scale_{c}_{r}.bin", scale[c, r])
            done += block.shape[0] * block.shape[1]
            progress(done / whole)


def _blocks(matrix: QuantisedMatrix, g: Geometry, name: str) -> Iterator[QuantisedMatrix]:
    """The rows of each row block as a matrix of their own, still dealt to all units."""
    n, k = matrix.shape
    at_once = matrix.rows(0, n)
    parts = [x.reshape(g.chip.columns, -1, g.chip.rows, x.shape[1]) for x in (at_once.codes, at_once.scale)]
    parts.append(at_once.zero_point.reshape(parts[1].shape))
    for slots in burn.row_blocks(g, name):
        codes, scale, zero = (x[:, slots].reshape(-1, x.shape[-1]) for x in parts)
        yield QuantisedMatrix(codes, scale, zero, matrix.bits, matrix.group_size, matrix.frac_bits)
