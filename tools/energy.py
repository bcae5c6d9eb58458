"""``make energy``: what toggles in the chip for a generated token, and an estimate of its energy.

An estimate from simulated activity; the costs are assumed or taken from another technology
(verif/energy/model.yaml says of each where from). Shares tell more than sums. MODEL, ADAPTER, PROMPT
and TOKENS as for ``make generate``, by default the adapter kjv and 8 tokens of tiny. Figures go to
sim_build/energy.json, the plot to sim_build/energy/ (and with PLOTS=1 to docs/).
"""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import matplotlib
from rich import box
from rich.console import Console
from rich.table import Table

from golden.errors import RomaError
from golden.geometry import preset
from tools.options import number
from verif.area.plot import save
from verif.energy.activity import Activity, Recording
from verif.energy.estimate import Lines, base_weights, energy, lines, share_ranges
from verif.energy.model import GROUPS, EnergyModel, load
from verif.generate import Request, read_request
from verif.lib.build import BuildFailed
from verif.lib.checker import Mismatch
from verif.lib.chip import ChipRun, script_for
from verif.lib.record import write_record
from verif.lib.tools import SIM_BUILD

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend comes first)

MOST = 64  # tokens: waves of the whole run are kept
MOST_UNITS = 16  # matrix units: a token of smollm2's 48 is 300 MB of waves and minutes of counting
BEHIND_RESET = (1, 1 << 40)  # cycles; before it registers hold noise
LABEL = "estimate from simulated activity, constants assumed"
UNIT = "gen_col[0].gen_row[0].u_unit.u_fused_cell"


def request() -> Request:
    """What to run, checked."""
    env = dict(os.environ)
    env["TOKENS"] = env.get("TOKENS") or "8"
    if number("TOKENS", "8", f"1 to {MOST}") > MOST:
        raise RomaError(f"TOKENS is '{env['TOKENS']}', legal: 1 to {MOST}, for the waves of all are kept")
    if not env.get("MODEL") and "ADAPTER" not in env:
        env["ADAPTER"] = "kjv"
    asked = read_request(env)
    chip = asked.model.geometry.chip
    if chip.units > MOST_UNITS:
        raise RomaError(
            f"MODEL is '{asked.names['model']}', whose chip has {chip.units} matrix units, "
            f"legal: up to {MOST_UNITS}, such as tiny"
        )
    return asked


def simulate(asked: Request) -> tuple[Recording, int]:
    """Run the chip, every beat checked; the waves of its generated tokens and their number."""
    script = script_for(asked.model, SIM_BUILD / "runs" / "energy")
    if asked.adapter is not None:
        script.load(0, asked.adapter).select(1)
    script.stops(())
    script.run(asked.prompt, asked.tokens + 1, status=None)  # the first one runs beside the prompt
    print("chip with waves: building if needed (two minutes the first time) ...", file=sys.stderr, flush=True)
    run = ChipRun(script, waves=BEHIND_RESET)
    try:
        steps = [s for s in run.checker().tokens() if s.sampled is not None][1:]
        run.finish()
    except Mismatch as e:
        raise run.explained(e) from None
    finally:
        run.stop()
    print("counting toggles ...", file=sys.stderr, flush=True)
    return Recording(run.fst, steps[0].start, steps[-1].end), len(steps)


def rom_lines(recording: Recording) -> Lines:
    """Lines of one L-Unit of the first matrix unit, as the tokens read it."""
    read = recording.ones(f"{UNIT}.valid_i").astype(bool)
    addresses = recording.values(f"{UNIT}.addr_i")[read]
    words = recording.values(f"{UNIT}.u_rom.data_o")[1:][read[:-1]]  # a word follows its address
    size = {k: int(recording.scopes[UNIT][k].tv[0][1]) for k in ("ROM_WORDS", "UNITS", "WORD_BITS")}
    return lines(addresses[: len(words)], words, size["ROM_WORDS"], size["UNITS"], size["WORD_BITS"])


def table(model: EnergyModel, seen: Activity, tokens: int, nj: dict[str, dict[str, float]]) -> Table:
    """Counts and nJ a token by block."""
    names = ("net bits", "toggles", "ROM bits", "SRAM bits", "operations")
    out = Table(
        "per token",
        *names,
        *(f"nJ {g}" for g in GROUPS),
        "nJ",
        "share",
        "one cost 1/2 to 2x",
        box=box.MARKDOWN,
    )
    whole = sum(sum(v.values()) for v in nj.values())
    ranges = share_ranges(model, seen)

    def row(name: str, blocks: list[str], low: float, high: float) -> None:
        counts = {g: 0 for g in GROUPS}
        for (block, cost), n in seen.events.items():
            counts[model.costs[cost].group] += n * (block in blocks)
        figures = [sum(seen.bits[b] for b in blocks), sum(seen.toggles[b] for b in blocks) / tokens]
        figures += [counts[g] / tokens for g in GROUPS[1:]]
        each = [sum(nj[b].get(g, 0.0) for b in blocks) for g in GROUPS]
        cells = [f"{x:,.0f}" for x in figures] + [f"{x:.1f}" for x in (*each, sum(each))]
        out.add_row(name, *cells, f"{sum(each) / whole:.0%}", f"{low:.0%} to {high:.0%}")

    for block in model.blocks:
        row(block, [block], *ranges[block])
    row("chip", list(model.blocks), 1, 1)
    return out


def plot(nj: dict[str, dict[str, float]], title: str, folder: Path) -> list[Path]:
    """Bars by block and group."""
    figure, axis = plt.subplots(figsize=(8, 4.5), layout="constrained")
    low = [0.0] * len(nj)
    for group in GROUPS:
        high = [v.get(group, 0.0) for v in nj.values()]
        axis.bar(list(nj), high, bottom=low, label=group)
        low = [a + h for a, h in zip(low, high, strict=True)]
    axis.set(title=title, ylabel="nJ a generated token")
    axis.legend()
    figure.suptitle(LABEL)
    return save(figure, folder, "token")


def figures(
    model: EnergyModel, seen: Activity, tokens: int, nj: dict[str, Any], moved: Lines
) -> dict[str, Any]:
    """The record."""
    events: dict[str, dict[str, float]] = {}
    for (block, cost), n in seen.events.items():
        events.setdefault(block, {})[cost] = n / tokens
    return {
        "label": LABEL,
        "tokens": tokens,
        "cycles_per_token": seen.cycles / tokens,
        "toggles_per_token": {b: n / tokens for b, n in seen.toggles.items()},
        "net_bits": dict(seen.bits),
        "events_per_token": events,
        "nj_per_token": nj,
        "costs": {name: asdict(cost) for name, cost in model.costs.items()},
        "share_one_cost_half_to_double": share_ranges(model, seen),
        "rom_lines_per_read": asdict(moved) | {"junctions": {"ROM": moved.plain, "B-ROM": moved.block}},
    }


def main() -> int:
    """Run, count, print, plot, record; 0, 1 when the chip is wrong, 2 for an error of the user's."""
    console = Console(width=180) if not sys.stdout.isatty() else Console()
    try:
        model, asked = load(), request()
        recording, tokens = simulate(asked)
        seen, moved = recording.count(model), rom_lines(recording)
    except RomaError as e:
        print(f"error: {e}", file=sys.stderr)
        return 2
    except (Mismatch, BuildFailed, AssertionError) as e:
        print(f"\n{e}", file=sys.stderr)
        return 1
    nj = energy(model, seen, tokens)
    name = f"{asked.names['model']}, adapter {asked.names['adapter'] or 'none'}"
    print(f"{name}: {tokens} generated tokens, {seen.cycles / tokens:,.0f} cycles each [measured in RTL]")
    print(f"counts: from the RTL's waves. nJ: {LABEL}\n")
    console.print(table(model, seen, tokens, nj))
    print("\none L-Unit's ROM, toggles a read (addresses and words of the simulation):")
    print(f"plain ROM: word lines {moved.word_lines:.2f}, bit lines {moved.bit_lines:.1f}")
    print(f"B-ROM: word lines {moved.group_lines:.2f}, candidates {moved.candidates:.2f}, bit lines as many")
    print(f"cell junctions on lines that toggled [model]: {moved.plain:,.0f} and {moved.block:,.0f},")
    print(f"B-ROM/ROM {moved.block / moved.plain:.2f}")
    bits, macs, mj = base_weights(model, preset("roma-3b"))
    print(
        f"\nroma-3b's base GEMVs at these costs: {bits:,} ROM bits, {macs:,} plane MACs, {mj:.2f} mJ a token"
    )
    print("[estimate]; the paper's whole chip: about 1 mJ [quoted], with clock, leakage and long wires.")
    pictures = plot(nj, name, SIM_BUILD / "energy")
    write_record("energy", asked.names | figures(model, seen, tokens, nj, moved))
    print(f"plots in {', '.join(os.path.relpath(p) for p in pictures)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
