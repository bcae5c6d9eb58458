"""Exclusions: what they take out, and that idle or vague ones are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden.errors import RomaError
from verif.coverage.code import CodePoint
from verif.coverage.exclusions import apply, load

BRANCH = CodePoint("common/queue", 2, 3, "branch", "else")
TOGGLE = CodePoint("common/queue", 1, 3, "toggle", "spare_i[3]:0->1")


def written(folder: Path, text: str) -> Path:
    """An exclusion file."""
    path = folder / "exclusions.yaml"
    path.write_text(text)
    return path


@pytest.fixture
def hdl(tmp_path: Path) -> Path:
    """A file of RTL."""
    (tmp_path / "common").mkdir()
    (tmp_path / "common/queue.sv").write_text("input wire spare_i,\nif (full) left <= '0;\n")
    return tmp_path


def excluded(hdl: Path, text: str) -> tuple[set[CodePoint], set[CodePoint]]:
    """Points that are left, and those that are out."""
    left, out = apply({BRANCH: 0, TOGGLE: 0}, load(written(hdl, text)), hdl)
    return set(left), set(out)


def test_by_source_line(hdl):
    text = "- {block: common/queue, kind: branch, text: 'if .full', reason: never full}"
    assert excluded(hdl, text) == ({TOGGLE}, {BRANCH})


def test_by_words(hdl):
    text = "- {block: common/.*, kind: toggle, what: 'spare_i.*', reason: constant}"
    assert excluded(hdl, text) == ({BRANCH}, {TOGGLE})


def test_idle_is_refused(hdl):
    """An exclusion that matches nothing has outlived its reason."""
    text = "- {block: common/queue, kind: line, text: 'if', reason: gone}"
    with pytest.raises(RomaError, match="exclusions.yaml, entry 1 excludes nothing"):
        excluded(hdl, text)


@pytest.mark.parametrize(
    "text",
    [
        "- {block: a/b, kind: branch, text: x}",
        "- {block: a/b, kind: lines, text: x, reason: y}",
        "- {kind: line, text: x, reason: y}",
        "- {block: a/b, kind: line, reason: all of it}",
    ],
)
def test_vague_is_refused(tmp_path, text):
    """No reason, no such kind, no block, or a whole block."""
    with pytest.raises(RomaError, match="entry 1"):
        load(written(tmp_path, text))


def test_the_project_s_own():
    """They can be read."""
    load()
