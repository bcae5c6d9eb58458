"""What there is to plan for: blocks, tests, cover points, properties."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from golden.errors import RomaError
from verif.coverage.points import GROUPS
from verif.formal.table import load as load_properties
from verif.lib.sources import hdl_files
from verif.lib.tools import ROOT

TESTED = ("verif", "golden/tests")
TREE = ROOT / "hdl"


@dataclass(frozen=True)
class Tree:
    """What a plan must name, and all it may name.

    Parameters
    ----------
    blocks
        ``<room>/<module>`` of every file of the RTL.
    nodes
        Collected tests of pytest, with their parameters.
    cocotb
        Names of cocotb tests by file.
    points
        Bins of every functional cover point.
    properties
        Names of formal properties.
    """

    blocks: tuple[str, ...]
    nodes: tuple[str, ...]
    cocotb: dict[str, tuple[str, ...]]
    points: dict[str, int]
    properties: tuple[str, ...]


def look() -> Tree:
    """The project as it is."""
    return Tree(
        blocks=tuple(str(p.relative_to(TREE).with_suffix("")) for p in hdl_files()),
        nodes=collect(),
        cocotb=cocotb_tests(ROOT / "verif"),
        points={g.full(p): len(g.combinations(p)) if p.of else len(p.bins) for g in GROUPS for p in g.points},
        properties=tuple(p.name for w in load_properties() for p in w.properties),
    )


def collect(where: tuple[str, ...] = TESTED) -> tuple[str, ...]:
    """Every test that pytest finds.

    Raises
    ------
    RomaError
        When a file cannot be collected.
    """
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    options = ["--collect-only", "-q", "-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib"]
    command = [sys.executable, "-m", "pytest", *options, *where]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).splitlines()
        files = [x.split()[1] for x in lines if x.startswith("ERROR ")] or [" ".join(where)]
        why = [x[1:].strip() for x in lines if x.startswith("E ")] or [f"exit code {done.returncode}"]
        raise RomaError(f"pytest cannot collect {files[0]}: {why[-1]}: mend it first")
    return tuple(x for x in done.stdout.splitlines() if "::" in x)


def cocotb_tests(folder: Path) -> dict[str, tuple[str, ...]]:
    """Functions under ``@cocotb.test`` in every ``tb_*.py``, by file."""
    found = {}
    for path in sorted(folder.rglob("tb_*.py")):
        functions = [n for n in ast.parse(path.read_text()).body if isinstance(n, ast.AsyncFunctionDef)]
        names = [f.name for f in functions if any(_is_test(d) for d in f.decorator_list)]
        found[str(path.relative_to(ROOT))] = tuple(names)
    return found


def _is_test(decorator: ast.expr) -> bool:
    call = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(call) in ("cocotb.test", "test")
