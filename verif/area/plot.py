"""The picture of ``make area``, and how pictures of evidence are kept."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from verif.area.unit import PARTS, Unit
from verif.lib.tools import ROOT, switched_on

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend comes first)

_STYLE = {"svg.fonttype": "none", "svg.hashsalt": "roma"}


def save(figure: Figure, folder: Path, name: str) -> list[Path]:
    """SVG and PNG in a folder, with ``PLOTS=1`` the SVG in docs/, too; they depend on the figures alone."""
    folder.mkdir(parents=True, exist_ok=True)
    out = [folder / f"{name}.svg", folder / f"{name}.png"]
    if switched_on("PLOTS"):
        out.append(ROOT / "docs" / f"{folder.name}-{name}.svg")
    with matplotlib.rc_context(_STYLE):
        for path in out:
            meta = {"Date": None, "Creator": None} if path.suffix == ".svg" else {}
            figure.savefig(path, metadata=meta)
    plt.close(figure)
    return out


def plot(rows: list[Unit], folder: Path) -> list[Path]:
    """Bars of ROM and B-ROM side by side, one panel for each width of a weight."""
    bits = sorted({u.bits for u in rows})
    figure, axes = plt.subplots(
        1, len(bits), figsize=(6.5 * len(bits), 4.5), layout="constrained", squeeze=False
    )
    for axis, b in zip(axes[0], bits, strict=True):
        mine = [u for u in rows if u.bits == b]
        names = [f"{u.kind}\n{u.depth}" for u in mine]
        low = [0.0] * len(mine)
        for part in PARTS:
            high = [getattr(u, part) / 1e3 for u in mine]
            axis.bar(names, high, bottom=low, label=part)
            low = [a + h for a, h in zip(low, high, strict=True)]
        for x, u in enumerate(mine):
            axis.text(x, low[x], f"{u.total / 1e3:,.0f}", ha="center", va="bottom", fontsize=8)
        axis.set(title=f"{b} bits a weight", xlabel="ROM words", ylabel="thousand transistors")
        axis.legend()
    figure.suptitle(
        "One L-Unit: decoder, candidates, lanes counted by Yosys; cells, drivers, registers by model"
    )
    return save(figure, folder, "lunit")
