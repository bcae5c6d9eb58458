"""What does not count, each with its reason; an entry that matches nothing is an error."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from golden.errors import RomaError
from verif.coverage.code import KINDS, CodePoint, Hits

FILE = Path(__file__).with_name("exclusions.yaml")


@dataclass(frozen=True)
class Exclusion:
    """Points of some blocks and kinds whose words or source line match."""

    blocks: re.Pattern[str]
    kinds: tuple[str, ...]
    what: re.Pattern[str] | None
    text: re.Pattern[str] | None
    reason: str
    where: str

    def matches(self, p: CodePoint, source: list[str]) -> bool:
        """Whether it excludes a point of a file with these lines."""
        if p.kind not in self.kinds or not self.blocks.fullmatch(p.block):
            return False
        if self.what and not self.what.fullmatch(p.what):
            return False
        return not self.text or bool(self.text.search(source[p.line - 1]))


def load(path: Path = FILE) -> list[Exclusion]:
    """The exclusions of a file; RomaError names an entry that is not one."""
    out = []
    for number, row in enumerate(yaml.safe_load(path.read_text()) or [], 1):
        where = f"{path.name}, entry {number}"
        kinds = tuple(str(row.get("kind", "")).split())
        if not row.get("reason") or not row.get("block") or not kinds or set(kinds) - set(KINDS):
            raise RomaError(f"{where}: legal: block, kind ({', '.join(KINDS)}), reason, and what or text")
        if not row.get("what") and not row.get("text"):
            raise RomaError(f"{where}: neither 'what' nor 'text': it would exclude a whole block")
        what, text = (re.compile(row[k]) if row.get(k) else None for k in ("what", "text"))
        out.append(Exclusion(re.compile(row["block"]), kinds, what, text, row["reason"], where))
    return out


def apply(
    hits: Hits, exclusions: list[Exclusion], hdl: Path, lenient: bool = False
) -> tuple[Hits, dict[CodePoint, str]]:
    """Points that count, and the reason of every one that does not.

    With ``lenient`` an exclusion may match nothing: when only some benches ran.

    Raises
    ------
    RomaError
        When an exclusion matches nothing that Verilator measured.
    """
    sources: dict[str, list[str]] = {}
    out: dict[CodePoint, str] = {}
    used: set[int] = set()
    for p in hits:
        if p.block not in sources:
            sources[p.block] = (hdl / f"{p.block}.sv").read_text().splitlines()
        for n, exclusion in enumerate(exclusions):
            if exclusion.matches(p, sources[p.block]):
                used.add(n)
                out.setdefault(p, exclusion.reason)
    idle = [e.where for n, e in enumerate(exclusions) if n not in used]
    if idle and not lenient:
        raise RomaError(f"{idle[0]} excludes nothing: remove it, or correct its pattern")
    return {p: n for p, n in hits.items() if p not in out}, out
