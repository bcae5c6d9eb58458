"""Loss of a model on the held-out text: in float32, and as the chip computes it.

``python -m golden.models.evaluate [--model tiny] [--adapter NAME] [--windows N]``. The text is cut
into windows of one context plus one token, as in training; the loss is the mean cross-entropy of
the next token in nats. A model with an adapter has the chip's loss only.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from golden.accuracy.measure import Engine, chip, float32
from golden.accuracy.metrics import cross_entropy
from golden.errors import RomaError
from golden.library import ROOT, Loaded, load_lora, load_model
from golden.reference import dequantised_tensors
from golden.tokenizer import load_tokenizer
from golden.weights import PreparedAdapter


def whole_windows(tokens: list[int], context: int, limit: int | None) -> list[list[int]]:
    """Cut into windows of ``context`` + 1 tokens; raises RomaError when there is no whole one."""
    n = len(tokens) // (context + 1)
    if n == 0:
        raise RomaError(
            f"the text has {len(tokens)} tokens, one window needs {context + 1}: use a longer text"
        )
    return [tokens[i * (context + 1) :][: context + 1] for i in range(min(n, limit or n))]


def evaluate(loaded: Loaded, adapter: PreparedAdapter | None, windows: list[list[int]]) -> dict[str, float]:
    """Mean loss by kind of arithmetic, with a line of progress for each."""
    config, factors = loaded.geometry.model, loaded.checkpoint.rope_factors
    engines: dict[str, Engine] = {"chip": chip(loaded.weights, adapter)}
    if adapter is None:
        rom = dequantised_tensors(loaded.weights)
        engines = {
            "float32, weights as stored": float32(loaded.checkpoint.floats(), config, factors),
            "float32, quantised weights": float32(rom, config, factors),
        } | engines
    inputs = [w[:-1] for w in windows]
    targets = np.concatenate([w[1:] for w in windows])
    out = {}
    for name, engine in engines.items():
        print(f"{name} ...", file=sys.stderr, flush=True)
        total = 0.0
        for rows, logits in engine(inputs):
            total += float(cross_entropy(logits, targets[rows]).sum())
        out[name] = total / len(targets)
    return out


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m golden.models.evaluate", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--model", default="tiny", help="name or checkpoint folder")
    parser.add_argument("--adapter", help="name or adapter folder")
    parser.add_argument("--windows", type=int, help="only the first so many windows")
    args = parser.parse_args(arguments)
    try:
        if args.windows is not None and args.windows < 1:
            raise RomaError(f"--windows is {args.windows}, legal: >= 1")
        loaded = load_model(args.model)
        adapter = load_lora(args.adapter, loaded) if args.adapter else None
        tokenizer = load_tokenizer(loaded.checkpoint.tokenizer, loaded.geometry.model.vocab_size)
        text = (ROOT / "tiny" / "heldout.txt").read_text(encoding="utf-8")
        tokens, context = tokenizer.encode(text), loaded.geometry.chip.context
        windows = whole_windows(tokens, context, args.windows)
    except RomaError as error:
        print(error, file=sys.stderr)
        return 2
    losses = evaluate(loaded, adapter, windows)
    count = sum(len(w) - 1 for w in windows)
    for name, loss in losses.items():
        print(f"{args.model}: loss {loss:.4f} ({name}, {count} tokens)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
