"""Padding and quantisation of checkpoints and adapters, and what is refused."""

import numpy as np
import pytest

from golden.config import CHIPS, ModelConfig
from golden.errors import RomaError
from golden.formats import mx_dequantise
from golden.geometry import LINEARS, Geometry
from golden.reference import dequantised_tensors
from golden.tests.sizes import (
    GEOMETRIES,
    ODD,
    checkpoint,
    random_adapter,
    random_tensors,
    random_weights,
)
from golden.weights import prepare, prepare_adapter, tensor_name, true_shape


@pytest.mark.parametrize("name", list(GEOMETRIES))
def test_shapes(name):
    g = GEOMETRIES[name]
    w = random_weights(g)
    for layer in w.layers:
        for linear in LINEARS:
            n, k = g.shape[linear]
            assert layer[linear].codes.shape == (n, k)
            assert layer[linear].scale.shape == (n, k // g.chip.group_size)
            assert layer[linear].bits == g.chip.weight_bits
    assert w.embedding.codes.shape == w.lm_head.codes.shape == (g.vocab, g.hidden)
    assert w.embedding.bits == g.chip.head_bits
    assert w.norms.shape == (2 * g.model.num_hidden_layers + 1, g.hidden)


def test_padding():
    g, m = ODD, ODD.model
    tensors = random_tensors(m)
    w = prepare(checkpoint(tensors), g)
    for name in LINEARS:
        n, k = true_shape(m, name)
        q = w.layers[1][name]
        groups = -(-k // g.chip.group_size)
        for part in (
            q.codes[n:],
            q.scale[n:],
            q.zero_point[n:],
            q.scale[:, groups:],
            q.zero_point[:, groups:],
        ):
            assert not part.any()
        error = np.abs(q.dequantise()[:n, :k] - tensors[tensor_name(1, name)])
        assert error.max() < 0.08  # 2 bits over weights of deviation 0.04
    assert not w.norms[:, m.hidden_size :].any()
    assert not w.embedding.dequantise()[:, m.hidden_size :].any()
    assert not w.embedding.codes[m.vocab_size :].any()


@pytest.mark.parametrize(("head_dim", "padded"), [(8, 32), (40, 64)])
def test_every_head_is_padded(head_dim, padded):
    g = Geometry(CHIPS["tiny"], ModelConfig("heads", 70, 90, 1, 4, 2, head_dim, 30))
    assert g.head_dim == padded
    tensors = random_tensors(g.model)
    w = prepare(checkpoint(tensors), g)
    places = np.arange(4 * padded).reshape(4, padded)
    kept, rest = places[:, :head_dim].reshape(-1), places[:, head_dim:].reshape(-1)
    for name, heads in (("q_proj", 4), ("k_proj", 2), ("v_proj", 2), ("o_proj", 4)):
        q, want = w.layers[0][name], tensors[tensor_name(0, name)]
        q, want = (q.dequantise().T, want.T) if name == "o_proj" else (q.dequantise(), want)
        got = q[kept[kept < heads * padded], : want.shape[1]]
        assert got.shape == want.shape and np.abs(got - want).max() < 0.02
        if name != "o_proj":  # there whatever stands in the padding meets zeros
            assert not q[rest[rest < heads * padded]].any()
    for name, x in dequantised_tensors(w).items():
        if name in tensors:
            assert x.shape == tensors[name].shape and np.abs(x - tensors[name]).max() < 0.02


def test_an_adapter_on_padded_heads():
    g = Geometry(CHIPS["tiny"], ModelConfig("heads", 70, 90, 1, 4, 2, 40, 30))
    adapter = random_adapter(g, 3)
    blocks = prepare_adapter(adapter, g).blocks
    kept = np.arange(4 * 64).reshape(4, 64)[:, :40].reshape(-1)
    b = mx_dequantise(*blocks[0, "q_proj"][1], g.chip.h_block)
    assert np.abs(b[kept][:, :3] - adapter.pairs[0, "q_proj"][1]).max() < 2e-3
    assert np.count_nonzero(b) <= 160 * 3
    a = mx_dequantise(*blocks[0, "o_proj"][0], g.chip.h_block)
    assert np.abs(a[:3][:, kept] - adapter.pairs[0, "o_proj"][0]).max() < 4e-3
    assert np.count_nonzero(a) <= 160 * 3


def test_tied_and_untied_head():
    tied, untied = random_weights(ODD), random_weights(ODD, tied=False)
    np.testing.assert_array_equal(tied.lm_head.codes, tied.embedding.codes)
    assert (untied.lm_head.codes != untied.embedding.codes).any()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite(value):
    tensors = random_tensors(ODD.model)
    name = tensor_name(1, "up_proj")
    tensors[name][3, 4] = value
    with pytest.raises(RomaError, match=name):
        prepare(checkpoint(tensors), ODD)


def test_wrong_shape():
    tensors = random_tensors(ODD.model)
    tensors["model.norm.weight"] = tensors["model.norm.weight"][:-1]
    with pytest.raises(RomaError, match="model.norm.weight has shape"):
        prepare(checkpoint(tensors), ODD)


def test_adapter_blocks():
    g, hb = ODD, ODD.chip.h_block
    adapter = random_adapter(g, 5)
    prepared = prepare_adapter(adapter, g)
    assert set(prepared.blocks) == {(layer, n) for layer in range(2) for n in LINEARS}
    for (_, name), (a, b) in prepared.blocks.items():
        n, k = g.shape[name]
        assert a[0].shape == (g.chip.max_rank, k) and a[1].shape == (g.chip.max_rank, k // hb)
        assert b[0].shape == (n, g.t_blocks * hb) and b[1].shape == (n, g.t_blocks)
        assert not a[0][5:].any() and not a[1][5:].any() and not b[0][:, 5:].any()
    want = adapter.pairs[1, "o_proj"][1]
    got = mx_dequantise(*prepared.blocks[1, "o_proj"][1], hb)[: len(want), :5]
    assert np.abs(got - want).max() < 2e-3


def test_adapter_without_a_linear():
    adapter = random_adapter(ODD, 4)
    del adapter.pairs[0, "down_proj"]
    for m, e in prepare_adapter(adapter, ODD).blocks[0, "down_proj"]:
        assert not m.any() and not e.any()


def test_adapter_refused():
    with pytest.raises(RomaError, match="rank 12, the chip reserves max_rank 10"):
        prepare_adapter(random_adapter(ODD, 12), ODD)
    with pytest.raises(RomaError, match="shapes"):
        prepare_adapter(random_adapter(GEOMETRIES["tiny"], 4), ODD)
    adapter = random_adapter(ODD, 4)
    adapter.pairs[0, "q_proj"][0][1, 1] = np.nan
    with pytest.raises(RomaError, match="layer 0 q_proj holds a NaN"):
        prepare_adapter(adapter, ODD)
