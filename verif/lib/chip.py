"""Builds the whole chip and plays a script of host commands on it, in a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from golden.burn import adapter_image, burn
from golden.chip import Chip
from golden.geometry import Geometry
from golden.host import CMD_SAMPLING, CMD_SEED, CMD_STOP, NO_STOPS
from golden.library import Loaded, burnt_images
from golden.sv_package import sv_package
from golden.weights import ModelWeights, PreparedAdapter
from verif.coverage import hook as coverage
from verif.lib.build import Build, build, switches
from verif.lib.checker import Checker, Mismatch
from verif.lib.tools import ROOT, SIM_BUILD, switched_on

CHIP_DIR = ROOT / "verif/chip"
TOP = "tb_roma"
IMAGES = SIM_BUILD / "images"
SHARED_FROM = 64  # matrix units from which a build takes care to be small


def build_chip(geometry: Geometry, *, waves: bool = False, bare: bool = False) -> Build:
    """The simulation of a chip; one for all models of the same sizes.

    ``bare`` leaves out cocotb and tracer: the model and ``bare_main.cpp``.
    """
    text = sv_package(geometry)
    folder = SIM_BUILD / "generated" / hashlib.sha256(text.encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    package = folder / "roma_cfg_pkg.sv"
    if not package.exists():
        scratch = folder / f"{os.getpid()}.tmp"
        scratch.write_text(text)
        scratch.rename(package)
    files = [package, *(CHIP_DIR / f"{n}.sv" for n in ("roma_tracer", "rom_loader", TOP))]
    main = CHIP_DIR / ("bare_main.cpp" if bare else "chip_main.cpp")
    defines = ["BARE"] if bare else []
    optimise = "-O1" if switched_on("COV") else "-O2"  # counters build slowly and run slowly anyhow
    return build(
        TOP,
        extra_sources=files,
        defines=defines,
        waves=waves,
        optimise=optimise,
        main=main,
        bare=bare,
        shared=geometry.chip.units >= SHARED_FROM,
    )


@dataclass
class Script:
    """Steps for the host, with the images and adapters that its loads need."""

    weights: ModelWeights
    images: Path
    model_id: int
    folder: Path
    steps: list[dict[str, Any]] = field(default_factory=list)
    loads: list[tuple[bytes, PreparedAdapter | None]] = field(default_factory=list)

    @property
    def geometry(self) -> Geometry:
        """Chip and model."""
        return self.weights.geometry

    def new(self, **more: int) -> Script:
        """Forget the sequence; ``seq``, here and below: another one than 0."""
        self.steps.append({"op": "new", **more})
        return self

    def load(self, slot: int, adapter: PreparedAdapter) -> Script:
        """Load an adapter into a slot."""
        return self.load_image(slot, adapter_image(adapter, self.geometry, self.model_id), adapter)

    def load_image(self, slot: int, image: bytes, adapter: PreparedAdapter | None, **expect: int) -> Script:
        """Load an image as it is; ``adapter`` is what a good one holds, None for a bad one."""
        self.steps.append(self.image_step(slot, image, adapter, **expect))
        return self

    def load_step(self, slot: int, adapter: PreparedAdapter, **expect: Any) -> dict[str, Any]:
        """A load that is yet to be put among the steps, or into the ``during`` of a run."""
        return self.image_step(slot, adapter_image(adapter, self.geometry, self.model_id), adapter, **expect)

    def image_step(
        self, slot: int, image: bytes, adapter: PreparedAdapter | None, **expect: Any
    ) -> dict[str, Any]:
        """The same of an image; make such steps in the order in which they are played."""
        path = self.folder / f"adapter_{len(self.loads)}.bin"
        path.write_bytes(image)
        self.loads.append((image, adapter))
        return {"op": "load", "slot": slot, "image": str(path), **expect}

    def raw(self, code: int, arg: int, **expect: Any) -> Script:
        """Any command by its code."""
        self.steps.append({"op": "raw", "code": code, "arg": arg, **expect})
        return self

    def sampling(self, inv_temperature: float, seed: int = 0, **more: int) -> Script:
        """Draw tokens from softmax(logits * inv_temperature); 0 takes the best."""
        bits = int(np.float32(inv_temperature).view(np.uint32))
        return self.raw(CMD_SAMPLING, bits, **more).raw(CMD_SEED, seed & 0xFFFF_FFFF, **more)

    def stops(self, tokens: Sequence[int]) -> Script:
        """Tokens that end a run, instead of those before."""
        self.raw(CMD_STOP, NO_STOPS)
        for token in tokens:
            self.raw(CMD_STOP, token)
        return self

    def select(self, slot: int, **expect: int) -> Script:
        """Use the adapter of slot ``slot - 1``; 0 for none."""
        self.steps.append({"op": "select", "slot": slot, **expect})
        return self

    def run(self, prompt: list[int], max_new: int, **expect: Any) -> Script:
        """Take a prompt and generate; ``during`` holds steps to be played meanwhile."""
        self.steps.append(self.run_step(prompt, max_new, **expect))
        return self

    def together(self, *runs: dict[str, Any]) -> Script:
        """RUNs of different sequences at the same time, each from ``run_step``."""
        self.steps.append({"op": "together", "runs": list(runs)})
        return self

    @staticmethod
    def run_step(prompt: list[int], max_new: int, **expect: Any) -> dict[str, Any]:
        """A RUN that is yet to be put among the steps."""
        return {"op": "run", "prompt": prompt, "max_new": max_new, **expect}


class ChipRun:
    """A running simulation and its checker.

    Parameters
    ----------
    script
        What the host does.
    seed
        Of Verilator's initial values.
    trace
        Write probes (and check); off only to measure what tracing costs.
    waves
        First and last cycle of the waves (waves.fst); None for none.
    plusargs
        More arguments of the simulation.
    folder
        Where everything goes, the script's folder if not given.
    traced
        Take the build that can write waves even if none are wanted.
    """

    def __init__(
        self,
        script: Script,
        seed: int = 1,
        *,
        trace: bool = True,
        waves: tuple[int, int] | None = None,
        plusargs: Sequence[str] = (),
        folder: Path | None = None,
        traced: bool = False,
    ) -> None:
        folder = folder or script.folder
        self.script, self.seed, self.log = script, seed, folder / "sim.log"
        self.waves = waves
        self.results, self.fst = folder / "results.xml", folder / "waves.fst"
        self.results.unlink(missing_ok=True)
        self.fst.unlink(missing_ok=True)
        self.traces = folder / "trace"
        shutil.rmtree(self.traces, ignore_errors=True)
        self.traces.mkdir(parents=True)
        made = build_chip(script.geometry, waves=traced or waves is not None)
        command = [str(made.simulator.binary), f"+roms={script.images}", f"+verilator+seed+{seed}"]
        command += [*switches(folder, waves is not None), *plusargs]
        command += [f"+trace={self.traces}"] if trace else []
        command += [f"+wave_from={waves[0]}", f"+wave_to={waves[1]}"] if waves else []
        steps = folder / "script.json"
        steps.write_text(json.dumps(script.steps))
        env = made.launch("verif.chip.tb_chip", seed, {"ROMA_SCRIPT": str(steps)}, self.results)
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                command, cwd=folder, env=env, stdout=out, stderr=subprocess.STDOUT
            )

    def alive(self) -> bool:
        """Whether the simulation still runs."""
        return self.process.poll() is None

    def checker(self) -> Checker:
        """A checker that follows this run; iterate its ``tokens()``."""
        chip = Chip(self.script.weights, self.script.model_id)
        return Checker(chip, self.traces, self.script.loads, self.alive)

    def check(self) -> Checker:
        """Follow the run to its end; returns the checker. Raises Mismatch or AssertionError."""
        checker = self.checker()
        try:
            for _ in checker.tokens():
                pass
            self.finish()
        except Mismatch as e:
            raise self.explained(e) from None
        finally:
            self.stop()
        return checker

    def explained(self, mismatch: Mismatch) -> Mismatch:
        """The mismatch with its picture, and with ``WAVES`` the module and the waves around it."""
        from verif.debug.session import report  # which runs chips itself

        if self.waves is not None:
            self.process.wait()  # what was asked for is a whole file
        self.stop()
        return report(mismatch, self.script, self.seed, log=self.log)

    def finish(self) -> None:
        """Wait for the simulation and raise AssertionError when it failed."""
        code = self.process.wait()
        text = self.log.read_text(errors="replace")
        passed = self.results.is_file() and "FAIL=0" in text and "PASS=1" in text
        if code or not passed:
            raise AssertionError(f"simulation failed (exit code {code}), {self.log}:\n{text[-3000:]}")
        if switched_on("COV"):
            coverage.finish(self.script.folder)

    def stop(self) -> None:
        """Kill the simulation if it still runs."""
        if self.alive():
            self.process.kill()
            self.process.wait()


def script_for(model: Loaded, folder: Path) -> Script:
    """An empty script for a model; burns its images when they are missing."""
    folder.mkdir(parents=True, exist_ok=True)
    images, model_id = burnt_images(model, IMAGES)
    return Script(model.weights, images, model_id, folder)


def script_for_weights(weights: ModelWeights, folder: Path) -> Script:
    """An empty script for weights that come from no checkpoint; their images go into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    images = folder / "images"
    return Script(weights, images, burn(weights, images), folder)
