"""The page in a real Chromium: it renders at both widths, links lead somewhere, nothing is fetched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from verif.report.page import write
from verif.report.tests import samples
from verif.report.tests.samples import LONG, NASTY, NODES, TREE

WIDTHS = {"phone": 390, "desktop": 1440}


NO_CHROMIUM = (
    "no 'chromium' on PATH: apt-get install --no-install-recommends chromium, or name one in CHROMIUM="
)


def find_chromium() -> str:
    """Chromium or Chrome of this machine; a machine without one cannot show that the page works."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not found:
        pytest.fail(NO_CHROMIUM)
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = find_chromium()
    with sync_playwright() as play:
        # Root cannot have a sandbox, and only pages of this file are opened.
        with play.chromium.launch(executable_path=found, args=["--no-sandbox"]) as made:
            yield made


@dataclass
class Seen:
    """A loaded page and what the browser noticed."""

    page: Page
    file: Path
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


class Viewer:
    """Opens reports; every page is closed at the end."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.contexts = []

    def __call__(self, folder: Path, width: int = 1440, scheme: str = "light", script: bool = True) -> Seen:
        """Write the report of ``folder`` and look at it."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=script
        )
        self.contexts.append(context)
        file, _ = write(folder, TREE)
        seen = Seen(context.new_page(), file)
        seen.page.on("request", lambda r: seen.requests.append(r.url))
        seen.page.on("console", lambda m: seen.complaints.append(m.text))
        seen.page.on("pageerror", lambda e: seen.complaints.append(str(e)))
        seen.page.goto(file.as_uri())
        # Pictures load when they come into view.
        seen.page.evaluate("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
        seen.page.wait_for_function("[...document.images].every(i => i.complete)")
        return seen


@pytest.fixture
def view(browser: Browser) -> Iterator[Viewer]:
    viewer = Viewer(browser)
    yield viewer
    for context in viewer.contexts:
        context.close()


def green(folder: Path) -> Path:
    return samples.full(folder)


def missing(folder: Path) -> Path:
    folder.mkdir()
    return folder


def nasty(folder: Path) -> Path:
    """HTML in every text, names that never end."""

    def spoil(r: dict) -> None:
        r["generate"] |= {"text": NASTY, "model": LONG, "prompt": NASTY}
        r["plan"]["rows"][0] |= {"feature": NASTY, "id": LONG, "holds": LONG, "tests": [LONG, NASTY]}
        r["coverage"]["blocks"][0]["block"] = LONG
        r["coverage"]["functional"][0] |= {"point": LONG, "hit": 0, "missing": [LONG, NASTY] * 30}
        r["mutate"]["survivors"][0] |= {"mutant": NASTY, "file": LONG, "explanation": LONG}
        r["formal"]["properties"][0] |= {"name": LONG, "what": NASTY, "result": "failed", "engine": NASTY}
        r["sim"]["slowest"] |= {LONG: 3.0, NASTY: 2.0}
        r["bench"]["rows"][LONG] = r["bench"]["rows"]["tiny"]
        r["regress"] |= {"commit": LONG}

    samples.full(folder)
    samples.write(
        folder, spoil, [(NASTY, NASTY, NASTY), (*NODES[0], LONG), (LONG.replace("/", "."), "t", "x\n" * 99)]
    )
    (folder / "history.jsonl").write_text(
        f'{{"commit": "{LONG}", "when": "", "figures": {{"bench.checked:{LONG}": 1}}}}\n'
    )
    return folder


CASES = {"green": green, "missing": missing, "nasty": nasty}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("case", CASES)
def test_renders(tmp_path: Path, view: Viewer, case: str, width: str):
    seen = view(CASES[case](tmp_path / "sim build"), WIDTHS[width])
    page = seen.page
    assert seen.complaints == []
    assert [u for u in seen.requests if not u.startswith("data:")] == [seen.file.as_uri()]
    wide = page.evaluate(
        """[...document.querySelectorAll('body *')]
        .filter(e => !e.closest('.scroll, .picture, pre, .hidden, .skip'))
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 200))"""
    )
    assert wide == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    verdict = {"green": "All green", "missing": "Not all shown", "nasty": "Failed"}[case]
    assert page.locator("#verdict h1").inner_text() == verdict
    assert page.title() == {"green": "Green", "missing": "Not all shown", "nasty": "Failed"}[case] + (
        ": ROMA verification abc1234"
    )


@pytest.mark.parametrize("case", CASES)
def test_links_lead_somewhere(tmp_path: Path, view: Viewer, case: str):
    seen = view(CASES[case](tmp_path / "sb"))
    links = seen.page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
    assert len(links) >= 12
    ids = seen.page.eval_on_selector_all("[id]", "all => all.map(e => e.id)")
    assert len(ids) == len(set(ids))
    for link in links:
        parts = urlsplit(link)
        assert parts.scheme == "file", link
        target = Path(unquote(parts.path))
        assert target.is_file(), link
        if target == seen.file:
            assert parts.fragment in ids, link
    if case == "green":
        assert {Path(unquote(urlsplit(u).path)).name for u in links} == {
            "report.html",
            "index.html",
            "fp_fp_add.html",
            "late valid.svg",
            "planted-3.svg",
        }


def test_tables_are_filled(tmp_path: Path, view: Viewer):
    page = view(green(tmp_path / "sb")).page
    rows = {
        "results": 2 + 3 + 3,
        "plan": 12,
        "coverage": 6 + 6,
        "mutants": 6 + 2,
        "formal": 9,
        "slowest": 3 + 3,
        "cycles": 6,
        "speed": 2,
    }
    for section, count in rows.items():
        assert page.locator(f"#{section} tbody tr").count() == count, section
    assert page.locator("#history svg").count() == 2
    assert page.locator("#history .tiles li").count() == 9
    assert page.locator("#history figure").first.inner_text().startswith("Tests passed, make sim")
    bars = page.eval_on_selector_all("#cycles .bar", "all => all.map(e => e.getBoundingClientRect().width)")
    assert bars[0] > 300 and bars[1] / bars[0] == pytest.approx(1764.2 / 3833.0, rel=0.02)
    assert page.locator(".picture img").first.evaluate("i => i.naturalWidth") > 0
    for text in ("measured in RTL", "proved on RTL", "measured on this machine"):
        assert page.locator("main .evidence", has_text=text).count() >= 2, text


def test_html_in_messages_is_shown_as_text(tmp_path: Path, view: Viewer):
    page = view(nasty(tmp_path / "sb")).page
    assert page.title().startswith("Failed")
    assert NASTY in page.locator(".failure pre").first.inner_text()
    assert page.locator("script").count() == 1
    assert page.locator("img").count() == 2


def test_filter_and_copy(tmp_path: Path, view: Viewer):
    page = view(green(tmp_path / "sb")).page
    shown = page.locator("#plan-rows tbody tr:visible")
    page.locator("#plan .filter input").fill("FP_MUL feature-less")
    assert shown.count() == 0
    page.locator("#plan .filter input").fill("FP_MUL jobs")
    assert shown.count() == 2
    assert page.locator("#plan output").inner_text() == "2 of 12 shown"
    page.locator("#formal .filter select").select_option("bounded")
    assert page.locator("#formal-rows tbody tr:visible").count() == 3

    seen = view(nasty(tmp_path / "nasty"))
    seen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = seen.page.locator(".rerun button").nth(1)
    button.click()
    expect(button).to_have_text("Copied")
    text = seen.page.evaluate("navigator.clipboard.readText()")
    assert text == "make rerun ID='verif/fp/fp_add/test_fp_add.py::test_random[4]@1'"


def test_without_script(tmp_path: Path, view: Viewer):
    context = view.browser.new_context(java_script_enabled=False)
    view.contexts.append(context)
    page = context.new_page()
    page.goto(write(nasty(tmp_path / "sb"), TREE)[0].as_uri())
    assert page.locator("#plan-rows tbody tr:visible").count() == 12
    assert page.locator(".filter:visible").count() == 0
    assert page.locator(".rerun button:visible").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("case", CASES)
def test_accessible(tmp_path: Path, view: Viewer, case: str, scheme: str):
    """No violation of WCAG 2.1 A and AA that axe can find, contrast included."""
    page = view(CASES[case](tmp_path / "sb"), WIDTHS["phone"], scheme).page
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then(r => r.violations)")
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found] == []
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (dark == "rgb(20, 23, 26)") == (scheme == "dark")


def test_a_missing_chromium_is_a_failure(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CHROMIUM", raising=False)
    with pytest.raises(pytest.fail.Exception, match="apt-get install --no-install-recommends chromium"):
        find_chromium()
