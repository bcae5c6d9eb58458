// The way of a SEND inside one column: a transform, then the block quantiser.
//
// Interface  x_i with valid_i; second_i (SILU), norm_i, trig_i are the words that belong to it, head_i
//            the query head (INV), first_i and last_i the ends of the vector. start_i comes before the
//            first word. ctx_i, transform_i and last_word_i (words of a block, less one) are stable
//            until the last word has left. sum_* are the softmax sums of this column's heads, of any
//            context. Nobody waits.
// Latency    TX (NONE 0, NORM 1, ROPE 2, INV 1, SILU SIGMOID_LATENCY + 2) to the quantiser, from
//            there a block's words leave behind its last word by MXQ_LATENCY. One word a cycle.
// Parameters TOKENS 1 to 4; ROWS a power of two, 2 to 64; BLOCK the longest block, a multiple of ROWS;
//            Q_PER_KV.
// Golden     golden/rms_norm.py, rope.py, attention.py, silu_mul.py, formats.py mx_quantise
`default_nettype none
module vector_send
  import roma_pkg::*;
#(
  parameter int unsigned TOKENS   = 1,
  parameter int unsigned ROWS     = 2,
  parameter int unsigned BLOCK    = 8,
  parameter int unsigned Q_PER_KV = 1
) (
  input  wire logic                       clk_i,
  input  wire logic                       rst_ni,
  input  wire ctx_t                       ctx_i,
  input  wire transform_e                 transform_i,
  input  wire logic [11:0]                last_word_i,
  input  wire logic                       start_i,
  input  wire logic                       valid_i,
  input  wire logic                       first_i,
  input  wire logic                       last_i,
  input  wire logic [11:0]                head_i,
  input  wire logic [ROWS-1:0][31:0]      x_i,
  input  wire logic [ROWS-1:0][31:0]      second_i,
  input  wire logic [ROWS-1:0][31:0]      norm_i,
  input  wire logic [ROWS-1:0][31:0]      trig_i,
  input  wire logic                       sum_valid_i,
  input  wire ctx_t                       sum_ctx_i,
  input  wire logic [Q_PER_KV-1:0][31:0]  sum_i,
  output logic                            inv_valid_o,
  output ctx_t                            inv_ctx_o,
  output logic [Q_PER_KV-1:0][31:0]       inv_data_o,
  output logic                            ss_valid_o,
  output logic [31:0]                     ss_o,
  output logic                            bc_valid_o,
  output logic                            bc_last_o,
  output logic [ROWS-1:0][7:0]            bc_data_o,
  output logic [7:0]                      bc_exp_o,
  output logic [15:0]                     bc_sum_o
);

  if (BLOCK < ROWS || BLOCK % ROWS != 0) begin : gen_bad_block
    $fatal(1, "vector_send: BLOCK is %0d, legal: a multiple of ROWS (%0d)", BLOCK, ROWS);
  end

  logic                  norm_valid, rope_valid, inv_valid, silu_valid, quant_valid;
  logic [ROWS-1:0][31:0] norm_data, rope_data, inv_data, silu_data, quant_data;

  rms_norm #(
    .ROWS(ROWS)
  ) u_rms_norm (
    .clk_i,
    .rst_ni,
    .valid_i  (valid_i && transform_i == TrNorm),
    .first_i  (first_i),
    .last_i   (last_i),
    .x_i      (x_i),
    .g_i      (norm_i),
    .y_valid_o(norm_valid),
    .y_o      (norm_data),
    .ss_valid_o,
    .ss_o
  );

  rope #(
    .ROWS(ROWS)
  ) u_rope (
    .clk_i,
    .rst_ni,
    .valid_i(valid_i && transform_i == TrRope),
    .x_i    (x_i),
    .trig_i (trig_i),
    .valid_o(rope_valid),
    .y_o    (rope_data)
  );

  softmax_inv #(
    .TOKENS  (TOKENS),
    .ROWS    (ROWS),
    .Q_PER_KV(Q_PER_KV)
  ) u_softmax_inv (
    .clk_i,
    .rst_ni,
    .sum_valid_i  (sum_valid_i),
    .sum_ctx_i    (sum_ctx_i),
    .sum_i        (sum_i),
    .write_valid_o(inv_valid_o),
    .write_ctx_o  (inv_ctx_o),
    .write_data_o (inv_data_o),
    .valid_i      (valid_i && transform_i == TrInv),
    .ctx_i        (ctx_i),
    .head_i       (head_i),
    .x_i          (x_i),
    .valid_o      (inv_valid),
    .y_o          (inv_data)
  );

  silu_mul #(
    .ROWS(ROWS)
  ) u_silu_mul (
    .clk_i,
    .rst_ni,
    .valid_i(valid_i && transform_i == TrSilu),
    .g_i    (x_i),
    .u_i    (second_i),
    .valid_o(silu_valid),
    .y_o    (silu_data)
  );

  always_comb begin
    unique case (transform_i)
      TrNorm:  {quant_valid, quant_data} = {norm_valid, norm_data};
      TrRope:  {quant_valid, quant_data} = {rope_valid, rope_data};
      TrInv:   {quant_valid, quant_data} = {inv_valid, inv_data};
      TrSilu:  {quant_valid, quant_data} = {silu_valid, silu_data};
      default: {quant_valid, quant_data} = {valid_i, x_i};
    endcase
  end

  // ---- Blocks ----------------------------------------------------------------------------------
  logic [11:0] block_word_q;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      block_word_q <= '0;
    end else if (quant_valid) begin
      block_word_q <= block_word_q == last_word_i ? '0 : block_word_q + 1'b1;
    end
  end

  mx_quant #(
    .LANES    (ROWS),
    .MAX_BLOCK(BLOCK)
  ) u_quant (
    .clk_i,
    .rst_ni,
    .valid_i(quant_valid),
    .last_i (block_word_q == last_word_i),
    .data_i (quant_data),
    .valid_o(bc_valid_o),
    .last_o (bc_last_o),
    .data_o (bc_data_o),
    .exp_o  (bc_exp_o),
    .sum_o  (bc_sum_o)
  );

endmodule
`default_nettype wire
