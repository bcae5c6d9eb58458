"""``make profile`` as make runs it, and its page in a browser."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from verif.lib.tools import ROOT
from verif.report.tests.test_browser import find_chromium

GIVEN = ("CHIP", "LAYER", "PROMPT", "TOKENS", "ADAPTER", "KV", "T")  # variables of the tool, beside those set


def run_tool(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """``make profile`` with its results in ``folder``."""
    clean = {k: v for k, v in os.environ.items() if k not in GIVEN}
    return subprocess.run(
        [sys.executable, "-m", "tools.profiling"],
        cwd=ROOT,
        env=clean | env | {"SIM_BUILD": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("profile")
    done = run_tool(made, MODEL="tiny", SOURCE="model", T="2")
    assert done.returncode == 0, done.stderr
    yield made


def test_record(folder: Path) -> None:
    record = json.loads((folder / "profile.json").read_text())
    assert {e: sum(parts.values()) for e, parts in record["engines"].items()} == dict.fromkeys(
        "SDLH", record["cycles"]
    )
    for rows in (record["l_units"], record["path"]):
        assert sum(r["cycles"] for r in rows) == record["cycles"]
    assert record["source"] == "model"
    assert record["evidence"].startswith("predicted")
    assert record["tokens_in_flight"] == 2


def test_pictures(folder: Path) -> None:
    assert (folder / "profile" / "profile.png").read_bytes()[:4] == b"\x89PNG"
    svg = (folder / "profile" / "profile.svg").read_text()
    assert "cycles of the window" in svg
    assert "predicted" in svg


def test_page_fetches_nothing(folder: Path) -> None:
    text = (folder / "profile" / "index.html").read_text()
    assert not re.search(r"<(?:link|img|iframe)|\ssrc=|@import|url\((?!#)", text)
    assert "</script>" in text


def test_browser(folder: Path) -> None:
    """Pointing at a bar names what it waited for; a click holds it; no error on the console."""
    complaints: list[str] = []
    record = json.loads((folder / "profile.json").read_text())
    gemv = next(b for b in record["operations"] if b["engine"] == "L" and b["first"] > 0 and b["cause"])
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.on("console", lambda m: complaints.append(m.text))
        page.on("pageerror", lambda e: complaints.append(str(e)))
        page.goto((folder / "profile" / "index.html").as_uri())
        drawn = page.evaluate("[...document.querySelectorAll('#picture g')].map(g => g.id)")
        page.locator(f"#{gemv['key']}").hover()
        hovered = page.locator("#says").inner_text()
        page.locator(f"#{gemv['key']}").click()
        page.locator("h1").hover()
        held = page.locator("#says").inner_text()
        chain = page.locator("g.chain").count()
        browser.close()
    assert not complaints
    loops = [b for b in record["operations"] if b["over"] > 0 and b["first"] < record["cycles"]]
    assert {b["key"] for b in loops} <= set(drawn)
    assert hovered.startswith(gemv["name"])
    assert gemv["why"] in hovered
    assert held == hovered
    assert chain >= 3


def test_refusal(tmp_path: Path) -> None:
    done = run_tool(tmp_path, MODEL="tiny", SOURCE="guess")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: SOURCE is 'guess', legal: rtl or model\n"
    assert not any(tmp_path.iterdir())
