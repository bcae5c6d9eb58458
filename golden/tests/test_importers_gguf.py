"""GGUF files: what goes into the ROM as it is, what is quantised anew, what is refused."""

import logging
from dataclasses import replace
from pathlib import Path

import gguf
import numpy as np
import pytest
from gguf import GGMLQuantizationType as Kind

from golden.blocks import Blocks
from golden.checkpoint import load_checkpoint, tensor_shapes
from golden.config import CHIPS
from golden.gemv import Gemv, gemv
from golden.geometry import Geometry
from golden.importers import gguf_blocks
from golden.importers.exact import ExactTensor
from golden.reference import dequantised_tensors
from golden.tests.gguf_files import EMBEDDING, MODEL, Q, random_tensors, stored, write
from golden.tests.hf_folders import refused
from golden.tests.sizes import same_bits
from golden.weights import prepare

G = Geometry(CHIPS["tiny"], MODEL)
MATRICES = [n for n in random_tensors() if "norm" not in n]


def test_floats(tmp_path: Path) -> None:
    tensors = random_tensors(tied=False)
    kinds = {Q: Kind.F16, EMBEDDING: Kind.BF16}
    file = write(tmp_path / "m.gguf", tensors, kinds)
    c = load_checkpoint(file)
    assert c.config == MODEL and c.files == (file,) and c.tokenizer == file
    assert c.tensors.keys() == tensors.keys()
    for name, x in tensors.items():
        kind = kinds.get(name, Kind.F32)
        assert c.tensors[name].dtype == np.float32
        np.testing.assert_array_equal(c.tensors[name], gguf.dequantize(stored(x, kind), kind))


def test_metadata_defaults(tmp_path: Path) -> None:
    names = ("attention.key_length", "attention.value_length", "rope.dimension_count", "rope.freq_base")
    gone = {f"llama__{n.replace('.', '__')}": None for n in names}
    heads = {"llama__attention__head_count": 3, "llama__attention__head_count_kv": 3}
    tensors = random_tensors()
    for name in tensors:
        if "self_attn" in name:
            tensors[name] = np.zeros((96, 96), np.float32)
    c = load_checkpoint(write(tmp_path / "m.gguf", tensors, **gone, **heads)).config
    assert (c.head_dim, c.rope_theta, c.num_key_value_heads, c.vocab_size) == (32, 10000, 3, 50)


@pytest.mark.parametrize("kind", [Kind.Q4_0, Kind.Q4_1, Kind.Q8_0])
def test_dequantises_as_gguf_does(tmp_path: Path, kind: Kind) -> None:
    tensors = random_tensors()
    got = load_checkpoint(write(tmp_path / "m.gguf", tensors, dict.fromkeys(MATRICES, kind))).tensors
    for name in MATRICES:
        assert isinstance(got[name], ExactTensor)
        np.testing.assert_array_equal(got[name], gguf.dequantize(stored(tensors[name], kind), kind))


@pytest.mark.parametrize("kind", [Kind.Q4_0, Kind.Q8_0])
def test_codes_go_into_the_rom_exactly(tmp_path: Path, kind: Kind, caplog) -> None:
    tensors = random_tensors()
    kinds = dict.fromkeys(MATRICES, kind) | {EMBEDDING: Kind.Q8_0}
    chip = replace(CHIPS["tiny"], name="own", weight_bits=4 if kind == Kind.Q4_0 else 8)
    w = prepare(load_checkpoint(write(tmp_path / "m.gguf", tensors, kinds)), Geometry(chip, MODEL))
    for name, q in ((Q, w.layers[1]["q_proj"]), (EMBEDDING, w.embedding)):
        x = tensors[name]
        want = np.zeros(q.codes.shape, np.float32)
        want[: x.shape[0], : x.shape[1]] = gguf.dequantize(stored(x, kinds[name]), kinds[name])
        np.testing.assert_array_equal(q.dequantise(), want)
        n, k = x.shape
        for part in (q.codes[n:], q.scale[n:], q.scale[:, k // 32 :], q.codes[:, k:]):
            assert part.size == 0 or not part.any()
    assert w.lm_head is w.embedding and not caplog.records


@pytest.mark.parametrize(("head_dim", "anew"), [(32, 0), (24, 2)])
def test_codes_on_padded_heads(tmp_path: Path, head_dim: int, anew: int, caplog) -> None:
    """Codes move with their heads; o_proj is quantised anew where a head is no whole groups."""
    m = replace(MODEL, head_dim=head_dim)
    g = Geometry(replace(CHIPS["tiny"], name="four", columns=4), m)
    assert g.head_dim == 64
    rng = np.random.default_rng(5)
    shapes = tensor_shapes(m, True)
    tensors = {n: rng.normal(0, 0.1, s).astype(np.float32) for n, s in shapes.items()}
    kinds = dict.fromkeys(MATRICES, Kind.Q4_0) | {EMBEDDING: Kind.Q8_0}
    names = ("attention__key_length", "attention__value_length", "rope__dimension_count")
    file = write(tmp_path / "m.gguf", tensors, kinds, **{f"llama__{n}": head_dim for n in names})
    w = prepare(load_checkpoint(file), g)
    got = dequantised_tensors(w)
    for name in MATRICES:
        want = gguf.dequantize(stored(tensors[name], kinds[name]), kinds[name])
        if "o_proj" in name and anew:
            assert np.abs(got[name] - want).max() < 0.06
        else:
            np.testing.assert_array_equal(got[name], want)
    assert np.count_nonzero(w.layers[0]["v_proj"].dequantise()) <= m.kv_dim * m.hidden_size
    texts = [r.getMessage() for r in caplog.records]
    assert len(texts) == (anew > 0) and all(f"{anew} quantised tensors" in t for t in texts)


def test_a_head_of_four_bits(tmp_path: Path) -> None:
    tensors = random_tensors(tied=False)
    kinds = dict.fromkeys([*MATRICES, "lm_head.weight"], Kind.Q4_0)
    g = Geometry(replace(CHIPS["tiny"], name="four", head_bits=4), MODEL)
    w = prepare(load_checkpoint(write(tmp_path / "m.gguf", tensors, kinds)), g)
    for name, q in ((EMBEDDING, w.embedding), ("lm_head.weight", w.lm_head)):
        want = gguf.dequantize(stored(tensors[name], Kind.Q4_0), Kind.Q4_0)
        np.testing.assert_array_equal(q.dequantise()[:50, :96], want)


def q4_1(d: float, m: float, codes: list[int]) -> np.ndarray:
    """One block."""
    q = np.array(codes, np.uint8)
    head = np.array([d, m], np.float16).view(np.uint8)
    return np.concatenate([head, q[:16] | q[16:] << 4])


def exact(blocks: list[np.ndarray], kind: Kind) -> ExactTensor:
    """Rows of one block each as the importer reads them."""
    return gguf_blocks.exact(np.stack(blocks), kind)


def test_the_minimum_becomes_a_zero_point() -> None:
    codes = [*range(16), *range(15, -1, -1)]
    blocks = [q4_1(0.25, -2.0, codes), q4_1(0.1, -0.33, codes), q4_1(-0.25, 2.0, codes)]
    q, renewed = exact(blocks, Kind.Q4_1).quantised(4)
    assert renewed == 0
    assert q.zero_point.tolist() == [[128], [round(0.33 / 0.1 * 16)], [128]]
    np.testing.assert_array_equal(q.codes, [codes] * 3)
    np.testing.assert_array_equal(q.scale, np.float16([[0.25], [0.1], [-0.25]]))
    error = np.abs(q.dequantise() - exact(blocks, Kind.Q4_1).dequantise()).max(axis=1)
    assert error[0] == error[2] == 0 and 0 < error[1] <= 0.1 / 32


def test_groups_without_a_legal_zero_point_are_quantised_anew() -> None:
    """Constant ones, and those whose range excludes 0 by more than the grid."""
    codes = [*range(16)] * 2
    blocks = [
        q4_1(0, 0, codes),
        q4_1(0, 0.75, codes),
        q4_1(0, -3, codes),
        q4_1(0.01, 1, codes),
        q4_1(0.01, -1, codes),
        q4_1(0.5, -4, codes),
    ]
    e = exact(blocks, Kind.Q4_1)
    q, renewed = e.quantised(4)
    assert renewed == 4
    got, want = q.dequantise(), e.dequantise()
    np.testing.assert_array_equal(got[[0, 5]], want[[0, 5]])
    np.testing.assert_allclose(got[1:3], want[1:3], rtol=1e-3)
    assert np.abs(got[3:5] - want[3:5]).max() < 0.05
    np.testing.assert_array_equal(e.codes, [codes] * 6)  # the file's own codes stay as they are


@pytest.mark.parametrize("kind", [Kind.Q4_0, Kind.Q8_0])
def test_scales_of_either_sign(kind: Kind) -> None:
    """Files hold negative scales in Q4_0: the sign goes into the ROM with the FP16."""
    rng = np.random.default_rng(3)
    n = gguf.GGML_QUANT_SIZES[kind][1]
    blocks = rng.integers(0, 256, (64, n)).astype(np.uint8)
    blocks[:, :2] = rng.normal(0, 0.1, (64, 1)).astype(np.float16).view(np.uint8)
    e = exact(list(blocks), kind)
    assert (e.scale < 0).any() and (e.scale > 0).any()
    q, renewed = e.quantised(4)
    assert renewed == 0
    np.testing.assert_array_equal(q.dequantise(), gguf.dequantize(blocks, kind))
    x = Blocks.of(rng.normal(size=32).astype(np.float32), 32)
    want = gguf.dequantize(blocks, kind).astype(np.float64) @ x.values.reshape(-1)
    np.testing.assert_allclose(gemv(q, x, 1)[-1], want, rtol=1e-6, atol=1e-6)
    same_bits(Gemv([q], 32, 1)(x), gemv(q, x, 1)[-1])


def test_other_bits_are_quantised_anew(tmp_path: Path, caplog) -> None:
    tensors = random_tensors()
    file = write(tmp_path / "m.gguf", tensors, dict.fromkeys(MATRICES, Kind.Q8_0))
    w = prepare(load_checkpoint(file), G)
    assert np.abs(w.layers[1]["q_proj"].dequantise()[:, :96] - tensors[Q]).max() < 0.04
    assert np.abs(w.embedding.dequantise()[:50, :96] - tensors[EMBEDDING]).max() < 0.002
    (record,) = caplog.records
    assert record.levelno == logging.WARNING and "14 quantised tensors" in record.getMessage()


def test_other_types_are_dequantised(tmp_path: Path, caplog) -> None:
    tensors = random_tensors()
    file = write(tmp_path / "m.gguf", tensors, {Q: Kind.Q5_0})
    got = load_checkpoint(file).tensors[Q]
    np.testing.assert_array_equal(got, gguf.dequantize(stored(tensors[Q], Kind.Q5_0), Kind.Q5_0))
    (record,) = caplog.records
    assert "1 of Q5_0" in record.getMessage() and "m.gguf" in record.getMessage()


def test_rope_factors(tmp_path: Path) -> None:
    tensors = random_tensors()
    factors = np.linspace(1, 8, 16, dtype=np.float32)
    file = write(tmp_path / "m.gguf", tensors, raw={"rope_freqs.weight": (factors, Kind.F32)})
    c = load_checkpoint(file)
    np.testing.assert_array_equal(c.rope_factors, factors)
    plain = prepare(load_checkpoint(write(tmp_path / "p.gguf", tensors)), G).rope_table()
    cos, sin = prepare(c, G).rope_table()
    assert (cos[:, 0] == plain[0][:, 0]).all() and (sin[1:, 5] != plain[1][1:, 5]).any()
    ones = {"rope_freqs.weight": (np.ones(16, np.float32), Kind.F32)}
    assert load_checkpoint(write(tmp_path / "o.gguf", tensors, raw=ones)).rope_factors is None


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"general__architecture": "qwen2"}, ["general.architecture", "'qwen2'", "'llama'"]),
        ({"general__architecture": "gemma"}, ["'gemma'"]),
        ({"general__architecture": "phi3"}, ["'phi3'"]),
        ({"llama__expert_count": 8}, ["llama.expert_count", "8", "dense"]),
        ({"llama__rope__scaling__type": "yarn"}, ["llama.rope.scaling.type", "'yarn'"]),
        ({"llama__rope__dimension_count": 16}, ["llama.rope.dimension_count", "16", "32"]),
        ({"llama__attention__value_length": 16}, ["llama.attention.value_length", "16", "32"]),
        ({"llama__attention__key_length": 31, "llama__attention__value_length": 31}, ["31", "32"]),
        ({"llama__embedding_length": None}, ["llama.embedding_length"]),
        ({"llama__embedding_length": "big"}, ["llama.embedding_length", "'big'"]),
        ({"llama__block_count": None}, ["llama.block_count"]),
        ({"llama__block_count": 0}, ["num_hidden_layers", "0"]),
        ({"llama__block_count": 3}, ["blk.2.attn_norm.weight"]),
        ({"llama__block_count": 1}, ["blk.1.attn_norm.weight", "plain LLaMA"]),
        ({"llama__feed_forward_length": 128}, ["blk.0.ffn_gate.weight", "[160, 96]", "[128, 96]"]),
        ({"llama__feed_forward_length": [160, 96]}, ["llama.feed_forward_length", "layer to layer"]),
        ({"llama__attention__head_count_kv": 3}, ["num_attention_heads", "4", "3"]),
        ({"llama__attention__layer_norm_rms_epsilon": None}, ["layer_norm_rms_epsilon"]),
        ({"llama__vocab_size": 51}, ["token_embd.weight", "[50, 96]", "[51, 96]"]),
    ],
)
def test_metadata_refusals(tmp_path: Path, change: dict[str, object], parts: list[str]) -> None:
    file = write(tmp_path / "m.gguf", random_tensors(), **change)
    refused(lambda: load_checkpoint(file), "m.gguf", *parts)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("blk.0.attn_q.bias", ["blk.0.attn_q.bias", "plain LLaMA"]),
        ("blk.0.ffn_gate_inp.weight", ["blk.0.ffn_gate_inp.weight"]),
        ("rope_freqs.weight", ["rope_freqs.weight", "[128]", "[16]"]),
    ],
)
def test_unknown_tensors(tmp_path: Path, name: str, parts: list[str]) -> None:
    raw = {name: (np.zeros(128, np.float32), Kind.F32)}
    refused(lambda: load_checkpoint(write(tmp_path / "m.gguf", random_tensors(), raw=raw)), *parts)


def test_tensor_refusals(tmp_path: Path) -> None:
    tensors = random_tensors()
    del tensors[Q]
    refused(lambda: load_checkpoint(write(tmp_path / "a.gguf", tensors)), "a.gguf", "blk.1.attn_q.weight")
    tensors = random_tensors()
    tensors[Q][3, 2] = np.nan
    file = write(tmp_path / "b.gguf", tensors)
    refused(lambda: load_checkpoint(file), "b.gguf", "blk.1.attn_q.weight[3, 2]", "nan")
    tensors = random_tensors()
    data = stored(tensors.pop(Q), Kind.Q4_1)
    data[5, 20:22] = np.array([np.inf], np.float16).view(np.uint8)
    file = write(tmp_path / "c.gguf", tensors, raw={"blk.1.attn_q.weight": (data, Kind.Q4_1)})
    refused(lambda: load_checkpoint(file), "c.gguf", "scale of blk.1.attn_q.weight[5, 1]", "inf")
    data[5, 20:24] = np.array([1, np.nan], np.float16).view(np.uint8)
    file = write(tmp_path / "d.gguf", tensors, raw={"blk.1.attn_q.weight": (data, Kind.Q4_1)})
    refused(lambda: load_checkpoint(file), "minimum of blk.1.attn_q.weight[5, 1]", "nan")


@pytest.mark.parametrize("kept", [0, 3, 4, 30, 0.02, 0.5, -1])
def test_broken_files(tmp_path: Path, kept: float) -> None:
    file = write(tmp_path / "m.gguf", random_tensors())
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * kept) if 0 < kept < 1 else int(kept)])
    refused(lambda: load_checkpoint(file), "m.gguf", "truncated or no GGUF")


def test_wrong_files(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGML" * 100)
    refused(lambda: load_checkpoint(file), "m.gguf", "magic")
    refused(lambda: load_checkpoint(tmp_path / "none.gguf"), "none.gguf", "does not exist")
    (tmp_path / "m.pt").write_bytes(b"x")
    refused(lambda: load_checkpoint(tmp_path / "m.pt"), "m.pt", ".gguf")
