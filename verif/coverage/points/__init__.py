"""Every functional cover point of the project: the tables ``*.yaml`` of this folder, by room of ``hdl/``.

``POINTS`` has them by full name; ``python -m verif.coverage.points`` prints them on one line each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from verif.coverage.model import Group, Point, words

TABLES = Path(__file__).parent


def _point(name: str, row: dict[str, Any]) -> Point:
    never = [tuple(x.split()) for x in row.get("never", "").split(",") if x.strip()]
    crossed = tuple(row.get("cross", "").split())
    return Point(name, () if crossed else words(row["bins"]), row["shows"], crossed, tuple(never))


def _group(row: dict[str, Any]) -> Group:
    return Group(
        block=row["block"],
        part=row.get("part", ""),
        when=str(row["when"]),
        reads=tuple(row.get("reads", "").split()),
        keeps=tuple(row.get("keeps", "").split()),
        limit=row["limit"],
        points=tuple(_point(name, p) for name, p in row["points"].items()),
    )


GROUPS: tuple[Group, ...] = tuple(
    _group(row) for path in sorted(TABLES.glob("*.yaml")) for row in yaml.safe_load(path.read_text())
)
POINTS: dict[str, Point] = {g.full(p): p for g in GROUPS for p in g.points}
