"""What each record says: passed, failed or not shown, in a few words. Nothing is green without proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from verif.report.chart import number
from verif.report.history import share
from verif.report.records import Record

MUTANTS_SCORE, MUTANTS_SAMPLED = 95.0, 300

Data = dict[str, Any]
Judgement = tuple[str, str]


@dataclass(frozen=True)
class Check:
    """A part of the verification and its verdict.

    Parameters
    ----------
    record
        Where it is from.
    title, anchor
        Name, and the section that shows it.
    outcome
        ``passed``, ``failed``, ``figures`` (nothing to pass) or ``open``: not run, stale, partly run or
        not readable.
    summary
        What was found, in a few words.
    """

    record: Record
    title: str
    anchor: str
    outcome: str
    summary: str

    @property
    def label(self) -> str:
        """One or two words for the outcome."""
        state = self.record.state
        words = {"missing": "not run yet", "unreadable": "unreadable", "stale": "stale", "partial": "in part"}
        if self.outcome == "failed":
            return "failed, stale" if state == "stale" else "failed"
        own = {"passed": "passed", "figures": "measured", "open": "incomplete"}
        return words.get(state) or own[self.outcome]


def check(record: Record, title: str, anchor: str, judge: Callable[[Data], Judgement]) -> Check:
    """Judge a record."""
    if record.state in ("missing", "unreadable"):
        return Check(record, title, anchor, "open", record.why)
    try:
        outcome, summary = judge(record.data)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ZeroDivisionError):
        return unreadable(Check(record, title, anchor, "open", ""))
    if outcome in ("passed", "figures") and record.state != "current":
        outcome = "open"
    return Check(record, title, anchor, outcome, summary)


def unreadable(part: Check) -> Check:
    """The same part when its record has not the shape it should have."""
    name, command = part.record.name, part.record.command
    why = f"{name}.json has not the figures it should have, make it again: {command}"
    return Check(Record(name, command, "unreadable", why), part.title, part.anchor, "open", why)


def tests(data: Data) -> Judgement:
    """sim, regress, lint: tests were run and all of them passed."""
    count, bad = data["tests"], data["failures"] + data["errors"]
    if bad:
        return "failed", f"{number(bad)} of {number(count)} tests failed"
    if not count:
        return "failed", "no test was run"
    if data["exit_code"] == 130:
        return "open", f"interrupted after {number(count)} tests"
    if data["exit_code"]:
        return "failed", f"ended with exit code {data['exit_code']} after {number(count)} tests"
    skipped = f", {number(data['skipped'])} skipped" if data["skipped"] else ""
    return "passed", f"{number(count - data['skipped'])} tests passed{skipped}"


def plan(data: Data) -> Judgement:
    """Every row passed, every cover point of it was sampled."""
    rows = data["rows"]
    statuses = [r["status"] for r in rows]
    failed, passed = statuses.count("failed"), statuses.count("passed")
    unseen = sum(not c["hit"] for r in rows for c in r.get("cover") or ())
    words = f"{passed} of {len(rows)} rows passed"
    if failed or not rows or data.get("exit_code"):
        return "failed", words + (f", {failed} failed" if failed else "")
    if passed < len(rows) or unseen:
        return "open", words + (
            f", {unseen} cover point{'s' if unseen > 1 else ''} never sampled" if unseen else ""
        )
    return "passed", words


def coverage(data: Data) -> Judgement:
    """Every target is met."""
    parts, missed = [], bool(data["below"] or data.get("exit_code"))
    for kind, target in data["targets"].items():
        pairs = coverage_pairs(data, kind)
        reached = bool(pairs) and share(pairs) >= target
        found = number(share(pairs), "%") if pairs else "not measured"
        parts.append(f"{kind} {found}" + ("" if reached else f" (target {target:g} %)"))
        missed |= not reached
    return ("failed" if missed or not parts else "passed"), ", ".join(parts)


def coverage_pairs(data: Data, kind: str) -> list[list[int]]:
    """All [hit, total] of a type, without empty ones."""
    if kind == "functional":
        pairs = [[p["hit"], p["total"]] for p in data["functional"]]
    else:
        pairs = [b[kind] for b in data["blocks"] if kind in b]
    return [p for p in pairs if p[1]]


def mutants(data: Data) -> Judgement:
    """Enough faults were tried, enough killed, every survivor explained."""
    sampled, killed = data["sampled"], data["killed"]
    score = 100 * killed / sampled
    dark = sum(not s["explanation"] for s in data["survivors"])
    words = f"{number(score, '%')} of {number(sampled)} mutants killed"
    if dark:
        words += f", {number(dark)} survivor{'s' if dark > 1 else ''} not explained"
    if score < MUTANTS_SCORE or dark or data.get("exit_code"):
        return "failed", words
    return ("passed" if sampled >= MUTANTS_SAMPLED else "open"), words


def formal(data: Data) -> Judgement:
    """Every property is proved, or holds up to a depth."""
    results = [p["result"] for p in data["properties"]]
    proved, bounded = results.count("proved"), results.count("bounded")
    words = f"{proved} proved, {bounded} to a depth"
    if proved + bounded < len(results) or not results or data.get("exit_code"):
        return "failed", f"{words}, {len(results) - proved - bounded} failed"
    return "passed", words


def generated(data: Data) -> Judgement:
    """The chip wrote text and no beat differed."""
    words = f"{number(data['cycles_per_token']['total'])} cycles per token"
    if data["mismatches"] or not data["beats_compared"]:
        return "failed", words + f", {data['mismatches']} mismatches"
    return "passed", words


def speed(data: Data) -> Judgement:
    """Figures only."""
    best = max(row["checked_cycles_per_second"] for row in data["rows"].values())
    return "figures", f"{number(best)} checked cycles/s"


# target, command, title, anchor, judge, whether the verdict needs it
PARTS: list[tuple[str, str, str, str, Callable[[Data], Judgement], bool]] = [
    ("sim", "make sim", "Tests", "results", tests, True),
    ("regress", "make regress", "Random regression", "results", tests, True),
    ("plan", "make plan", "Verification plan", "plan", plan, True),
    ("coverage", "make cov", "Coverage", "coverage", coverage, True),
    ("mutate", "make mutate", "Mutants", "mutants", mutants, True),
    ("formal", "make formal", "Formal", "formal", formal, True),
    ("generate", "make generate", "Text from the chip", "cycles", generated, False),
    ("bench", "make bench", "Speed", "speed", speed, False),
]


def verdict(checks: list[Check]) -> tuple[str, str]:
    """The outcome of everything that the verdict needs, and a sentence."""
    needed = {name for name, *_, need in PARTS if need}
    some = [c for c in checks if c.record.name in needed]
    failed = [c.title for c in checks if c.outcome == "failed"]
    waiting = [f"{c.title} ({c.label})" for c in some if c.outcome == "open"]
    if failed:
        return "failed", "Failed: " + ", ".join(failed)
    if waiting:
        return "open", "Not all shown: " + ", ".join(waiting)
    return "passed", "All green"
