"""make accuracy and make quantise: figures, gates, llama.cpp, refusals."""

import json

import numpy as np
import pytest

from golden.accuracy.metrics import Figures
from golden.errors import RomaError
from golden.library import load_model
from golden.reference import forward
from tools import accuracy, accuracy_plots, accuracy_points, quantise
from tools.llama_cpp import llama_cpp, merged

SENTENCES = "It is a truth universally acknowledged, that a single man must be in want of a wife. " * 30


def run(tool, monkeypatch, tmp_path, **env):
    """Exit code of a tool with these options; its record goes to ``tmp_path``."""
    for name in ("MODEL", "ADAPTER", "CHIP", "BITS", "BLOCK", "TEXT", "SKIP", "TOKENS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AGAINST", "LLAMA_CPP", "PLOTS", "METHOD", "OUT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setattr("verif.lib.record.SIM_BUILD", tmp_path / "build")
    monkeypatch.setattr("tools.accuracy.SIM_BUILD", tmp_path / "build")
    return tool.main()


def test_llama_cpp_is_the_reference():
    """An independent engine on the same weights, an adapter merged into them."""
    tiny = load_model("tiny")
    config, tensors = tiny.geometry.model, tiny.checkpoint.floats()
    r = np.random.default_rng(0)
    tokens = [r.integers(0, 512, n).tolist() for n in (60, 1, 17)]
    pair = r.normal(0, 0.1, (4, 128)).astype(np.float32), r.normal(0, 0.1, (128, 4)).astype(np.float32)
    pairs = {(2, "q_proj"): pair}
    factors = np.linspace(1, 4, 16)
    with llama_cpp(config, merged(tensors, pairs), factors, 64) as engine:
        got = np.concatenate([x for _, x in engine.logits(tokens)])
    want = np.concatenate([forward(tensors, config, t, pairs, factors) for t in tokens])
    assert np.abs(got - want).max() < 0.05
    plain = np.concatenate([forward(tensors, config, t) for t in tokens])
    assert np.abs(got - plain).max() > 0.5


def test_accuracy_of_tiny(monkeypatch, tmp_path, capsys):
    assert run(accuracy, monkeypatch, tmp_path, MODEL="tiny", TOKENS=300, ADAPTER="kjv") == 0
    text = capsys.readouterr().out
    assert "300 positions of heldout.txt, teacher-forced, 2 windows" in text
    assert "tiny with adapter kjv on chip tiny, computed by the golden model" in text
    record = json.loads((tmp_path / "build" / "accuracy.json").read_text())
    engines = record["engines"]
    assert set(engines) == {"reference", "llama.cpp", "float32, ROM's weights", "chip"}
    assert engines["llama.cpp"]["kl"] < 1e-5 and engines["llama.cpp"]["agreement"] > 0.99
    assert 0 < engines["chip"]["kl"] < 0.05
    assert record["missed"] == "" and record["gates"] is None


def test_quantised_folder_is_measured(monkeypatch, tmp_path, capsys):
    """What make quantise says is what make accuracy takes."""
    text = tmp_path / "text"
    text.write_text(SENTENCES)
    out = tmp_path / "q"
    options = {"MODEL": "tiny", "TEXT": text, "BITS": 2}
    assert run(quantise, monkeypatch, tmp_path, METHOD="gptq", TOKENS=300, OUT=out, **options) == 0
    told = capsys.readouterr().out
    assert f"make accuracy MODEL={out} AGAINST=tiny BITS=2 SKIP=300" in told
    options |= {"MODEL": out, "AGAINST": "tiny", "SKIP": 300, "TOKENS": 200, "LLAMA_CPP": 0}
    assert run(accuracy, monkeypatch, tmp_path, **options) == 0
    assert "reference: float32 on the weights of tiny" in capsys.readouterr().out
    record = json.loads((tmp_path / "build" / "accuracy.json").read_text())
    assert 0.01 < record["engines"]["chip"]["kl"] < 1


def figures(tokens, ratio, kl):
    return Figures(tokens, 1, 1, ratio, 0, kl, 0, 1)


def test_gates():
    assert accuracy.missed("smollm2", figures(1024, 1.03, 0.02)) == ""
    assert "ratio 1.0310 exceeds 1.03" in accuracy.missed("smollm2", figures(256, 1.031, 0.01))
    assert "mean KL 0.0210 exceeds 0.02" in accuracy.missed("smollm2", figures(256, 1, 0.021))
    assert accuracy.missed("smollm2", figures(255, 2, 1)) == accuracy.missed("tiny", figures(999, 2, 1)) == ""


@pytest.mark.parametrize(
    "tool, env, says",
    [
        (accuracy, {"TOKENS": "0"}, "TOKENS is '0'"),
        (accuracy, {"TOKENS": "99999999"}, "longer text or fewer TOKENS"),
        (accuracy, {"TEXT": "nowhere.txt"}, "nowhere.txt is not readable"),
        (accuracy, {"SKIP": "-1"}, "SKIP is '-1'"),
        (accuracy, {"LLAMA_CPP": "yes"}, "LLAMA_CPP is 'yes', legal: 0 or 1"),
        (accuracy, {"BITS": "3"}, "weight_bits is 3"),
        (accuracy, {"ADAPTER": "nobody"}, "adapter 'nobody'"),
        (accuracy, {"MODEL": "nothing"}, "model 'nothing'"),
        (accuracy, {"PLOTS": "1", "MODEL": "nothing"}, "MODEL is 'nothing', legal with PLOTS: tiny, smollm2"),
        (quantise, {}, "OUT is not given"),
        (quantise, {"OUT": "golden"}, "OUT golden exists"),
        (quantise, {"OUT": "q", "METHOD": "best"}, "METHOD is 'best', legal: rtn, search, gptq"),
        (quantise, {"OUT": "q", "BITS": "8"}, "BITS is '8', legal: 2 or 4"),
    ],
)
def test_refusals(tool, env, says, monkeypatch, tmp_path, capsys):
    assert run(tool, monkeypatch, tmp_path, **{"MODEL": "tiny", **env}) == 2
    told = capsys.readouterr().err
    assert says in told and "Traceback" not in told
    assert told.strip().splitlines()[-1].startswith("error: ")


def point(kl):
    return {
        "perplexity": 9.0,
        "ratio": 1 + kl,
        "ratio_error": 0.001,
        "kl": kl,
        "kl_error": 1e-5,
        "agreement": 0.9,
    }


def sweep(name):
    """Points of every sweep."""
    out = {
        f"block {b}": dict.fromkeys(("weights", "arithmetic", "chip"), point(b / 1e4))
        for b in (16, 32, 64, 128)
    }
    out |= {f"bits {b}": dict.fromkeys(("weights", "arithmetic", "chip"), point(1 / b)) for b in (8, 4, 2)}
    out["trained 2 group 32"] = {"reference": point(0), "weights": point(0.05)}
    for group in accuracy_points.GROUPS[name]:
        for method in accuracy_points.METHODS:
            for bits in (2, 4):
                out[f"{method} {bits} group {group}"] = {"reference": point(0), "weights": point(0.1)}
    return out


def test_page_and_plots(monkeypatch, tmp_path, capsys):
    """From kept points: the tables between their marks, plots that do not change from run to run."""
    kept = tmp_path / "numbers.json"
    kept.write_text(json.dumps({name: sweep(name) for name in ("tiny", "smollm2")}))
    page = tmp_path / "numbers.md"
    page.write_text(accuracy_plots.PAGE.read_text())
    monkeypatch.setattr(accuracy_points, "FILE", kept)
    monkeypatch.setattr(accuracy_plots, "PAGE", page)
    monkeypatch.setattr(accuracy_plots, "ROOT", tmp_path)
    seen = []
    for _ in range(2):
        assert run(accuracy_plots, monkeypatch, tmp_path) == 0
        seen.append([p.read_bytes() for p in sorted(tmp_path.glob("numbers*"))])
    assert seen[0] == seen[1] and len(seen[0]) == 4
    assert "| `smollm2` | 128 | 0.01280 | 1.0128 ± 0.0010 |" in page.read_text()
    assert "computed by the golden model" in page.read_text()
    with pytest.raises(RomaError, match="marks of 'x'"):
        accuracy_plots.put(page.read_text(), "x", "")
