"""The whole model: against the float reference, fast against slow, trace on and off, adapters."""

from pathlib import Path

import numpy as np
import pytest

from golden import attention as attention_module
from golden import models
from golden.blocks import Blocks
from golden.geometry import LINEARS, preset
from golden.model import Model, generate
from golden.reference import dequantised_tensors, forward
from golden.tests.sizes import GEOMETRIES, ODD, random_adapter, random_weights, same_bits
from golden.weights import prepare, prepare_adapter

TINY = Path(models.__file__).parent / "tiny"


class Recorder:
    """A trace hook that keeps everything."""

    def __init__(self):
        self.values = {}

    def emit(self, name, layer, **arrays):
        """Keep what the model says; nothing may be said twice."""
        assert (layer, name) not in self.values
        self.values[layer, name] = arrays


def logits_of(model, tokens):
    model.reset()
    out = []
    for pos, token in enumerate(tokens):
        model.step(token, pos, True)
        out.append(model.logits)
    return np.stack(out)


def tokens_for(g, n=20, seed=0):
    n = min(n, g.chip.context)
    return np.random.default_rng(seed).integers(0, g.model.vocab_size, n).tolist()


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("name", list(GEOMETRIES))
def test_reference(name, tied):
    """Against the float model on the same quantised weights: only the chip's arithmetic differs."""
    g = GEOMETRIES[name]
    weights, tokens = random_weights(g, tied=tied), tokens_for(g)
    got = logits_of(Model(weights), tokens)
    want = forward(dequantised_tensors(weights), g.model, tokens)
    assert got.shape == want.shape == (len(tokens), g.model.vocab_size)
    assert np.sqrt(np.mean((got - want) ** 2)) < 0.05 * want.std()


@pytest.mark.parametrize("name", ["tiny", "tiny-wide", "odd", "shared"])
def test_reference_with_adapter(name):
    g = GEOMETRIES[name]
    weights, tokens, adapter = random_weights(g), tokens_for(g), random_adapter(g, 4)
    got = logits_of(Model(weights, prepare_adapter(adapter, g)), tokens)
    tensors = dequantised_tensors(weights)
    want = forward(tensors, g.model, tokens, adapter.pairs)
    without = forward(tensors, g.model, tokens)
    assert np.sqrt(np.mean((got - want) ** 2)) < 0.07 * want.std()
    assert np.sqrt(np.mean((got - without) ** 2)) > 0.1 * want.std()


@pytest.mark.parametrize("name", ["tiny", "tiny-2bit", "tiny-wide", "odd"])
def test_slow_paths_give_the_same_bits(name, monkeypatch):
    """Every operator by its definition, never by prepared weights."""
    g = GEOMETRIES[name]
    model = Model(random_weights(g), prepare_adapter(random_adapter(g, 3), g))
    tokens = tokens_for(g, 6)
    want = logits_of(model, tokens)
    monkeypatch.setattr(Blocks, "ordinary", property(lambda self: False))
    same_bits(logits_of(model, tokens), want)


@pytest.mark.parametrize("adapted", [False, True])
@pytest.mark.parametrize("name", ["tiny", "tiny-wide", "odd"])
def test_trace_changes_nothing(name, adapted):
    g = GEOMETRIES[name]
    model = Model(random_weights(g), prepare_adapter(random_adapter(g, 3), g) if adapted else None)
    tokens = tokens_for(g, 8)
    want = logits_of(model, tokens)
    model.reset()
    for pos, token in enumerate(tokens):
        model.trace = Recorder()
        model.step(token, pos, True)
        same_bits(model.logits, want[pos])


def test_trace_is_complete():
    """Names, shapes and types of the table in golden/model.py."""
    g = ODD
    m, chip, hb = g.model, g.chip, g.chip.h_block
    trace = Recorder()
    model = Model(random_weights(g), prepare_adapter(random_adapter(g, 3), g), trace)
    model.step(1, 0, False)
    trace.values.clear()
    sampled = model.step(2, 1, True)
    seen = {
        key: {n: (np.shape(a), getattr(a, "dtype", type(a))) for n, a in v.items()}
        for key, v in trace.values.items()
    }
    f, i8, u8, i32 = (np.dtype(t) for t in (np.float32, np.int8, np.uint8, np.int32))

    def send(n, block):
        return {"m": ((n,), i8), "e": ((n // block,), u8), "s": ((n // block,), i32)}

    want = {(-1, "embed"): {"x": ((g.hidden,), f)}, (-1, "send:norm"): send(g.hidden, chip.block)}
    want |= {(-1, "rinv:norm"): {"value": ((), f)}, (-1, "sample"): {"token": ((), int)}}
    want[-1, "sample"] |= {"value": ((g.vocab,), f), "drawn": ((), bool)}
    linears = [(layer, n) for layer in range(m.num_hidden_layers) for n in LINEARS]
    for layer, name in [*linears, (-1, "lm_head")]:
        n, k = g.shape[name]
        want[layer, f"acc:{name}"] = {"acc": ((g.chunks(k), n), f)}
        want[layer, f"drain:{name}"] = {"y": ((n,), f), "out": ((n,), f)}
        if layer >= 0:
            want[layer, f"lora_t:{name}"] = {"t": ((chip.max_rank,), f)}
            want[layer, f"send:{name} t"] = send(g.t_blocks * hb, hb)
            want[layer, f"lora_b:{name}"] = {"y": ((n,), f)}
    for layer in range(m.num_hidden_layers):
        for norm in ("input_layernorm", "post_attention_layernorm"):
            want[layer, f"send:{norm}"] = send(g.hidden, chip.block)
            want[layer, f"rinv:{norm}"] = {"value": ((), f)}
        for what, n, block in (
            ("q", m.q_dim, hb),
            ("k", m.kv_dim, hb),
            ("v", m.kv_dim, hb),
            ("attn", m.q_dim, chip.block),
            ("mlp", g.intermediate, chip.block),
        ):
            want[layer, f"send:{what}"] = send(n, block)
        heads = m.num_attention_heads
        want[layer, "score"] = {"s": ((heads, 2), f)}
        want[layer, "gmax"] = {"m": ((heads,), f)}
        want[layer, "prob"] = {"p": ((heads, 2), f)}
        want[layer, "reduce"] = {
            "ctx": ((m.q_dim,), f),
            "sums": ((heads,), f),
            "inv": ((heads,), f),
        }
    assert seen == want
    v = trace.values
    assert v[-1, "sample"]["token"] == sampled
    same_bits(v[-1, "drain:lm_head"]["out"][: m.vocab_size], model.logits)
    assert not v[1, "drain:o_proj"]["out"][m.hidden_size :].any()  # the residual's padding stays 0


def test_only_one_path_of_values():
    """The trace's pieces fit together: acc + LoRA = y, y * rinv = out, x + y = out."""
    g = preset("tiny")
    trace = Recorder()
    model = Model(random_weights(g), prepare_adapter(random_adapter(g, 3), g), trace)
    model.step(5, 0, True)
    v = trace.values
    for name in ("q_proj", "down_proj"):
        same_bits(v[2, f"acc:{name}"]["acc"][-1] + v[2, f"lora_b:{name}"]["y"], v[2, f"drain:{name}"]["y"])
    q = v[2, "drain:q_proj"]
    same_bits(q["y"] * v[2, "rinv:input_layernorm"]["value"], q["out"])
    o = v[0, "drain:o_proj"]
    same_bits(v[-1, "embed"]["x"] + o["y"], o["out"])


def test_prefill_needs_no_sampling():
    """Logits of the last prompt token do not depend on whether the earlier ones were sampled."""
    g = preset("tiny")
    model, tokens = Model(random_weights(g)), tokens_for(preset("tiny"), 9)
    want = logits_of(model, tokens)[-1]
    model.reset()
    for pos, token in enumerate(tokens[:-1]):
        assert model.step(token, pos, False) is None
    assert model.step(tokens[-1], 8, True) == int(np.argmax(want))
    same_bits(model.logits, want)


def test_generate_stops_at_the_context():
    g = ODD
    model = Model(random_weights(g))
    out = generate(model, [1, 2, 3], 1000)
    assert len(out) == g.chip.context - 3 + 1
    assert generate(model, [1, 2, 3], 5) == out[:5]
    with pytest.raises(ValueError, match="position 24"):
        model.step(1, g.chip.context, True)


def test_adapters_swap_between_tokens():
    """The KV cache stays; swapping back and forth equals models that were made so."""
    g = preset("tiny")
    weights = random_weights(g)
    first, second = (prepare_adapter(random_adapter(g, 4, seed), g) for seed in (1, 2))
    order = [None, first, first, second, None, first]
    tokens = tokens_for(g, len(order))
    model, other = Model(weights), Model(weights, second)
    for pos, (token, adapter) in enumerate(zip(tokens, order, strict=True)):
        for m in (model, other):
            m.select(adapter)
            m.step(token, pos, True)
        same_bits(model.logits, other.logits)
    assert (logits_of(Model(weights, first), tokens)[-1] != model.logits).any()


def test_a_zero_adapter_is_no_adapter():
    g = preset("tiny")
    weights, tokens = random_weights(g), tokens_for(preset("tiny"), 5)
    adapter = random_adapter(g, 4)
    for _, b in adapter.pairs.values():
        b[:] = 0
    same_bits(
        logits_of(Model(weights, prepare_adapter(adapter, g)), tokens),
        logits_of(Model(weights), tokens),
    )


def test_step_back_rewrites():
    """A position may be taken again: what lay behind it is forgotten."""
    g = preset("tiny")
    model, tokens = Model(random_weights(g)), tokens_for(preset("tiny"), 7)
    want = logits_of(model, tokens)
    model.step(3, 4, True)
    with pytest.raises(ValueError, match="does not follow"):
        model.step(3, 6, True)
    for pos in (4, 5, 6):
        model.step(tokens[pos], pos, True)
        same_bits(model.logits, want[pos])


@pytest.mark.parametrize("token", [-1, 512])
def test_no_such_token(token):
    with pytest.raises(ValueError, match="vocabulary"):
        Model(random_weights(preset("tiny"))).step(token, 0, True)


def test_fast_flag_is_only_speed(monkeypatch):
    """The model of one geometry writes what it writes with attention's slow path."""
    g = preset("tiny-wide")
    model = Model(random_weights(g))
    want = generate(model, [1, 2, 3], 20)
    definition = attention_module.attention
    monkeypatch.setattr("golden.model.attention", lambda *a: definition(*a, fast=False))
    assert generate(model, [1, 2, 3], 20) == want


@pytest.mark.parametrize("name, chip", [("tiny", "tiny"), ("tiny", "tiny-wide"), ("tiny-2bit", "tiny-2bit")])
def test_trained_model(name, chip):
    """Top-1 agreement with float32 on the same quantised weights over 200 held-out tokens."""
    from golden.checkpoint import load_checkpoint
    from golden.tokenizer import load_tokenizer

    loaded = load_checkpoint(TINY.parent / name)
    g = preset(chip)
    weights = prepare(loaded, g)
    text = (TINY / "heldout.txt").read_text()[2000:4000]
    tokens = load_tokenizer(TINY / "tokenizer.json", g.model.vocab_size).encode(text)[:200]
    got = logits_of(Model(weights), tokens)
    want = forward(dequantised_tensors(weights), g.model, tokens)
    exact = forward(loaded.tensors, g.model, tokens)
    agree = (got.argmax(axis=1) == want.argmax(axis=1)).mean()
    print(f"{name} on {chip}: top-1 {agree:.3f}, with the float checkpoint", end=" ")
    print(f"{(got.argmax(axis=1) == exact.argmax(axis=1)).mean():.3f}")
    assert agree > 0.93
    log_p, log_q = (x - np.log(np.exp(x).sum(axis=1, keepdims=True)) for x in (want, got))
    assert (np.exp(log_p) * (log_p - log_q)).sum(axis=1).mean() < 0.01
