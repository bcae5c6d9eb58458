"""A campaign's results as figures and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from verif.mutants.campaign import Result
from verif.mutants.faults import Mutant
from verif.mutants.sample import grouped
from verif.mutants.survivors import explain, load, pointless


def figures(mutants: Sequence[Mutant], results: dict[str, Result], every: Sequence[Mutant]) -> dict[str, Any]:
    """What ``mutate.json`` holds.

    Parameters
    ----------
    mutants
        The sample.
    results
        What is known, by fault.
    every
        All faults of the blocks of the campaign.
    """
    known = load()
    judged = [m for m in mutants if m.id in results]
    blocks, survivors = [], []
    for block, some in grouped(judged).items():
        alive = [m for m in some if not results[m.id].killed]
        reasons = [explain(m, known) for m in alive]
        equivalent = sum(e is not None and e.verdict == "equivalent" for e in reasons)
        blocks.append(
            {
                "block": block,
                "sampled": len(some),
                "killed": len(some) - len(alive),
                "survived": len(alive),
                "equivalent": equivalent,
            }
        )
        for m, e in zip(alive, reasons, strict=True):
            why = f"{e.verdict}: {e.reason}" if e else ""
            survivors.append(
                {
                    "id": m.id,
                    "file": m.file,
                    "line": m.line,
                    "kind": m.kind,
                    "original": m.original,
                    "mutant": m.mutant,
                    "where": m.where,
                    "explanation": why,
                }
            )
    sampled, killed = (sum(b[k] for b in blocks) for k in ("sampled", "killed"))
    same = sum(b["equivalent"] for b in blocks)
    said_but_dead = [m for m in judged if results[m.id].killed and explain(m, known)]
    return {
        "sampled": sampled,
        "killed": killed,
        "survived": sampled - killed,
        "explained": sum(bool(s["explanation"]) for s in survivors),
        "equivalent": same,
        "score": _percent(killed, sampled),
        "score_without_equivalent": _percent(killed, sampled - same),
        "blocks": blocks,
        "survivors": survivors,
        "explanations_without_fault": [e.label for e in pointless(known, every, {m.file for m in every})],
        "explanations_of_killed": [m.id for m in said_but_dead],
    }


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def show(figures: dict[str, Any], console: Console) -> None:
    """The table by block, then every survivor."""
    table = Table("block", box=None)
    for name in ("sampled", "killed", "survived", "equivalent", "killed %"):
        table.add_column(name, justify="right")
    for b in figures["blocks"]:
        row = [str(b[k]) for k in ("sampled", "killed", "survived", "equivalent")]
        table.add_row(b["block"], *row, f"{_percent(b['killed'], b['sampled']):.0f}")
    console.print(table)
    for s in figures["survivors"]:
        fault = f"{s['kind']}: {s['original']} -> {s['mutant']}"
        lines = [f"survived {s['id']} hdl/{s['file']}:{s['line']} {fault}", f"  in {s['where']}"]
        lines.append(f"  {s['explanation'] or 'not explained: a better test, or a reason in survivors.yaml'}")
        console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
    for label in figures["explanations_without_fault"]:
        console.print(f"survivors.yaml explains what is not there: {label}", markup=False, soft_wrap=True)
    for name in figures["explanations_of_killed"]:
        console.print(f"survivors.yaml explains what is killed: {name}", markup=False)
    console.print(
        f"{figures['killed']} of {figures['sampled']} faults killed: {figures['score']} %; without the "
        f"{figures['equivalent']} equivalent ones {figures['score_without_equivalent']} %; "
        f"{figures['survived'] - figures['explained']} survivors without explanation",
        highlight=False,
        soft_wrap=True,
    )
