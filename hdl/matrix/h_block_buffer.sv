// Operand buffer of an H-Unit: for every token in flight it collects MXINT8 blocks from the
// broadcast and hands out READS of them at once. Query buffer: COLS = columns of the KV group,
// READS = query heads of the group. LoRA intermediate: COLS = READS = 1.
//
// Interface: a beat brings word word_i (ROWS mantissas) of block blk_i of COLS columns and the
//   blocks' exponents, for context ctx_i; the writer sends every word of a block before the block
//   is read, with re_i, from context rctx_i. Blocks are read while later ones, or those of other
//   contexts, are written. Never stalls.
// rst_ni silences the assertions only: nothing here is reset.
// Latency: a beat in cycle x is in the buffer for a read in x+1; a read in cycle x stands on
//   words_o in x+1.
// Order: column a holds blocks a*BLOCKS ..., so the blocks of all columns are one vector of
//   COLS*BLOCKS blocks. Read j of rblk_i is block j*(COLS*BLOCKS/READS) + rblk_i of that vector.
// Format: word = {exponent field[7:0], H_BLOCK mantissas of 8 bits, element 0 lowest}.
// Legal: H_BLOCK a multiple of ROWS; READS divides COLS*BLOCKS; BLOCKS up to 4096; TOKENS 1 to 4.
// Golden twin: the arrays q and t of golden/h_unit.py.
`default_nettype none
module h_block_buffer
  import roma_pkg::ctx_t;
#(
  parameter int unsigned COLS    = 1,
  parameter int unsigned BLOCKS  = 2,
  parameter int unsigned READS   = 2,
  parameter int unsigned ROWS    = 2,
  parameter int unsigned H_BLOCK = 8,
  parameter int unsigned TOKENS  = 2,
  localparam int unsigned WIDTH = H_BLOCK * 8 + 8
) (
  input wire logic                           clk_i,
  input wire logic                           rst_ni,
  input wire logic                           we_i,
  input wire ctx_t                           ctx_i,
  input wire logic [11:0]                    blk_i,
  input wire logic [11:0]                    word_i,
  input wire logic [COLS-1:0][ROWS-1:0][7:0] data_i,
  input wire logic [COLS-1:0][7:0]           exp_i,
  input wire logic                           re_i,
  input wire ctx_t                           rctx_i,
  input wire logic [11:0]                    rblk_i,
  output logic [READS-1:0][WIDTH-1:0]        words_o
);

  localparam int unsigned DEPTH = COLS * BLOCKS;
  localparam int unsigned STRIDE = DEPTH / READS;
  localparam int unsigned ENTRIES = TOKENS * DEPTH;
  localparam int unsigned INDEX_W = (ENTRIES > 1) ? $clog2(ENTRIES) : 1;
  localparam int unsigned BEATS = H_BLOCK / ROWS;
  localparam int unsigned BEAT_W = (BEATS > 1) ? $clog2(BEATS) : 1;

  if (H_BLOCK % ROWS != 0 || H_BLOCK == 0) begin : gen_h_block
    $fatal(1, "h_block_buffer: H_BLOCK is %0d, legal: a multiple of ROWS (%0d)", H_BLOCK, ROWS);
  end
  if (READS == 0 || DEPTH % READS != 0) begin : gen_reads
    $fatal(1, "h_block_buffer: READS is %0d, legal: a divisor of COLS*BLOCKS (%0d)", READS, DEPTH);
  end
  if (BLOCKS < 1 || BLOCKS > 4096) begin : gen_blocks
    $fatal(1, "h_block_buffer: BLOCKS is %0d, legal: 1 to 4096", BLOCKS);
  end
  if (TOKENS < 1 || TOKENS > 4) begin : gen_tokens
    $fatal(1, "h_block_buffer: TOKENS is %0d, legal: 1 to 4", TOKENS);
  end

  // Context x has the entries x*DEPTH ... x*DEPTH + DEPTH - 1.
  logic [BEATS-1:0][ROWS*8-1:0] mantissa_q [ENTRIES];
  logic [7:0] exp_q [ENTRIES];
  logic [COLS-1:0][INDEX_W-1:0] windex;
  logic [READS-1:0][INDEX_W-1:0] rindex;

  always_comb begin
    for (int unsigned a = 0; a < COLS; a++) begin
      windex[a] = INDEX_W'(32'(ctx_i) * DEPTH + a * BLOCKS + 32'(blk_i));
    end
    for (int unsigned j = 0; j < READS; j++) begin
      rindex[j] = INDEX_W'(32'(rctx_i) * DEPTH + j * STRIDE + 32'(rblk_i));
    end
  end

  always_ff @(posedge clk_i) begin
    if (we_i) begin
      for (int unsigned a = 0; a < COLS; a++) begin
        mantissa_q[windex[a]][BEAT_W'(word_i)] <= data_i[a];
        exp_q[windex[a]] <= exp_i[a];
      end
    end
    if (re_i) begin
      for (int unsigned j = 0; j < READS; j++) begin
        words_o[j] <= {exp_q[rindex[j]], mantissa_q[rindex[j]]};
      end
    end
  end

`ifndef SYNTHESIS
  logic meet;  // a block that is written is among those that are read
  always_comb begin
    meet = 1'b0;
    if (we_i && re_i) begin
      for (int unsigned a = 0; a < COLS; a++) begin
        for (int unsigned j = 0; j < READS; j++) meet = meet || windex[a] == rindex[j];
      end
    end
  end
  assert property (@(posedge clk_i) disable iff (!rst_ni)
                   we_i |-> 32'(blk_i) < BLOCKS && 32'(word_i) < BEATS &&
                            32'(ctx_i) < TOKENS)
  else $error("h_block_buffer: context %0d block %0d word %0d does not exist", ctx_i, blk_i, word_i);
  assert property (@(posedge clk_i) disable iff (!rst_ni)
                   re_i |-> 32'(rblk_i) < STRIDE && 32'(rctx_i) < TOKENS)
  else $error("h_block_buffer: block %0d of context %0d read, %0d of %0d exist", rblk_i, rctx_i,
              STRIDE, TOKENS);
  assert property (@(posedge clk_i) disable iff (!rst_ni) !(we_i && re_i && meet))
  else $error("h_block_buffer: block %0d of context %0d written and read in one cycle", blk_i, ctx_i);
`endif

endmodule
`default_nettype wire
