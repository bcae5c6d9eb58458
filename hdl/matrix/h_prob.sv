// Softmax numerators of an H-Unit: keeps the scores of the unit's positions and turns them into p =
// BF16(exp(score - maximum)) when the group's maximum is known.
//
// Interface: we_i writes the scores of position slot wslot_i; gmax_valid_i writes the maximum of
//   each query head. valid_i reads position slot slot_i; skip_i = the unit holds no such position:
//   p is 0. Never stalls.
// Latency: valid_i in cycle x: scores x+1, difference x+2, exp x+2+EXP_LATENCY, p_o with p_valid_o
//   in x+3+EXP_LATENCY; p_o stays until the next position's p.
// Format: scores and maximum FP32, p_o BF16 patterns.
// Legal: KV_SLOTS 1 to 4096, Q_PER_KV >= 1.
// Golden twin: HUnit.prob of golden/h_unit.py.
`default_nettype none
module h_prob #(
  parameter int unsigned KV_SLOTS = 4,
  parameter int unsigned Q_PER_KV = 2
) (
  input wire logic                        clk_i,
  input wire logic                        rst_ni,
  input wire logic                        we_i,
  input wire logic [11:0]                 wslot_i,
  input wire logic [Q_PER_KV-1:0][31:0]   wdata_i,
  input wire logic                        gmax_valid_i,
  input wire logic [Q_PER_KV-1:0][31:0]   gmax_i,
  input wire logic                        valid_i,
  input wire logic                        skip_i,
  input wire logic [11:0]                 slot_i,
  output logic                            p_valid_o,
  output logic [Q_PER_KV-1:0][15:0]       p_o
);
  import fp_pkg::*;

  localparam int unsigned SLOT_W = (KV_SLOTS > 1) ? $clog2(KV_SLOTS) : 1;
  // Stages between valid_i and the p register.
  localparam int unsigned STAGES = EXP_LATENCY + 2;

  if (KV_SLOTS < 1 || KV_SLOTS > 4096) begin : gen_kv_slots
    $fatal(1, "h_prob: KV_SLOTS is %0d, legal: 1 to 4096", KV_SLOTS);
  end
  if (Q_PER_KV < 1) begin : gen_q_per_kv
    $fatal(1, "h_prob: Q_PER_KV is %0d, legal: >= 1", Q_PER_KV);
  end

  logic [Q_PER_KV*32-1:0] scores [KV_SLOTS];
  fp32_t [Q_PER_KV-1:0] score_q, gmax_q, difference_q, exponential;
  logic [STAGES-1:0] valid_q;
  logic [1:0] skip_q;
  logic p_valid_q, exp_valid;
  logic [Q_PER_KV-1:0][15:0] p_q;

  always_ff @(posedge clk_i) begin
    if (we_i) scores[SLOT_W'(wslot_i)] <= wdata_i;
    else if (valid_i && !skip_i) score_q <= scores[SLOT_W'(slot_i)];
    if (gmax_valid_i) gmax_q <= gmax_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q   <= '0;
      p_valid_q <= 1'b0;
    end else begin
      valid_q   <= {valid_q[STAGES-2:0], valid_i};
      p_valid_q <= valid_q[STAGES-1];
    end
    if (valid_q[STAGES-1]) begin
      for (int unsigned j = 0; j < Q_PER_KV; j++) begin
        p_q[j] <= exp_valid ? bf16_round(exponential[j]) : '0;
      end
    end
    skip_q <= {skip_q[0], skip_i};
    if (valid_q[0] && !skip_q[0]) begin
      for (int unsigned j = 0; j < Q_PER_KV; j++) begin
        difference_q[j] <= fp32_sub(score_q[j], gmax_q[j]);
      end
    end
  end

  fp_exp #(.LANES(Q_PER_KV)) u_exp (
    .clk_i,
    .rst_ni,
    .valid_i(valid_q[1] && !skip_q[1]),
    .data_i (difference_q),
    .valid_o(exp_valid),
    .data_o (exponential)
  );

  assign p_valid_o = p_valid_q;
  assign p_o = p_q;

`ifndef SYNTHESIS
  assert property (@(posedge clk_i) disable iff (!rst_ni) exp_valid |-> valid_q[STAGES-1])
  else $error("h_prob: exp comes out of step");
  assert property (@(posedge clk_i) disable iff (!rst_ni) !(we_i && valid_i))
  else $error("h_prob: scores are written and read in one cycle");
  assert property (@(posedge clk_i) disable iff (!rst_ni) we_i |-> 32'(wslot_i) < KV_SLOTS)
  else $error("h_prob: position slot %0d written, %0d exist", wslot_i, KV_SLOTS);
  assert property (@(posedge clk_i) disable iff (!rst_ni) valid_i |-> 32'(slot_i) < KV_SLOTS)
  else $error("h_prob: position slot %0d read, %0d exist", slot_i, KV_SLOTS);
`endif

endmodule
`default_nettype wire
