"""``make bench``: speed on this machine. Prints a table and writes sim_build/bench.json.

Every figure is the median of some runs; nothing here passes or fails.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from golden.benchmark import NEW_TOKENS, ROUNDS, speed
from golden.library import load_lora, load_model
from golden.model import Model
from golden.tokenizer import load_tokenizer
from verif.lib.chip import ChipRun, Script, build_chip, script_for
from verif.lib.record import write_record
from verif.lib.tools import SIM_BUILD

RUNS, REPEATS, TOKENS = 3, 4, 120


def script(model: str, adapter: str | None) -> Script:
    """REPEATS times, each as a new sequence, one prompt and TOKENS tokens."""
    loaded = load_model(model)
    out = script_for(loaded, SIM_BUILD / "runs" / f"bench-{model}")
    if adapter:
        out.load(0, load_lora(adapter, loaded)).select(1)
    tokenizer = load_tokenizer(loaded.folder, loaded.geometry.model.vocab_size)
    for _ in range(REPEATS):
        out.new().run(tokenizer.encode("My dear Jane,"), TOKENS)
    return out


def checked(what: Script) -> tuple[float, int]:
    """Seconds of a run that is traced and checked as it goes, and its cycles."""
    started = time.monotonic()
    checker = ChipRun(what).check()
    return time.monotonic() - started, checker.totals.cycles


def free(what: Script) -> float:
    """Seconds of the same run without trace and without checking."""
    started = time.monotonic()
    run = ChipRun(what, trace=False)
    run.finish()
    return time.monotonic() - started


def bare(what: Script) -> float:
    """Seconds of the same run without cocotb, from ``verif/chip/bare_main.cpp``; no adapter."""
    binary = build_chip(what.geometry, bare=True).simulator.binary
    prompt = map(str, what.steps[-1]["prompt"])
    command = [
        str(binary),
        f"+roms={what.images}",
        "+verilator+rand+reset+2",
        str(REPEATS),
        str(TOKENS),
        *prompt,
    ]
    started = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - started


def golden_speed(what: Script) -> float:
    """Tokens per second of CPU time of the golden model without a trace."""
    lora = what.loads[0][1] if what.loads else None
    prompt = what.steps[-1]["prompt"]
    return speed(Model(what.weights, lora), prompt, NEW_TOKENS, ROUNDS)


def main() -> int:
    """Measure and print."""
    rows: dict[str, dict[str, float]] = {}
    for model, adapter in (("tiny", None), ("tiny", "kjv"), ("tiny-2bit", None), ("tiny-wide", None)):
        what = script(model, adapter)
        started = time.monotonic()
        build_chip(what.geometry)
        build_seconds = time.monotonic() - started
        with_check = [checked(what) for _ in range(RUNS)]
        cycles = with_check[0][1]
        a = statistics.median(s for s, _ in with_check)
        b = statistics.median(free(what) for _ in range(RUNS))
        # The bare main loads no adapter, and works less without one: nothing to compare.
        c = None if adapter else statistics.median(bare(what) for _ in range(RUNS + 1))
        rows[model + (f" + {adapter}" if adapter else "")] = {
            "build_seconds": build_seconds,
            "cycles": cycles,
            "checked_cycles_per_second": cycles / a,
            "free_cycles_per_second": cycles / b,
            "checked_share_of_free": b / a,
            **({"bare_cycles_per_second": cycles / c, "checked_share_of_bare": c / a} if c else {}),
            "golden_tokens_per_second": golden_speed(what),
        }
        print(f"{list(rows)[-1]}:", flush=True)
        for k, v in rows[list(rows)[-1]].items():
            print(f"  {k:28} {v:12.2f}", flush=True)
    write_record("bench", {"runs": RUNS, "sequences": REPEATS, "tokens": TOKENS, "rows": rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
