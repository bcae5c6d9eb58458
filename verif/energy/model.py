"""Reads model.yaml: what is counted and what it costs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from golden.errors import RomaError

MODEL = Path(__file__).with_name("model.yaml")
GROUPS = ("nets", "ROM", "SRAM", "arithmetic")
_LABELS = ("quoted", "derived", "assumed")


@dataclass(frozen=True)
class Cost:
    """What one of something costs, and how sure that is."""

    name: str
    group: str
    fj: float
    label: str
    source: str


@dataclass(frozen=True)
class Event:
    """``where`` in cycles ``when`` does ``times`` of ``cost``."""

    where: str
    when: tuple[str, ...]
    cost: str
    times: tuple[float | str, ...]


@dataclass(frozen=True)
class EnergyModel:
    """Costs by name, blocks by pattern in order, events."""

    costs: dict[str, Cost]
    blocks: dict[str, re.Pattern[str]]
    not_counted: re.Pattern[str]
    events: tuple[Event, ...]

    def block(self, scope: str) -> str:
        """The block that has the nets of a scope."""
        return next(name for name, pattern in self.blocks.items() if pattern.search(scope))


def load(path: Path = MODEL) -> EnergyModel:
    """Read and check the model; raises RomaError that names the entry."""
    try:
        text: dict[str, Any] = yaml.safe_load(path.read_text())
        factor = _labelled(path, "to_7nm", text["to_7nm"])["value"]
        costs = {k: _cost(path, k, v, factor) for k, v in text["costs"].items()}
        events = tuple(
            Event(e["where"], tuple(e["when"]), e["cost"], tuple(e["times"])) for e in text["events"]
        )
        blocks = {k: re.compile(v) for k, v in text["blocks"].items()}
        skipped = re.compile(text["not_counted"])
    except (KeyError, TypeError, AttributeError, yaml.YAMLError, re.error) as e:
        raise RomaError(f"{path.name} is not an energy model: {type(e).__name__} {e}") from e
    for event in events:
        if event.cost not in costs:
            raise RomaError(
                f"{path.name}: event of {event.where} has cost '{event.cost}', which is not there"
            )
    idle = set(costs) - {e.cost for e in events} - {"toggle"}
    if idle or "toggle" not in costs:
        raise RomaError(
            f"{path.name}: cost '{', '.join(sorted(idle)) or 'toggle'}' has no event or is missing"
        )
    return EnergyModel(costs, blocks, skipped, events)


def _labelled(path: Path, name: str, entry: dict[str, Any]) -> dict[str, Any]:
    if entry["label"] not in _LABELS or not entry["source"]:
        raise RomaError(f"{path.name}: {name} needs a source and a label of {', '.join(_LABELS)}")
    return entry


def _cost(path: Path, name: str, entry: dict[str, Any], factor: float) -> Cost:
    _labelled(path, name, entry)
    fj = entry["fj"] if "fj" in entry else entry["fj_45nm"] * factor
    if not fj > 0 or entry["group"] not in GROUPS:
        raise RomaError(f"{path.name}: {name} needs a cost above 0 and a group of {', '.join(GROUPS)}")
    return Cost(name, entry["group"], float(fj), entry["label"], entry["source"])
