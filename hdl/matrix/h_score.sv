// Attention scores of an H-Unit: scales the accumulated q . k of every position and keeps the
// running maximum of each query head.
//
// Interface: valid_i with the accumulators when a position's last block is in them; skip_i = the
//   unit holds no such position (its score is sent as 0 and does not count), first_i and last_i =
//   first and last position slot. Never stalls.
// Latency: accumulators in cycle x, score_* in x+1 (the score buffer's write port), the maximum
//   holds the score from x+2; max_valid_o with max_o in x+2 of the last position slot.
// Format: FP32 patterns. The maximum starts at -FP32_MAX.
// Legal: Q_PER_KV >= 1.
// Golden twin: HUnit.score of golden/h_unit.py.
`default_nettype none
module h_score #(
  parameter int unsigned Q_PER_KV   = 2,
  parameter logic [31:0] ATTN_SCALE = 32'h3eb5_04f3
) (
  input wire logic                        clk_i,
  input wire logic                        rst_ni,
  input wire logic                        valid_i,
  input wire logic                        skip_i,
  input wire logic                        first_i,
  input wire logic                        last_i,
  input wire logic [11:0]                 slot_i,
  input wire logic [Q_PER_KV-1:0][31:0]   acc_i,
  output logic                            score_valid_o,
  output logic [11:0]                     score_slot_o,
  output logic [Q_PER_KV-1:0][31:0]       score_o,
  output logic                            max_valid_o,
  output logic [Q_PER_KV-1:0][31:0]       max_o
);
  import fp_pkg::*;

  if (Q_PER_KV < 1) begin : gen_q_per_kv
    $fatal(1, "h_score: Q_PER_KV is %0d, legal: >= 1", Q_PER_KV);
  end

  logic valid_q, skip_q, first_q, last_q, max_valid_q;
  logic [11:0] slot_q;
  fp32_t [Q_PER_KV-1:0] score_q, max_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q     <= 1'b0;
      max_valid_q <= 1'b0;
    end else begin
      valid_q     <= valid_i;
      max_valid_q <= valid_q && last_q;
    end
    if (valid_q) begin
      automatic fp32_t [Q_PER_KV-1:0] max = max_q;
      for (int unsigned j = 0; j < Q_PER_KV; j++) begin
        if (skip_q) begin
          if (first_q) max[j] = FP32_LOWEST;
        end else begin
          max[j] = first_q ? score_q[j] : fp32_max(max_q[j], score_q[j]);
        end
      end
      max_q <= max;
    end
    if (valid_i) begin
      skip_q  <= skip_i;
      first_q <= first_i;
      last_q  <= last_i;
      slot_q  <= slot_i;
      for (int unsigned j = 0; j < Q_PER_KV; j++) begin
        score_q[j] <= skip_i ? '0 : fp32_mul(acc_i[j], ATTN_SCALE);
      end
    end
  end

  assign score_valid_o = valid_q;
  assign score_slot_o = slot_q;
  assign score_o = score_q;
  assign max_valid_o = max_valid_q;
  assign max_o = max_q;

endmodule
`default_nettype wire
