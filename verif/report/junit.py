"""JUnit files of pytest and of the regression: failures with the line that repeats them, counts by block."""

from __future__ import annotations

import os
import re
import shlex
import xml.etree.ElementTree as ET
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from verif.lib.tools import ROOT

_ANSI = re.compile(r"(?:\x1b|#x1B)\[[0-9;]*m")
TEXT_KEPT = 12_000  # characters of a failure's text: its end


@dataclass(frozen=True)
class Failure:
    """A test that failed.

    Parameters
    ----------
    node
        Such as ``verif/fp/fp_add/test_fp_add.py::test_random[4]``.
    rerun
        The line that repeats it.
    message
        First lines of what went wrong.
    text
        All of it, or its end.
    """

    node: str
    rerun: str
    message: str
    text: str = ""


@dataclass
class Junit:
    """What a JUnit file says."""

    tests: int = 0
    failures: list[Failure] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    # By folder below the project: tests, failures, seconds.
    blocks: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0.0]))


def read_junit(path: Path, seed: int | None) -> Junit:
    """Read a JUnit file.

    Parameters
    ----------
    path
        The file.
    seed
        Base seed of tests whose name does not end in ``@seed``.

    Raises
    ------
    OSError, xml.etree.ElementTree.ParseError
        When it cannot be read.
    """
    out = Junit()
    for case in ET.parse(path).iter("testcase"):
        node, own_seed = _node(case.get("classname") or "", case.get("name") or "")
        at = own_seed if own_seed is not None else seed
        out.tests += 1
        bad = [*case.findall("failure"), *case.findall("error")]
        skip = case.find("skipped")
        if bad:
            out.failures.append(_failure(node, at, bad[0]))
        elif skip is not None:
            out.skipped.append((node, clean(skip.get("message") or "")))
        row = out.blocks[str(Path(node.split("::")[0]).parent)]
        row[0] += 1
        row[1] += bool(bad)
        row[2] += float(case.get("time") or 0)
    return out


def clean(text: str) -> str:
    """Text without the colours of a terminal."""
    return _ANSI.sub("", text).strip()


def rerun_line(node: str, seed: int | None) -> str:
    """The line that repeats a test, or all of a file that could not be collected."""
    if "::" not in node or seed is None:
        return f"make sim TEST={shlex.quote(node)}"
    name = f"{node}@{seed}"
    quoted = shlex.quote(name) if "'" in name else f"'{name}'"
    return f"make rerun ID={quoted}"


def _failure(node: str, seed: int | None, element: ET.Element) -> Failure:
    text = clean(element.text or "")
    message = clean(element.get("message") or "") or (text.splitlines() or ["failed without a message"])[-1]
    return Failure(node, rerun_line(node, seed), message[:2000], text[-TEXT_KEPT:])


def _node(classname: str, name: str) -> tuple[str, int | None]:
    """Pytest's node of a case, and the seed behind its name."""
    head, at, tail = name.rpartition("@")
    seed = int(tail) if at and tail.isdecimal() else None
    if seed is not None:
        name = head
    if not classname:  # a file that could not be collected
        return name.replace(".", "/") + ".py", seed
    parts = classname.split(".")
    for n in range(len(parts), 0, -1):
        file = "/".join(parts[:n]) + ".py"
        if os.path.isfile(ROOT / file):
            return "::".join([file, *parts[n:], name]), seed
    return f"{classname.replace('.', '/')}.py::{name}", seed
