"""``make accuracy``: the chip's arithmetic (golden alone) against float32 and llama.cpp, on a text.

Reads MODEL, ADAPTER, CHIP, BITS, BLOCK, TEXT, SKIP, TOKENS, AGAINST and LLAMA_CPP from the
environment; PLOTS=1 is ``tools.accuracy_plots``. Figures go to sim_build/accuracy.json.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from golden.accuracy.measure import Engine, chip, compare, float32, windows_of
from golden.accuracy.metrics import Figures
from golden.accuracy.variant import variant
from golden.adapter import load_adapter
from golden.errors import RomaError
from golden.fit import same_shape
from golden.library import ROOT as MODELS
from golden.library import Loaded, load_lora, load_model
from golden.reference import dequantised_tensors
from golden.tokenizer import load_tokenizer
from tools.llama_cpp import llama_cpp, merged
from tools.options import number
from verif.lib.record import write_record
from verif.lib.tools import ROOT, SIM_BUILD

Array = np.ndarray

TEXT = MODELS / "tiny" / "heldout.txt"
# Least positions at which a gate is judged, and per model the greatest perplexity ratio and KL.
GATED_FROM = 256
GATES = {"smollm2": (1.03, 0.02)}


@dataclass(frozen=True, eq=False)
class Request:
    """What the user asked for, checked."""

    model: Loaded
    against: Loaded
    adapter: str
    text: Path
    windows: list[list[int]]
    llama_cpp: bool


def read_request(env: Mapping[str, str]) -> Request:
    """Parse and check; raises RomaError."""
    name = env.get("MODEL") or "smollm2"
    model = load_model(name, env.get("CHIP") or None)
    if env.get("BITS") or env.get("BLOCK"):
        chip_now = model.geometry.chip
        bits = number("BITS", str(chip_now.weight_bits), "2, 4 or 8")
        block = number("BLOCK", str(chip_now.block), "a block length such as 32")
        model = variant(model, weight_bits=bits, block=block)
    against = load_model(env["AGAINST"]) if env.get("AGAINST") else model
    ours, theirs = model.geometry.model, against.geometry.model
    if not same_shape(ours, theirs):
        raise RomaError(f"AGAINST is '{env['AGAINST']}', which has not the shape of MODEL '{name}'")
    count = number("TOKENS", "1024", "a number of positions such as 1024")
    file = Path(env.get("TEXT") or TEXT)
    skip = env.get("SKIP") or "0"
    if not skip.isdecimal():
        raise RomaError(f"SKIP is '{skip}', legal: a number of tokens to leave out at the text's beginning")
    windows = windows_of(read_tokens(file, model)[int(skip) :], model.geometry.chip.context, count)
    wanted = env.get("LLAMA_CPP") or "1"
    if wanted not in ("0", "1"):
        raise RomaError(f"LLAMA_CPP is '{wanted}', legal: 0 or 1")
    return Request(model, against, env.get("ADAPTER") or "", file, windows, wanted == "1")


def read_tokens(file: Path, model: Loaded) -> list[int]:
    """Tokens of a text; raises RomaError when it cannot be read."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RomaError(f"TEXT {file} is not readable as UTF-8 ({error}): give a text file") from None
    return load_tokenizer(model.checkpoint.tokenizer, model.geometry.model.vocab_size).encode(text)


def measure(request: Request, report: Callable[[str, float], None]) -> dict[str, Figures]:
    """Figures of every engine; ``report`` is told the engine and the share that is done."""
    model, against = request.model, request.against
    config, factors = against.geometry.model, against.checkpoint.rope_factors
    stored = against.checkpoint.floats()
    adapter = load_lora(request.adapter, model) if request.adapter else None
    pairs = None
    if request.adapter:
        known = MODELS / "adapters" / request.adapter
        folder = known if known.is_dir() else Path(request.adapter)
        pairs = load_adapter(folder, model.checkpoint.config).pairs
    current = [""]

    def begin(name: str) -> None:
        current[0] = name
        report(name, 0)

    engines: dict[str, Engine] = {}
    with ExitStack() as stack:
        if request.llama_cpp:
            context = max(map(len, request.windows))
            engine = stack.enter_context(llama_cpp(config, merged(stored, pairs), factors, context))
            engines["llama.cpp"] = engine.logits
        rom = dequantised_tensors(model.weights)
        engines["float32, ROM's weights"] = float32(rom, config, model.checkpoint.rope_factors, pairs)
        engines["chip"] = chip(model.weights, adapter, lambda share: report(current[0], share))
        return compare(request.windows, float32(stored, config, factors, pairs), engines, begin)


def table(figures: dict[str, Figures]) -> Table:
    """One row an engine."""
    out = Table("engine", box=None, header_style="")
    for column in ("perplexity", "ratio", "± ", "KL nats", "±  ", "top-1"):
        out.add_column(column, justify="right")
    for name, f in figures.items():
        if name == "reference":
            out.add_row("float32, weights as stored", f"{f.perplexity:.3f}")
            continue
        cells = f"{f.perplexity:.3f}", f"{f.ratio:.4f}", f"{f.ratio_error:.4f}"
        kl = f"{f.kl:.5f}", f"{f.kl_error:.5f}"
        out.add_row(name, *cells, *kl, f"{100 * f.agreement:.1f}%")
    return out


def missed(name: str, f: Figures) -> str:
    """What of the model's gates is missed, in words; nothing where there is no gate."""
    ratio, kl = GATES.get(name, (np.inf, np.inf))
    if f.tokens < GATED_FROM:
        return ""
    words = []
    if not f.ratio <= ratio:
        words.append(f"perplexity ratio {f.ratio:.4f} exceeds {ratio}")
    if not f.kl <= kl:
        words.append(f"mean KL {f.kl:.4f} exceeds {kl}")
    return " and ".join(words)


class Screen:
    """Progress on stderr: a bar on a terminal, a line per engine elsewhere."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._plain = not console.is_terminal
        self._task = self._bar.add_task("", total=1.0)
        self._last = ""

    def __enter__(self) -> Screen:
        """Start the bar."""
        if not self._plain:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        self._bar.stop()

    def __call__(self, what: str, share: float) -> None:
        """Show that ``share`` of ``what`` is done."""
        self._bar.update(self._task, description=what, completed=share)
        if self._plain and what != self._last:
            print(f"{what} ...", file=sys.stderr, flush=True)
        self._last = what


def texts(request: Request) -> Iterator[str]:
    """What was measured, in words."""
    g = request.model.geometry
    positions = sum(len(w) - 1 for w in request.windows)
    with_adapter = f" with adapter {request.adapter}" if request.adapter else ""
    yield f"{request.model.name}{with_adapter} on chip {g.chip.name}, computed by the golden model"
    cut = f"{len(request.windows)} windows of up to {max(map(len, request.windows)) - 1}"
    yield f"{positions} positions of {request.text.name}, teacher-forced, {cut}"
    if request.against is not request.model:
        yield f"reference: float32 on the weights of {request.against.name}"


def main() -> int:
    """Exit code: 0, 1 for a gate that is missed, 2 for a request that cannot be met."""
    os.chdir(ROOT)
    if (os.environ.get("PLOTS") or "0") != "0":
        from tools.accuracy_plots import main as plots

        return plots()
    try:
        request = read_request(os.environ)
        started = time.monotonic()
        with Screen() as screen:
            figures = measure(request, screen)
    except RomaError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for line in texts(request):
        print(line)
    Console(width=110).print(table(figures))
    name = request.model.name
    failure = missed(name, figures["chip"]) if request.against is request.model else ""
    path = write_record(
        "accuracy",
        {
            "model": name,
            "against": request.against.name,
            "adapter": request.adapter,
            "chip": request.model.geometry.chip.name,
            "text": str(request.text),
            "windows": len(request.windows),
            "wall_seconds": time.monotonic() - started,
            "gates": dict(zip(("ratio", "kl"), GATES[name], strict=True)) if name in GATES else None,
            "missed": failure,
            "engines": {k: asdict(f) for k, f in figures.items()},
        },
    )
    print(f"figures in {path.relative_to(SIM_BUILD.parent)}")
    if failure:
        print(f"missed: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
