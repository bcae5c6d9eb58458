// Operand buffer of an H-Unit: collects MXINT8 blocks from the broadcast, hands out READS of them
// at once. Query buffer: COLS = columns of the KV group, READS = query heads of the group. LoRA
// intermediate: COLS = READS = 1.
//
// Interface: a beat brings word word_i (ROWS mantissas) of block blk_i of COLS columns and the
//   blocks' exponents; the writer sends every word of a block before the block is read. Reads never
//   collide with writes: the sequencer issues the reader when the sender is idle. Never stalls.
// rst_ni silences the assertions only: nothing here is reset.
// Latency: a beat in cycle x is in the buffer for a read in x+1; a read in cycle x stands on
//   words_o in x+1.
// Order: column a holds blocks a*BLOCKS ..., so the blocks of all columns are one vector of
//   COLS*BLOCKS blocks. Read j of rblk_i is block j*(COLS*BLOCKS/READS) + rblk_i of that vector.
// Format: word = {exponent field[7:0], H_BLOCK mantissas of 8 bits, element 0 lowest}.
// Legal: H_BLOCK a multiple of ROWS; READS divides COLS*BLOCKS; BLOCKS up to 4096.
// Golden twin: the arrays q and t of golden/h_unit.py.
`default_nettype none
module h_block_buffer #(
  parameter int unsigned COLS    = 1,
  parameter int unsigned BLOCKS  = 2,
  parameter int unsigned READS   = 2,
  parameter int unsigned ROWS    = 2,
  parameter int unsigned H_BLOCK = 8,
  localparam int unsigned WIDTH = H_BLOCK * 8 + 8
) (
  input wire logic                           clk_i,
  input wire logic                           rst_ni,
  input wire logic                           we_i,
  input wire logic [11:0]                    blk_i,
  input wire logic [11:0]                    word_i,
  input wire logic [COLS-1:0][ROWS-1:0][7:0] data_i,
  input wire logic [COLS-1:0][7:0]           exp_i,
  input wire logic                           re_i,
  input wire logic [11:0]                    rblk_i,
  output logic [READS-1:0][WIDTH-1:0]        words_o
);

  localparam int unsigned DEPTH = COLS * BLOCKS;
  localparam int unsigned STRIDE = DEPTH / READS;
  localparam int unsigned INDEX_W = (DEPTH > 1) ? $clog2(DEPTH) : 1;
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

  logic [BEATS-1:0][ROWS*8-1:0] mantissa_q [DEPTH];
  logic [7:0] exp_q [DEPTH];

  always_ff @(posedge clk_i) begin
    if (we_i) begin
      for (int unsigned a = 0; a < COLS; a++) begin
        mantissa_q[INDEX_W'(a * BLOCKS + 32'(blk_i))][BEAT_W'(word_i)] <= data_i[a];
        exp_q[INDEX_W'(a * BLOCKS + 32'(blk_i))] <= exp_i[a];
      end
    end
    if (re_i) begin
      for (int unsigned j = 0; j < READS; j++) begin
        words_o[j] <= {exp_q[INDEX_W'(j * STRIDE + 32'(rblk_i))],
                       mantissa_q[INDEX_W'(j * STRIDE + 32'(rblk_i))]};
      end
    end
  end

`ifndef SYNTHESIS
  assert property (@(posedge clk_i) disable iff (!rst_ni)
                   we_i |-> 32'(blk_i) < BLOCKS && 32'(word_i) < BEATS)
  else $error("h_block_buffer: block %0d word %0d does not exist", blk_i, word_i);
  assert property (@(posedge clk_i) disable iff (!rst_ni) re_i |-> 32'(rblk_i) < STRIDE)
  else $error("h_block_buffer: block %0d read, %0d exist", rblk_i, STRIDE);
  assert property (@(posedge clk_i) disable iff (!rst_ni) !(we_i && re_i))
  else $error("h_block_buffer: written and read in one cycle");
`endif

endmodule
`default_nettype wire
