"""Turns a wrapper and the RTL it holds into one small netlist for each property.

A process of its own, because Yosys prints, and ends the process when it dislikes something::

    python -m verif.formal.model build '{"wrapper": …, "parameters": …, "files": …, "folder": …}'
    python -m verif.formal.model paths '{… , "paths": [[from, to], …]}'
    python -m verif.formal.model trace folder label

``build`` writes ``<label>.aig`` with its names (``.aim``), or ``<label>.smt2``, and ``<label>.il``
for every ``a_*`` (assert) and ``c_*`` (cover, as an assertion of the contrary), each with all
assumptions ``m_*`` of the wrapper. ``trace`` replays ``<label>.aiw`` into ``<label>.vcd``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _session(log: Path) -> tuple[Any, Callable[..., None]]:
    """A design and a function that runs passes on it, their words in ``log``."""
    from pyosys import libyosys as ys

    design = ys.Design()

    def run(*passes: str) -> None:
        for one in passes:
            ys.run_pass(f"tee -q -a {log} {one}", design)

    return design, run


def _read(job: dict[str, Any], top: str) -> str:
    given = " ".join(f"-G {name}={value}" for name, value in job["parameters"].items())
    return f"read_slang --top {top} -D SYNTHESIS {given} {' '.join(job['files'])}"


def build(job: dict[str, Any]) -> list[str]:
    """Write the netlists of the labels that ``job`` asks for; returns all labels of the wrapper.

    ``job["given"]`` maps each to the assertions that its proof may assume; those in ``job["smt"]`` are
    for the SMT solver, the others for ABC.
    """
    from pyosys import libyosys as ys

    folder, top = Path(job["folder"]), job["wrapper"]
    design, run = _session(folder / "yosys.log")
    run(_read(job, top), f"prep -flatten -top {top}", "chformal -lower")
    module = design.top_module()
    port = ys.IdString("\\A")
    labels = []
    for cell in list(module.selected_cells()):
        kind, label = cell.type.str(), cell.name.str().removeprefix("\\")
        if kind == "$cover":
            cell.type = ys.IdString("$assert")
            cell.setPort(port, module.Not(ys.IdString(f"\\not_{label}"), cell.getPort(port)))
        wanted = {"$assert": "a_", "$cover": "c_", "$assume": "m_"}.get(kind)
        if wanted and not label.rsplit(".")[-1].startswith(wanted):
            raise SystemExit(f"{top}: the name of {kind} '{label}' does not start with {wanted}")
        if kind in ("$assert", "$cover"):
            labels.append(label)
    run("opt_clean", "design -save all")
    for label in [x for x in labels if x in job["given"]]:
        run("design -load all", *(f"chformal -assert -assert2assume c:{x}" for x in job["given"][label]))
        run(f"select t:$assert c:{label} %d", "delete", "select -clear")
        # What has no value is free, never a value of Yosys' choice.
        run("opt_clean", "async2sync", "dffunmap", "setundef -undriven -anyseq")
        run(f"write_rtlil {folder}/{label}.il")
        if label in job["smt"]:
            run(f"write_smt2 -wires {folder}/{label}.smt2")
            continue
        # -noff: a ROM is registers that keep what they have, which is not a reason to drop them.
        # Registers bit by bit first: data that share one with control can go.
        run("memory_map -formal", "simplemap t:$dff t:$ff t:$mux", "opt_clean")
        run("opt -noff -keepdc", "techmap", "opt -noff -keepdc")
        run("setundef -undriven -anyseq", "aigmap")
        run("opt_clean", f"write_aiger -zinit -map {folder}/{label}.aim {folder}/{label}.aig")
    return labels


def paths(job: dict[str, Any]) -> list[list[str]]:
    """For each pair of ports of the module itself the cells on combinational paths between them."""
    folder = Path(job["folder"])
    _, run = _session(folder / "yosys.log")
    run(_read(job, job["module"]), f"prep -flatten -top {job['module']}")
    run("memory_map", "async2sync", "opt -nodffe -nosdff", "dffunmap")
    found = []
    for index, (source, sink) in enumerate(job["paths"]):
        listing = folder / f"path{index}.txt"
        run(f"select -assert-count 1 w:{source}", f"select -assert-count 1 w:{sink}")
        meet = f"w:{sink} %ci*:-$dff w:{source} %co*:-$dff %i t:* %i"
        run(f"select -write {listing} w:{source} w:{sink} %ci*:-$dff %i {meet}")
        found.append(listing.read_text().split())
    return found


def trace(folder: Path, label: str) -> None:
    """Replay a counterexample into a VCD; Yosys' own simulator has to see the assertion fail."""
    log = folder / f"{label}.replay.log"
    _, run = _session(log)
    netlist = folder / f"{label}.il"
    run(f"read_rtlil {netlist}", "memory_map -formal")
    if "\\clk_i" not in netlist.read_text():
        # A simulation wants a clock and a line of initial states; logic has neither.
        run("add -input clk_i 1")
        witness = folder / f"{label}.aiw"
        witness.write_text("0" + witness.read_text())
    replay = f"-map {folder}/{label}.aim -r {folder}/{label}.aiw -vcd {folder}/{label}.vcd"
    run(f"sim -q -clock clk_i {replay}")
    if f"Failed assertion {label}" not in log.read_text():
        raise SystemExit(f"error: the counterexample of {label} does not make it fail in a simulation")


def main(words: list[str]) -> None:
    """Run one command; the last line of the output is its answer."""
    if words[0] == "trace":
        trace(Path(words[1]), words[2])
    else:
        answer = {"build": build, "paths": paths}[words[0]](json.loads(words[1]))
        print("\n" + json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
