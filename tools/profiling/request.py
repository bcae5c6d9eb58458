"""What ``make profile`` was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from golden.config import CHIPS, MODELS
from golden.errors import RomaError
from golden.geometry import PRESETS, Geometry, preset
from golden.library import NAMES

PROMPT = "Emma Woodhouse, handsome, clever, and rich"
SOURCES = ("rtl", "model")
# Variables that say something to one source alone.
_ONLY = {"PROMPT": "rtl", "TOKENS": "rtl", "KV": "model", "T": "model"}


@dataclass(frozen=True)
class Request:
    """Checked as far as it can be before a model is loaded.

    Attributes
    ----------
    model, chip, adapter
        Names, ``chip`` and ``adapter`` empty when not given.
    source
        ``rtl`` or ``model``.
    prompt, tokens
        Text, and tokens to generate behind it (rtl).
    kv, in_flight
        Positions cached before the prompt, contexts instead of the chip's (model).
    layer
        None: the middle one.
    """

    model: str
    chip: str
    adapter: str
    source: str
    prompt: str
    tokens: int
    kv: int
    in_flight: int | None
    layer: int | None

    def geometry(self) -> Geometry:
        """Of the predicted chip; raises RomaError."""
        g = preset(self.model)
        chip = g.chip
        if self.chip:
            if self.chip not in CHIPS:
                raise RomaError(f"chip preset '{self.chip}' is unknown, choose one of: {', '.join(CHIPS)}")
            chip = CHIPS[self.chip]
        if self.in_flight is not None:
            chip = replace(chip, tokens=self.in_flight)
        return Geometry(chip, MODELS[PRESETS[self.model][1]])


def read_request(env: Mapping[str, str]) -> Request:
    """Variables as a request; raises RomaError with one sentence."""
    model = env.get("MODEL") or "tiny"
    source = env.get("SOURCE") or ("model" if model in PRESETS and model not in NAMES else "rtl")
    if source not in SOURCES:
        raise RomaError(f"SOURCE is '{source}', legal: {' or '.join(SOURCES)}")
    for name, owner in _ONLY.items():
        if env.get(name) and owner != source:
            raise RomaError(f"{name} says nothing with SOURCE={source}, leave it out or give SOURCE={owner}")
    in_flight = env.get("T")
    return Request(
        model=model,
        chip=env.get("CHIP") or "",
        adapter=env.get("ADAPTER") or "",
        source=source,
        prompt=env.get("PROMPT") or PROMPT,
        tokens=_number(env, "TOKENS", 1, least=1),
        kv=_number(env, "KV", 0),
        in_flight=_number(env, "T", 1, least=1) if in_flight else None,
        layer=_number(env, "LAYER", 0) if env.get("LAYER") else None,
    )


def _number(env: Mapping[str, str], name: str, default: int, least: int = 0) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal() or int(text) < least:
        raise RomaError(f"{name} is '{text}', legal: a whole number from {least}")
    return int(text)
