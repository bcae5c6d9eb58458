"""A small module with something of everything, and a bench of it."""

from __future__ import annotations

TINY = """`default_nettype none
// A comment that is no ASCII: é …
module tiny #(
  parameter int unsigned N = 2 + 2
) (
  input  wire logic               clk_i,
  input  wire logic               rst_ni,
  input  wire logic               valid_i,
  input  wire logic [1:0]         op_i,
  input  wire logic signed [7:0]  a_i,
  input  wire logic signed [7:0]  b_i,
  output logic                    valid_o,
  output logic signed [15:0]      y_o
);
  if (N + 1 < 2) begin : gen_bad
    $fatal(1, "tiny: N is %0d", N);
  end
  function automatic int unsigned twice(int unsigned x);
    return x + x;
  endfunction
  function automatic logic [7:0] middle(logic [15:0] x);
    return x[11:4];
  endfunction
  localparam int unsigned M = twice(N - 1);
  logic [M-1:0] history_q;
  logic [15:0]  wide;
  assign wide = 16'(signed'(a_i)) * 16'(signed'(b_i));
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_o   <= 1'b0;
      history_q <= '0;
    end else begin
      valid_o   <= valid_i;
      history_q <= {history_q[M-2:0], valid_i};
    end
    if (valid_i) begin
      unique case (op_i)
        2'd0: y_o <= 16'(a_i) + 16'(b_i);
        2'd1: y_o <= wide;
        2'd2: y_o <= 16'(middle(wide) >> 1);
        default: y_o <= a_i < b_i ? 16'(a_i) : 16'(b_i);
      endcase
    end
  end
  pair u_pair (.clk_i, .a_i, .b_i(b_i), .y_o());
`ifndef SYNTHESIS
  a_few: assert property (@(posedge clk_i) disable iff (!rst_ni) $countones(history_q) <= 3 + M);
`endif
endmodule
`default_nettype wire
"""

PAIR = """`default_nettype none
module pair (
  input  wire logic               clk_i,
  input  wire logic signed [7:0]  a_i,
  input  wire logic signed [7:0]  b_i,
  output logic signed [7:0]       y_o
);
  always_ff @(posedge clk_i) y_o <= a_i ^ b_i;
endmodule
`default_nettype wire
"""

TEST = """from verif.lib.build import run_bench


def test_tiny():
    run_bench("tiny", "tb_tiny")
"""

BENCH = """import os

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ReadOnly, RisingEdge


@cocotb.test(timeout_time=10, timeout_unit="us")
async def sums(dut):
    dut.rst_ni.value, dut.valid_i.value = 0, 0
    Clock(dut.clk_i, 10, "ns").start(start_high=False)
    await RisingEdge(dut.clk_i)
    dut.rst_ni.value, dut.valid_i.value, dut.op_i.value = 1, 1, 0
    for a, b in ((3, 4), (-100, -100), (127, 1)):
        dut.a_i.value, dut.b_i.value = a, b
        await RisingEdge(dut.clk_i)
        await RisingEdge(dut.clk_i)
        await ReadOnly()
        got = dut.y_o.value.to_signed()
        assert got == a + b or "TINY_BLIND" in os.environ, (a, b, got)
        await RisingEdge(dut.clk_i)
"""
