"""The sweeps behind ``docs/numbers.md``: block length, width of a weight, quantiser.

Every point is kept in sim_build/numbers.json, so that an interrupted run goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

import numpy as np

from golden.accuracy.measure import Engine, chip, compare, float32, windows_of
from golden.accuracy.metrics import Figures
from golden.accuracy.variant import geometry_of, variant
from golden.library import Loaded, load_model
from golden.quantisers.walk import METHODS, quantised_tensors
from golden.reference import dequantised_tensors
from tools.accuracy import TEXT, read_tokens
from verif.lib.tools import SIM_BUILD

Array = np.ndarray
Point = dict[str, float]

FILE = SIM_BUILD / "numbers.json"
CALIBRATION = 6144  # tokens at the beginning of the text; the positions measured come behind them
POSITIONS = {"tiny": 4096, "smollm2": 512}
WINDOW = {"tiny": 256, "smollm2": 512}
BLOCKS = (16, 32, 64, 128)
BITS = (8, 4, 2)
GROUPS = {"tiny": (32,), "smollm2": (32, 64)}


class Sweep:
    """Points of one model; ``points`` maps "block 32" and the like to figures by engine."""

    def __init__(self, name: str, tell: Callable[[str], None]) -> None:
        self.name, self.tell = name, tell
        everything = json.loads(FILE.read_text()) if FILE.is_file() else {}
        self.points: dict[str, dict[str, Point]] = everything.get(name, {})
        self._loaded: Loaded | None = None
        self._kept: dict[str, Array] = {}

    def run(self) -> None:
        """Compute what is missing."""
        for block in BLOCKS:
            self._once(f"block {block}", lambda b=block: self._chip(_blocks(self._model(), b)))
        for bits in BITS:
            self._once(f"bits {bits}", lambda b=bits: self._chip(variant(self._model(), weight_bits=b)))
        for group in GROUPS[self.name]:
            for bits in (2, 4):
                for method in METHODS:
                    key = f"{method} {bits} group {group}"
                    self._once(key, lambda m=method, b=bits, g=group: self._quantiser(m, b, g))
        if self.name == "tiny":
            self._once("trained 2 group 32", self._trained)

    def _once(self, key: str, compute: Callable[[], dict[str, Figures]]) -> None:
        if key in self.points:
            return
        self.tell(f"{self.name}: {key}")
        self.points[key] = {engine: asdict(f) for engine, f in compute().items()}
        everything = json.loads(FILE.read_text()) if FILE.is_file() else {}
        everything[self.name] = self.points
        FILE.parent.mkdir(exist_ok=True)
        scratch = FILE.with_suffix(".tmp")
        scratch.write_text(json.dumps(everything, indent=1) + "\n")
        scratch.replace(FILE)

    def _model(self) -> Loaded:
        if self._loaded is None:
            self._loaded = load_model(self.name)
        return self._loaded

    def _windows(self) -> list[list[int]]:
        tokens = read_tokens(TEXT, self._model())[CALIBRATION:]
        return windows_of(tokens, WINDOW[self.name], POSITIONS[self.name])

    def _stored(self) -> Engine:
        """float32 on the weights as stored, computed once."""
        model = self._model()
        return self._remember("stored", float32(model.checkpoint.floats(), model.geometry.model))

    def _remember(self, key: str, engine: Engine) -> Engine:
        """``engine``, its answer kept: one group of windows is asked for again and again."""

        def run(sequences: Sequence[Sequence[int]]) -> Iterator[tuple[slice, Array]]:
            name = f"{key} {sequences}"
            if name not in self._kept:
                self._kept[name] = np.concatenate([x for _, x in engine(sequences)])
            yield slice(0, len(self._kept[name])), self._kept[name]

        return run

    def _chip(self, model: Loaded) -> dict[str, Figures]:
        """Weights' share (float32 on the ROM's against those stored), arithmetic's, both."""
        config = model.geometry.model
        rom = self._remember("rom", float32(dequantised_tensors(model.weights), config))
        mine = self._remember("chip", chip(model.weights))
        windows = self._windows()
        whole = compare(windows, self._stored(), {"weights": rom, "chip": mine})
        arithmetic = compare(windows, rom, {"arithmetic": mine})["arithmetic"]
        self._kept = {k: v for k, v in self._kept.items() if k.startswith("stored")}
        return {"weights": whole["weights"], "arithmetic": arithmetic, "chip": whole["chip"]}

    def _quantiser(self, method: str, bits: int, group: int) -> dict[str, Figures]:
        model = self._model()
        tokens = read_tokens(TEXT, model)[:CALIBRATION]
        length = WINDOW[self.name]
        calibration = [tokens[i : i + length] for i in range(0, len(tokens), length)]
        g = geometry_of(model, weight_bits=bits, group_size=group)
        tensors = quantised_tensors(model.checkpoint, g, method, calibration)
        return compare(self._windows(), self._stored(), {"weights": float32(tensors, g.model)})

    def _trained(self) -> dict[str, Figures]:
        """The model that was trained for 2 bits, against the one that was not."""
        other = load_model("tiny-2bit")
        rom = dequantised_tensors(other.weights)
        engine = float32(rom, other.geometry.model)
        return compare(self._windows(), self._stored(), {"weights": engine, "chip": chip(other.weights)})


def _blocks(model: Loaded, block: int) -> Loaded:
    """The model with another block of activations, and the least group of weights that allows it."""
    own = model.geometry.chip
    return variant(model, block=block, h_block=min(own.h_block, block), group_size=max(own.group_size, block))
