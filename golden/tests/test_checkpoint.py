"""Loading Hugging Face checkpoints, and everything that the loader refuses."""

import json
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import save_file

from golden.checkpoint import load_checkpoint, tensor_shapes
from golden.config import ModelConfig
from golden.tests.hf_folders import CONFIG, MODELS, Q, model_tensors, refused, save_model
from golden.tokenizer import load_tokenizer

LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 0.5,
    "high_freq_factor": 4,
    "original_max_position_embeddings": 400,
}


def test_loads_under_hugging_face_names(tmp_path: Path) -> None:
    tensors = model_tensors()
    c = load_checkpoint(save_model(tmp_path / "m", tensors, rope_theta=5000))
    assert c.config == ModelConfig("m", 16, 24, 2, 4, 2, 8, 20, 5000.0, 1e-6)
    assert c.tokenizer == tmp_path / "m/tokenizer.json"
    assert c.tensors.keys() == tensors.keys()
    for name, x in tensors.items():
        assert c.tensors[name].dtype == np.float32
        if ".q_proj." not in name and ".k_proj." not in name:
            assert (c.tensors[name] == x).all()


def test_scores_survive_the_permutation(tmp_path: Path) -> None:
    """Half-split RoPE on stored rows and interleaved RoPE on loaded rows give equal scores."""
    tensors = model_tensors()
    loaded = load_checkpoint(save_model(tmp_path / "m", tensors)).tensors
    x = np.random.default_rng(2).normal(size=(2, 16))
    angle = np.outer([5, 3], 10000.0 ** (-np.arange(4) / 4))
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]

    def heads(source: dict[str, np.ndarray], name: str, interleaved: bool) -> np.ndarray:
        y = (x @ source[Q.replace("q_proj", name)].T).reshape(2, -1, 8)
        a, b = (y[..., 0::2], y[..., 1::2]) if interleaved else (y[..., :4], y[..., 4:])
        return np.concatenate([a * cos - b * sin, a * sin + b * cos], axis=-1)

    def scores(source: dict[str, np.ndarray], interleaved: bool) -> np.ndarray:
        q, k = (heads(source, name, interleaved) for name in ("q_proj", "k_proj"))
        return (q[0] * k[1].repeat(2, axis=0)).sum(-1)

    np.testing.assert_allclose(scores(loaded, True), scores(tensors, False), rtol=1e-9)


def test_llama3_scales_rope(tmp_path: Path) -> None:
    """Half of the frequencies are short waves, one is stretched eightfold, one is blended."""
    folder = save_model(tmp_path / "m", model_tensors(), rope_scaling=LLAMA3, rope_theta=10000)
    factors = load_checkpoint(folder).rope_factors
    wave = 2 * np.pi * 10000.0 ** (np.arange(4) / 4)
    assert wave[1] < 400 / 4 < wave[2] < 400 / 0.5 < wave[3]
    smooth = (400 / wave[2] - 0.5) / (4 - 0.5)
    np.testing.assert_allclose(factors, [1, 1, 1 / ((1 - smooth) / 8 + smooth), 8])
    newer = {"rope_parameters": LLAMA3 | {"rope_theta": 10000}}
    again = load_checkpoint(save_model(tmp_path / "n", model_tensors(), **newer))
    np.testing.assert_array_equal(again.rope_factors, factors)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float64])
def test_other_dtypes_become_float32(tmp_path: Path, dtype: type) -> None:
    tensors = {n: x.astype(dtype) for n, x in model_tensors().items()}
    if dtype is np.float64:
        load_checkpoint(save_model(tmp_path / "m", tensors))
        return
    got = load_checkpoint(save_model(tmp_path / "m", tensors)).tensors
    name = "model.embed_tokens.weight"
    assert (got[name] == tensors[name].astype(np.float32)).all()


def test_head(tmp_path: Path) -> None:
    both = model_tensors(tied=False)
    folder = save_model(tmp_path / "m", both)
    assert "lm_head.weight" not in load_checkpoint(folder).tensors
    folder = save_model(tmp_path / "m", both, tie_word_embeddings=False)
    assert (load_checkpoint(folder).tensors["lm_head.weight"] == both["lm_head.weight"]).all()
    folder = save_model(tmp_path / "m", model_tensors(), tie_word_embeddings=False)
    refused(lambda: load_checkpoint(folder), "model.safetensors", "lm_head.weight")


def test_config_defaults_are_hugging_faces(tmp_path: Path) -> None:
    raw = {k: v for k, v in CONFIG.items() if k not in ("num_key_value_heads", "head_dim")}
    folder = tmp_path / "m"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(raw | {"rope_parameters": {"rope_theta": 7.0}}))
    c = ModelConfig("m", 16, 24, 2, 4, 4, 4, 20, 7.0, 1e-6)
    save_file(
        {n: np.ones(s, np.float32) for n, s in tensor_shapes(c, True).items()},
        folder / "model.safetensors",
    )
    assert load_checkpoint(folder).config == c


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"model_type": "qwen2"}, ["model_type", "qwen2"]),
        ({"architectures": ["MistralForCausalLM"]}, ["architectures", "MistralForCausalLM"]),
        ({"rope_scaling": {"rope_type": "llama3", "factor": 8.0}}, ["rope_scaling", "low_freq_factor"]),
        ({"rope_scaling": LLAMA3 | {"factor": 0.5}}, ["rope_scaling", "0.5", "factor >= 1"]),
        ({"rope_scaling": LLAMA3 | {"low_freq_factor": "x"}}, ["low_freq_factor", "'x'"]),
        ({"quantization_config": {"quant_method": "gptq"}}, ["quantization_config", "'gptq'"]),
        ({"quantization_config": "gptq"}, ["quantization_config", "'gptq'"]),
        ({"rope_scaling": {"type": "linear"}}, ["rope_scaling", "linear"]),
        ({"rope_scaling": 2}, ["rope_scaling", "2"]),
        ({"rope_parameters": {"rope_type": "yarn"}}, ["rope_parameters", "yarn"]),
        ({"attention_bias": True}, ["attention_bias"]),
        ({"mlp_bias": True}, ["mlp_bias"]),
        ({"hidden_act": "gelu"}, ["hidden_act", "gelu"]),
        ({"hidden_size": None}, ["hidden_size"]),
        ({"hidden_size": "big"}, ["hidden_size", "'big'"]),
        ({"num_hidden_layers": 0}, ["num_hidden_layers", "0"]),
        ({"num_key_value_heads": 3}, ["num_attention_heads", "4"]),
        ({"head_dim": 7}, ["head_dim", "7"]),
        ({"rope_theta": "x"}, ["rope_theta", "'x'"]),
        ({"tie_word_embeddings": "yes"}, ["tie_word_embeddings", "'yes'"]),
    ],
)
def test_config_refusals(tmp_path: Path, change: dict[str, object], parts: list[str]) -> None:
    folder = save_model(tmp_path / "m", model_tensors(), **change)
    refused(lambda: load_checkpoint(folder), "config.json", *parts)


def test_unscaled_rope_is_accepted(tmp_path: Path) -> None:
    load_checkpoint(save_model(tmp_path / "m", model_tensors(), rope_scaling={"rope_type": "default"}))


def test_file_refusals(tmp_path: Path) -> None:
    refused(lambda: load_checkpoint(tmp_path / "none"), "none", "does not exist")
    folder = save_model(tmp_path / "m", model_tensors())
    (folder / "config.json").write_text("{oops")
    refused(lambda: load_checkpoint(folder), "config.json", "JSON")
    (folder / "config.json").write_text("[]")
    refused(lambda: load_checkpoint(folder), "config.json", "object")
    (folder / "config.json").write_bytes(b"\xff\xfe")
    refused(lambda: load_checkpoint(folder), "config.json", "JSON")
    (folder / "config.json").unlink()
    refused(lambda: load_checkpoint(folder), "config.json", "does not exist")


@pytest.mark.parametrize("kept", [0, 4, 100, 0.5, -1])
def test_truncated_weights(tmp_path: Path, kept: float) -> None:
    folder = save_model(tmp_path / "m", model_tensors())
    file = folder / "model.safetensors"
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * kept) if kept == 0.5 else int(kept)])
    refused(lambda: load_checkpoint(folder), "model.safetensors", "truncated")


def test_missing_weights(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "m", model_tensors())
    (folder / "model.safetensors").unlink()
    refused(lambda: load_checkpoint(folder), "model.safetensors", "does not exist")
    (folder / "model.safetensors.index.json").write_text("{}")
    refused(lambda: load_checkpoint(folder), "model.safetensors.index.json", "weight_map")


def test_tensor_refusals(tmp_path: Path) -> None:
    folder = tmp_path / "m"
    tensors = model_tensors()
    del tensors[Q]
    refused(lambda: load_checkpoint(save_model(folder, tensors)), "model.safetensors", Q)
    tensors = model_tensors() | {Q: np.zeros((32, 17), np.float32)}
    refused(lambda: load_checkpoint(save_model(folder, tensors)), Q, "[32, 17]", "[32, 16]")
    tensors = model_tensors() | {Q.replace("weight", "bias"): np.zeros(32, np.float32)}
    refused(lambda: load_checkpoint(save_model(folder, tensors)), "q_proj.bias")
    tensors = model_tensors() | {Q: np.zeros((32, 16), np.int32)}
    refused(lambda: load_checkpoint(save_model(folder, tensors)), Q, "I32")
    for bad in (np.nan, np.inf, -np.inf):
        tensors = model_tensors()
        tensors[Q][3, 2] = bad
        refused(lambda t=tensors: load_checkpoint(save_model(folder, t)), f"{Q}[3, 2]", str(bad))
    wide = {n: x.astype(np.float64) for n, x in model_tensors().items()}
    wide[Q][0, 1] = 1e300
    refused(lambda: load_checkpoint(save_model(folder, wide)), f"{Q}[0, 1]", "inf")


@pytest.mark.parametrize("name", ["tiny", "tiny-2bit"])
def test_the_models_of_the_project_load(name: str) -> None:
    c = load_checkpoint(MODELS / name)
    assert c.config == ModelConfig(name, 128, 384, 4, 4, 2, 32, 512)
    assert load_tokenizer(c.tokenizer, c.config.vocab_size).vocab_size == 512
