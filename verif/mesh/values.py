"""FP32 stimulus of the reductions: arrays of a kind, leaves along the first axis."""

from __future__ import annotations

import numpy as np

from golden.formats import canonical
from verif.fp.operands import SPECIAL, words

KINDS = ("usual", "any", "cancelling", "tiny", "huge", "special", "equal")


def leaves(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> np.ndarray:
    """float32 of ``shape``, what the hardware means by random bit patterns of ``kind``."""
    n = int(np.prod(shape))
    limits = {"usual": (120, 134), "tiny": (0, 3), "huge": (252, 255)}.get(kind, (0, 255))
    w = words(rng, n, *limits)
    if kind == "special":
        w = rng.choice(SPECIAL, n)
    x = w.view(np.float32).reshape(shape)
    if kind == "equal":
        x = np.broadcast_to(x[:1], shape)
    if kind == "cancelling":
        x = x.copy()
        pairs = len(x) // 2
        x[1 : 2 * pairs : 2] = -x[0 : 2 * pairs : 2] * rng.choice([np.float32(1), np.float32(0.5)], 1)
    return canonical(np.ascontiguousarray(x))
