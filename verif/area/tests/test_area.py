"""make area: the array model, what Yosys counts, the tool's figures and refusals."""

import json
import random

import pytest

from golden.errors import RomaError
from tools import area
from verif.area import array
from verif.area.array import Array
from verif.area.netlist import Counter, split
from verif.area.unit import candidates, content, netlist, unit

DEPTH, WIDTH = 64, 16


@pytest.fixture(scope="module")
def counter(tmp_path_factory) -> Counter:
    return Counter(tmp_path_factory.mktemp("area"))


def codes(seed: int) -> str:
    drawn = random.Random(seed)
    return "".join(f"{drawn.randrange(16):x}" for _ in range(DEPTH * WIDTH // 4))


def test_model_by_hand():
    """8 and 9 words of 3 bits: lines with 4 transistors each, cells, registers with 16."""
    assert array.plain(8, 3) == Array(8, 32, 24, 0, 48)
    assert array.sram(8, 3) == Array(8, 32, 144, 0, 48)
    assert array.b_rom(8, 3) == Array(2, 8, 6, 14 * 4, 48)
    assert array.b_rom(9, 3) == Array(3, 12, 9, 14 * 4, 48)
    assert array.b_rom(4 * 65, 3).candidate_drivers == 2 * 14 * 4


@pytest.mark.parametrize(("kind", "block"), [("ROM", False), ("B-ROM", True)])
def test_model_equals_netlist(counter, kind, block):
    """Transistor by transistor, whatever the content."""
    model = unit_array(kind)
    decoder = counter.count("word_lines", {"LINES": model.rows}).logic
    for seed in (1, 2):
        seen = netlist(counter, block, codes(seed), DEPTH, WIDTH)
        assert seen.boxes == {"rom_transistor": model.cells}
        assert seen.logic == decoder


def unit_array(kind: str) -> Array:
    return {"ROM": array.plain, "B-ROM": array.b_rom}[kind](DEPTH, WIDTH)


def test_b_rom_is_smaller_by_the_predicted_ratio(counter):
    """Cells exactly 1/4; decoder less than 1/3; whole netlists in the model's ratio."""
    small, large = (netlist(counter, block, codes(3), DEPTH, WIDTH) for block in (True, False))
    assert small.boxes["rom_transistor"] * 4 == large.boxes["rom_transistor"]
    assert small.logic * 3 < large.logic
    lines = {n: counter.count("word_lines", {"LINES": n}).logic for n in (DEPTH, DEPTH // 4)}
    predicted = (lines[DEPTH // 4] + DEPTH * WIDTH // 4) / (lines[DEPTH] + DEPTH * WIDTH)
    seen = [x.logic + x.boxes["rom_transistor"] for x in (small, large)]
    assert seen[0] / seen[1] == pytest.approx(predicted)


def test_decoder_grows_with_its_lines(counter):
    """At least a gate of two inputs a line, at most two of them."""
    for n in (16, 64, 256):
        assert 4 * n <= counter.count("word_lines", {"LINES": n}).logic <= 12 * n


def test_candidates_once_for_the_macro(counter):
    """14 functions of two address bits: a handful of gates, none for the two rails."""
    assert 14 * 2 <= candidates(counter) <= 14 * 6


def test_content_as_logic_depends_on_content(counter):
    """Why the array is counted by model: the same ROM, another content, another count."""
    seen = {content(counter, codes(seed), DEPTH, WIDTH).logic for seed in (1, 2)}
    empty = content(counter, "0" * (DEPTH * WIDTH // 4), DEPTH, WIDTH)
    assert len(seen) == 2 and min(seen) > 0 == empty.total


def test_lanes_without_their_rom(counter):
    """The lanes do not depend on the ROM's depth; the box left out is one B-ROM."""
    small = {"COLUMNS": 1, "BLOCK": 8, "WEIGHT_BITS": 2, "WORD_BITS": 16}
    seen = [counter.count("fused_cell", small | {"ROM_WORDS": n}, ["b_rom"]) for n in (8, 4096)]
    assert seen[0] == seen[1] and seen[0].boxes == {"b_rom": 1} and seen[0].logic > 1000


def test_flip_flops_are_no_logic(counter):
    """A delay line: two valids, each with an AND for its reset, and two words of 9 bits with enables."""
    seen = counter.count("pipe", {"WIDTH": 9, "STAGES": 2})
    assert (seen.logic, seen.flip_flops) == (2 * 6, (2 + 2 * 9) * 16)


def test_unknown_cells_are_no_zero():
    stat = {"num_cells_by_type": {"$_NAND_": 2, "$mem_v2": 1}, "estimated_num_transistors": "8+"}
    with pytest.raises(RomaError, match="mem_v2"):
        split(stat, [])
    known = {"num_cells_by_type": {"$_NAND_": 2, "$_DFFE_PP_": 3}, "estimated_num_transistors": "8+"}
    assert split(known, []) == {"logic": 8, "flip_flops": 48, "boxes": {}}


def run(monkeypatch, tmp_path, **options: str) -> int:
    for name in ("DEPTH", "BITS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in options.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("verif.lib.record.SIM_BUILD", tmp_path)
    monkeypatch.setattr("tools.area.SIM_BUILD", tmp_path)
    return area.main()


@pytest.mark.parametrize(
    "options", [{"DEPTH": "3"}, {"DEPTH": "1022"}, {"DEPTH": "32768"}, {"DEPTH": "deep"}, {"BITS": "3"}]
)
def test_refused(monkeypatch, tmp_path, capsys, options):
    """One sentence with name, value and what is legal; nothing written."""
    assert run(monkeypatch, tmp_path, **options) == 2
    told = capsys.readouterr()
    (name, value) = next(iter(options.items()))
    assert told.err.startswith(f"error: {name} is '{value}', legal: ") and told.err.count("\n") == 1
    assert told.out == "" and list(tmp_path.iterdir()) == []


def test_tool(monkeypatch, tmp_path, capsys):
    """Table, record and plots; a second run asks Yosys nothing."""
    assert run(monkeypatch, tmp_path, DEPTH="16", BITS="2") == 0
    first = capsys.readouterr()
    assert "Yosys counts" in first.err and "B-ROM/ROM" in first.out
    record = json.loads((tmp_path / "area.json").read_text())
    plain, block = record["rows"]
    for u in (plain, block):
        assert u["rom"] == u["decoder"] + u["cells"] + u["candidates"] + u["registers"]
        assert u["total"] == u["rom"] + u["lanes"]
    assert plain["cells"] == 16 * 64 and block["cells"] == 4 * 64
    assert record["check"]["ROM"]["netlist"] == record["check"]["ROM"]["model"]
    assert f"{plain['total']:,}" in first.out
    assert all((tmp_path / "area" / f"lunit.{k}").stat().st_size > 1000 for k in ("svg", "png"))
    assert run(monkeypatch, tmp_path, DEPTH="16", BITS="2") == 0
    assert "Yosys" not in capsys.readouterr().err


def test_a_broken_record_is_no_answer(tmp_path):
    (tmp_path / "area.json").write_text("{")
    assert area.known(tmp_path / "area.json") == {} == area.known(tmp_path / "none.json")


def test_unit_parts(counter):
    """Candidates belong to the B-ROM alone; decoder and cells shrink, registers stay."""
    plain, block = (unit(counter, kind, 2, 16) for kind in ("ROM", "B-ROM"))
    assert plain.candidates == 0 < block.candidates
    assert block.cells * 4 == plain.cells and block.decoder < plain.decoder
    assert block.registers == plain.registers and block.lanes == plain.lanes
