"""Drawn weights: the same from any side, sane, and the same model whether kept or drawn anew."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from golden.burn import burn, load_manifest
from golden.burn_streamed import burn_streamed
from golden.config import CHIPS, MODELS
from golden.geometry import LINEARS, Geometry
from golden.model import Model
from golden.synthetic import RandomMatrix, synthetic
from golden.weights import ModelWeights


def small(chip: str, layers: int = 2) -> Geometry:
    """The sizes of tiny with few layers."""
    return Geometry(CHIPS[chip], replace(MODELS["tiny"], num_hidden_layers=layers))


def kept(w: ModelWeights) -> ModelWeights:
    """The same weights as arrays."""

    def all_of(m: RandomMatrix) -> object:
        return m.rows(0, m.shape[0])

    layers = tuple({n: all_of(m) for n, m in layer.items()} for layer in w.layers)
    return replace(w, embedding=all_of(w.embedding), layers=layers, lm_head=all_of(w.lm_head), streamed=False)


class Values:
    """A trace that keeps everything."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int, dict[str, object]]] = []

    def emit(self, name: str, layer: int, **arrays: object) -> None:
        """Keep."""
        self.seen.append((name, layer, arrays))


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_rows(bits: int) -> None:
    """Any rows are those of the whole; another seed has others; every code occurs."""
    m = RandomMatrix((2500, 64), bits, 32, 4 if bits == 4 else 0, 0.1, (3, 1))
    whole = m.rows(0, 2500)
    assert whole.codes.shape == (2500, 64) and whole.scale.shape == whole.zero_point.shape == (2500, 2)
    for start, stop in ((0, 1), (1023, 1025), (1024, 2048), (2000, 2500), (2499, 2500)):
        part = m.rows(start, stop)
        for name in ("codes", "scale", "zero_point"):
            np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[start:stop])
    assert set(np.unique(whole.codes)) == set(range(1 << bits))
    assert (replace(m, seed=(4, 1)).codes != whole.codes).mean() > 0.5
    assert whole.dequantise().std() == pytest.approx(0.1, rel=0.15)


@pytest.mark.parametrize("chip", ["tiny", "tiny-2bit"])
def test_same_model(chip: str) -> None:
    """Streamed or kept, every value is the same, and values are sane."""
    w = synthetic(small(chip), 7)
    traces = Values(), Values()
    models = Model(w, trace=traces[0]), Model(kept(w), trace=traces[1])
    token = 5
    for pos in range(3):
        following = [m.step(token, pos, True) for m in models]
        assert following[0] == following[1]
        token = following[0]
    assert 0.3 < models[0].logits.std() < 3
    assert len(traces[0].seen) == len(traces[1].seen) > 100
    for (name, layer, a), (other, at, b) in zip(traces[0].seen, traces[1].seen, strict=True):
        assert (name, layer, a.keys()) == (other, at, b.keys())
        for key, value in a.items():
            np.testing.assert_array_equal(value, b[key])


@pytest.mark.parametrize("chip", ["tiny", "tiny-2bit", "tiny-wide"])
def test_images(chip: str, tmp_path: Path) -> None:
    """The streamed burner writes the images of the other one, and a manifest that holds."""
    w = synthetic(small(chip), 7)
    shares: list[float] = []
    model_id = burn_streamed(w, tmp_path / "a", shares.append)
    burn(kept(w), tmp_path / "b", codes=False)
    assert load_manifest(tmp_path / "a", w.geometry)["model_id"] == model_id
    names = {p.name for p in (tmp_path / "a").iterdir()}
    assert names == {p.name for p in (tmp_path / "b").iterdir()} and len(names) > 20
    for name in names - {"manifest.json", "program.bin"}:  # these hold the model id
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    assert shares == sorted(shares) and shares[-1] == 1 and len(shares) > 2 * len(LINEARS)


def test_burns_anew(tmp_path: Path) -> None:
    """A folder that is there is replaced as a whole."""
    g = small("tiny", 1)
    burn_streamed(synthetic(g, 1), tmp_path / "a")
    first = json.loads((tmp_path / "a/manifest.json").read_text())
    (tmp_path / "a/left").touch()
    burn_streamed(synthetic(g, 2), tmp_path / "a")
    second = json.loads((tmp_path / "a/manifest.json").read_text())
    assert first["model_id"] != second["model_id"] and not (tmp_path / "a/left").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
