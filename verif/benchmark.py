"""``make bench``: speed on this machine. Prints a table and writes sim_build/bench.json.

Every figure is the median of some runs; nothing here passes or fails. Chips of full size take a quarter of
an hour: their rows are those of their last ``make fullscale``.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from golden.benchmark import NEW_TOKENS, ROUNDS, speed
from golden.library import load_lora, load_model
from golden.model import Model
from golden.tokenizer import load_tokenizer
from verif.lib.checker import Totals
from verif.lib.chip import ChipRun, Script, build_chip, script_for
from verif.lib.record import write_record
from verif.lib.tools import SIM_BUILD

RUNS = 3
FULL_SCALE = ("roma-3b", "roma-8b")


@dataclass(frozen=True)
class Row:
    """What is measured: a model, perhaps with an adapter, writing some tokens some times over."""

    model: str
    adapter: str | None = None
    repeats: int = 4
    tokens: int = 120


ROWS = (
    Row("tiny"),
    Row("tiny", "kjv"),
    Row("tiny-2bit"),
    Row("tiny-wide"),
    Row("smollm2", repeats=1, tokens=8),
)


def script(row: Row) -> Script:
    """Each time as a new sequence, one prompt and the row's tokens."""
    loaded = load_model(row.model)
    out = script_for(loaded, SIM_BUILD / "runs" / f"bench-{row.model}")
    if row.adapter:
        out.load(0, load_lora(row.adapter, loaded)).select(1)
    tokenizer = load_tokenizer(loaded.checkpoint.tokenizer, loaded.geometry.model.vocab_size)
    for _ in range(row.repeats):
        out.new().run(tokenizer.encode("My dear Jane,"), row.tokens)
    return out


def checked(what: Script) -> tuple[float, Totals]:
    """Seconds of a run that is traced and checked as it goes, and what was compared."""
    started = time.monotonic()
    checker = ChipRun(what).check()
    return time.monotonic() - started, checker.totals


def free(what: Script) -> float:
    """Seconds of the same run without trace and without checking."""
    started = time.monotonic()
    run = ChipRun(what, trace=False)
    run.finish()
    return time.monotonic() - started


def bare(what: Script, row: Row) -> tuple[float, float]:
    """Seconds of the same run without cocotb, from ``verif/chip/bare_main.cpp``; no adapter.

    Returns
    -------
    All seconds, and those before the first command: loading the ROM images.
    """
    binary = build_chip(what.geometry, bare=True).simulator.binary
    prompt = map(str, what.steps[-1]["prompt"])
    command = [
        str(binary),
        f"+roms={what.images}",
        "+verilator+rand+reset+2",
        str(row.repeats),
        str(row.tokens),
        *prompt,
    ]
    started = time.monotonic()
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds = time.monotonic() - started
    return seconds, seconds - float(made.stdout.split()[2])


def golden_speed(what: Script) -> float:
    """Tokens per second of CPU time of the golden model without a trace."""
    lora = what.loads[0][1] if what.loads else None
    prompt = what.steps[-1]["prompt"]
    return speed(Model(what.weights, lora), prompt, NEW_TOKENS, ROUNDS)


def main() -> int:
    """Measure and print."""
    rows: dict[str, dict[str, float]] = {}
    for row in ROWS:
        what = script(row)
        started = time.monotonic()
        build_chip(what.geometry)
        name = row.model + (f" + {row.adapter}" if row.adapter else "")
        rows[name] = {"build_seconds": time.monotonic() - started, **measure(row, what)}
        print(f"{name}:", flush=True)
        for k, v in rows[name].items():
            print(f"  {k:28} {v:12.2f}", flush=True)
    for name in FULL_SCALE:
        rows |= full_scale(name)
    write_record("bench", {"runs": RUNS, "rows": rows})
    return 0


def full_scale(name: str) -> dict[str, dict[str, float]]:
    """The row of a chip of full size, printed; none when ``make fullscale`` has not run."""
    path = SIM_BUILD / f"fullscale-{name}.json"
    if not path.is_file():
        print(f"{name}: no figures yet, make fullscale CHIP={name} takes them")
        return {}
    record = json.loads(path.read_text())
    row = {
        "build_seconds": record["build_s"],
        "cycles": record["cycles"],
        "checked_cycles_per_second": record["cycles_per_s"],
        "checked_seconds_per_token": record["run_s"] / record["tokens"],
        "peak_memory_gb": record["peak_memory_bytes"] / 1e9,
    }
    print(f"{name}, make fullscale of {record['when']}:")
    for k, v in row.items():
        print(f"  {k:28} {v:12.2f}")
    return {name: row}


def measure(row: Row, what: Script) -> dict[str, float]:
    """All figures of a row; its chip is built."""
    with_check = [checked(what) for _ in range(RUNS)]
    totals = with_check[0][1]
    a = statistics.median(s for s, _ in with_check)
    b = statistics.median(free(what) for _ in range(RUNS))
    out = {
        "cycles": totals.cycles,
        "checked_cycles_per_second": totals.cycles / a,
        "checked_seconds_per_token": a / totals.tokens,
        "free_cycles_per_second": totals.cycles / b,
        "checked_share_of_free": b / a,
    }
    if not row.adapter:  # the bare main loads none, and works less without one: nothing to compare
        alone = [bare(what, row) for _ in range(RUNS + 1)]
        c = statistics.median(s for s, _ in alone)
        out |= {
            "bare_cycles_per_second": totals.cycles / c,
            "checked_share_of_bare": c / a,
            "rom_load_seconds": statistics.median(s for _, s in alone),
        }
    out["golden_tokens_per_second"] = golden_speed(what)
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    out["peak_memory_gb"] = sum(resource.getrusage(kind).ru_maxrss for kind in kinds) / 1e6
    return out


if __name__ == "__main__":
    sys.exit(main())
