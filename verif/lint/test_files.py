"""The file list and the tree agree: one module a file, of the same name."""

from __future__ import annotations

import re

import pytest

from verif.lib.sources import hdl_files
from verif.lib.tools import ROOT


def test_every_file_is_listed_once():
    """hdl/files.f names exactly the SystemVerilog files of hdl/."""
    listed = [str(p.relative_to(ROOT)) for p in hdl_files()]
    assert len(listed) == len(set(listed)), "a file is listed twice"
    there = {str(p.relative_to(ROOT)) for p in (ROOT / "hdl").rglob("*.sv")}
    assert set(listed) == there


@pytest.mark.parametrize("path", hdl_files(), ids=lambda p: p.stem)
def test_one_module_a_file(path):
    """File and module have one name; nets must be declared; lines fit a page."""
    text = path.read_text()
    code = re.sub(r"//.*", "", text)
    assert re.findall(r"^\s*(?:module|package)\s+(\w+)", code, re.M) == [path.stem]
    lines = [x for x in text.splitlines() if x and not x.startswith("//")]
    assert lines[0] == "`default_nettype none" and lines[-1] == "`default_nettype wire"
    assert "lint_off" not in text, "waivers live in hdl/lint/verilator.vlt"
    wide = [n for n, x in enumerate(text.splitlines(), 1) if len(x) > 110]
    assert not wide, f"lines {wide} are wider than 110 columns"
    assert text.startswith("// "), "a header says what the block is for"
