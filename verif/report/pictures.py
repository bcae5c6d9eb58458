"""Pictures of mismatch windows, embedded as data so that the page stays one file."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

BUDGET = 1_200_000  # characters of embedded pictures; the page stays below 2 MB


# Of the bugs that the debugger's own tests plant: the chip itself is right.
PLANTED = "planted-"


@dataclass(frozen=True)
class Picture:
    """A picture.

    Parameters
    ----------
    name, file
        What it is called, and its path in ``sim_build``.
    group
        ``mismatch``, ``earlier`` (from before the last run) or ``planted``.
    when
        When it was drawn.
    alt
        What it shows, in words.
    data
        The picture as a data URL; empty when it is only linked.
    """

    name: str
    file: str
    group: str
    when: datetime
    alt: str
    data: str


def pictures(folder: Path, since: float = 0.0) -> list[Picture]:
    """Pictures in ``folder/debug``, newest first; of a picture in two formats the SVG.

    Parameters
    ----------
    folder
        ``sim_build``.
    since
        When the last run began, in seconds since 1970.
    """
    svgs = set((folder / "debug").glob("*.svg"))
    pngs = {p for p in (folder / "debug").glob("*.png") if p.with_suffix(".svg") not in svgs}

    def group(path: Path) -> str:
        if path.name.startswith(PLANTED):
            return "planted"
        return "mismatch" if path.stat().st_mtime >= since else "earlier"

    found = [(group(p), p) for p in svgs | pngs]
    order = ("mismatch", "earlier", "planted")
    found.sort(key=lambda x: (order.index(x[0]), -x[1].stat().st_mtime, x[1].name))
    return list(_embedded(folder, found))


def _embedded(folder: Path, files: list[tuple[str, Path]]) -> Iterator[Picture]:
    left = BUDGET
    for group, path in files:
        kind = "svg+xml" if path.suffix == ".svg" else "png"
        size = path.stat().st_size * 4 // 3 + 64
        data = ""
        if size <= left:
            left -= size
            data = f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
        when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        alt = _title(path) or f"Waves around the mismatch of {path.stem}, the first difference marked"
        yield Picture(path.stem, path.relative_to(folder).as_posix(), group, when, alt, data)


def _title(path: Path) -> str:
    """What an SVG says it shows."""
    if path.suffix != ".svg":
        return ""
    head = path.read_text(errors="replace")[:20_000]
    found = re.search(r"<(?:desc|title)[^>]*>([^<]+)<", head)
    return " ".join(unescape(found[1]).split()) if found else ""
