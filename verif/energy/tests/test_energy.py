"""make energy: what is counted, on a little chip made by hand and on tiny; the model; refusals."""

import json
import re

import pytest
import vcd
import yaml

from golden import program
from golden.errors import RomaError
from golden.geometry import preset
from tools import energy as tool
from verif.energy.activity import Activity, Recording, toggles
from verif.energy.estimate import Lines, base_weights, candidates, energy, lines, share_ranges
from verif.energy.model import GROUPS, MODEL, Cost, EnergyModel, Event, load


def test_toggles_by_hand():
    """Only changes inside the window, bit by bit; what was never known has not toggled."""
    changes = [(0, 0b0000), (4, 0b0011), (6, 0b0101), (8, 0b1111)]
    assert toggles(changes, 0, 8) == 2 + 2 + 2
    assert toggles(changes, 4, 6) == 2
    assert toggles([(0, "x"), (2, 7), (4, 0)], 0, 9) == 3
    assert toggles([(0, 1 << 255), (2, 0)], 0, 9) == 1


@pytest.mark.parametrize(
    ("before", "after", "lines"), [(0, 0, 0), (0, 1, 8), (1, 2, 8), (3, 4, 8), (4, 8, 0)]
)
def test_candidates_by_hand(before, after, lines):
    """Two of four nibble bits differ in half of the 16 nibbles."""
    assert candidates(before, after) == lines


def test_lines_by_hand():
    """Five reads of two L-Units of 4 bits; four steps, one of which enters the next group."""
    seen = lines([0, 1, 2, 3, 4], [0x00, 0xFF, 0xFF, 0x0F, 0x0F], depth=8, units=2, width=4)
    assert seen == Lines(
        5, bit_lines=(8 + 4) / 2 / 4, word_lines=2, group_lines=0.5, candidates=8, depth=8, width=4
    )
    assert seen.plain == 1.5 * 8 and seen.block == 1.5 * 2 + 8 * 2 * 4 / 16
    assert lines([7], [3], 8, 1, 4).bit_lines == 0


@pytest.fixture
def chip(tmp_path):
    """Waves of a chip with a unit and its ROM: a bus that is a port, too, and one for the bench alone."""
    path = tmp_path / "waves.fst"
    with path.open("w") as file, vcd.VCDWriter(file, timescale="1 ps") as out:
        top = "tb_roma.u_dut"
        rom = f"{top}.gen_col[0].gen_row[0].u_unit.u_rom"
        cycle = out.register_var(f"{top}.u_tracer", "cycle", "reg", 32, init=0)
        bus = out.register_var(f"{top}", "bus", "reg", 8, init=0)
        out.register_alias(rom, "word", bus)
        probe = out.register_var(top, "pr_acc", "reg", 8, init=0)
        width = out.register_var(rom, "WIDTH", "parameter", 32, init=8)
        enable = out.register_var(rom, "en_i", "reg", 1, init=0)
        both = out.register_var(rom, "rd_i", "reg", 2, init=0)
        assert width is not None
        for n in range(1, 8):
            t = 2 * n
            out.change(cycle, t, n)
            out.change(bus, t, 0xFF if n % 2 else 0)
            out.change(probe, t, n)
            out.change(enable, t, int(n in (3, 4)))
            out.change(both, t, 3 if n == 5 else 1 if n == 3 else 0)
    return path


def little(*events: Event) -> EnergyModel:
    """A model of it."""
    costs = {
        "toggle": Cost("toggle", "nets", 2.0, "assumed", "-"),
        "bit": Cost("bit", "ROM", 5.0, "assumed", "-"),
    }
    blocks = {"unit": re.compile("u_unit"), "rest": re.compile("")}
    return EnergyModel(costs, blocks, re.compile(r"(^|\.)(pr_|u_tracer)"), events)


def test_a_net_counts_once(chip):
    """A bus under two names is one; probes are none; cycles outside do not count."""
    seen = Recording(chip, 2, 6).count(little())
    assert seen.cycles == 5
    assert dict(seen.toggles) == {"rest": 4 * 8, "unit": 2 + 6}
    assert seen.bits == {"rest": 8, "unit": 3}


def test_events_by_hand(chip):
    """Cycles in which all signals hold, times ones of a bus, times parameters."""
    recording = Recording(chip, 1, 7)
    scope = "gen_col[0].gen_row[0].u_unit.u_rom"
    assert recording.happened(Event("u_rom", ("en_i",), "bit", ("WIDTH",))) == {scope: 2 * 8}
    assert recording.happened(Event("u_rom", ("rd_i",), "bit", (3,))) == {scope: (2 + 1) * 3}
    assert recording.happened(Event("u_rom", ("rd_i", "!en_i"), "bit", (1,))) == {scope: 2}
    assert recording.happened(Event("u_rom", ("rd_i", "en_i"), "bit", (1,))) == {scope: 1}


@pytest.mark.parametrize(
    "event",
    [
        Event("u_ram", ("en_i",), "bit", (1,)),
        Event("u_rom", ("go",), "bit", (1,)),
        Event("u_rom", ("en_i",), "bit", ("N",)),
    ],
)
def test_events_of_nothing(chip, event):
    """A name that the chip has no more is an error, not zero."""
    with pytest.raises(RomaError, match="adapt the events"):
        Recording(chip, 1, 7).happened(event)


def test_a_window_that_is_not_there(chip):
    with pytest.raises(RomaError, match="no waves of cycles 1 to 90"):
        Recording(chip, 1, 90)


def test_energy_by_hand():
    seen = Activity(10)
    seen.toggles["rest"], seen.events["unit", "bit"] = 3_000_000, 8_000_000
    assert energy(little(), seen, tokens=2) == {"unit": {"ROM": 20.0}, "rest": {"nets": 3.0}}


def test_share_ranges_by_hand():
    """Unit 40, rest 6 of 46: with one cost at half or double, and unchanged."""
    seen = Activity(10)
    seen.toggles["rest"], seen.events["unit", "bit"] = 3, 8
    ranges = share_ranges(little(), seen)
    assert ranges["rest"] == (pytest.approx(3 / 43), pytest.approx(6 / 26))
    assert ranges["unit"] == (pytest.approx(20 / 26), pytest.approx(40 / 43))


def test_model_is_complete():
    """Every cost has source, label and use; blocks cover every scope; the kinds are all there."""
    model = load()
    assert {c.group for c in model.costs.values()} == set(GROUPS)
    assert all(c.fj > 0 and len(c.source) > 10 for c in model.costs.values())
    unit = "gen_col[1].gen_row[3].u_unit"
    assert [model.block(x) for x in (f"{unit}.u_h_unit.u_dot", f"{unit}.u_h_unit", unit, "u_row.x")] == [
        "H-Units",
        "H-Units",
        "L-Units",
        "vector units",
    ]
    assert (model.block("u_sequencer.u_program"), model.block("far_data")) == ("control", "mesh")
    bits, macs, mj = base_weights(model, preset("roma-3b"))
    assert bits == 12255 * 16384 * 64 and macs == bits // 2 and 0 < mj < 10


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m["costs"]["fp32_add"].update(label="known"), "fp32_add needs a source and a label"),
        (lambda m: m["costs"]["fp32_add"].update(source=""), "fp32_add needs a source and a label"),
        (lambda m: m["costs"]["fp32_add"].update(fj_45nm=0), "fp32_add needs a cost above 0"),
        (lambda m: m["costs"]["fp32_add"].pop("fj_45nm"), "KeyError 'fj_45nm'"),
        (lambda m: m["costs"].pop("toggle"), "'toggle' has no event or is missing"),
        (lambda m: m["costs"].pop("mx_mac"), "cost 'mx_mac', which is not there"),
        (lambda m: m.update(events=m["events"][1:]), "'b_rom_bit' has no event"),
        (lambda m: m.pop("to_7nm"), "KeyError 'to_7nm'"),
    ],
)
def test_model_refused(tmp_path, change, words):
    model = yaml.safe_load(MODEL.read_text())
    change(model)
    path = tmp_path / "model.yaml"
    path.write_text(yaml.safe_dump(model))
    with pytest.raises(RomaError, match=re.escape(words)):
        load(path)


def options(monkeypatch, **env: str) -> None:
    for name in ("MODEL", "ADAPTER", "CHIP", "CHAT", "PROMPT", "TEMPERATURE", "TOKENS", "PLOTS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"TOKENS": "0"}, "TOKENS is '0', legal: 1 to 64"),
        ({"TOKENS": "65"}, "TOKENS is '65', legal: 1 to 64"),
        ({"MODEL": "huge"}, "huge"),
        ({"ADAPTER": "none"}, "none"),
    ],
)
def test_refused(monkeypatch, capsys, env, words):
    options(monkeypatch, **env)
    assert tool.main() == 2
    told = capsys.readouterr()
    assert told.err.startswith("error: ") and words in told.err and told.err.count("\n") == 1
    assert told.out == ""


def test_too_large_to_count(monkeypatch, capsys):
    options(monkeypatch)
    monkeypatch.setattr(tool, "MOST_UNITS", 4)
    assert tool.main() == 2
    told = capsys.readouterr().err
    assert told == "error: MODEL is 'tiny', whose chip has 8 matrix units, legal: up to 4, such as tiny\n"


def test_tiny(monkeypatch, tmp_path, capsys):
    """The tool on the chip: ROM reads are those of golden's schedule, sums are sums, all is labelled."""
    options(monkeypatch, TOKENS="2", ADAPTER="kjv")
    monkeypatch.setattr("verif.lib.record.SIM_BUILD", tmp_path)
    made = tool.SIM_BUILD
    monkeypatch.setattr(tool, "SIM_BUILD", tmp_path)
    assert made != tmp_path and tool.main() == 0
    told = capsys.readouterr().out
    assert told.count(tool.LABEL) == 1 and "[measured in RTL]" in told and "[quoted]" in told
    record = json.loads((tmp_path / "energy.json").read_text())
    g = preset("tiny")
    reads = sum(i.steps for i in program.build(g) if i.engine == program.L)
    bits = reads * g.chip.units * g.chip.l_units * g.chip.word_bits
    events = record["events_per_token"]["L-Units"]
    assert events["b_rom_bit"] == bits and events["plane_mac"] == bits / 2
    assert set(record["nj_per_token"]) == {"H-Units", "L-Units", "vector units", "mesh", "control"}
    assert all(record["toggles_per_token"][b] > 1000 for b in record["nj_per_token"])
    assert record["rom_lines_per_read"]["candidates"] == pytest.approx(8, abs=0.1)
    assert all((tmp_path / "energy" / f"token.{k}").stat().st_size > 1000 for k in ("svg", "png"))
