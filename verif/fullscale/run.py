"""``make fullscale``: a chip of full size, its RTL beside golden, every probe beat of a token compared.

The weights are random (``golden.synthetic``), their shapes those of the real model. The prompt has a token
for every context, so that all are in flight; TOKENS more are generated. Reads CHIP, LAYERS, TOKENS and
SEED from the environment; figures go to sim_build/fullscale-<chip>.json.
"""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from golden.burn import load_manifest
from golden.burn_streamed import burn_streamed
from golden.config import PRESETS
from golden.errors import RomaError
from golden.geometry import Geometry, preset
from golden.sizing import memory
from golden.sources import sources_of
from golden.synthetic import synthetic
from golden.weights import ModelWeights
from verif.lib.build import BuildFailed
from verif.lib.checker import Checker, Mismatch
from verif.lib.chip import IMAGES, ChipRun, Script, build_chip
from verif.lib.identity import base_seed
from verif.lib.record import write_record
from verif.lib.tools import SIM_BUILD

Tell = Callable[[float], None]

RUNS = SIM_BUILD / "runs"
_WEIGHTS_SEED = 1
_COMPILER_BYTES = 3 << 30  # of two compilers side by side, measured
_GOLDEN_BYTES = 3 << 29
_BUILD_DISK = 1 << 30


def read_request(env: dict[str, str]) -> tuple[Geometry, int]:
    """Chip with its model, and tokens; raises RomaError with one sentence."""
    name = env.get("CHIP") or "roma-3b"
    if name not in PRESETS:
        raise RomaError(f"CHIP is '{name}', legal: {', '.join(PRESETS)}")
    g = preset(name)
    layers = number(env, "LAYERS", g.model.num_hidden_layers, g.model.num_hidden_layers)
    if layers != g.model.num_hidden_layers:
        g = Geometry(g.chip, replace(g.model, name=f"{g.model.name}-{layers}", num_hidden_layers=layers))
    return g, number(env, "TOKENS", 1, g.chip.context)


def number(env: dict[str, str], name: str, otherwise: int, most: int) -> int:
    """A whole number from 1 to ``most``; raises RomaError."""
    text = env.get(name) or str(otherwise)
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise RomaError(f"{name} is '{text}', legal: 1 to {most}")
    return int(text)


def simulated_bytes(g: Geometry) -> int:
    """Memory of the simulation: ROM and SRAM words as Verilator holds them, in whole 32-bit words."""
    p, units, columns = g.parameters, g.chip.units, g.chip.columns

    def array(width: int, depth: int) -> int:
        return -(-width // 32) * 4 * depth

    unit = array(columns * g.chip.block * g.chip.weight_bits, p["ROM_WORDS"])
    unit += array(28 * columns, p["SCALE_WORDS"]) + array(8 * g.chip.h_block + 8, p["SRAM_WORDS"])
    column = array(8 * g.chip.rows + 28, p["EMBED_WORDS"])
    column += array(32 * g.chip.rows, p["NORM_WORDS"] + p["ROPE_WORDS"])
    return unit * units + column * columns


def free_memory() -> int:
    """Bytes that a process can have; caches give way."""
    if not Path("/proc/meminfo").is_file():
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    lines = dict(x.split(":") for x in Path("/proc/meminfo").read_text().splitlines())
    return int(lines["MemAvailable"].split()[0]) * 1024


def need_room(g: Geometry, folder: Path) -> None:
    """Refuse what this machine cannot hold; raises RomaError."""
    disk = int(memory(g).rom * 1.3) + _BUILD_DISK
    want = max(simulated_bytes(g) + _GOLDEN_BYTES, _COMPILER_BYTES)
    free = free_memory()
    room = shutil.disk_usage(folder).free
    what = f"chip {g.chip.name} with {g.model.num_hidden_layers} layers needs"
    if free < want:
        raise RomaError(
            f"{what} {want / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free: give fewer LAYERS"
        )
    if room < disk:
        raise RomaError(
            f"{what} {disk / 1e9:.1f} GB of disk in {folder} and {room / 1e9:.1f} GB are free: "
            "give fewer LAYERS"
        )


def images_of(weights: ModelWeights, tell: Tell) -> tuple[Path, int]:
    """Folder of the ROM images (burnt when missing) and the model id."""
    g = weights.geometry
    digest = hashlib.sha256(repr((asdict(g.chip), asdict(g.model), _WEIGHTS_SEED)).encode())
    for source in sorted({*sources_of("burn_streamed"), *sources_of("synthetic")}):
        digest.update(source.read_bytes())
    folder = IMAGES / f"synthetic-{g.model.name}-{g.chip.name}-{digest.hexdigest()[:12]}"
    try:
        return folder, load_manifest(folder, g)["model_id"]
    except RomaError:
        return folder, burn_streamed(weights, folder, tell)


def run(g: Geometry, tokens: int, seed: int, step: Callable[[str], Tell]) -> dict[str, object]:
    """Burn, build, simulate and compare; returns the figures.

    Parameters
    ----------
    step
        Called with the name of each step; returns what to call with the share that is done.

    Raises
    ------
    Mismatch, BuildFailed, AssertionError, RomaError
    """
    SIM_BUILD.mkdir(parents=True, exist_ok=True)
    need_room(g, SIM_BUILD)
    weights = synthetic(g, _WEIGHTS_SEED)
    begun = time.monotonic()
    images, model_id = images_of(weights, step("weights and ROM images"))
    burnt = time.monotonic()
    tell = step("build")
    build_chip(g)
    tell(1.0)
    built = time.monotonic()
    folder = RUNS / f"fullscale-{g.chip.name}"
    folder.mkdir(parents=True, exist_ok=True)
    script = Script(weights, images, model_id, folder)
    prompt = [(seed + k) % g.model.vocab_size for k in range(g.chip.tokens)]
    script.run(prompt, tokens, max_cycles=1 << 30)
    tell = step("simulation and golden")
    chip = ChipRun(script, seed)
    try:
        checker = _followed(chip, tell, len(prompt) + tokens - 1)
        chip.finish()
    finally:
        chip.stop()
    done = time.monotonic()
    shutil.rmtree(chip.traces)
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return {
        "preset": g.chip.name,
        "model": g.model.name,
        "layers": g.model.num_hidden_layers,
        "tokens": checker.totals.tokens,
        "tokens_in_flight": g.chip.tokens,
        "generated": checker.generated,
        "cycles": checker.totals.cycles,
        "beats": checker.totals.beats,
        "beats_per_probe": checker.totals.per_probe,
        "mismatches": 0,
        "images_s": burnt - begun,
        "build_s": built - burnt,
        "run_s": done - built,
        "cycles_per_s": checker.totals.cycles / (done - built),
        "peak_memory_bytes": sum(resource.getrusage(kind).ru_maxrss for kind in kinds) * 1024,
    }


def _followed(chip: ChipRun, tell: Tell, tokens: int) -> Checker:
    """Check the run token by token."""
    checker = chip.checker()
    try:
        for _ in checker.tokens():
            tell(checker.totals.tokens / tokens)
    except Mismatch as e:
        raise chip.explained(e) from None
    return checker


def summary(r: dict[str, object]) -> str:
    """The figures for a person."""
    return (
        f"{r['tokens']} token(s) of {r['preset']}, up to {r['tokens_in_flight']} in flight, "
        f"{r['layers']} layers: {r['cycles']} cycles "
        f"[measured in RTL], {r['beats']} beats compared, {r['mismatches']} mismatches\n"
        f"images {r['images_s']:.1f} s, build {r['build_s']:.1f} s, run {r['run_s']:.1f} s "
        f"({r['cycles_per_s']:.0f} cycles/s), peak memory {r['peak_memory_bytes'] / 1e9:.1f} GB"
    )


def main() -> int:
    """Entry point; returns the exit code."""
    console = Console(stderr=True)
    try:
        g, tokens = read_request(dict(os.environ))
        with Progress(console=console, disable=not console.is_terminal) as bar:

            def step(name: str) -> Tell:
                console.print(f"{g.chip.name}: {name} ...", highlight=False)
                task = bar.add_task(name, total=1.0)
                return lambda share: bar.update(task, completed=share)

            result = run(g, tokens, base_seed(), step)
    except RomaError as e:
        print(f"error: {e}", file=sys.stderr)
        return 2
    except (Mismatch, BuildFailed, AssertionError) as e:
        print(f"\n{e}", file=sys.stderr)
        return 1
    path = write_record(f"fullscale-{g.chip.name}", result)
    print(f"{summary(result)}\nfigures in {os.path.relpath(path, Path.cwd())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
