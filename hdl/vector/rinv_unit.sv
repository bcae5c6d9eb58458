// The shared half of RMSNorm: 1/rms from the sum of squares of all columns.
//
// mean = total * INV_HIDDEN; rinv = rsqrt(mean + RMS_EPS). The result travels HOPS registers to the
// vector units, where the register of the token's context holds it (in silicon one copy a column).
//
// Interface  start_i with ctx_i tells that a vector of this context has begun; total_valid_i with total_i
//            from the mesh is the sum of the vector that began last. The next one begins behind the write.
//            write_valid_o with write_ctx_o, write_data_o is the write of the register (probe rinv).
//            rinv_o are the registers of all contexts.
// Latency    2 + RSQRT_LATENCY + HOPS cycles to write_valid_o; rinv_o one cycle later.
// Parameters TOKENS 1 to 4; HOPS 1 to 8; INV_HIDDEN, RMS_EPS positive FP32 patterns.
// Golden     golden/rms_norm.py
`default_nettype none
module rinv_unit
  import fp_pkg::*;
  import roma_pkg::*;
#(
  parameter int unsigned TOKENS     = 1,
  parameter int unsigned HOPS       = 1,
  parameter logic [31:0] INV_HIDDEN = 32'h3c00_0000,
  parameter logic [31:0] RMS_EPS    = 32'h3727_c5ac
) (
  input  wire logic               clk_i,
  input  wire logic               rst_ni,
  input  wire logic               start_i,
  input  wire ctx_t               ctx_i,
  input  wire logic               total_valid_i,
  input  wire logic [31:0]        total_i,
  output logic                    write_valid_o,
  output ctx_t                    write_ctx_o,
  output logic [31:0]             write_data_o,
  output logic [TOKENS-1:0][31:0] rinv_o
);

  if (TOKENS < 1 || TOKENS > 4) begin : gen_bad_tokens
    $fatal(1, "rinv_unit: TOKENS is %0d, legal: 1 to 4", TOKENS);
  end
  if (HOPS < 1 || HOPS > 8) begin : gen_bad_hops
    $fatal(1, "rinv_unit: HOPS is %0d, legal: 1 to 8", HOPS);
  end
  if (INV_HIDDEN < 32'h0080_0000 || INV_HIDDEN > 32'h7f7f_ffff) begin : gen_bad_hidden
    $fatal(1, "rinv_unit: INV_HIDDEN is %08h, legal: a positive FP32, 00800000 to 7f7fffff",
           INV_HIDDEN);
  end
  if (RMS_EPS < 32'h0080_0000 || RMS_EPS > 32'h7f7f_ffff) begin : gen_bad_eps
    $fatal(1, "rinv_unit: RMS_EPS is %08h, legal: a positive FP32, 00800000 to 7f7fffff", RMS_EPS);
  end

  logic        mean_valid_q, sum_valid_q;
  logic [31:0] mean_q, sum_q;

  always_ff @(posedge clk_i) begin
    mean_valid_q <= rst_ni && total_valid_i;
    sum_valid_q  <= rst_ni && mean_valid_q;
    if (total_valid_i) mean_q <= fp32_mul(total_i, INV_HIDDEN);
    if (mean_valid_q) sum_q <= fp32_add(mean_q, RMS_EPS);
  end

  logic        rsqrt_valid;
  logic [31:0] rsqrt_data;

  fp_rsqrt u_rsqrt (
    .clk_i,
    .rst_ni,
    .valid_i(sum_valid_q),
    .data_i (sum_q),
    .valid_o(rsqrt_valid),
    .data_o (rsqrt_data)
  );

  logic [HOPS-1:0]       hop_valid_q;
  logic [HOPS-1:0][31:0] hop_q;

  always_ff @(posedge clk_i) begin
    hop_valid_q[0] <= rst_ni && rsqrt_valid;
    if (rsqrt_valid) hop_q[0] <= rsqrt_data;
    for (int unsigned h = 1; h < HOPS; h++) begin
      hop_valid_q[h] <= rst_ni && hop_valid_q[h-1];
      if (hop_valid_q[h-1]) hop_q[h] <= hop_q[h-1];
    end
  end

  assign write_valid_o = hop_valid_q[HOPS-1];
  assign write_data_o  = hop_q[HOPS-1];

  localparam int unsigned CtxW = TOKENS > 1 ? $clog2(TOKENS) : 1;

  always_ff @(posedge clk_i) begin
    if (start_i) write_ctx_o <= ctx_i;
    if (write_valid_o) rinv_o[CtxW'(write_ctx_o)] <= write_data_o;
  end

`ifndef SYNTHESIS
  logic busy_q;
  always_ff @(posedge clk_i) busy_q <= rst_ni && (start_i || (busy_q && !write_valid_o));

  a_context: assert property (@(posedge clk_i) disable iff (!rst_ni)
    start_i |-> 32'(ctx_i) < TOKENS);
  a_one_vector: assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> !busy_q);
  a_expected: assert property (@(posedge clk_i) disable iff (!rst_ni) total_valid_i |-> busy_q);
`endif

endmodule
`default_nettype wire
