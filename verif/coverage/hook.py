"""What ``COV=1`` adds to a build and to a run: Verilator's coverage, taps, sampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from verif.coverage.taps import TAP, binds

# Line includes branch; Verilator counts toggles of vectors up to 256 bits, wider bundles in smaller builds.
ARGUMENTS = (
    "--coverage-line",
    "--coverage-expr",
    "--coverage-toggle",
)
# State machines as Verilator finds them. It stops with an internal error on comparisons of struct
# fields in other modules (5.48: "AstNode is not of expected type"), so these two are measured alone.
WITH_STATES = ("host_port", "adapter_loader")
DATA = "coverage.dat"


@dataclass(frozen=True)
class Instruments:
    """Additions to a build: Verilator's arguments, lines of the ``.vlt``, a file of binds."""

    arguments: tuple[str, ...]
    config: str
    binds: str

    def write(self, folder: Path) -> None:
        """Write what Verilator reads into the build's folder."""
        (folder / "cover_binds.sv").write_text(self.binds)

    def files(self, folder: Path) -> list[Path]:
        """Sources beyond the build's own."""
        return [TAP, folder / "cover_binds.sv"] if self.binds else []


# Tops that are not what they measure: the chip's top level stands in a bench, the functions of a
# package in a wrapper (package.py).
MEASURED = {"tb_roma": "roma_top", "tb_roma_chip": "roma_chip", "fp_functions": "fp_pkg"}
# The parts of the host interface are measured where they do their work: one bench for all of them.
PARTS = {
    "host_port": ("sequence_run", "stop_list"),
    "h_unit": ("h_attention",),
    "axi_host": (
        "host_commands",
        "host_errors",
        "host_fifo",
        "image_beat",
        "image_packer",
        "image_read",
        "image_write",
        "token_out",
    ),
}


def instruments(top: str, sources: Sequence[Path]) -> Instruments:
    """Instruments for a build of ``top`` from ``sources``: counters in its own file, taps everywhere.

    What stands below the top has a bench of its own and is measured there. That a block is reached from
    its own bench says more, and counters in everything make the build of a chip take minutes.
    """
    counted = (top, MEASURED.get(top, top), *PARTS.get(top, ()))
    own = ["cover_tap.sv", "cover_binds.sv"]
    off = [*own, *(p.name for p in sources if p.stem not in counted)]
    lines = [f'coverage_off -file "*/{name}"\n' for name in off]
    lines += [f'lint_off -file "*/{name}"\n' for name in own]
    arguments = (*ARGUMENTS, "--coverage-fsm") if top in WITH_STATES else ARGUMENTS
    return Instruments(arguments, "".join(lines), binds(sources))


def switches(folder: Path) -> list[str]:
    """Arguments of a simulation: where its coverage and its taps' records go."""
    taps = folder / "taps"
    taps.mkdir(parents=True, exist_ok=True)
    for left in taps.iterdir():
        left.unlink()
    return [f"+verilator+coverage+file+{folder / DATA}", f"+taps={taps}"]


def finish(folder: Path) -> None:
    """Behind a run: sample what the taps recorded."""
    from verif.coverage.sample import sample  # only where there is coverage

    sample(folder)
