// Attention of an H-Unit behind its dot products: scores and their maximum, softmax numerators,
// context, and the port on which maxima, sums and contexts leave for the reduction.
//
// Interface: h_valid_i with one step of the H engine's loop a cycle; skip_i = this unit holds no such
//   position. score_* when a position's last block is in the dot product's accumulators acc_i. V words
//   are read from the SRAM: value_read_o with value_addr_o, value_word_i in the next cycle. There is
//   one of everything: the attention lock (golden/SPEC.md chapter 4) lets one token in at a time.
//   Never stalls.
// Latency (m = cycle of h_valid_i): acc_i in m+4 gives pr_score_* in m+5, the maximum on rd_* in m+7 of
//   the last step; V is addressed in m+2+EXP_LATENCY, p in m+3+EXP_LATENCY (pr_prob_*), context from
//   m+5+EXP_LATENCY; HReduce on rd_* in m+1.
// Formats: scores, maxima, sums and contexts FP32, p BF16, V words MXINT8.
// Legal: as h_unit and its parts.
// Golden twin: golden/h_unit.py HUnit.score, context, reduce. Its bench is that of h_unit.
`default_nettype none
module h_attention
  import roma_pkg::*;
#(
  parameter int unsigned ROWS       = 2,
  parameter int unsigned H_BLOCK    = 8,
  parameter int unsigned HEAD_DIM   = 8,
  parameter int unsigned Q_PER_KV   = 1,
  parameter int unsigned KV_SLOTS   = 4,
  parameter logic [31:0] ATTN_SCALE = 32'h3eb5_04f3,
  localparam int unsigned WIDTH = H_BLOCK * 8 + 8
) (
  input wire logic                      clk_i,
  input wire logic                      rst_ni,
  // Control
  input wire logic                      h_valid_i,
  input wire h_ctrl_t                   h_ctrl_i,
  input wire logic                      skip_i,
  // Finished dot products
  input wire logic                      score_valid_i,
  input wire logic                      score_skip_i,
  input wire logic                      score_first_i,
  input wire logic                      score_last_i,
  input wire ctx_t                      score_ctx_i,
  input wire logic [11:0]               score_slot_i,
  input wire logic [Q_PER_KV-1:0][31:0] acc_i,
  // Group's score maxima
  input wire logic                      gmax_valid_i,
  input wire logic [Q_PER_KV-1:0][31:0] gmax_i,
  // V words
  output logic                          value_read_o,
  output logic [31:0]                   value_addr_o,
  input wire logic [WIDTH-1:0]          value_word_i,
  // Reductions
  output logic                          rd_valid_o,
  output reduce_e                       rd_kind_o,
  output ctx_t                          rd_ctx_o,
  output logic [11:0]                   rd_slot_o,
  output logic [ROWS-1:0][31:0]         rd_data_o,
  // Probes
  output logic                          pr_score_valid,
  output logic [11:0]                   pr_score_slot,
  output logic [Q_PER_KV-1:0][31:0]     pr_score_data,
  output logic                          pr_prob_valid,
  output logic [11:0]                   pr_prob_slot,
  output logic [Q_PER_KV-1:0][15:0]     pr_prob_data
);
  import fp_pkg::EXP_LATENCY;

  logic context_step, reduce_step;
  assign context_step = h_valid_i && h_ctrl_i.op == HContext;
  assign reduce_step = h_valid_i && h_ctrl_i.op == HReduce;

  // ---- Scores and softmax numerators -----------------------------------------------------------
  logic                      max_valid;
  logic [Q_PER_KV-1:0][31:0] max;

  h_score #(.Q_PER_KV(Q_PER_KV), .ATTN_SCALE(ATTN_SCALE)) u_score (
    .clk_i,
    .rst_ni,
    .valid_i      (score_valid_i),
    .skip_i       (score_skip_i),
    .first_i      (score_first_i),
    .last_i       (score_last_i),
    .slot_i       (score_slot_i),
    .acc_i,
    .score_valid_o(pr_score_valid),
    .score_slot_o (pr_score_slot),
    .score_o      (pr_score_data),
    .max_valid_o  (max_valid),
    .max_o        (max)
  );

  h_prob #(.KV_SLOTS(KV_SLOTS), .Q_PER_KV(Q_PER_KV)) u_prob (
    .clk_i,
    .rst_ni,
    .we_i     (pr_score_valid),
    .wslot_i  (pr_score_slot),
    .wdata_i  (pr_score_data),
    .gmax_valid_i,
    .gmax_i,
    .valid_i  (context_step && h_ctrl_i.first_blk),
    .skip_i,
    .slot_i   (h_ctrl_i.slot),
    .p_valid_o(pr_prob_valid),
    .p_o      (pr_prob_data)
  );

  // ---- Context: V word and p meet in m+3+EXP_LATENCY --------------------------------------------
  localparam int unsigned VALUE_STAGE = EXP_LATENCY + 3;
  typedef struct packed {
    logic        skip;
    logic        first_slot;
    logic [11:0] slot;
    logic [11:0] blk;
    logic [31:0] addr;
  } value_t;
  logic   [VALUE_STAGE:1] value_valid_q;
  value_t [VALUE_STAGE:1] value_q /* verilator split_var */;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) value_valid_q <= '0;
    else value_valid_q <= {value_valid_q[VALUE_STAGE-1:1], context_step};
    if (context_step) begin
      value_q[1] <= '{skip_i, h_ctrl_i.first_slot, h_ctrl_i.slot, h_ctrl_i.blk, h_ctrl_i.addr};
    end
  end
  for (genvar s = 2; s <= VALUE_STAGE; s++) begin : gen_value
    always_ff @(posedge clk_i) if (value_valid_q[s-1]) value_q[s] <= value_q[s-1];
  end

  assign value_read_o = value_valid_q[VALUE_STAGE-1] && !value_q[VALUE_STAGE-1].skip;
  assign value_addr_o = value_q[VALUE_STAGE-1].addr;
  assign pr_prob_slot = value_q[VALUE_STAGE].slot;

  logic [ROWS-1:0][31:0] reduce_data;

  h_context #(
    .ROWS(ROWS), .H_BLOCK(H_BLOCK), .HEAD_DIM(HEAD_DIM), .Q_PER_KV(Q_PER_KV)
  ) u_context (
    .clk_i,
    .rst_ni,
    .valid_i(value_valid_q[VALUE_STAGE]),
    .skip_i (value_q[VALUE_STAGE].skip),
    .first_i(value_q[VALUE_STAGE].first_slot),
    .blk_i  (value_q[VALUE_STAGE].blk),
    .p_i    (pr_prob_data),
    .v_i    (value_word_i),
    .read_i (reduce_step),
    .beat_i (h_ctrl_i.slot),
    .data_o (reduce_data)
  );

  // ---- Reduce port: maxima, sums, contexts ---------------------------------------------------
  logic                  reduce_q, max_beat_q;
  logic [11:0]           reduce_slot_q;
  ctx_t                  reduce_ctx_q, score_ctx_q;
  logic [ROWS-1:0][31:0] max_data_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      reduce_q   <= 1'b0;
      max_beat_q <= 1'b0;
    end else begin
      reduce_q   <= reduce_step;
      max_beat_q <= max_valid;
    end
    if (reduce_step) begin
      reduce_slot_q <= h_ctrl_i.slot;
      reduce_ctx_q  <= h_ctrl_i.ctx;
    end
    if (score_valid_i) score_ctx_q <= score_ctx_i;
    if (max_valid) max_data_q <= (ROWS * 32)'(max);
  end

  assign rd_valid_o = reduce_q || max_beat_q;
  assign rd_data_o = max_beat_q ? max_data_q : reduce_data;
  assign rd_ctx_o = max_beat_q ? score_ctx_q : reduce_ctx_q;
  always_comb begin
    rd_kind_o = RdMax;
    rd_slot_o = '0;
    if (reduce_q) begin
      rd_kind_o = (reduce_slot_q == '0) ? RdSum : RdCtx;
      rd_slot_o = (reduce_slot_q == '0) ? '0 : reduce_slot_q - 12'd1;
    end
  end

`ifndef SYNTHESIS
  assert property (@(posedge clk_i) disable iff (!rst_ni) !(reduce_q && max_beat_q))
  else $error("h_attention: two beats on the reduce port");
`endif

  // The dot products' side of the bundle is h_unit's.
  logic unused;
  assign unused = &{1'b0, h_ctrl_i};

endmodule
`default_nettype wire
