"""Planted bugs, all in one instrumented copy of the RTL: what the debugger must find.

A bug is a substitution in one file, guarded by ``fault_pkg::selected``, so one build of the chip
holds all of them and ``+fault=<n>`` picks one.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from golden.errors import RomaError
from golden.geometry import Geometry
from golden.tests.sizes import ODD
from verif.lib.tools import ROOT

# Two tokens in flight; nothing is a power of two that need not be.
SIZE = Geometry(replace(ODD.chip, name="planted", tokens=2), ODD.model)
FAULT_PKG = ROOT / "verif/faults/fault_pkg.sv"


@dataclass(frozen=True)
class Planted:
    """One bug, and what the report about it must name."""

    number: int
    name: str
    file: str  # below hdl/
    original: str
    replacement: str
    module: str
    operation: str
    hint: str  # a piece of the screen that tells the kind of bug


_HOP_GOOD = """\
  pipe #(.WIDTH($bits(l_ctrl_t)), .STAGES(HOPS)) u_l_ctrl (
    .clk_i, .rst_ni,
    .valid_i(l_valid_i), .data_i(l_ctrl_i), .valid_o(l_valid_o), .data_o(l_ctrl_o)
  );
"""
_HOP_BAD = """\
  logic    l_valid_full, l_valid_short;
  l_ctrl_t l_ctrl_full, l_ctrl_short;
  pipe #(.WIDTH($bits(l_ctrl_t)), .STAGES(HOPS)) u_l_ctrl (
    .clk_i, .rst_ni,
    .valid_i(l_valid_i), .data_i(l_ctrl_i), .valid_o(l_valid_full), .data_o(l_ctrl_full)
  );
  pipe #(.WIDTH($bits(l_ctrl_t)), .STAGES(HOPS - 1)) u_l_ctrl_short (
    .clk_i, .rst_ni,
    .valid_i(l_valid_i), .data_i(l_ctrl_i), .valid_o(l_valid_short), .data_o(l_ctrl_short)
  );
  assign l_valid_o = fault_pkg::selected == 3 ? l_valid_short : l_valid_full;
  assign l_ctrl_o  = fault_pkg::selected == 3 ? l_ctrl_short : l_ctrl_full;
"""

PLANTED = (
    Planted(
        1,
        "wrong rounding",
        "matrix/h_prob.sv",
        "exp_valid ? bf16_round(exponential[j]) : '0;",
        "!exp_valid ? '0 : fault_pkg::selected == 1 ? exponential[j][31:16]\n"
        "                           : bf16_round(exponential[j]);",
        "h_prob",
        "layer 0 H.CONTEXT context",
        "rounding",
    ),
    Planted(
        2,
        "off-by-one in an address",
        "vector/vector_unit.sv",
        "drain_job_i.dst + drain_slot_i,",
        "drain_job_i.dst + drain_slot_i + 12'(fault_pkg::selected == 2),",
        "vector_unit",
        "layer 0 D.DRAIN o_proj",
        "address off by one",
    ),
    Planted(
        3,
        "dropped hop register",
        "mesh/mesh.sv",
        _HOP_GOOD,
        _HOP_BAD,
        "mesh",
        "layer 0 L.GEMV q_proj",
        "1 cycle early",
    ),
    Planted(
        4,
        "stale accumulator",
        "matrix/accumulator.sv",
        "if (valid_i && !first_i) sum",
        "if (valid_i && !(first_i && !(fault_pkg::selected == 4 && rd_en_i && rd_bank_i))) sum",
        "accumulator",
        "layer 0 L.GEMV gate_proj",
        "stale",
    ),
    Planted(
        5,
        "swapped scale",
        "matrix/dequantiser.sv",
        "scale_q[c] <= scale_i[c][15:0];",
        "scale_q[c] <= fault_pkg::selected == 5 ? scale_i[COLUMNS-1-c][15:0] : scale_i[c][15:0];",
        "dequantiser",
        "layer 0 L.GEMV q_proj",
        "dequantiser",
    ),
    Planted(
        6,
        "late valid",
        "matrix/drain.sv",
        "  always_ff @(posedge clk_i) begin\n    valid_q <= rst_ni && valid_i;\n"
        "    valid_o <= rst_ni && valid_q;\n",
        "  logic late_q;\n\n  always_ff @(posedge clk_i) begin\n    valid_q <= rst_ni && valid_i;\n"
        "    late_q  <= valid_q;\n"
        "    valid_o <= rst_ni && (fault_pkg::selected == 6 ? late_q : valid_q);\n",
        "drain",
        "layer 0 D.DRAIN q_proj",
        "1 cycle late",
    ),
    Planted(
        7,
        "wrong KV slot",
        "vector/broadcast_tag.sv",
        "{19'd0, pos_slot_i, dest_i == DstV}",
        "{19'd0, pos_slot_i ^ 12'(fault_pkg::selected == 7 && dest_i == DstV), dest_i == DstV}",
        "broadcast_tag",
        "layer 0 S.SEND v",
        "tag",
    ),
    Planted(
        8,
        "bad table entry",
        "fp/fp_sigmoid.sv",
        "base2_q[l] <= SIGMOID_BASE[where_q[l][19:14]];",
        "base2_q[l] <= SIGMOID_BASE[where_q[l][19:14]] ^\n"
        "                      (fault_pkg::selected == 8 && where_q[l][19:14] == 6'd1 ? 22'h8000 : '0);",
        "fp_sigmoid",
        "layer 0 S.SEND mlp",
        "fp_sigmoid",
    ),
    Planted(
        9,
        "sign error in RoPE",
        "vector/rope.sv",
        "<= fp32_sub(a_cos_q[i], b_sin_q[i]);",
        "<= fault_pkg::selected == 9 ? fp32_add(a_cos_q[i], b_sin_q[i])\n"
        "                                        : fp32_sub(a_cos_q[i], b_sin_q[i]);",
        "rope",
        "layer 0 S.SEND q",
        "a cos - b sin",
    ),
    Planted(
        10,
        "missed adapter row",
        "control/adapter_loader.sv",
        "write_q      <= 1'b1;",
        "write_q      <= !(fault_pkg::selected == 10 && row_q == 8'd1 && left_q == ADAPTER_WORDS);",
        "adapter_loader",
        "layer 0 H.LORA_A q_proj",
        "row 1",
    ),
    Planted(
        11,
        "wrong context",
        "matrix/x_buffer.sv",
        "= EntryW'(32'(l_ctx_i) * MAX_CHUNKS",
        "= EntryW'(32'(fault_pkg::selected == 11 ? 2'd0 : l_ctx_i) * MAX_CHUNKS",
        "x_buffer",
        "layer 0 L.GEMV q_proj",
        "contexts are mixed up",
    ),
    Planted(
        12,
        "lost KV order",
        "control/sequencer.sv",
        "ctx_q[j].pc <= ctx_q[k].pc) held[k] = 1'b1;",
        "ctx_q[j].pc <= ctx_q[k].pc && !(fault_pkg::selected == 12)) held[k] = 1'b1;",
        "sequencer",
        "layer 0 H.SCORE score",
        "the KV order is lost",
    ),
)


def instrument(source: Path, folder: Path, bugs: tuple[Planted, ...] = PLANTED) -> None:
    """Copy ``source`` (a tree like hdl/) to ``folder`` with all bugs in it, none of them selected.

    Raises
    ------
    RomaError
        When the text that a bug replaces is not there exactly once.
    """
    for bug in bugs:
        count = (source / bug.file).read_text().count(bug.original)
        if count != 1:
            raise RomaError(
                f"planted bug {bug.number} ({bug.name}): its text occurs {count} times in "
                f"hdl/{bug.file}, expected once; adapt verif/debug/planted.py: {bug.original.strip()!r}"
            )
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder)
    shutil.copy(FAULT_PKG, folder / "common/fault_pkg.sv")
    files = folder / "files.f"
    files.write_text("hdl/common/fault_pkg.sv\n" + files.read_text())
    for bug in bugs:
        path = folder / bug.file
        path.write_text(path.read_text().replace(bug.original, bug.replacement))
