"""``make quantise``: a model's linears on the grids of the chip's ROM, written as a model of its own.

Reads MODEL, METHOD, BITS, CHIP, TEXT, TOKENS and OUT from the environment.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from golden.accuracy.variant import geometry_of
from golden.errors import RomaError
from golden.geometry import Geometry
from golden.library import Loaded, load_model
from golden.quantisers.folder import check_target, write_model
from golden.quantisers.walk import METHODS, quantised_tensors
from tools.accuracy import TEXT, Screen, read_tokens
from tools.options import number
from verif.lib.tools import ROOT

WINDOW = 512  # tokens of a calibration window, unless the context is shorter


@dataclass(frozen=True, eq=False)
class Request:
    """What the user asked for, checked."""

    source: Loaded
    target: Geometry
    method: str
    text: Path
    windows: list[list[int]]
    out: Path


def read_request(env: Mapping[str, str]) -> Request:
    """Parse and check; raises RomaError before anything is computed."""
    name, method = env.get("MODEL") or "tiny", env.get("METHOD") or "gptq"
    if method not in METHODS:
        raise RomaError(f"METHOD is '{method}', legal: {', '.join(METHODS)}")
    bits = number("BITS", "4", "2 or 4")
    if bits not in (2, 4):
        raise RomaError(f"BITS is '{bits}', legal: 2 or 4")
    if not env.get("OUT"):
        raise RomaError("OUT is not given, name the folder to write: make quantise OUT=folder")
    source = load_model(name, env.get("CHIP") or None)
    out = Path(env["OUT"])
    check_target(out, source)
    text = Path(env.get("TEXT") or TEXT)
    windows = []
    if method == "gptq":
        count = number("TOKENS", "6144", "a number of tokens such as 6144")
        tokens = read_tokens(text, source)[:count]
        length = min(WINDOW, source.geometry.chip.context)
        windows = [tokens[i : i + length] for i in range(0, len(tokens), length)]
        if not windows:
            raise RomaError(f"TEXT {text} has no tokens: give a longer text")
    return Request(source, geometry_of(source, weight_bits=bits), method, text, windows, out)


def main() -> int:
    """Exit code: 0, or 2 for a request that cannot be met."""
    os.chdir(ROOT)
    started = time.monotonic()
    try:
        request = read_request(os.environ)
        source, chip = request.source, request.target.chip
        with Screen() as screen:
            tensors = quantised_tensors(
                source.checkpoint,
                request.target,
                request.method,
                request.windows,
                lambda share: screen(f"{request.method}, {chip.weight_bits} bits", share),
            )
        record = {
            "source": source.name,
            "method": request.method,
            "bits": chip.weight_bits,
            "group": chip.group_size,
            "fractional bits of a zero-point": chip.frac_bits,
        }
        if request.windows:
            record |= {
                "calibration text": request.text.name,
                "calibration tokens": sum(map(len, request.windows)),
                "tokens in a window": len(request.windows[0]),
            }
        model = write_model(request.out, source, tensors, record)
    except RomaError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    skip = f" SKIP={sum(map(len, request.windows))}" if request.windows else ""
    bits = f" BITS={chip.weight_bits}" if chip.weight_bits != source.geometry.chip.weight_bits else ""
    print(f"{request.out}: {request.method}, {chip.weight_bits} bits, {time.monotonic() - started:.0f} s")
    print(f"how good it is: make accuracy MODEL={model} AGAINST={source.name}{bits}{skip}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
