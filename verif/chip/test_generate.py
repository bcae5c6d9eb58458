"""``make generate``: what it prints and records, and one clear sentence for every bad input."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from golden.checkpoint import read_tensors
from golden.library import ROOT as MODELS
from verif.lib.tools import ROOT, SIM_BUILD


def generate(**variables: str) -> subprocess.CompletedProcess[str]:
    """``make generate`` without make: the same module, the same variables."""
    names = ("MODEL", "PROMPT", "TOKENS", "ADAPTER", "CHIP", "CHAT", "TEMPERATURE", "WAVES")
    env = {k: v for k, v in os.environ.items() if k not in names} | variables
    command = [sys.executable, "-m", "verif.generate"]
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=600, check=False
    )


@pytest.fixture
def made(tmp_path) -> Path:
    """A sim_build of one's own that shares the chip's builds; the user's record stays his."""
    folder = tmp_path / "sim_build"
    folder.mkdir()
    for name in ("builds", "generated"):
        (SIM_BUILD / name).mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(SIM_BUILD / name)
    return folder


@pytest.fixture
def checkpoint(tmp_path) -> Path:
    """A copy of tiny to break."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json"):
        shutil.copy(MODELS / "tiny" / name, folder)
    # float32, which NumPy can write (the original is bfloat16).
    shutil.copy(MODELS / "tiny-2bit/model.safetensors", folder)
    return folder


@pytest.fixture
def adapter(tmp_path) -> Path:
    """An adapter to break, in float32."""
    folder = tmp_path / "lora"
    shutil.copytree(MODELS / "adapters/shout", folder)
    tensors = read_tensors(folder / "adapter_model.safetensors")
    save_file(
        {k: np.asarray(v, np.float32) for k, v in tensors.items()}, folder / "adapter_model.safetensors"
    )
    return folder


def break_tensor(file: Path, name: str, change) -> None:
    """Replace one tensor of a safetensors file."""
    tensors = load_file(file)
    tensors[name] = np.ascontiguousarray(change(tensors[name]))
    save_file(tensors, file)


def test_it_writes_and_records(made):
    """Text, figures, and the same figures in the record."""
    done = generate(PROMPT='It\'s "quoted" $HOME; `text`', TOKENS="5", SIM_BUILD=str(made))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith('It\'s "quoted" $HOME; `text`')
    record = json.loads((made / "generate.json").read_text())
    assert record["generated"] == 5 and record["mismatches"] == 0 and record["beats_compared"] > 10_000
    assert f"{record['beats_compared']} beats compared, 0 mismatches" in done.stdout
    per = record["cycles_per_token"]
    assert set(per) == {"total", "l_units", "h_units", "sends", "drains", "waiting"}
    assert 0 < record["l_units_busy"] < 1 and record["text"] and record["commit"] is not None


def test_temperature(made):
    """Drawn text: the same for the same seed, another for another."""
    texts = []
    for seed in ("1", "2", "1"):
        done = generate(TOKENS="6", TEMPERATURE="1.2", SEED=seed, SIM_BUILD=str(made))
        assert done.returncode == 0, done.stderr
        texts.append(json.loads((made / "generate.json").read_text())["text"])
    assert texts[0] == texts[2] != texts[1]


def refused(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    """Exit code 2 and one sentence that says all of ``parts``."""
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    assert done.stdout == ""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: "), done.stderr
    for part in parts:
        assert part in lines[0], (part, lines[0])


@pytest.mark.parametrize(
    ("variables", "parts"),
    [
        ({"MODEL": "no/such/model"}, ("no/such/model", "tiny")),
        ({"CHIP": "huge"}, ("huge", "tiny-wide", "smollm2")),
        ({"CHIP": "smollm2"}, ("smollm2",)),
        ({"PROMPT": ""}, ("PROMPT", "empty")),
        ({"PROMPT": "and then " * 400}, ("PROMPT", "256")),
        ({"TOKENS": "0"}, ("TOKENS", "'0'", "from 1")),
        ({"TOKENS": "-3"}, ("TOKENS", "'-3'")),
        ({"TOKENS": "many"}, ("TOKENS", "many")),
        ({"TOKENS": "9999"}, ("TOKENS", "9999", "room for")),
        ({"ADAPTER": "nobody"}, ("nobody", "kjv", "shout")),
        ({"CHAT": "1"}, ("no chat template", "CHAT")),
        ({"TEMPERATURE": "-1"}, ("TEMPERATURE", "'-1'", "greedy")),
        ({"TEMPERATURE": "hot"}, ("TEMPERATURE", "hot")),
        ({"TEMPERATURE": "nan"}, ("TEMPERATURE", "nan")),
        ({"TEMPERATURE": "1e9"}, ("TEMPERATURE", "1e9", "1000")),
    ],
    ids=lambda v: "-".join(v) if isinstance(v, dict) else "",
)
def test_bad_words(variables, parts, tmp_path):
    """A name or number that cannot be: one sentence, and nothing is written anywhere."""
    made = tmp_path / "sim_build"
    refused(generate(**variables, SIM_BUILD=str(made)), *parts)
    assert not made.exists()


def test_truncated_checkpoint(checkpoint, tmp_path):
    """A safetensors file that breaks off."""
    file = checkpoint / "model.safetensors"
    file.write_bytes(file.read_bytes()[:100_000])
    made = tmp_path / "sim_build"
    refused(generate(MODEL=str(checkpoint), SIM_BUILD=str(made)), "model.safetensors")
    assert not made.exists()


def test_tensor_of_the_wrong_shape(checkpoint):
    """Named, with both shapes."""
    name = "model.layers.1.mlp.up_proj.weight"
    break_tensor(checkpoint / "model.safetensors", name, lambda t: t[:-1])
    refused(generate(MODEL=str(checkpoint)), name, "383", "384")


def test_nan_in_a_weight(checkpoint):
    """Named."""
    name = "model.layers.3.self_attn.o_proj.weight"

    def poison(t: np.ndarray) -> np.ndarray:
        t = t.copy()
        t[5, 7] = np.nan
        return t

    break_tensor(checkpoint / "model.safetensors", name, poison)
    refused(generate(MODEL=str(checkpoint)), name)


def test_not_a_llama(checkpoint):
    """Another architecture is refused by name."""
    config = json.loads((checkpoint / "config.json").read_text())
    config |= {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"]}
    (checkpoint / "config.json").write_text(json.dumps(config))
    refused(generate(MODEL=str(checkpoint)), "config.json", "gpt2")


def test_adapter_for_another_model(adapter):
    """A matrix that does not fit the base."""
    name = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"
    break_tensor(adapter / "adapter_model.safetensors", name, lambda t: t[:, :-1])
    refused(generate(ADAPTER=str(adapter)), name, "127", "128")


def test_adapter_of_too_high_a_rank(adapter):
    """Rank beyond max_rank."""
    config = json.loads((adapter / "adapter_config.json").read_text()) | {"r": 32}
    (adapter / "adapter_config.json").write_text(json.dumps(config))
    file = adapter / "adapter_model.safetensors"
    tensors = {
        k: np.ascontiguousarray(np.concatenate([v] * 4, axis=0 if "lora_A" in k else 1))
        for k, v in load_file(file).items()
    }
    save_file(tensors, file)
    refused(generate(ADAPTER=str(adapter)), "32", "16")


def test_a_path_is_a_model(checkpoint, made):
    """The user's own folder runs like a name."""
    done = generate(MODEL=str(checkpoint), TOKENS="2", SIM_BUILD=str(made))
    assert done.returncode == 0, done.stderr
