"""axi_host: a bus of any width against the golden interface, traffic good and bad, stalls on every side."""

from __future__ import annotations

import pytest

from golden.axi_host import Error
from golden.errors import RomaError
from verif.host import registers
from verif.lib.build import expect_refused, run_bench
from verif.lib.streams import STALLS

TB = "verif.host.axi_host.tb_axi_host"
SMALL = {
    "SEQUENCES": 2,
    "TOKENS": 1,
    "BUS": 4,
    "ID_W": 1,
    "WINDOW_W": 8,
    "PROMPT_DEPTH": 1,
    "TOKEN_DEPTH": 1,
    "RESPONSE_DEPTH": 1,
}
ODD = {
    "SEQUENCES": 3,
    "TOKENS": 3,
    "BUS": 16,
    "H_BLOCK": 32,
    "PROMPT_DEPTH": 5,
    "TOKEN_DEPTH": 3,
    "RESPONSE_DEPTH": 3,
    "WINDOW_W": 32,
}
WIDE = {
    "SEQUENCES": 4,
    "TOKENS": 4,
    "BUS": 64,
    "H_BLOCK": 16,
    "COLUMNS": 64,
    "ROWS": 64,
    "CONTEXT": 4096,
    "ADAPTER_WORDS": 928,
}
CASES = {"default": {}, "small": SMALL, "odd": ODD, "wide": WIDE}


# Every size and every kind of stall, not all pairs: a run takes ten seconds.
PAIRS = (("default", "none"), ("default", "both"), ("small", "both"), ("odd", "source"), ("wide", "sink"))


def test_pairs_are_complete() -> None:
    """No size and no kind of stall is left out."""
    assert {case for case, _ in PAIRS} == set(CASES) and {stalls for _, stalls in PAIRS} == set(STALLS)


@pytest.mark.parametrize(("case", "stalls"), PAIRS)
def test_axi_host(case: str, stalls: str) -> None:
    """Registers, images, tokens, responses and errors as golden has them."""
    run_bench("axi_host", TB, CASES[case], env={"STALLS": stalls})


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("BUS", 2, "image_write: BUS is 2, legal: 4, 8, 16, 32, 64 or 128"),
        ("BUS", 12, "image_write: BUS is 12, legal: 4, 8, 16, 32, 64 or 128"),
        ("BUS", 256, "image_write: BUS is 256, legal: 4, 8, 16, 32, 64 or 128"),
        ("ID_W", 33, "image_write: ID_W is 33, legal: 1 to 32"),
        ("WINDOW_W", 7, "host_commands: WINDOW_W is 7, legal: 8 to 32"),
        ("WINDOW_W", 33, "host_commands: WINDOW_W is 33, legal: 8 to 32"),
        ("PROMPT_DEPTH", 0, "host_fifo: DEPTH is 0, legal: 1 to 32767"),
        ("PROMPT_DEPTH", 32768, "host_fifo: DEPTH is 32768, legal: 1 to 32767"),
        ("TOKEN_DEPTH", 0, "token_out: DEPTH is 0, legal: 1 to 255"),
        ("TOKEN_DEPTH", 256, "token_out: DEPTH is 256, legal: 1 to 255"),
        ("RESPONSE_DEPTH", 0, "axi_host: RESPONSE_DEPTH is 0, legal: 1 to 255"),
        ("RESPONSE_DEPTH", 256, "axi_host: RESPONSE_DEPTH is 256, legal: 1 to 255"),
        ("SEQUENCES", 0, "token_out: SEQUENCES is 0, legal: 1 to 4"),
        ("SEQUENCES", 5, "token_out: SEQUENCES is 5, legal: 1 to 4"),
        ("TOKENS", 0, "axi_host: TOKENS is 0, legal: 1 to 4"),
        ("TOKENS", 5, "axi_host: TOKENS is 5, legal: 1 to 4"),
        ("H_BLOCK", 20, "axi_host: H_BLOCK is 20, legal: a multiple of 8, at least 16"),
    ],
)
def test_refused(name: str, value: int, sentence: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("axi_host", {name: value}, sentence)


def test_codes() -> None:
    """Error codes of the map, of the package and of golden are the same."""
    want = {e.name: int(e) for e in Error}
    assert registers.codes("error_e", "ERROR", "code") == want
    text = (registers.HDL / "host/host_pkg.sv").read_text().lower().replace("_", "")
    for name, code in want.items():
        words = f"err{name.replace('_', '').lower()}"
        assert any(x.split("=")[0].strip() == words and f"8'd{code}" in x for x in text.splitlines()), name


def test_map(tmp_path) -> None:
    """The map's HTML is made and names every register; a broken map is one sentence."""
    page = registers.html(tmp_path / "registers")
    text = "".join(p.read_text(errors="ignore") for p in page.parent.rglob("*.js*"))
    for name in registers.addresses():
        assert name.removesuffix("_HI") in text, name
    bad = tmp_path / "bad.rdl"
    bad.write_text("addrmap x { reg {} };")
    with pytest.raises(RomaError, match="bad.rdl"):
        registers.compiled(bad)
    with pytest.raises(RomaError, match="missing.rdl"):
        registers.compiled(tmp_path / "missing.rdl")
