"""The burner: a quantised model to ROM images, an adapter to an SRAM image. SPEC chapter 1.

Images are big-endian byte strings, one ROM word after the other, as the bench loads them. A
manifest with the hash of every image goes with them; whoever loads images checks it first.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from golden import program
from golden.errors import RomaError
from golden.geometry import LINEARS, Geometry
from golden.quantise import QuantisedMatrix
from golden.weights import ModelWeights, PreparedAdapter

FORMAT = 1
ZERO_POINT_BITS = 12


def _pack_codes(codes: np.ndarray, width: int) -> np.ndarray:
    """Pack unsigned codes along the last axis, first code lowest; bytes little-endian."""
    per = 8 // width
    out = codes[..., ::per].astype(np.uint8)
    for i in range(1, per):
        out = out | codes[..., i::per] << np.uint8(width * i)
    return out


def _unit_view(x: np.ndarray, g: Geometry) -> np.ndarray:
    """Rows of a matrix by place: [N, K] -> [C, R, slots, K]."""
    c, r = g.chip.columns, g.chip.rows
    return x.reshape(c, -1, r, x.shape[1]).transpose(0, 2, 1, 3)


def row_blocks(g: Geometry, name: str) -> Iterator[slice]:
    """Slots of each row block of a linear: as many as the accumulators hold."""
    slots = g.slots(g.shape[name][0])
    for start in range(0, slots, g.chip.acc_depth):
        yield slice(start, min(start + g.chip.acc_depth, slots))


def rom_words(matrix: QuantisedMatrix, g: Geometry, name: str) -> np.ndarray:
    """ROM words of one linear: uint8 [C, R, words, bytes], most significant byte first."""
    c, b, w = g.chip.columns, g.chip.block, g.chip.weight_bits
    codes = _unit_view(matrix.codes, g)
    _, r, slots, _ = codes.shape
    chunks, passes = g.chunks(g.shape[name][1]), g.passes(name)
    codes = codes.reshape(c, r, slots, c, chunks, b).transpose(0, 1, 4, 2, 3, 5)
    codes = codes.reshape(c, r, chunks, slots, c * b)
    mask = np.uint8((1 << w) - 1)
    planes = [codes >> np.uint8((passes - 1 - p) * w) & mask for p in range(passes)]
    packed = _pack_codes(np.stack(planes, axis=4), w)[..., ::-1]
    blocks = [packed[:, :, :, rows] for rows in row_blocks(g, name)]
    return np.concatenate([x.reshape(c, r, -1, x.shape[-1]) for x in blocks], axis=2)


def scale_words(matrix: QuantisedMatrix, g: Geometry, name: str) -> np.ndarray:
    """Scale ROM words of one linear: uint8 [C, R, words, bytes], most significant byte first."""
    c = g.chip.columns
    groups = g.scale_groups(name)
    field = 16 + ZERO_POINT_BITS
    value = matrix.scale.view(np.uint16).astype(np.int64)
    value = _unit_view(value | matrix.zero_point.astype(np.int64) << 16, g)
    _, r, slots, _ = value.shape
    value = value.reshape(c, r, slots, c, groups).transpose(0, 1, 4, 2, 3)
    nbytes = -(-c * field // 8)
    bits = (value[..., None] >> np.arange(field) & 1).astype(np.uint8)
    bits = bits.reshape(*value.shape[:-1], c * field)
    pad = np.zeros((*bits.shape[:-1], nbytes * 8 - c * field), np.uint8)
    bits = np.concatenate([bits, pad], axis=-1)
    words = np.packbits(bits, axis=-1, bitorder="little")[..., ::-1]
    blocks = [words[:, :, :, rows] for rows in row_blocks(g, name)]
    return np.concatenate([x.reshape(c, r, -1, nbytes) for x in blocks], axis=2)


def embedding_words(matrix: QuantisedMatrix, g: Geometry) -> np.ndarray:
    """Embedding ROM words: uint8 [C, vocab * words, bytes], most significant byte first."""
    c, r, vocab = g.chip.columns, g.chip.rows, g.vocab
    words = g.words(g.hidden)
    codes = matrix.codes.reshape(vocab, c, words, r).transpose(1, 0, 2, 3)
    group = np.arange(words) * r // g.chip.group_size
    scale = matrix.scale.view(np.uint16).reshape(vocab, c, -1).transpose(1, 0, 2)[:, :, group]
    zero = matrix.zero_point.astype(np.uint32).reshape(vocab, c, -1).transpose(1, 0, 2)[:, :, group]
    head = scale.astype(np.uint32) | zero << 16  # 28 bits above the codes
    head_bytes = np.ascontiguousarray(head.astype(">u4")).view(np.uint8)
    head_bytes = head_bytes.reshape(c, vocab, words, 4)
    out = np.concatenate([head_bytes, codes[..., ::-1]], axis=-1)
    return out.reshape(c, vocab * words, r + 4)


def _fp32_words(x: np.ndarray) -> np.ndarray:
    """[..., lanes] float32 to words, lane 0 lowest, most significant byte first."""
    return np.ascontiguousarray(x[..., ::-1].astype(">f4")).view(np.uint8)


def norm_words(norms: np.ndarray, g: Geometry) -> np.ndarray:
    """Norm ROM words of [norms, hidden]: uint8 [C, norms * words, 4R]."""
    c, r = g.chip.columns, g.chip.rows
    x = norms.reshape(len(norms), c, -1, r).transpose(1, 0, 2, 3)
    return _fp32_words(x).reshape(c, -1, 4 * r)


def rope_words(weights: ModelWeights) -> np.ndarray:
    """RoPE ROM words: uint8 [context * head_dim / R, 4R]."""
    cos, sin = weights.rope_table()
    pairs = np.stack([cos, sin], axis=-1)  # cos in the low word of a pair
    return _fp32_words(pairs.reshape(-1, weights.geometry.chip.rows))


def brom_codes(words: np.ndarray, width_bits: int) -> np.ndarray:
    """B-ROM view of one ROM: code nibble per (address group, bit column).

    Parameters
    ----------
    words
        uint8 [depth, bytes], most significant byte first; the depth is padded with zero words.
    width_bits
        Bits of a word.

    Returns
    -------
    uint8 [ceil(depth / 4), width_bits], bit i of a nibble = the bit at address 4 * group + i.
    """
    depth = -(-len(words) // 4) * 4
    padded = np.zeros((depth, words.shape[1]), np.uint8)
    padded[: len(words)] = words
    bits = np.unpackbits(padded[:, ::-1], axis=1, bitorder="little")[:, :width_bits]
    bits = bits.reshape(depth // 4, 4, width_bits)
    return bits[:, 0] | bits[:, 1] << 1 | bits[:, 2] << 2 | bits[:, 3] << 3


def code_words(words: np.ndarray, width_bits: int) -> np.ndarray:
    """B-ROM view of one ROM as an image: a word of ``4 * width_bits`` bits per address group.

    Parameters
    ----------
    words, width_bits
        As in ``brom_codes``.

    Returns
    -------
    uint8 [ceil(depth / 4), ceil(width_bits / 2)], most significant byte first, bit column 0 in the
    lowest nibble: one group of the parameter CODES of ``hdl/rom/b_rom.sv`` after the other.
    """
    nibbles = brom_codes(words, width_bits + width_bits % 2)
    return _pack_codes(nibbles, 4)[:, ::-1]


def code_view(g: Geometry, files: dict[str, bytes]) -> dict[str, bytes]:
    """``codes_<c>_<r>.bin``, the B-ROM view of every ``rom_<c>_<r>.bin`` among ``files``."""
    width = g.chip.columns * g.chip.block * g.chip.weight_bits
    out = {}
    for name, data in files.items():
        if name.startswith("rom_"):
            words = np.frombuffer(data, np.uint8).reshape(-1, width // 8)
            out["codes" + name.removeprefix("rom")] = code_words(words, width).tobytes()
    return out


def images(weights: ModelWeights) -> dict[str, bytes]:
    """All ROM images of a model but the programme, word view, by file name."""
    g = weights.geometry
    order = [(layer, name) for layer in range(g.model.num_hidden_layers) for name in LINEARS]
    matrices = [(name, weights.layers[layer][name]) for layer, name in order]
    matrices.append(("lm_head", weights.lm_head))
    rom = np.concatenate([rom_words(m, g, name) for name, m in matrices], axis=2)
    scale = np.concatenate([scale_words(m, g, name) for name, m in matrices], axis=2)
    embed = embedding_words(weights.embedding, g)
    norm = norm_words(weights.norms, g)
    out = {"rope.bin": rope_words(weights).tobytes()}
    for c in range(g.chip.columns):
        out[f"embed_{c}.bin"] = embed[c].tobytes()
        out[f"norm_{c}.bin"] = norm[c].tobytes()
        for r in range(g.chip.rows):
            out[f"rom_{c}_{r}.bin"] = rom[c, r].tobytes()
            out[f"scale_{c}_{r}.bin"] = scale[c, r].tobytes()
    return out


def burn(weights: ModelWeights, folder: Path, *, codes: bool = True) -> int:
    """Write images, programme and manifest; returns the model id.

    Nothing is left behind when writing fails: the folder appears whole or not at all.

    Parameters
    ----------
    weights
        The quantised model on its geometry.
    folder
        Where the images go.
    codes
        Write the B-ROM code view beside the word view; off saves time and disk for large models.
    """
    g = weights.geometry
    files = images(weights)
    digest = hashlib.sha256(json.dumps(sizes(g), sort_keys=True).encode())
    for name in sorted(files):
        digest.update(files[name])
    model_id = int.from_bytes(digest.digest()[:4], "little")
    if codes:
        files |= code_view(g, files)
    files["program.bin"] = program.encode(program.build(g), model_id, g.model.vocab_size)
    manifest = {
        "format": FORMAT,
        "model_id": model_id,
        **sizes(g),
        "sha256": {n: hashlib.sha256(files[n]).hexdigest() for n in sorted(files)},
    }
    files["manifest.json"] = json.dumps(manifest, indent=1).encode()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        ready = Path(scratch) / "images"
        ready.mkdir()
        for name, data in files.items():
            (ready / name).write_bytes(data)
        if folder.exists():
            os.rename(folder, Path(scratch) / "old")
        os.rename(ready, folder)
    return model_id


def sizes(g: Geometry) -> dict[str, Any]:
    """Chip and model as the manifest holds them."""
    return {"chip": asdict(g.chip), "model": asdict(g.model)}


def load_manifest(folder: Path, g: Geometry) -> dict[str, Any]:
    """Manifest of burnt images after checking version, sizes and every hash; raises RomaError."""
    path = folder / "manifest.json"
    again = "burn the model again"
    try:
        manifest = json.loads(path.read_text())
    except (OSError, ValueError) as e:
        raise RomaError(f"{path}: no readable manifest ({e}), {again}") from e
    if manifest.get("format") != FORMAT:
        found = manifest.get("format")
        raise RomaError(f"{path}: format {found}, this burner reads {FORMAT}, {again}")
    for part, want in sizes(g).items():
        if manifest[part] != json.loads(json.dumps(want)):
            raise RomaError(f"{path}: burnt for another {part}, not for {want['name']}, {again}")
    for name, want in manifest["sha256"].items():
        file = folder / name
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != want:
            raise RomaError(f"{file}: missing or not what the manifest describes, {again}")
    return manifest


def adapter_image(adapter: PreparedAdapter, g: Geometry, model_id: int) -> bytes:
    """The image stream of an adapter, SPEC chapters 1 and 6: header beat, then every unit's words.

    Beats of h_block + 1 bytes, most significant first: exponent field, then mantissas.
    """
    c, r, hb = g.chip.columns, g.chip.rows, g.chip.h_block
    units = []
    for layer in range(g.model.num_hidden_layers):
        for name in LINEARS:
            (am, ae), (bm, be) = adapter.blocks[layer, name]
            a = _sram_words(am, ae, hb)  # [max_rank, K / HB, HB + 1]
            a = a.reshape(-1, r, c, a.shape[1] // c, hb + 1).transpose(2, 1, 0, 3, 4)
            b = _sram_words(bm, be, hb)
            b = b.reshape(c, -1, r, b.shape[1], hb + 1).transpose(0, 2, 1, 3, 4)
            units += [x.reshape(c, r, -1, hb + 1) for x in (a, b)]
    body = np.concatenate(units, axis=2)
    header = program.ADAPTER_MAGIC | model_id << 32 | body.shape[2] << 64
    return header.to_bytes(hb + 1, "big") + body.tobytes()


def _sram_words(m: np.ndarray, e: np.ndarray, hb: int) -> np.ndarray:
    """MXINT8 blocks [rows, n], [rows, n / HB] as SRAM words, most significant byte first."""
    rows, n = m.shape
    mantissas = m.reshape(rows, n // hb, hb).view(np.uint8)[..., ::-1]
    return np.concatenate([e.astype(np.uint8)[..., None], mantissas], axis=-1)
