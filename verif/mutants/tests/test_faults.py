"""Faults are made where code runs, and nowhere else; a copy that holds them all compiles."""

from __future__ import annotations

import os
import subprocess
from collections import Counter

import pytest

from golden.errors import RomaError
from verif.lib.tools import ROOT, verilator_environment
from verif.mutants.instrument import instrumented, write_copy
from verif.mutants.sample import all_faults, chosen, sample
from verif.mutants.tests.tiny import TINY


def lines_of(text: str) -> dict[str, int]:
    """Line number of every line of the module."""
    return {x.strip(): i for i, x in enumerate(text.splitlines(), 1)}


def test_every_kind_is_found(faults):
    found = {(m.kind, m.original, m.mutant) for m in faults.by_block["fp/tiny"]}
    for fault in [
        ("arithmetic operator", "16'(a_i) + 16'(b_i)", "16'(a_i) - 16'(b_i)"),
        (
            "arithmetic operator",
            "16'(signed'(a_i)) * 16'(signed'(b_i))",
            "16'(signed'(a_i)) + 16'(signed'(b_i))",
        ),
        ("sign extension", "16'(signed'(a_i))", "16'($unsigned(a_i))"),
        ("comparison", "a_i < b_i", "a_i <= b_i"),
        ("ternary branches swapped", "a_i < b_i ? 16'(a_i) : 16'(b_i)", "a_i < b_i ? 16'(b_i) : 16'(a_i)"),
        ("part-select", "x[11:4]", "x[11 - 1:4 - 1]"),
        ("part-select", "history_q[M-2:0]", "history_q[M-2 + 1:0 + 1]"),
        ("shift amount", "1", "1 - 1"),
        ("constant", "1", "2"),
        ("constant", "'0", "'1"),
        ("constant", "1'b0", "1'b1"),
        ("condition negated", "!rst_ni", "!(!rst_ni)"),
        ("condition stuck at 0", "valid_i", "1'b0"),
        ("condition stuck at 1", "!rst_ni", "1'b1"),
        ("enable dropped", "valid_i", "1'b1"),
        ("logical operator", "!rst_ni", "rst_ni"),
        ("reset assignment dropped", "valid_o <= 1'b0;", "nothing"),
        ("assignment dropped", "valid_o <= valid_i;", "nothing"),
        ("case branches swapped", "y_o <= 16'(a_i) + 16'(b_i);", "y_o <= wide;"),
        ("ports swapped", ".a_i(a_i)", ".a_i(b_i), .b_i the other"),
    ]:
        assert fault in found, fault


def test_nothing_that_elaboration_evaluates(faults):
    at = lines_of(TINY)
    mutants = faults.by_block["fp/tiny"]
    lines = {m.line for m in mutants}
    for text in at:
        fixed = text.startswith(("parameter", "input", "output", "if (N", "$fatal", "localparam", "logic ["))
        if fixed or "x + x" in text or "a_few" in text or "clk_i," in text:
            assert at[text] not in lines - {at["pair u_pair (.clk_i, .a_i, .b_i(b_i), .y_o());"]}, text
    assert not any("clk" in m.original for m in mutants)
    assert not any(m.original.startswith("2'd") for m in mutants)  # case labels
    assert (
        at["return x[11:4];"] in lines and at["assign wide = 16'(signed'(a_i)) * 16'(signed'(b_i));"] in lines
    )


def test_names_stay_when_lines_move(faults, hdl):
    before = {m.id for m in faults.by_block["fp/tiny"]}
    path = hdl / "fp/tiny.sv"
    path.write_text("// one line more\n" + path.read_text())
    assert {m.id for m in all_faults(hdl).by_block["fp/tiny"]} == before


def test_a_broken_file_is_refused(hdl):
    (hdl / "fp/tiny.sv").write_text("module tiny; assign = ; endmodule\n")
    with pytest.raises(RomaError, match=r"hdl/fp/tiny\.sv:1 is not SystemVerilog"):
        all_faults(hdl)


def test_the_plain_text_stays_in_the_copy(faults):
    source, mutants = faults.sources["common/pair.sv"], faults.by_block["common/pair"]
    (operator,) = [m for m in mutants if m.kind == "logical operator"]
    text = instrumented(source, [(7, operator)])
    assert "y_o <= ((fault_pkg::selected == 7) ? (a_i | b_i) : (a_i ^ b_i));" in text


def lint(copy, top):
    files = [copy / x.removeprefix("hdl/") for x in (copy / "files.f").read_text().split()]
    command = ["verilator", "--lint-only", "-Wall", "--assert", "--top-module", top]
    command += [str(copy / "lint/verilator.vlt"), *map(str, files)]
    env = os.environ | verilator_environment()
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_all_faults_of_the_small_module_compile(faults, hdl, tmp_path):
    every = [m for some in faults.by_block.values() for m in some]
    with (hdl / "lint/verilator.vlt").open("a") as waivers:
        waivers.write("lint_off -rule PINCONNECTEMPTY\nlint_off -rule UNUSEDSIGNAL\n")
    write_copy(tmp_path / "copy", hdl, faults.sources, list(enumerate(every, 1)))
    done = lint(tmp_path / "copy", "tiny")
    assert done.returncode == 0, done.stderr


def test_all_faults_of_the_chip_compile(tmp_path):
    faults = all_faults(ROOT / "hdl")
    every = [m for some in faults.by_block.values() for m in some]
    assert len(every) > 3000 and len({m.id for m in every}) == len(every)
    assert min(Counter(m.kind for m in every).values()) >= 5
    write_copy(tmp_path / "copy", ROOT / "hdl", faults.sources, list(enumerate(every, 1)))
    done = lint(tmp_path / "copy", "roma_top")
    assert done.returncode == 0, done.stderr[:3000]


def test_a_sample_has_something_of_every_block():
    by_block = all_faults(ROOT / "hdl").by_block
    drawn = sample(by_block, 300, 5)
    assert len(drawn) == 300 == len({m.id for m in drawn})
    assert {m.block for m in drawn} == by_block.keys()
    assert drawn == sample(by_block, 300, 5) != sample(by_block, 300, 6)
    assert len(sample(by_block, 10**6, 1)) == sum(map(len, by_block.values()))


def test_an_unknown_block_is_refused(faults):
    assert list(chosen(faults.by_block, "hdl/fp/tiny.sv")) == ["fp/tiny"]
    with pytest.raises(RomaError, match="BLOCK is 'fp/tny', legal: .* a room: common, fp"):
        chosen(faults.by_block, "fp/tny")
