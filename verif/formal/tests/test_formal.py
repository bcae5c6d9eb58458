"""Every property notices a fault; the table, the faults and the command are what they say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from golden.errors import RomaError
from verif.formal.faults import notice
from verif.formal.prove import Task, run
from verif.formal.table import Property, Rewrite, Wrapper, choose, load
from verif.lib.tools import ROOT

WRAPPERS = load()
PROPERTIES = [(w, p) for w in WRAPPERS for p in w.properties]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is taken from a run before."""
    monkeypatch.setattr("verif.formal.prove.CACHE", tmp_path / "cache")


@pytest.mark.parametrize(("wrapper", "prop"), PROPERTIES, ids=[p.name for _, p in PROPERTIES])
def test_notices_fault(wrapper: Wrapper, prop: Property, tmp_path: Path):
    answer = notice(wrapper, prop, tmp_path)
    assert answer.result == "failed", f"{prop.name} holds although '{prop.fault.old}' is broken"
    assert Path(answer.trace).stat().st_size > 0


def test_unbroken_rtl_does_not_fail(tmp_path: Path):
    wrapper = next(w for w in WRAPPERS if w.name == "f_stream_fifo")
    task = Task(wrapper, 0, frozenset(p.name for p in wrapper.properties))
    answers = run(task)
    assert {a.result for a in answers} == {"proved", "reached"}
    assert run(task) == answers  # from the cache, seconds and all


def test_contradictory_assumptions_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    text = (ROOT / "verif/formal/f_stream_fifo.sv").read_text()
    copy = tmp_path / "f_stream_fifo.sv"
    copy.write_text(
        text.replace("m_in_held: assume (", "m_in_held: assume (!out_valid_o && (").replace(
            "in_data_i == in_data_q));", "in_data_i == in_data_q)));"
        )
    )
    wrapper = next(w for w in WRAPPERS if w.name == "f_stream_fifo")
    files = [ROOT / "hdl/common/stream_fifo.sv", copy]
    answers = run(Task(wrapper, 0, frozenset(p.name for p in wrapper.properties if p.label)), files)
    assert [a.name for a in answers if a.result == "failed"] == [
        "stream_fifo.cover.full",
        "stream_fifo.cover.marked",
    ]


def test_adder_is_looked_at_for_all_differences():
    sizes = next(w for w in WRAPPERS if w.name == "f_fp_add").sizes
    differences = [d for s in sizes for d in range(s["LEAST"], s["MOST"] + 1)]
    assert differences == list(range(254))
    assert all(s.get("FAR", 0) == (s["LEAST"] >= 27) for s in sizes)


# Modules that only pass streams on: those whose ports they are.
PASSED_ON = {
    "roma_top": {"adapter_loader", "host_port"},
    "roma_chip": {"axi_host"},
}


# Their ready ports belong to issue ports: nothing waits there, who starts looks at ready first.
ISSUED_TO = {"vector_row"}


def test_every_handshake_has_its_rules():
    proved = {p.name for w in WRAPPERS for p in w.properties}
    texts = {x.stem: re.sub(r"//.*", "", x.read_text()) for x in (ROOT / "hdl").rglob("*.sv")}
    handshakes = {m for m, text in texts.items() if READY_PORT.search(text)} - ISSUED_TO
    assert {"axi_host", "host_port", "image_write", "stream_fifo"} <= handshakes
    assert {f"{m}.valid_alone" for m in handshakes - PASSED_ON.keys()} <= proved
    for module, owners in PASSED_ON.items():
        assert module in handshakes and owners <= handshakes
        assert all(re.search(rf"\b{owner}\b", texts[module]) for owner in owners)
        driven = [x for x in VALID_PORT.findall(texts[module]) if _assigned(x, texts[module])]
        assert not driven, f"{module} makes {driven}, whose rules nobody proves"


def test_axi_host_passes_on_what_is_proved():
    # Its own wrapper proves the registers' answers and the wiring; the rest holds in these.
    text = (ROOT / "hdl/host/axi_host.sv").read_text()
    proved = {p.name for w in WRAPPERS for p in w.properties}
    for valid, rule in {
        "s_axil_bvalid": "axi_host.b_held",
        "s_axil_rvalid": "axi_host.r_held",
        "m_axis_token_tvalid": "token_out.out_held",
        "s_axi_bvalid": "image_write.b_held",
        "s_axi_rvalid": "image_read.r_held",
        "cmd_valid_o": "host_commands.cmd_held",
        "prompt_valid_o": "host_fifo.out_held",
        "img_valid_o": "image_packer.img_held",
    }.items():
        assert valid in VALID_PORT.findall(text) and not _assigned(valid, text)
        assert {rule, rule.replace("_held", "_stable")} <= proved
    assert len(VALID_PORT.findall(text)) == 8


READY_PORT = re.compile(r"^\s*(?:input|output)\s[^,]*\b\w+_\w*ready(?:_[io])?\b", re.M)
VALID_PORT = re.compile(r"^\s*output\s[^,\n]*?\b(\w+valid(?:_o)?)\b", re.M)


def _assigned(port: str, text: str) -> bool:
    return re.search(rf"\b{port}\s*<?=[^=]", text) is not None


def test_table_and_wrapper_must_agree(tmp_path: Path):
    (tmp_path / "f_x.sv").write_text("a_one: assert (1); c_two: cover (1);")
    table = tmp_path / "properties.yaml"
    row = "f_x:\n  module: x\n  properties:\n    a_one:\n      what: w\n"
    row += "      break: {file: f, old: o, new: n}\n"
    table.write_text(row)
    with pytest.raises(RomaError, match="do not agree about c_two"):
        load(table)
    table.write_text(row + "  covers:\n    c_two: t\n")
    assert load(table)[0].properties[0].name == "x.one"
    table.write_text(row.replace("      what: w\n", ""))
    with pytest.raises(RomaError, match="f_x is incomplete"):
        load(table)


def test_a_fault_that_fits_nowhere():
    with pytest.raises(RomaError, match="which is 2 times in f"):
        Rewrite("f", "a", "b").apply("aa")


def test_unknown_property():
    with pytest.raises(RomaError, match="PROPERTY=nonsense is part of no property's name"):
        choose(WRAPPERS, "nonsense")


def _command(tmp_path: Path, **given: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"SIM_BUILD": str(tmp_path)} | given
    return subprocess.run(
        [sys.executable, "-m", "tools.formal"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


def test_command(tmp_path: Path):
    done = _command(tmp_path, PROPERTY="stream_fifo.order")
    assert done.returncode == 0, done.stderr
    assert "stream_fifo.order" in done.stdout and "1 proved, 0 bounded, 0 failed" in done.stdout
    record = json.loads((tmp_path / "formal.json").read_text())
    assert [(p["name"], p["result"]) for p in record["properties"]] == [("stream_fifo.order", "proved")]


def test_command_on_broken_rtl(tmp_path: Path):
    hdl = tmp_path / "hdl"
    subprocess.run(["cp", "-r", ROOT / "hdl", hdl], check=True)
    fifo = hdl / "common/stream_fifo.sv"
    fifo.write_text(fifo.read_text().replace("32'(slot) == DEPTH - 1", "32'(slot) == DEPTH"))
    done = _command(tmp_path, PROPERTY="stream_fifo.order", HDL=str(hdl))
    assert done.returncode == 1
    assert "FAILED" in done.stdout and "a_order.vcd" in done.stdout


def test_command_with_a_wrong_name(tmp_path: Path):
    done = _command(tmp_path, PROPERTY="nonsense")
    assert done.returncode == 2
    assert done.stderr.startswith("error: PROPERTY=nonsense") and done.stderr.count("\n") == 1
