"""How fast the golden model writes, and how closely it follows float32.

``python -m golden.benchmark [--model tiny] [--adapter NAME]``: tokens per second of CPU time over a
generation, top-1 agreement and KL divergence on held-out text against the textbook forward pass.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np

from golden.errors import RomaError
from golden.library import ROOT, load_lora, load_model
from golden.model import Model, generate
from golden.reference import dequantised_tensors, forward
from golden.tokenizer import load_tokenizer

PROMPT_TOKENS, NEW_TOKENS, ROUNDS, TEXT_TOKENS = 8, 64, 5, 240


def speed(model: Model, prompt: list[int], count: int, rounds: int) -> float:
    """Tokens (prompt and new) per second of CPU time, the best of ``rounds`` generations."""
    best = np.inf
    for _ in range(rounds):
        start = time.process_time()
        generate(model, prompt, count)
        best = min(best, time.process_time() - start)
    return (len(prompt) + count - 1) / best


def agreement(got: np.ndarray, want: np.ndarray) -> tuple[float, float]:
    """Share of positions with the same best token, and mean KL(want || got) in nats."""
    same = float((got.argmax(axis=1) == want.argmax(axis=1)).mean())
    p, q = (_log_softmax(x.astype(np.float64)) for x in (want, got))
    return same, float((np.exp(p) * (p - q)).sum(axis=1).mean())


def _log_softmax(x: np.ndarray) -> np.ndarray:
    return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m golden.benchmark", description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="tiny", help="name or checkpoint folder")
    parser.add_argument("--adapter", help="name or adapter folder")
    args = parser.parse_args(arguments)
    try:
        loaded = load_model(args.model)
        adapter = load_lora(args.adapter, loaded) if args.adapter else None
        vocab = loaded.geometry.model.vocab_size
        tokens = load_tokenizer(loaded.checkpoint.tokenizer, vocab).encode(_text())
    except RomaError as e:
        print(e, file=sys.stderr)
        return 2
    model = Model(loaded.weights, adapter)
    rate = speed(model, tokens[:PROMPT_TOKENS], NEW_TOKENS, ROUNDS)
    work = f"{PROMPT_TOKENS} prompt + {NEW_TOKENS} new tokens, CPU time"
    print(f"{args.model}: {rate:.0f} tokens/s ({work})")
    if adapter is None:
        tokens = tokens[: min(TEXT_TOKENS, loaded.geometry.chip.context)]
        model.reset()
        got = []
        for pos, token in enumerate(tokens):
            model.step(token, pos, True)
            got.append(model.logits)
        sources = {
            "float32 on the quantised weights": dequantised_tensors(loaded.weights),
            "float32 on the checkpoint": loaded.checkpoint.floats(),
        }
        for what, tensors in sources.items():
            factors = loaded.checkpoint.rope_factors
            want = forward(tensors, loaded.geometry.model, tokens, rope_factors=factors)
            same, kl = agreement(np.stack(got), want)
            figures = f"top-1 {100 * same:.1f}% of {len(tokens)} tokens, KL {kl:.5f}"
            print(f"against {what}: {figures}")
    return 0


def _text() -> str:
    return (ROOT / "tiny" / "heldout.txt").read_text()[2000:6000]


if __name__ == "__main__":
    sys.exit(main())
