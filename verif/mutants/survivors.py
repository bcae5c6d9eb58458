"""What is known about faults that no bench sees: ``survivors.yaml``, one reason each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from golden.errors import RomaError
from verif.mutants.faults import Mutant

FILE = Path(__file__).with_name("survivors.yaml")
VERDICTS = ("equivalent", "accepted")


@dataclass(frozen=True)
class Explanation:
    """Why a fault may survive.

    Parameters
    ----------
    file, kind, original, mutant
        The fault, as a campaign prints it.
    where
        Start of the statement around it; empty for any.
    verdict
        ``equivalent``: no input shows it. ``accepted``: it could be seen, and need not be.
    reason
        Why.
    """

    file: str
    kind: str
    original: str
    mutant: str
    where: str
    verdict: str
    reason: str

    def fits(self, mutant: Mutant) -> bool:
        """Whether it is about this fault."""
        mine = (self.file, self.kind, self.original, self.mutant)
        theirs = (mutant.file, mutant.kind, mutant.original, mutant.mutant)
        return mine == theirs and mutant.where.startswith(self.where)

    @property
    def label(self) -> str:
        """One line for messages."""
        return f"{self.file}: {self.kind}: {self.original} -> {self.mutant}"


def load(path: Path = FILE) -> list[Explanation]:
    """All explanations.

    Raises
    ------
    RomaError
        When an entry lacks a field or has an unknown verdict.
    """
    entries = yaml.safe_load(path.read_text()) if path.exists() else []
    found = []
    for number, entry in enumerate(entries or (), 1):
        fields = {k: str(entry.get(k) or "").strip() for k in Explanation.__dataclass_fields__}
        empty = [k for k, v in fields.items() if not v and k != "where"]
        unknown = sorted(entry.keys() - fields.keys())
        if empty or unknown:
            raise RomaError(f"{path.name}: entry {number} lacks {empty or 'nothing'}, has {unknown} too much")
        if fields["verdict"] not in VERDICTS:
            raise RomaError(
                f"{path.name}: entry {number} has verdict '{fields['verdict']}', legal: {', '.join(VERDICTS)}"
            )
        found.append(Explanation(**fields))
    return found


def explain(mutant: Mutant, known: Iterable[Explanation]) -> Explanation | None:
    """The explanation of a fault, if there is one."""
    return next((e for e in known if e.fits(mutant)), None)


def pointless(known: Iterable[Explanation], every: Iterable[Mutant], files: set[str]) -> list[Explanation]:
    """Explanations of ``files`` that fit no fault of the present source."""
    mutants = list(every)
    return [e for e in known if e.file in files and not any(e.fits(m) for m in mutants)]
