"""Loading PEFT adapters, and everything that the loader refuses."""

import math
from pathlib import Path

import numpy as np
import pytest

from golden.adapter import load_adapter
from golden.checkpoint import load_checkpoint
from golden.tests.hf_folders import (
    A_Q,
    B_Q,
    MODEL,
    MODELS,
    Q,
    adapter_tensors,
    model_tensors,
    refused,
    save_adapter,
    save_model,
)


@pytest.mark.parametrize(("rslora", "factor"), [(False, 2.0), (True, 4.0)])
def test_adapter_folds_alpha_and_permutes(tmp_path: Path, rslora: bool, factor: float) -> None:
    tensors = adapter_tensors()
    a = load_adapter(save_adapter(tmp_path / "a", tensors, use_rslora=rslora), MODEL)
    assert (a.name, a.rank, a.alpha, len(a.pairs)) == ("a", 4, 8.0, 14)
    got_a, got_b = a.pairs[1, "q_proj"]
    assert (got_a == tensors[A_Q]).all()
    base = load_checkpoint(
        save_model(
            tmp_path / "m",
            model_tensors() | {Q: np.outer(np.arange(32), np.ones(16)).astype(np.float32)},
        )
    )
    order = base.tensors[Q][:, 0].astype(int)
    assert list(order[:4]) == [0, 4, 1, 5]
    np.testing.assert_allclose(got_b, tensors[B_Q][order] * factor, rtol=1e-6)
    v = B_Q.replace("q_proj", "v_proj")
    np.testing.assert_allclose(a.pairs[1, "v_proj"][1], tensors[v] * factor, rtol=1e-6)


@pytest.mark.parametrize("rslora", [False, True])
def test_ranks_and_alphas_by_pattern(tmp_path: Path, rslora: bool) -> None:
    """A linear takes the first pattern that matches the end of its path, else the common value."""
    tensors = adapter_tensors()
    plain = load_adapter(save_adapter(tmp_path / "p", tensors), MODEL).pairs
    for name in tensors:
        if "layers.1.mlp" in name:
            tensors[name] = tensors[name][:2] if "lora_A" in name else tensors[name][:, :2].copy()
    ranks = {"layers.1.mlp.(up|gate|down)_proj": 2}
    alphas = {"1.self_attn.v_proj": 1, "v_proj": 3, "proj": 8.0}
    config = {"rank_pattern": ranks, "alpha_pattern": alphas, "use_rslora": rslora}
    got = load_adapter(save_adapter(tmp_path / "a", tensors, **config), MODEL)
    four, two = (2.0, math.sqrt(2)) if rslora else (4.0, 2.0)
    assert (got.rank, got.alpha) == (4, 8.0)
    for key, alpha in (((1, "v_proj"), 1), ((0, "v_proj"), 3), ((0, "k_proj"), 8)):
        np.testing.assert_allclose(got.pairs[key][1], plain[key][1] / 2 * alpha / four, rtol=1e-6)
    a, b = got.pairs[1, "up_proj"]
    assert a.shape == (2, 16) and b.shape == (24, 2)
    np.testing.assert_allclose(b, plain[1, "up_proj"][1][:, :2] / 2 * 8 / two, rtol=1e-6)


def test_adapter_of_some_linears(tmp_path: Path) -> None:
    some = {
        n.replace(".weight", ".default.weight"): x for n, x in adapter_tensors().items() if n in (A_Q, B_Q)
    }
    assert list(load_adapter(save_adapter(tmp_path / "a", some), MODEL).pairs) == [(1, "q_proj")]


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"peft_type": "IA3"}, ["peft_type", "IA3"]),
        ({"use_dora": True}, ["use_dora"]),
        ({"bias": "all"}, ["bias", "'all'"]),
        ({"lora_bias": True}, ["lora_bias"]),
        ({"modules_to_save": ["lm_head"]}, ["modules_to_save", "lm_head"]),
        ({"rank_pattern": {"q_proj": 0}}, ["rank_pattern 'q_proj'", "0"]),
        ({"rank_pattern": {"(": 2}}, ["rank_pattern '('", "regular expression"]),
        ({"rank_pattern": [2]}, ["rank_pattern", "[2]"]),
        ({"alpha_pattern": {"q_proj": "2"}}, ["alpha_pattern 'q_proj'", "'2'"]),
        ({"use_qalora": True}, ["use_qalora"]),
        ({"init_lora_weights": "pissa_niter_4"}, ["init_lora_weights", "pissa_niter_4"]),
        ({"fan_in_fan_out": True}, ["fan_in_fan_out"]),
        ({"r": 0}, ["r is 0"]),
        ({"r": "8"}, ["r is '8'"]),
        ({"lora_alpha": None}, ["lora_alpha", "None"]),
    ],
)
def test_adapter_config_refusals(tmp_path: Path, change: dict[str, object], parts: list[str]) -> None:
    folder = save_adapter(tmp_path / "a", adapter_tensors(), **change)
    refused(lambda: load_adapter(folder, MODEL), "adapter_config.json", *parts)


def test_adapter_file_refusals(tmp_path: Path) -> None:
    refused(lambda: load_adapter(tmp_path / "none", MODEL), "none", "does not exist")
    folder = save_adapter(tmp_path / "a", adapter_tensors())
    file = folder / "adapter_model.safetensors"
    file.write_bytes(file.read_bytes()[:-5])
    refused(lambda: load_adapter(folder, MODEL), "adapter_model.safetensors", "truncated")
    file.unlink()
    refused(lambda: load_adapter(folder, MODEL), "adapter_model.safetensors", "does not exist")
    (folder / "adapter_config.json").unlink()
    refused(lambda: load_adapter(folder, MODEL), "adapter_config.json", "does not exist")


def test_adapter_tensor_refusals(tmp_path: Path) -> None:
    folder = tmp_path / "a"

    def load(change: dict[str, np.ndarray], without: str = "", **config: object) -> object:
        tensors = {n: x for n, x in (adapter_tensors() | change).items() if n != without}
        return load_adapter(save_adapter(folder, tensors, **config), MODEL)

    refused(lambda: load({A_Q: np.zeros((4, 18), np.float32)}), A_Q, "[4, 18]", "[4, 16]", "model m")
    refused(lambda: load({B_Q: np.zeros((64, 4), np.float32)}), B_Q, "[64, 4]", "[32, 4]")
    refused(lambda: load({}, r=8), "lora_", "[8, ")
    refused(
        lambda: load({A_Q.replace("layers.1", "layers.2"): np.zeros((4, 16), np.float32)}),
        "layers.2",
        "2 layers",
    )
    refused(
        lambda: load({"base_model.model.lm_head.lora_A.weight": np.zeros((4, 16), np.float32)}),
        "lm_head",
    )
    refused(
        lambda: load({B_Q.replace("lora_B", "lora_magnitude_vector"): np.zeros(4, np.float32)}),
        "magnitude",
    )
    refused(lambda: load({}, without=B_Q), "lora_B", "q_proj", "layer 1")
    refused(lambda: load({}, without=A_Q), "lora_A", "q_proj", "layer 1")
    for name in (A_Q, B_Q):
        bad = adapter_tensors()[name]
        bad[1, 2] = math.nan
        refused(lambda n=name, x=bad: load({n: x}), f"{name}[1, 2]", "nan")
    refused(lambda: load({B_Q: np.full((32, 4), 3e38, np.float32)}), B_Q, "inf")
    refused(lambda: load({B_Q.replace(".weight", ".default.weight"): adapter_tensors()[B_Q]}), "twice")
    refused(lambda: load_adapter(save_adapter(folder, {}), MODEL), "adapts nothing")


@pytest.mark.parametrize(("name", "rank"), [("kjv", 16), ("shout", 8)])
def test_the_adapters_of_the_project_load(name: str, rank: int) -> None:
    a = load_adapter(MODELS / "adapters" / name, load_checkpoint(MODELS / "tiny").config)
    assert a.rank == rank and len(a.pairs) == 28
