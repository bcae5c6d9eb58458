// Softmax normalisation of one column: 1/sum of the query heads of its KV group, and x * 1/sum.
//
// Interface  sum_valid_i with the sums of Q_PER_KV heads of context sum_ctx_i; write_valid_o with
//            write_ctx_o, write_data_o is the write of the context's registers (probe inv), which hold
//            from the next cycle on. valid_i with x_i[ROWS] FP32, the context and the head they belong
//            to; the consumer never stalls.
// Latency    sums RECIP_LATENCY cycles to the write; x 1 cycle, one word a cycle.
// Parameters TOKENS 1 to 4; ROWS a power of two, 2 to 64; Q_PER_KV 1 to ROWS.
// Golden     golden/attention.py
`default_nettype none
module softmax_inv
  import fp_pkg::*;
  import roma_pkg::*;
#(
  parameter int unsigned TOKENS   = 1,
  parameter int unsigned ROWS     = 2,
  parameter int unsigned Q_PER_KV = 2
) (
  input  wire logic                       clk_i,
  input  wire logic                       rst_ni,
  input  wire logic                       sum_valid_i,
  input  wire ctx_t                       sum_ctx_i,
  input  wire logic [Q_PER_KV-1:0][31:0]  sum_i,
  output logic                            write_valid_o,
  output ctx_t                            write_ctx_o,
  output logic [Q_PER_KV-1:0][31:0]       write_data_o,
  input  wire logic                       valid_i,
  input  wire ctx_t                       ctx_i,
  input  wire logic [11:0]                head_i,
  input  wire logic [ROWS-1:0][31:0]      x_i,
  output logic                            valid_o,
  output logic [ROWS-1:0][31:0]           y_o
);

  if (TOKENS < 1 || TOKENS > 4) begin : gen_bad_tokens
    $fatal(1, "softmax_inv: TOKENS is %0d, legal: 1 to 4", TOKENS);
  end
  if (ROWS < 2 || ROWS > 64 || (ROWS & (ROWS - 1)) != 0) begin : gen_bad_rows
    $fatal(1, "softmax_inv: ROWS is %0d, legal: a power of two, 2 to 64", ROWS);
  end
  if (Q_PER_KV < 1 || Q_PER_KV > ROWS) begin : gen_bad_heads
    $fatal(1, "softmax_inv: Q_PER_KV is %0d, legal: 1 to ROWS (%0d)", Q_PER_KV, ROWS);
  end

  localparam int unsigned HeadW = Q_PER_KV > 1 ? $clog2(Q_PER_KV) : 1;
  localparam int unsigned CtxW  = TOKENS > 1 ? $clog2(TOKENS) : 1;

  fp_recip #(
    .LANES(Q_PER_KV)
  ) u_recip (
    .clk_i,
    .rst_ni,
    .valid_i(sum_valid_i),
    .data_i (sum_i),
    .valid_o(write_valid_o),
    .data_o (write_data_o)
  );

  // The context travels beside its sums.
  ctx_t [RECIP_LATENCY-1:0] ctx_q;
  always_ff @(posedge clk_i) ctx_q <= (RECIP_LATENCY * $bits(ctx_t))'({ctx_q, sum_ctx_i});
  assign write_ctx_o = ctx_q[RECIP_LATENCY-1];

  logic [TOKENS-1:0][Q_PER_KV-1:0][31:0] inv_q;

  always_ff @(posedge clk_i) begin
    if (write_valid_o) inv_q[CtxW'(write_ctx_o)] <= write_data_o;
    valid_o <= rst_ni && valid_i;
    if (valid_i) begin
      for (int unsigned r = 0; r < ROWS; r++) begin
        y_o[r] <= fp32_mul(x_i[r], inv_q[CtxW'(ctx_i)][HeadW'(head_i)]);
      end
    end
  end

`ifndef SYNTHESIS
  a_head_exists: assert property (@(posedge clk_i) disable iff (!rst_ni)
    valid_i |-> 32'(head_i) < Q_PER_KV);
  a_context: assert property (@(posedge clk_i) disable iff (!rst_ni)
    valid_i |-> 32'(ctx_i) < TOKENS);
  a_sum_context: assert property (@(posedge clk_i) disable iff (!rst_ni)
    sum_valid_i |-> 32'(sum_ctx_i) < TOKENS);
`endif

endmodule
`default_nettype wire
