// Input buffer of a matrix unit: the GEMV inputs of the tokens in flight as MXINT8 blocks, one entry
// a chunk of a context = one block of every column with its exponent and the integer sum of its
// mantissas.
//
// Interface  bc_valid_i with dest X: word bc_word_i of block bc_blk_i of every column is written in
//            that cycle, the exponent too; the sum with bc_last_i. L side: l_en_i with l_ctx_i and
//            l_chunk_i in cycle m, x_o, exp_o, sum_o from m+1 until the next read. H side: xr_en_i
//            with context, chunk and sub-block of this unit's own column in m, xr_data_o and
//            xr_exp_o from m+1. Nobody waits: chunks are read while later ones, or those of other
//            contexts, are written. A read in the cycle behind a write returns what was written.
// Latency    1 cycle. The L side's registers are clocked only when the entry changes: it stays
//            still while rows sweep.
// Formats    mantissas signed 8-bit, exponents FP32 exponent fields, sums signed 16-bit.
// Parameters COLUMNS 1 to 64; ROWS divides BLOCK; H_BLOCK divides BLOCK; BLOCK 8 to 256;
//            MAX_CHUNKS 1 to 4096; TOKENS 1 to 4.
// Golden     golden/blocks.py Blocks (m, e, sums), golden/config.py Geometry.max_chunks.
`default_nettype none
module x_buffer
  import roma_pkg::*;
#(
  parameter int unsigned COLUMNS    = 2,
  parameter int unsigned ROWS       = 2,
  parameter int unsigned BLOCK      = 16,
  parameter int unsigned H_BLOCK    = 8,
  parameter int unsigned MAX_CHUNKS = 2,
  parameter int unsigned TOKENS     = 2
) (
  input  wire logic                                clk_i,
  input  wire logic                                rst_ni,
  input  wire logic [7:0]                          col_i,
  // Broadcast
  input  wire logic                                bc_valid_i,
  input  wire dest_e                               bc_dest_i,
  input  wire ctx_t                                bc_ctx_i,
  input  wire logic [11:0]                         bc_blk_i,
  input  wire logic [11:0]                         bc_word_i,
  input  wire logic                                bc_last_i,
  input  wire logic [COLUMNS-1:0][ROWS-1:0][7:0]   bc_data_i,
  input  wire logic [COLUMNS-1:0][7:0]             bc_exp_i,
  input  wire logic [COLUMNS-1:0][15:0]            bc_sum_i,
  // L side
  input  wire logic                                l_en_i,
  input  wire ctx_t                                l_ctx_i,
  input  wire logic [11:0]                         l_chunk_i,
  output logic [COLUMNS-1:0][BLOCK-1:0][7:0]       x_o,
  output logic [COLUMNS-1:0][7:0]                  exp_o,
  output logic [COLUMNS-1:0][15:0]                 sum_o,
  // H side
  input  wire logic                                xr_en_i,
  input  wire ctx_t                                xr_ctx_i,
  input  wire logic [11:0]                         xr_chunk_i,
  input  wire logic [7:0]                          xr_sub_i,
  output logic [H_BLOCK-1:0][7:0]                  xr_data_o,
  output logic [7:0]                               xr_exp_o
);

  if (COLUMNS < 1 || COLUMNS > 64) begin : gen_bad_columns
    $fatal(1, "x_buffer: COLUMNS is %0d, legal: 1 to 64", COLUMNS);
  end
  if (BLOCK < 8 || BLOCK > 256) begin : gen_bad_block
    $fatal(1, "x_buffer: BLOCK is %0d, legal: 8 to 256", BLOCK);
  end
  if (ROWS < 1 || BLOCK % ROWS != 0) begin : gen_bad_rows
    $fatal(1, "x_buffer: ROWS is %0d, legal: a divisor of BLOCK (%0d)", ROWS, BLOCK);
  end
  if (H_BLOCK < 1 || BLOCK % H_BLOCK != 0) begin : gen_bad_h_block
    $fatal(1, "x_buffer: H_BLOCK is %0d, legal: a divisor of BLOCK (%0d)", H_BLOCK, BLOCK);
  end
  if (MAX_CHUNKS < 1 || MAX_CHUNKS > 4096) begin : gen_bad_chunks
    $fatal(1, "x_buffer: MAX_CHUNKS is %0d, legal: 1 to 4096", MAX_CHUNKS);
  end
  if (TOKENS < 1 || TOKENS > 4) begin : gen_bad_tokens
    $fatal(1, "x_buffer: TOKENS is %0d, legal: 1 to 4", TOKENS);
  end

  localparam int unsigned Entries = TOKENS * MAX_CHUNKS;
  localparam int unsigned Words   = BLOCK / ROWS;
  localparam int unsigned Subs    = BLOCK / H_BLOCK;
  localparam int unsigned EntryW  = Entries > 1 ? $clog2(Entries) : 1;
  localparam int unsigned WordW   = Words > 1 ? $clog2(Words) : 1;
  localparam int unsigned SubW    = Subs > 1 ? $clog2(Subs) : 1;
  localparam int unsigned ColW    = COLUMNS > 1 ? $clog2(COLUMNS) : 1;

  // Chunk k of context x at x*MAX_CHUNKS + k.
  logic [COLUMNS-1:0][Words-1:0][ROWS*8-1:0] x_mem   [Entries];
  logic [COLUMNS-1:0][7:0]                   exp_mem [Entries];
  logic [COLUMNS-1:0][15:0]                  sum_mem [Entries];

  logic              write;
  logic [EntryW-1:0] write_entry, l_entry, xr_entry;
  assign write       = bc_valid_i && bc_dest_i == DstX;
  assign write_entry = EntryW'(32'(bc_ctx_i) * MAX_CHUNKS + 32'(bc_blk_i));
  assign l_entry     = EntryW'(32'(l_ctx_i) * MAX_CHUNKS + 32'(l_chunk_i));
  assign xr_entry    = EntryW'(32'(xr_ctx_i) * MAX_CHUNKS + 32'(xr_chunk_i));

  always_ff @(posedge clk_i) begin
    if (write) begin
      // The entry as a whole: simulators queue assignments to its parts one by one.
      automatic logic [COLUMNS-1:0][Words-1:0][ROWS*8-1:0] entry = x_mem[write_entry];
      for (int unsigned c = 0; c < COLUMNS; c++) entry[c][WordW'(bc_word_i)] = bc_data_i[c];
      x_mem[write_entry] <= entry;
      exp_mem[write_entry] <= bc_exp_i;
      if (bc_last_i) sum_mem[write_entry] <= bc_sum_i;
    end
  end

  // ---- L side: the entry in the registers is read again only after it changed -------------------
  logic              held_q;
  logic [EntryW-1:0] held_entry_q;
  logic              load;
  assign load = l_en_i && !(held_q && held_entry_q == l_entry);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      held_q <= 1'b0;
    end else if (load) begin
      held_q <= !(write && write_entry == l_entry);
    end else if (write && write_entry == held_entry_q) begin
      held_q <= 1'b0;
    end
    if (load) begin
      held_entry_q <= l_entry;
      x_o          <= x_mem[l_entry];
      exp_o        <= exp_mem[l_entry];
      sum_o        <= sum_mem[l_entry];
    end
  end

  // ---- H side -----------------------------------------------------------------------------------
  always_ff @(posedge clk_i) begin
    if (xr_en_i) begin
      automatic logic [Subs-1:0][H_BLOCK*8-1:0] own = x_mem[xr_entry][ColW'(col_i)];
      xr_data_o <= own[SubW'(xr_sub_i)];
      xr_exp_o  <= exp_mem[xr_entry][ColW'(col_i)];
    end
  end

`ifndef SYNTHESIS
  a_column: assert property (@(posedge clk_i) disable iff (!rst_ni)
                             xr_en_i |-> 32'(col_i) < COLUMNS)
  else $error("x_buffer: column %0d, %0d exist", col_i, COLUMNS);
  a_write: assert property (@(posedge clk_i) disable iff (!rst_ni)
                            write |-> 32'(bc_blk_i) < MAX_CHUNKS && 32'(bc_word_i) < Words &&
                                      32'(bc_ctx_i) < TOKENS)
  else $error("x_buffer: word %0d of block %0d of context %0d, %0d blocks of %0d words exist",
              bc_word_i, bc_blk_i, bc_ctx_i, MAX_CHUNKS, Words);
  a_last: assert property (@(posedge clk_i) disable iff (!rst_ni)
                           write |-> bc_last_i == (32'(bc_word_i) == Words - 1))
  else $error("x_buffer: bc_last is %b with word %0d of %0d", bc_last_i, bc_word_i, Words);
  a_l_read: assert property (@(posedge clk_i) disable iff (!rst_ni)
                             l_en_i |-> 32'(l_chunk_i) < MAX_CHUNKS && 32'(l_ctx_i) < TOKENS)
  else $error("x_buffer: L side reads chunk %0d of context %0d, %0d of %0d exist", l_chunk_i, l_ctx_i,
              MAX_CHUNKS, TOKENS);
  a_h_read: assert property (@(posedge clk_i) disable iff (!rst_ni)
                             xr_en_i |-> 32'(xr_chunk_i) < MAX_CHUNKS && 32'(xr_sub_i) < Subs &&
                                         32'(xr_ctx_i) < TOKENS)
  else $error("x_buffer: H side reads sub-block %0d of chunk %0d of context %0d", xr_sub_i,
              xr_chunk_i, xr_ctx_i);
`endif

endmodule
`default_nettype wire
