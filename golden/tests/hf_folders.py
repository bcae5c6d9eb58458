"""Small Hugging Face and PEFT folders on disk, for tests of the loaders."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from golden.checkpoint import linear_shapes, tensor_shapes
from golden.config import ModelConfig
from golden.errors import RomaError

MODELS = Path(__file__).parents[1] / "models"
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "vocab_size": 20,
    "hidden_act": "silu",
    "tie_word_embeddings": True,
}
MODEL = ModelConfig("m", 16, 24, 2, 4, 2, 8, 20, rms_norm_eps=1e-6)
Q = "model.layers.1.self_attn.q_proj.weight"
PEFT = {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "bias": "none", "use_dora": False}
B_Q = "base_model.model.model.layers.1.self_attn.q_proj.lora_B.weight"
A_Q = B_Q.replace("lora_B", "lora_A")


def model_tensors(tied: bool = True) -> dict[str, np.ndarray]:
    """Random tensors of the test model under Hugging Face names."""
    rng = np.random.default_rng(0)
    return {n: rng.normal(size=s).astype(np.float32) for n, s in tensor_shapes(MODEL, tied).items()}


def save_model(folder: Path, tensors: dict[str, np.ndarray], **config: object) -> Path:
    """Write a checkpoint folder; returns it."""
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG | config))
    save_file(tensors, folder / "model.safetensors")
    return folder


def adapter_tensors() -> dict[str, np.ndarray]:
    """Random LoRA matrices of every linear."""
    rng = np.random.default_rng(1)
    out = {}
    for layer in range(2):
        for name, (n, k) in linear_shapes(MODEL).items():
            p = f"base_model.model.model.layers.{layer}.{name}."
            out[p + "lora_A.weight"] = rng.normal(size=(4, k)).astype(np.float32)
            out[p + "lora_B.weight"] = rng.normal(size=(n, 4)).astype(np.float32)
    return out


def save_adapter(folder: Path, tensors: dict[str, np.ndarray], **config: object) -> Path:
    """Write an adapter folder; returns it."""
    folder.mkdir(exist_ok=True)
    (folder / "adapter_config.json").write_text(json.dumps(PEFT | config))
    save_file(tensors, folder / "adapter_model.safetensors")
    return folder


def refused(load: Callable[[], object], *parts: str) -> None:
    """Check that ``load`` raises RomaError with every part in its sentence."""
    with pytest.raises(RomaError) as caught:
        load()
    text = str(caught.value)
    assert all(p in text for p in parts), text
    assert "\n" not in text
