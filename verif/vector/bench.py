"""What the benches of a vector unit's blocks share: operands of every class, a model's token, resets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Self

import numpy as np

from golden.library import load_model
from golden.model import Model
from golden.schedule import TokenTrace
from golden.weights import ModelWeights
from verif.matrix.cycle_bench import CycleBench, random_stream

CORNERS = np.float32([0.0, -0.0, 1, -1, 3.4028235e38, -3.4028235e38, 1.1754944e-38, -1.1754944e-38])
POWERS_OF_TWO = "legal: a power of two, 2 to 64"  # ROWS


class VectorBench(CycleBench):
    """A block of a vector unit; ``constants`` are its inputs from the beginning on."""

    constants: Mapping[str, int] = {}

    @classmethod
    async def ready(cls, dut: Any, name: str) -> Self:
        """A bench behind reset, with the random stream of the test ``name``."""
        b = cls(dut, random_stream(name))
        await b.start(**cls.constants)
        return b

    def values(self, *shape: int, corners: float = 0.15) -> np.ndarray:
        """FP32 of many sizes; a share of zeros of both signs, ones, extremes of both kinds."""
        x = self.rng.normal(0, 1, shape) * 10.0 ** self.rng.integers(-4, 4, shape)
        x = np.where(self.rng.random(shape) < corners, self.rng.choice(CORNERS, shape), x)
        return x.astype(np.float32)

    def wait(self, gaps: bool) -> None:
        """Some cycles without a word, now and then."""
        self.t += int(self.rng.choice([0, 0, 1, 4])) if gaps else 0

    async def end(self) -> None:
        """Play the plan; it must have compared something."""
        await self.run()
        self.finish()

    def resets(self, job: Callable[[], None], last: int) -> None:
        """A reset in each of the first ``last`` cycles of a job; the job behind it is whole."""
        for after in range(last):
            begin = self.t
            job()
            self.cut(begin + after)
            job()


def all_pairs(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Every pair of corner values, as words of n lanes."""
    a, b = (x.ravel() for x in np.meshgrid(CORNERS, CORNERS))
    short = -len(a) % n
    return np.pad(a, (0, short)).reshape(-1, n), np.pad(b, (0, short)).reshape(-1, n)


def in_words(x: np.ndarray, n: int, most: int = 40) -> np.ndarray:
    """A vector as words of n lanes, the first ``most`` of them."""
    flat = np.ravel(x)
    return flat[: min(len(flat) // n, most) * n].reshape(-1, n)


@cache
def tiny() -> ModelWeights:
    """The weights of ``tiny``."""
    return load_model("tiny").weights


@cache
def token() -> dict[tuple[int, str], dict[str, np.ndarray]]:
    """What tiny computes for the fourth token of a text: (layer, name) to arrays, by golden's trace hook."""
    trace = TokenTrace()
    model = Model(tiny(), trace=trace)
    for number in (17, 5, 90, 33):
        model.step(number, 0, sample=True)
    return trace.values
