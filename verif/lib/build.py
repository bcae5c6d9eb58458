"""Builds and runs a bench: cocotb-test's Verilator, with builds that tests share.

A build is kept by what it is made of (top, parameters, flags, contents of its sources); a run has a
folder of its own, named by its identity. See verif/README.md.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from cocotb_test.simulator import Verilator

from verif.coverage import hook as coverage
from verif.lib import shared_code
from verif.lib.identity import base_seed, derived_seed, identity, run_folder
from verif.lib.sources import WAIVERS, needed
from verif.lib.tools import ROOT, SIM_BUILD, switched_on, verilator_environment, verilator_version

# Loops stay loops in the C++ (see docs/decisions.md); assertions are always on.
_ARGUMENTS = (
    "-Wall",
    "--assert",
    "-O3",
    "--unroll-count",
    "8",
    "--x-assign",
    "unique",
    "--x-initial",
    "unique",
)


class LeanVerilator(Verilator):
    """cocotb-test's Verilator with builds apart from runs and only the top's signals public."""

    main: Path | None = None  # C++ main in place of cocotb's own
    bare: bool = False  # no cocotb at all

    def build_command(self) -> list[list[str]]:
        """Commands of the build; the run's command is ``[self.binary]``."""
        compile_only, self.compile_only = self.compile_only, True
        try:
            commands = super().build_command()
        finally:
            self.compile_only = compile_only
        commands[0].remove("--public-flat-rw")
        verilate = commands[0]
        if self.main:
            verilate[:] = [str(self.main) if x.endswith("/verilator.cpp") else x for x in verilate]
        if self.bare:
            verilate.remove("--vpi")
            link = verilate.index("-LDFLAGS")
            del verilate[link : link + 2]
        return commands

    @property
    def binary(self) -> Path:
        """The simulation's executable."""
        return Path(self.sim_dir) / self.toplevel_module


@dataclass(frozen=True)
class Build:
    """A finished build."""

    simulator: LeanVerilator
    folder: Path

    def launch(self, tb: str, seed: int, env: Mapping[str, str], results: Path) -> dict[str, str]:
        """Environment in which ``simulator.binary`` runs the cocotb module ``tb``."""
        self.simulator.module = tb
        self.simulator.env = {}
        self.simulator.set_env()
        return self.simulator.env | {
            "COCOTB_RESULTS_FILE": str(results),
            "COCOTB_RANDOM_SEED": str(seed),
            "RANDOM_SEED": str(seed),
            "COCOTB_ANSI_OUTPUT": "0",
            # cocotb lets pytest rewrite the assertions of every module that it imports, NumPy's too,
            # and load all of pytest's plugins: that took two thirds of a short bench.
            "COCOTB_REWRITE_ASSERTION_FILES": "tb_*.py *bench.py lockstep.py scoreboard.py",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            **env,
        }


def parameter_text(name: str, value: int | str) -> str:
    """A parameter as Verilator's -G wants it; FP32 patterns are 32-bit literals."""
    if isinstance(value, int) and value >= 1 << 31:
        return f"32'h{value:08x}"
    if isinstance(value, int) and name in ("ATTN_SCALE", "INV_HIDDEN", "RMS_EPS"):
        return f"32'h{value:08x}"
    return str(value)


def build(
    top: str,
    parameters: Mapping[str, int | str] | None = None,
    *,
    extra_sources: Sequence[Path] = (),
    defines: Sequence[str] = (),
    waves: bool = False,
    optimise: str = "-O1",
    main: Path | None = None,
    bare: bool = False,
    shared: bool = False,
) -> Build:
    """Build ``top`` (or take it from the shared builds).

    Parameters
    ----------
    top, parameters, defines
        Toplevel module and its elaboration.
    extra_sources
        Files beyond ``hdl/files.f``; a C++ file of the same name beside one is compiled with it.
    waves
        Compile FST tracing in.
    optimise
        The C++ compiler's level: ``-O1`` builds fast, ``-O2`` runs fast.
    main, bare
        C++ main in place of cocotb's own, and whether cocotb is left out altogether.
    shared
        Let copies of a module share their C++ (``verif.lib.shared_code``): for large chips.

    Raises
    ------
    BuildFailed
        With the tool's output.

    Notes
    -----
    ``COV=1`` compiles coverage in.
    """
    texts = {k: parameter_text(k, v) for k, v in (parameters or {}).items()}
    sources = needed(top, tuple(extra_sources))
    native = [c for p in extra_sources if (c := p.with_suffix(".cpp")).is_file()]
    public = f'`verilator_config\npublic_flat_rw -module "{top}" -var "*"\n'
    public += shared_code.config() if shared else ""
    measured = coverage.instruments(top, sources) if switched_on("COV") else None
    arguments = [*_ARGUMENTS, *(measured.arguments if measured else ())]
    arguments += shared_code.ARGUMENTS if shared else ()
    public += measured.config if measured else ""
    make_args = [
        "CFG_CXXFLAGS_PCH_I=-include",  # the wheel's makefile leaves these two to guesses
        f"PYTHON3={sys.executable}",
        f"OPT_FAST={optimise}",
        f"OPT_SLOW={optimise}",
        "-j2",
    ]
    key = hashlib.sha256()
    recipe = (top, texts, sorted(defines), arguments, make_args, waves, bare, public, verilator_version())
    key.update(repr((recipe, measured)).encode() if measured else repr(recipe).encode())
    for path in (*sources, *native, WAIVERS, *([main] if main else [])):
        key.update(str(path).encode() + path.read_bytes())
    folder = SIM_BUILD / "builds" / f"{top}-{key.hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(verilator_environment())
    vlt = folder / "public.vlt"
    sources += measured.files(folder) if measured else []
    simulator = LeanVerilator(
        make_args=make_args,
        toplevel=top,
        module="",
        verilog_sources=[str(vlt), str(WAIVERS), *map(str, (*sources, *native))],
        parameters=texts,
        defines=list(defines),
        verilog_compile_args=arguments,
        sim_build=str(folder),
        waves=waves,
    )
    simulator.main, simulator.bare = main, bare
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            # What a build that failed or was killed left behind would pass for up to date.
            for left in folder.iterdir():
                if left.name != "lock":
                    shutil.rmtree(left) if left.is_dir() else left.unlink()
            vlt.write_text(public)
            if measured:
                measured.write(folder)
            _compile(simulator, folder, shared)
            _slim(folder)
            (folder / "done").touch()
    return Build(simulator, folder)


class BuildFailed(Exception):
    """Verilator or the C++ compiler refused; the message is their output."""


def _compile(simulator: LeanVerilator, folder: Path, shared: bool) -> None:
    simulator.set_env()
    with (folder / "build.log").open("w") as log:
        for command in simulator.build_command():
            log.write(" ".join(command) + "\n")
            log.flush()
            done = subprocess.run(
                command, cwd=folder, env=simulator.env, stdout=log, stderr=subprocess.STDOUT, check=False
            )
            if done.returncode:
                text = (folder / "build.log").read_text()
                raise BuildFailed(f"build of {simulator.toplevel_module} failed:\n{text[-6000:]}")
            if shared and command[0] != "make":
                shared_code.join_symbols(folder)


def _slim(folder: Path) -> None:
    """Leave the executable and the generated sources: precompiled headers alone are 20 MB a build."""
    for left in folder.rglob("*"):
        if left.suffix in (".gch", ".o", ".a"):
            left.unlink()


def switches(folder: Path, waves: bool) -> list[str]:
    """Arguments of every simulation: power-up state, waves, coverage, the planted fault (``FAULT``)."""
    arguments = ["+verilator+rand+reset+2"]
    if waves:
        arguments += ["--trace", "--trace-file", str(folder / "waves.fst")]
    if switched_on("COV"):
        arguments += coverage.switches(folder)
    if switched_on("FAULT"):
        arguments.append(f"+fault={os.environ['FAULT']}")
    return arguments


def run_bench(
    top: str,
    tb: str,
    parameters: Mapping[str, int | str] | None = None,
    *,
    extra_sources: Sequence[Path] = (),
    defines: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    plusargs: Sequence[str] = (),
    testcase: str | None = None,
    timeout_s: float = 600,
    optimise: str = "-O1",
) -> Path:
    """Build ``top`` and run the cocotb module ``tb`` on it; call from a pytest test.

    The test sees ``BENCH_PARAMETERS`` (JSON) and ``cocotb.RANDOM_SEED``. Waves are written when
    ``WAVES=1``. Fails the pytest test with the simulation's own words.

    Returns
    -------
    The run's folder.
    """
    waves = switched_on("WAVES")
    name = identity()
    folder = run_folder(name)
    try:
        made = build(
            top, parameters, extra_sources=extra_sources, defines=defines, waves=waves, optimise=optimise
        )
    except BuildFailed as e:
        pytest.fail(str(e), pytrace=False)
    seed = derived_seed(name, base_seed())
    results = folder / "results.xml"
    results.unlink(missing_ok=True)
    variables = {"BENCH_PARAMETERS": json.dumps(parameters or {}), **(env or {})}
    if testcase:
        variables["COCOTB_TEST_FILTER"] = testcase
    # Random power-up state includes the clock's published alias: some seeds see a rising edge at
    # time 0, before reset is driven, and assertions fire on noise. Such a start is drawn again.
    for attempt in range(20):
        command = [
            str(made.simulator.binary),
            f"+verilator+seed+{(seed + attempt) % (2**31 - 1) + 1}",
            *switches(folder, waves),
            *plusargs,
        ]
        log = folder / "sim.log"
        with log.open("w") as out:
            try:
                code = subprocess.run(
                    command,
                    cwd=folder,
                    env=made.launch(tb, seed, variables, results),
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    timeout=timeout_s,
                    check=False,
                ).returncode
            except subprocess.TimeoutExpired:
                code = -1
                out.write(f"\nkilled after {timeout_s} s\n")
        if not re.search(r"^\[0\] %Error.*Assertion failed", log.read_text(errors="replace"), re.M):
            break
    problem = _problem(results, code)
    if problem:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-40:])
        pytest.fail(f"{problem}\n{tail}", pytrace=False)
    if switched_on("COV"):
        coverage.finish(folder)
    return folder


def _problem(results: Path, code: int) -> str:
    """Empty when the simulation passed at least one test and ended well."""
    if not results.is_file():
        return f"the simulation ended without results (exit code {code})"
    try:
        cases = list(ET.parse(results).iter("testcase"))
    except ET.ParseError as e:
        return f"the simulation left broken results ({e})"
    failed = [c.get("name", "?") for c in cases if _has(c, "failure") or _has(c, "error")]
    if failed:
        return f"failed: {', '.join(failed)}"
    ran = [c for c in cases if not _has(c, "skipped")]
    if not ran:
        return "no test ran"
    return f"the simulation ended with exit code {code}" if code else ""


def _has(case: ET.Element, outcome: str) -> bool:
    return case.find(outcome) is not None


def lint(top: str, parameters: Mapping[str, int | str] | None = None) -> subprocess.CompletedProcess[str]:
    """``verilator --lint-only -Wall`` of a module alone, waivers applied; kept like a build."""
    texts = {k: parameter_text(k, v) for k, v in (parameters or {}).items()}
    sources = [WAIVERS, *needed(top)]
    command = ["verilator", "--lint-only", "-Wall", "--assert", "--top-module", top]
    command += [f"-G{k}={v}" for k, v in texts.items()] + [str(s) for s in sources]
    key = hashlib.sha256(repr((command, verilator_version())).encode())
    for path in sources:
        key.update(path.read_bytes())
    kept = SIM_BUILD / "lints" / f"{top}-{key.hexdigest()[:16]}.json"
    if not kept.is_file():
        env = os.environ | verilator_environment()
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps([done.returncode, done.stdout, done.stderr]))
        unfinished.replace(kept)
    return subprocess.CompletedProcess(command, *json.loads(kept.read_text()))


def expect_refused(top: str, parameters: Mapping[str, int | str], message: str) -> None:
    """Elaboration with illegal ``parameters`` must fail with a sentence that matches ``message``."""
    done = lint(top, parameters)
    assert done.returncode != 0, f"{top} accepts {dict(parameters)}"
    sentence = re.search(message, done.stderr)
    assert sentence, f"{top} {dict(parameters)}: no '{message}' in\n{done.stderr}"


def forget(folder: Path) -> None:
    """Remove a build or run folder."""
    shutil.rmtree(folder, ignore_errors=True)
