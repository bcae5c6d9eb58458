"""Quantisers: which is better where, exactness of what they write, refusals."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from golden.accuracy.measure import compare, float32, windows_of
from golden.accuracy.variant import geometry_of, variant
from golden.errors import RomaError
from golden.geometry import LINEARS
from golden.importers.llama import Checkpoint, interleave_rope
from golden.library import ROOT, load_model
from golden.quantise import quantise
from golden.quantisers import folder as folders
from golden.quantisers import walk
from golden.quantisers.folder import split_rope, write_model
from golden.quantisers.gptq import gptq
from golden.quantisers.rounding import round_to_nearest
from golden.quantisers.walk import METHODS, quantised_tensors
from golden.reference import dequantised_tensors, forward
from golden.tests import gguf_files
from golden.tests.sizes import ODD, checkpoint, random_tensors
from golden.tokenizer import load_tokenizer
from golden.weights import prepare, tensor_name

Array = np.ndarray


def correlated(n: int, k: int, seed: int = 0) -> Array:
    """Inputs whose columns are alike and of unequal size."""
    r = np.random.default_rng(seed)
    mixed, size = np.random.default_rng(9).normal(size=(2, k // 4, k))
    shared = r.normal(size=(n, k // 4)) @ mixed
    return ((shared + 0.3 * r.normal(size=(n, k))) * np.exp(size[0])).astype(np.float32)


@pytest.mark.parametrize("bits", [2, 4])
def test_gptq_keeps_the_products(bits):
    """On inputs of the same kind: far closer than the least-error grids, those closer than rounding."""
    w = np.random.default_rng(1).normal(0, 0.02, (64, 160)).astype(np.float32)
    x, fresh = correlated(2000, 160), correlated(500, 160, seed=1)
    found = {
        "rtn": round_to_nearest(w, bits, 32, 4),
        "search": quantise(w, bits, 32, 4),
        "gptq": gptq(w, x.T @ x, bits, 32, 4),
    }
    error = {name: ((fresh @ (m.dequantise() - w).T) ** 2).mean() for name, m in found.items()}
    assert error["search"] < error["rtn"]
    assert error["gptq"] < 0.5 * error["search"]


def test_gptq_of_independent_inputs_is_rounding():
    """With a diagonal Hessian there is nothing to make good: every column rounds on its own."""
    w = np.random.default_rng(2).normal(0, 0.02, (16, 64)).astype(np.float32)
    got = gptq(w, np.eye(64, dtype=np.float32) * 5, 4, 32, 4)
    assert (got.dequantise() == quantise(w, 4, 32, 4).dequantise()).all()


def test_gptq_ignores_dead_columns():
    """Columns that are always 0, as padding is, and groups without weights."""
    w = np.random.default_rng(3).normal(0, 0.02, (16, 96)).astype(np.float32)
    w[:, 64:] = 0
    x = correlated(300, 96)
    x[:, 50:] = 0
    got = gptq(w, x.T @ x, 4, 32, 4)
    assert np.isfinite(got.dequantise()).all()
    assert (got.dequantise()[:, 64:] == 0).all() and not got.codes[:, 64:].any()
    nothing = gptq(w, np.zeros((96, 96), np.float32), 4, 32, 4)
    assert np.abs(nothing.dequantise() - w).max() < 0.02


def test_rounding_spans_the_range():
    w = np.random.default_rng(4).normal(0, 1, (8, 64)).astype(np.float32)
    got = round_to_nearest(w, 4, 32, 4)
    groups = got.codes.reshape(8, 2, 32)
    assert (groups.min(axis=2) == 0).all() and (groups.max(axis=2) == 15).all()
    step = np.repeat(got.scale.astype(np.float32), 32, axis=1)
    assert (np.abs(got.dequantise() - w) <= step * 0.57).all()


@pytest.fixture(scope="module")
def tiny():
    loaded = load_model("tiny")
    tokenizer = load_tokenizer(loaded.checkpoint.tokenizer, 512)
    tokens = tokenizer.encode((ROOT / "tiny" / "heldout.txt").read_text(encoding="utf-8")[:20000])
    return SimpleNamespace(
        loaded=loaded,
        calibration=[tokens[i : i + 256] for i in range(0, 3072, 256)],
        windows=windows_of(tokens[3072:], 256, 512),
    )


def test_perplexity_of_tiny(tiny):
    """At 2 bits search beats rounding and gptq beats search."""
    model = tiny.loaded.geometry.model
    engines = {}
    for bits, method in [(2, m) for m in METHODS] + [(4, "gptq")]:
        g = geometry_of(tiny.loaded, weight_bits=bits)
        tensors = quantised_tensors(tiny.loaded.checkpoint, g, method, tiny.calibration)
        engines[f"{method} {bits}"] = float32(tensors, model)
    figures = compare(tiny.windows, float32(tiny.loaded.checkpoint.floats(), model), engines)
    assert figures["gptq 4"].ratio < 1.03
    assert figures["gptq 2"].ratio < figures["search 2"].ratio < figures["rtn 2"].ratio < 2.5


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("bits", [2, 4])
def test_folder_comes_back_exactly(tiny, bits, method, tmp_path):
    """What the chip reads from the folder means the very weights that the quantiser chose."""
    g = geometry_of(tiny.loaded, weight_bits=bits)
    tensors = quantised_tensors(tiny.loaded.checkpoint, g, method, tiny.calibration[:2])
    out = tmp_path / "new" / "q"
    assert write_model(out, tiny.loaded, tensors, {"method": method, "bits": bits}) == out
    back = variant(load_model(str(out), "tiny"), weight_bits=bits)
    for layer, matrices in enumerate(back.weights.layers):
        for name in LINEARS:
            assert (matrices[name].dequantise() == tensors[tensor_name(layer, name)]).all()
            assert matrices[name].bits == bits
    assert json.loads((out / "quantised.json").read_text())["method"] == method
    assert f"- method: {method}" in (out / "README.md").read_text()
    assert [p.name for p in out.parent.iterdir()] == ["q"]
    text = "It is a truth universally acknowledged"
    own, theirs = (load_tokenizer(c.checkpoint.tokenizer).encode(text) for c in (back, tiny.loaded))
    assert own == theirs


def test_gguf_comes_back_exactly(tmp_path):
    """Metadata is kept; padded shapes settle, too."""
    file = gguf_files.write(
        tmp_path / "m.gguf",
        gguf_files.random_tensors(),
        tokenizer__ggml__model="none",
        general__tags=["a", "b"],
    )
    source = load_model(str(file), "tiny")
    tensors = quantised_tensors(source.checkpoint, source.geometry, "gptq", [list(range(50))])
    model = write_model(tmp_path / "out", source, tensors, {})
    back = load_model(str(model), "tiny")
    assert replace(back.checkpoint.config, name="m") == source.checkpoint.config
    for name, x in back.checkpoint.tensors.items():
        assert (x == tensors[name]).all()
    rom = dequantised_tensors(back.weights)
    for layer in range(2):
        for name in LINEARS:
            assert (rom[tensor_name(layer, name)] == tensors[tensor_name(layer, name)]).all()


@pytest.mark.parametrize("method", METHODS)
def test_padded_groups_settle(method):
    """Groups that are partly padding: the zeros behind a row's end count."""
    g = ODD
    source = Checkpoint(g.model, random_tensors(g.model), ROOT)
    tensors = quantised_tensors(source, g, method, [list(range(20)), list(range(50, 70))])
    weights = prepare(checkpoint(tensors), g)
    rom = dequantised_tensors(weights)
    for layer in range(g.model.num_hidden_layers):
        for name in LINEARS:
            key = tensor_name(layer, name)
            assert (rom[key] == tensors[key]).all()
            assert (tensors[key] != source.tensors[key]).any()


def test_walk_is_the_reference():
    """The residual stream that calibrates is that of the independent LLaMA."""
    g = ODD
    tensors = random_tensors(g.model)
    source = Checkpoint(g.model, tensors, ROOT)
    states = walk._States(source.floats(), source, [list(range(20))])
    for layer in range(g.model.num_hidden_layers):
        for _ in states.layer(layer):
            pass
    x = states.x[0]
    mean = np.mean(x * x, axis=-1, keepdims=True)
    h = x / np.sqrt(mean + np.float32(g.model.rms_norm_eps)) * tensors["model.norm.weight"]
    got = h @ tensors["model.embed_tokens.weight"].T
    np.testing.assert_allclose(got, forward(tensors, g.model, list(range(20))), atol=2e-4)


def test_split_rope_is_the_inverse():
    rows = np.arange(24 * 3).reshape(24, 3)
    assert (split_rope(interleave_rope(rows, 3), 3) == rows).all()


def test_nothing_is_left_behind(tiny, tmp_path, monkeypatch):
    """A disk that fails in the middle leaves no folder."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders, "save_file", fail)
    with pytest.raises(RomaError, match="No space left"):
        write_model(tmp_path / "q", tiny.loaded, tiny.loaded.checkpoint.floats(), {})
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(RomaError, match="exists"):
        write_model(tmp_path, tiny.loaded, {}, {})


def test_refusals(tiny):
    with pytest.raises(RomaError, match="METHOD is 'best', legal: rtn, search, gptq"):
        quantised_tensors(tiny.loaded.checkpoint, tiny.loaded.geometry, "best")
    with pytest.raises(RomaError, match="calibrate"):
        quantised_tensors(tiny.loaded.checkpoint, tiny.loaded.geometry, "gptq")
