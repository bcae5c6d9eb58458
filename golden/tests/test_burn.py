"""Images: every weight, scale and constant is found where SPEC chapter 1 puts it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from golden import burn, program
from golden.errors import RomaError
from golden.geometry import LINEARS, preset
from golden.library import load_lora, load_model


@pytest.fixture(scope="module", params=["tiny", "tiny-2bit", "tiny-wide"])
def model(request):
    """A real model on each of its chips."""
    return load_model(request.param)


def word(data: np.ndarray) -> int:
    """A big-endian word."""
    return int.from_bytes(data.tobytes(), "big")


def test_rom_and_scale_words(model):
    """Random weights looked up by hand: row, column, slot, chunk, pass, lane."""
    g = model.geometry
    c, r, b, w = g.chip.columns, g.chip.rows, g.chip.block, g.chip.weight_bits
    rng = np.random.default_rng(1)
    for name in ("q_proj", "down_proj", "lm_head"):
        matrix = model.weights.lm_head if name == "lm_head" else model.weights.layers[1][name]
        n_rows, k_cols = matrix.codes.shape
        rom, scale = burn.rom_words(matrix, g, name), burn.scale_words(matrix, g, name)
        slots, chunks, passes = g.slots(n_rows), g.chunks(k_cols), g.passes(name)
        for _ in range(200):
            n, k = int(rng.integers(n_rows)), int(rng.integers(k_cols))
            column, index = divmod(n, n_rows // c)
            slot, unit = divmod(index, r)
            source, inside = divmod(k, k_cols // c)
            chunk, j = divmod(inside, b)
            first = slot // g.chip.acc_depth * g.chip.acc_depth
            ns = min(g.chip.acc_depth, slots - first)
            code = 0
            for p in range(passes):
                at = first * chunks * passes + ((chunk * ns + slot - first) * passes) + p
                digit = word(rom[column, unit, at]) >> (source * b + j) * w & (1 << w) - 1
                code = code << w | digit
            assert code == matrix.codes[n, k]
            group = chunk // (g.chip.group_size // b)
            at = first * g.scale_groups(name) + group * ns + slot - first
            field = word(scale[column, unit, at]) >> source * 28
            entry = n, k // g.chip.group_size
            assert field & 0xFFFF == matrix.scale.view(np.uint16)[entry]
            assert field >> 16 & 0xFFF == matrix.zero_point[entry]


def test_images_have_the_depths_of_the_chip(model):
    """Bytes of every image = words of the parameter times bytes of a word."""
    g, p = model.geometry, model.geometry.parameters
    sizes = {n: len(x) for n, x in burn.images(model.weights).items()}
    c, r = g.chip.columns, g.chip.rows
    assert sizes["rom_0_0.bin"] == p["ROM_WORDS"] * c * g.chip.block * g.chip.weight_bits // 8
    assert sizes[f"scale_{c - 1}_{r - 1}.bin"] == p["SCALE_WORDS"] * -(-c * 28 // 8)
    assert sizes["embed_0.bin"] == p["EMBED_WORDS"] * (r + 4)
    assert sizes["norm_0.bin"] == p["NORM_WORDS"] * 4 * r
    assert sizes["rope.bin"] == p["ROPE_WORDS"] * 4 * r
    assert len(sizes) == 1 + 2 * c + 2 * c * r


def test_brom_codes_are_the_words(model):
    """cand[code] at every address gives back every word."""
    g = model.geometry
    words = burn.rom_words(model.weights.layers[0]["k_proj"], g, "k_proj")[0, 1]
    width = words.shape[1] * 8
    codes = burn.brom_codes(words, width)
    for address in range(len(words)):
        bits = codes[address // 4] >> (address % 4) & 1
        assert sum(int(x) << i for i, x in enumerate(bits)) == word(words[address])


def test_code_view_is_the_word_view(tmp_path, model):
    """Both views of a unit on disk hold the same bits; without the code view nothing else changes."""
    g = model.geometry
    c, r = g.chip.columns - 1, g.chip.rows - 1
    model_id = burn.burn(model.weights, tmp_path / "both")
    width = g.chip.columns * g.chip.block * g.chip.weight_bits
    words = (tmp_path / "both" / f"rom_{c}_{r}.bin").read_bytes()
    codes = (tmp_path / "both" / f"codes_{c}_{r}.bin").read_bytes()
    depth, size, group = len(words) * 8 // width, width // 8, width // 2
    assert len(codes) == -(-depth // 4) * group
    for address in range(0, depth, 97):
        line = int.from_bytes(codes[address // 4 * group :][:group])
        got = sum((line >> 4 * w + address % 4 & 1) << w for w in range(width))
        assert got == int.from_bytes(words[address * size :][:size])
    assert burn.burn(model.weights, tmp_path / "words", codes=False) == model_id
    assert not list((tmp_path / "words").glob("codes_*"))
    assert burn.load_manifest(tmp_path / "words", g)["model_id"] == model_id


def test_manifest(tmp_path, model):
    """Burnt images pass; a changed byte, a missing file, another chip, another version do not."""
    folder = tmp_path / "images"
    model_id = burn.burn(model.weights, folder)
    g = model.geometry
    assert burn.load_manifest(folder, g)["model_id"] == model_id
    assert burn.burn(model.weights, folder) == model_id
    assert [x.name for x in tmp_path.iterdir()] == ["images"]
    rom = folder / "rom_0_0.bin"
    good = rom.read_bytes()
    rom.write_bytes(bytes([good[0] ^ 1]) + good[1:])
    with pytest.raises(RomaError, match=r"rom_0_0.bin.*burn the model again"):
        burn.load_manifest(folder, g)
    rom.unlink()
    with pytest.raises(RomaError, match=r"rom_0_0.bin: missing"):
        burn.load_manifest(folder, g)
    rom.write_bytes(good)
    other = replace(g, chip=replace(g.chip, context=128))
    with pytest.raises(RomaError, match="another chip"):
        burn.load_manifest(folder, other)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": 0}))
    with pytest.raises(RomaError, match="format 0"):
        burn.load_manifest(folder, g)
    (folder / "manifest.json").write_text("{")
    with pytest.raises(RomaError, match="no readable manifest"):
        burn.load_manifest(folder, g)


def test_adapter_image(model):
    """Header, size, and one block of A and of B where the programme looks for them."""
    g = model.geometry
    adapter = load_lora("kjv", model)
    image = burn.adapter_image(adapter, g, 7)
    hb, c, r = g.chip.h_block, g.chip.columns, g.chip.rows
    header = int.from_bytes(image[: hb + 1], "big")
    assert header == program.ADAPTER_MAGIC | 7 << 32 | g.adapter_words << 64
    words = np.frombuffer(image[hb + 1 :], np.uint8).reshape(c, r, g.adapter_words, hb + 1)
    offsets = program.adapter_offsets(g)
    for layer, name in ((0, "q_proj"), (2, "down_proj"), (3, LINEARS[-2])):
        (am, ae), (bm, be) = adapter.blocks[layer, name]
        per_column = g.shape[name][1] // c // hb
        row, column, block = r + 1, c - 1, per_column - 1
        got = words[column, row % r, offsets[layer, name] + row // r * per_column + block]
        k = column * per_column + block
        assert got[0] == ae[row, k]
        assert (got[:0:-1].view(np.int8) == am[row, k * hb : (k + 1) * hb]).all()
        n = g.shape[name][0] - 1  # last row: last column, last unit, last slot
        at = offsets[layer, name] + g.lora_a_words(name) + g.slots(n + 1) * g.t_blocks - g.t_blocks
        got = words[c - 1, r - 1, at]
        assert got[0] == be[n, 0] and (got[:0:-1].view(np.int8) == bm[n, :hb]).all()


def test_wrong_rank_is_refused():
    """The chip's max_rank is in the sentence."""
    model = load_model("tiny")
    small = replace(
        model.weights, geometry=replace(model.geometry, chip=replace(model.geometry.chip, max_rank=8))
    )
    with pytest.raises(RomaError, match="16.*8|8.*16"):
        load_lora("kjv", replace(model, weights=small))


def test_known_presets_have_programmes():
    """Every preset's programme fits its fields (encode raises otherwise)."""
    for name in ("smollm2", "roma-3b", "roma-8b"):
        g = preset(name)
        assert len(program.encode(program.build(g), 1, g.model.vocab_size)) % program.WORD_BYTES == 0
