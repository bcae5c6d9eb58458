"""Models that people bring: from their files to tokens of the RTL, every beat compared."""

from __future__ import annotations

import json

import numpy as np
from safetensors.numpy import save_file

from golden.checkpoint import tensor_shapes
from golden.config import ModelConfig
from golden.library import load_model
from golden.tests import gguf_files
from golden.tests.sizes import random_adapter
from golden.weights import prepare_adapter
from verif.chip.test_generate import generate
from verif.lib.chip import script_for
from verif.lib.identity import identity, run_folder

ODD = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 50,
    "intermediate_size": 70,
    "num_hidden_layers": 2,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "head_dim": 8,
    "vocab_size": 61,
    "hidden_act": "silu",
    "tie_word_embeddings": False,
    "rope_theta": 1e4,
    "rms_norm_eps": 1e-5,
}


def test_odd_sizes(chips, tmp_path):
    """Nine heads of eight elements, hidden and ffn no multiple of anything: padded by the burner."""
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(ODD))
    r = np.random.default_rng(3)
    sizes = (50, 70, 2, 9, 3, 8, 61)
    shapes = tensor_shapes(ModelConfig("odd", *sizes), tied=False)
    tensors = {n: r.normal(0, 0.2, s).astype(np.float32) for n, s in shapes.items()}
    save_file(tensors, folder / "model.safetensors")
    model = load_model(str(folder))
    assert model.geometry.head_dim > 8 and model.geometry.hidden > 50
    script = script_for(model, run_folder(identity()))
    adapter = prepare_adapter(random_adapter(model.geometry, 3), model.geometry)
    script.run([1, 60, 7], 3).load(0, adapter).select(1).run([], 3)
    assert len(chips.check(script).generated) == 6


def test_gguf(chips, tmp_path):
    """A GGUF of Q4_1 and Q8_0 tensors runs on the chip that is chosen for it."""
    tensors = gguf_files.random_tensors()
    kinds = {
        n: gguf_files.Kind.Q8_0 if n == gguf_files.EMBEDDING else gguf_files.Kind.Q4_1
        for n, x in tensors.items()
        if x.ndim == 2
    }
    model = load_model(str(gguf_files.write(tmp_path / "m.gguf", tensors, kinds)))
    checker = chips.check(script_for(model, run_folder(identity())).run([1, 2], 4))
    assert len(checker.generated) == 4


def test_smollm2():
    """SmolLM2-135M goes on with a text."""
    done = generate(MODEL="smollm2", PROMPT="Hello", TOKENS="2")
    assert done.returncode == 0, done.stderr
    assert "0 mismatches" in done.stdout
