// Context of an H-Unit: for every query head of the group the sum of the probabilities p and the
// sum of p * v over the unit's positions, HEAD_DIM accumulators a head; hands them out for the
// reduction.
//
// Interface: valid_i with block blk_i of a position: p_i (stable over the position's blocks) and
//   v_i. first_i = first position slot: accumulators are written, not added to; skip_i = no such
//   position: nothing is added and the first slot leaves +0. read_i with beat_i: 0 = the sums in
//   lanes 0 ... Q_PER_KV-1, i+1 = context elements i*ROWS ... of all heads in a row. Never stalls.
// Latency: p and v in cycle x, products x+1, accumulators hold them from x+2. read_i in cycle x,
//   data_o in x+1.
// Format: v_i = {exponent field[7:0], H_BLOCK mantissas}; p_i BF16; accumulators FP32.
// Legal: HEAD_DIM a multiple of H_BLOCK and of ROWS, Q_PER_KV 1 to ROWS.
// Golden twin: HUnit.context and HUnit.reduce of golden/h_unit.py.
`default_nettype none
module h_context #(
  parameter int unsigned ROWS     = 2,
  parameter int unsigned H_BLOCK  = 4,
  parameter int unsigned HEAD_DIM = 8,
  parameter int unsigned Q_PER_KV = 2,
  localparam int unsigned WIDTH = H_BLOCK * 8 + 8
) (
  input wire logic                        clk_i,
  input wire logic                        rst_ni,
  input wire logic                        valid_i,
  input wire logic                        skip_i,
  input wire logic                        first_i,
  input wire logic [11:0]                 blk_i,
  input wire logic [Q_PER_KV-1:0][15:0]   p_i,
  input wire logic [WIDTH-1:0]            v_i,
  input wire logic                        read_i,
  input wire logic [11:0]                 beat_i,
  output logic [ROWS-1:0][31:0]           data_o
);
  import fp_pkg::*;

  localparam int unsigned BLOCKS = HEAD_DIM / H_BLOCK;
  localparam int unsigned BEATS = Q_PER_KV * HEAD_DIM / ROWS;
  localparam int unsigned BLOCK_W = (BLOCKS > 1) ? $clog2(BLOCKS) : 1;
  localparam int unsigned BEAT_W = (BEATS > 1) ? $clog2(BEATS) : 1;

  if (H_BLOCK == 0 || HEAD_DIM == 0 || HEAD_DIM % H_BLOCK != 0) begin : gen_head_dim
    $fatal(1, "h_context: HEAD_DIM is %0d, legal: a multiple of H_BLOCK (%0d)", HEAD_DIM, H_BLOCK);
  end
  if (ROWS == 0 || HEAD_DIM % ROWS != 0) begin : gen_rows
    $fatal(1, "h_context: ROWS is %0d, legal: a divisor of HEAD_DIM (%0d)", ROWS, HEAD_DIM);
  end
  if (Q_PER_KV < 1 || Q_PER_KV > ROWS) begin : gen_q_per_kv
    $fatal(1, "h_context: Q_PER_KV is %0d, legal: 1 to ROWS (%0d)", Q_PER_KV, ROWS);
  end

  logic valid_q, skip_q, first_q;
  logic [BLOCK_W-1:0] blk_q;
  fp32_t [Q_PER_KV-1:0] p_q;
  fp32_t [Q_PER_KV-1:0][H_BLOCK-1:0] product_q;
  fp32_t [Q_PER_KV-1:0] sum_q;
  // Row by row: simulators copy a wide register that is assigned in parts, every cycle.
  typedef fp32_t [H_BLOCK-1:0] row_t;
  row_t context_q [Q_PER_KV][BLOCKS];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= valid_i;
    if (valid_i) begin
      skip_q  <= skip_i;
      first_q <= first_i;
      blk_q   <= BLOCK_W'(blk_i);
    end
    if (valid_i && !skip_i) begin
      for (int unsigned j = 0; j < Q_PER_KV; j++) p_q[j] <= bf16_to_fp32(p_i[j]);
      for (int unsigned i = 0; i < H_BLOCK; i++) begin
        for (int unsigned j = 0; j < Q_PER_KV; j++) begin
          product_q[j][i] <= fp32_scale(
              fp32_mul(bf16_to_fp32(p_i[j]), fp32_from_int(32'($signed(v_i[i*8+:8])))),
              11'(v_i[WIDTH-1-:8]) - 11'sd133);
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_q && skip_q && first_q) begin
      for (int unsigned j = 0; j < Q_PER_KV; j++) context_q[j][blk_q] <= '0;
      sum_q <= '0;
    end else if (valid_q && !skip_q) begin
      automatic fp32_t [Q_PER_KV-1:0] sum = sum_q;
      for (int unsigned j = 0; j < Q_PER_KV; j++) begin
        automatic row_t row = product_q[j];
        if (!first_q) begin
          for (int unsigned i = 0; i < H_BLOCK; i++) begin
            row[i] = fp32_add(context_q[j][blk_q][i], product_q[j][i]);
          end
        end
        context_q[j][blk_q] <= row;
        if (blk_q == '0) sum[j] = first_q ? p_q[j] : fp32_add(sum_q[j], p_q[j]);
      end
      sum_q <= sum;
    end
    if (read_i) begin
      automatic row_t [Q_PER_KV-1:0][BLOCKS-1:0] rows;
      automatic logic [BEATS-1:0][ROWS-1:0][31:0] by_beat;
      for (int unsigned j = 0; j < Q_PER_KV; j++) begin
        for (int unsigned b = 0; b < BLOCKS; b++) rows[j][b] = context_q[j][b];
      end
      by_beat = rows;
      if (beat_i == '0) data_o <= (ROWS * 32)'(sum_q);
      else data_o <= by_beat[BEAT_W'(beat_i - 12'd1)];
    end
  end

`ifndef SYNTHESIS
  assert property (@(posedge clk_i) disable iff (!rst_ni) valid_i |-> 32'(blk_i) < BLOCKS)
  else $error("h_context: block %0d, a head has %0d", blk_i, BLOCKS);
  assert property (@(posedge clk_i) disable iff (!rst_ni) read_i |-> 32'(beat_i) <= BEATS)
  else $error("h_context: beat %0d, the last is %0d", beat_i, BEATS);
  assert property (@(posedge clk_i) disable iff (!rst_ni) read_i |-> !valid_i && !valid_q)
  else $error("h_context: read while it accumulates");
`endif

endmodule
`default_nettype wire
