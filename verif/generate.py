"""``make generate``: the chip writes text, token by token, every probe beat of it checked.

Reads MODEL, PROMPT, TOKENS, ADAPTER, CHIP, CHAT, TEMPERATURE, SEED and WAVES from the environment (so
that prompts may hold any character). Figures go to sim_build/generate.json.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from golden.account import account
from golden.chat import chat
from golden.chip import Step
from golden.errors import RomaError
from golden.library import Loaded, load_lora, load_model
from golden.schedule import Schedule
from golden.tokenizer import Tokenizer, load_tokenizer
from golden.weights import PreparedAdapter
from verif.debug.window import wanted
from verif.lib.build import BuildFailed
from verif.lib.checker import Checker, Mismatch
from verif.lib.chip import ChipRun, build_chip, script_for
from verif.lib.identity import base_seed
from verif.lib.record import write_record
from verif.lib.tools import SIM_BUILD

ENGINES = {
    "l_units": "L-Units",
    "h_units": "H-Units",
    "sends": "sends",
    "drains": "drains",
    "waiting": "waiting",
}


@dataclass(frozen=True)
class Request:
    """What the user asked for, checked."""

    model: Loaded
    tokenizer: Tokenizer
    adapter: PreparedAdapter | None
    prompt: list[int]
    tokens: int
    temperature: float  # 0: greedy
    names: dict[str, str]


def read_request(env: dict[str, str]) -> Request:
    """Parse and check the request; raises RomaError with one sentence before anything is built."""
    name = env.get("MODEL") or "tiny"
    text = env.get("PROMPT", "Emma was")
    count = env.get("TOKENS") or "32"
    if not count.isdecimal() or int(count) < 1:
        raise RomaError(f"TOKENS is '{count}', legal: a whole number from 1")
    temperature = read_temperature(env.get("TEMPERATURE") or "0")
    model = load_model(name, env.get("CHIP") or None)
    tokenizer = load_tokenizer(model.checkpoint.tokenizer, model.geometry.model.vocab_size)
    if env.get("CHAT") in (None, "", "0"):
        prompt = tokenizer.encode(text)
    else:
        prompt = chat(tokenizer, [{"role": "user", "content": text}])
    if not prompt:
        raise RomaError('PROMPT is empty, give some text: make generate PROMPT="Emma was"')
    context = model.geometry.chip.context
    if len(prompt) > context:
        raise RomaError(
            f"PROMPT has {len(prompt)} tokens, the context of chip '{model.geometry.chip.name}' "
            f"holds {context}: shorten it"
        )
    most = context - len(prompt) + 1
    if int(count) > most:
        raise RomaError(
            f"TOKENS is {count}, behind a prompt of {len(prompt)} tokens the context of {context} "
            f"leaves room for {most}"
        )
    lora = env.get("ADAPTER") or ""
    adapter = load_lora(lora, model) if lora else None
    names = {"model": name, "adapter": lora, "prompt": text}
    return Request(model, tokenizer, adapter, prompt, int(count), temperature, names)


def read_temperature(text: str) -> float:
    """TEMPERATURE as a number whose reciprocal the chip can take; raises RomaError."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if value and not 1e-3 <= value <= 1e3:
        raise RomaError(f"TEMPERATURE is '{text}', legal: 0 for greedy, or 0.001 to 1000")
    return value


class Screen:
    """Streams the text; on a terminal with a progress line below it, elsewhere as plain text."""

    def __init__(self, tokens: int) -> None:
        self.tokens, self.written, self.line = tokens, "", ""
        self.live = Live(console=Console(), auto_refresh=False) if sys.stdout.isatty() else None

    def __enter__(self) -> Screen:
        """Start the display."""
        if self.live:
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the text alone on the screen."""
        if self.live:
            self.live.update(Text(self.written), refresh=True)
            self.live.stop()
        else:
            print(flush=True)

    def text(self, piece: str) -> None:
        """Write a piece of the text."""
        self.written += piece
        if self.live:
            self._refresh()
        else:
            print(piece, end="", flush=True)

    def progress(self, checker: Checker, started: float) -> None:
        """Show how far it is."""
        t = checker.totals
        speed = t.cycles / max(time.monotonic() - started, 1e-6)
        self.line = f"{t.sampled}/{self.tokens} tokens, {t.cycles} cycles, {speed:.0f} cycles/s, "
        self.line += f"{t.beats} beats compared"
        if self.live:
            self._refresh()

    def _refresh(self) -> None:
        self.live.update(Group(Text(self.written), Text(self.line, style="dim")), refresh=True)


def generate(
    request: Request, screen: Screen, *, seed: int, waves: tuple[int, int] | None
) -> dict[str, object]:
    """Run the chip; returns the figures. Raises Mismatch when RTL and golden differ."""
    model = request.model
    geometry = model.geometry
    folder = SIM_BUILD / "runs" / "generate"
    script = script_for(model, folder)
    if request.adapter is not None:
        script.load(0, request.adapter).select(1)
    if request.temperature:
        script.sampling(1 / request.temperature, seed)
    stops = request.tokenizer.stop_tokens[: geometry.chip.stop_tokens]
    script.stops(stops)
    script.run(request.prompt, request.tokens, status=None)
    begun = time.monotonic()
    what = f"chip {geometry.chip.name}, model {geometry.model.name}"
    print(f"{what}: building if needed (a minute the first time) ...", file=sys.stderr, flush=True)
    build_chip(geometry, waves=waves is not None)
    build_seconds = time.monotonic() - begun
    started = time.monotonic()
    run = ChipRun(script, seed, waves=waves)
    checker = run.checker()
    stream = request.tokenizer.stream()
    steps: list[Step] = []
    text: list[str] = []
    try:
        with screen:
            screen.text(request.names["prompt"])
            for step in checker.tokens():
                steps.append(step)
                if step.sampled is not None and step.sampled not in stops:
                    text.append(stream.push(step.sampled))
                    screen.text(text[-1])
                screen.progress(checker, started)
            text.append(stream.finish())
            screen.text(text[-1])
        run.finish()
    except Mismatch as e:
        raise run.explained(e) from None
    finally:
        run.stop()
    seconds = time.monotonic() - started
    return request.names | figures(checker, steps, "".join(text), seconds, build_seconds)


def figures(
    checker: Checker, steps: list[Step], text: str, seconds: float, build_seconds: float
) -> dict[str, object]:
    """Figures of a run; cycles are measured in RTL (their split follows from the compared issues)."""
    schedule: Schedule = checker.chip.schedule
    split = account(schedule.timing, schedule.program, [(s.flight, s.issue) for s in steps])
    totals, n = checker.totals, len(steps)
    return {
        "text": text,
        "tokens": n,
        "generated": totals.sampled,
        "tokens_in_flight": checker.chip.geometry.chip.tokens,
        "cycles": split["total"],
        "cycles_per_token": {k: split[k] / n for k in ("total", *ENGINES)},
        "l_units_busy": split["l_units"] / split["total"],
        "seconds": seconds,
        "build_seconds": build_seconds,
        "cycles_per_second": split["total"] / seconds,
        "beats_compared": totals.beats,
        "beats_per_probe": totals.per_probe,
        "mismatches": 0,
    }


def summary(result: dict[str, object]) -> str:
    """The figures for a person."""
    per = result["cycles_per_token"]
    share = ", ".join(f"{name} {per[key]:.0f}" for key, name in ENGINES.items())
    return (
        f"{result['tokens']} tokens ({result['generated']} generated), {result['cycles']} cycles "
        f"[measured in RTL], {per['total']:.0f} cycles/token, "
        f"{result['tokens_in_flight']} in flight at most\n"
        f"busy cycles/token: {share} (engines overlap)\n"
        f"L-Units busy {100 * result['l_units_busy']:.0f}% of all cycles\n"
        f"{result['seconds']:.1f} s, {result['cycles_per_second']:.0f} simulated cycles/s "
        f"(build {result['build_seconds']:.1f} s)\n"
        f"{result['beats_compared']} beats compared, 0 mismatches"
    )


@contextmanager
def only_one() -> Iterator[None]:
    """Runs of ``make generate`` share a folder: a second one waits for the first."""
    SIM_BUILD.mkdir(parents=True, exist_ok=True)
    with (SIM_BUILD / "generate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Entry point; returns the exit code."""
    try:
        request = read_request(dict(os.environ))
        screen = Screen(request.tokens)
        seed = base_seed()
        with only_one():
            result = generate(request, screen, seed=seed, waves=wanted())
    except RomaError as e:
        print(f"error: {e}", file=sys.stderr)
        return 2
    except (Mismatch, BuildFailed, AssertionError) as e:
        print(f"\n{e}", file=sys.stderr)
        return 1
    path = write_record("generate", result)
    print(f"{summary(result)}\nfigures in {os.path.relpath(path, Path.cwd())}")
    return 0


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)
