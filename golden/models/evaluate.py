"""Loss of a model on the held-out text: in float32, and as the chip computes it.

``python -m golden.models.evaluate [--model tiny] [--adapter NAME] [--windows N]``. The text is cut
into windows of one context plus one token, as in training; the loss is the mean cross-entropy of
the next token in nats. A model with an adapter has the chip's loss only.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from golden.errors import RomaError
from golden.library import ROOT, Loaded, load_lora, load_model
from golden.model import Model
from golden.reference import dequantised_tensors, forward
from golden.tokenizer import load_tokenizer

Array = np.ndarray


def cross_entropy(logits: Array, targets: Array) -> Array:
    """Nats of every target: ``logits`` [n, vocab], ``targets`` [n]; float64."""
    x = logits.astype(np.float64)
    top = x.max(axis=1)
    total = top + np.log(np.exp(x - top[:, None]).sum(axis=1))
    return total - x[np.arange(len(x)), targets]


def windows_of(tokens: list[int], context: int, limit: int | None) -> Array:
    """Cut into int [windows, context + 1]; raises RomaError when there is no whole window."""
    n = len(tokens) // (context + 1)
    if n == 0:
        raise RomaError(
            f"the text has {len(tokens)} tokens, one window needs {context + 1}: use a longer text"
        )
    cut = np.array(tokens[: n * (context + 1)]).reshape(n, context + 1)
    return cut if limit is None else cut[:limit]


def chip_logits(model: Model, tokens: Array) -> Array:
    """Logits [n, vocab] of a sequence that starts at position 0."""
    model.reset()
    out = []
    for pos, token in enumerate(tokens.tolist()):
        model.step(token, pos, True)
        out.append(model.logits)
    return np.stack(out)


def evaluate(loaded: Loaded, model: Model, windows: Array, adapted: bool) -> dict[str, float]:
    """Mean loss by kind of arithmetic, with a line of progress now and then."""
    sources = {}
    if not adapted:
        sources = {
            "float32, weights as stored": loaded.checkpoint.tensors,
            "float32, quantised weights": dequantised_tensors(loaded.weights),
        }
    vocab = loaded.geometry.model.vocab_size
    sums = dict.fromkeys([*sources, "chip"], 0.0)
    for done, window in enumerate(windows, 1):
        tokens, targets = window[:-1], window[1:]
        for name, tensors in sources.items():
            logits = forward(tensors, loaded.geometry.model, tokens.tolist())
            sums[name] += float(cross_entropy(logits, targets).sum())
        logits = chip_logits(model, tokens)[:, :vocab]
        sums["chip"] += float(cross_entropy(logits, targets).sum())
        if done % 10 == 0 or done == len(windows):
            print(f"{done}/{len(windows)} windows", file=sys.stderr, flush=True)
    return {name: total / windows[:, 1:].size for name, total in sums.items()}


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
        windows = windows_of(tokenizer.encode(text), loaded.geometry.chip.context, args.windows)
    except RomaError as error:
        print(error, file=sys.stderr)
        return 2
    losses = evaluate(loaded, Model(loaded.weights, adapter), windows, adapter is not None)
    for name, loss in losses.items():
        print(f"{args.model}: loss {loss:.4f} ({name}, {windows[:, 1:].size} tokens)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
