// The operand buffer hands out what was written last: one byte of one block of one context, chosen freely,
// is followed. Other blocks are written while it is read.
`default_nettype none
module f_h_block_buffer
  import roma_pkg::ctx_t;
#(
  parameter int unsigned COLS   = 2,
  parameter int unsigned READS  = 2,
  parameter int unsigned TOKENS = 2
) (
  input wire logic                     clk_i,
  input wire logic                     rst_ni,
  input wire logic                     we_i,
  input wire ctx_t                     ctx_i,
  input wire logic [11:0]              blk_i,
  input wire logic [11:0]              word_i,
  input wire logic [COLS-1:0][1:0][7:0] data_i,
  input wire logic [COLS-1:0][7:0]     exp_i,
  input wire logic                     re_i,
  input wire ctx_t                     rctx_i,
  input wire logic [11:0]              rblk_i,
  input wire ctx_t                     context_i,
  input wire logic [7:0]               column_i,
  input wire logic [11:0]              block_i,
  input wire logic [1:0]               byte_i
);

  localparam int unsigned BLOCKS = 2, STRIDE = COLS * BLOCKS / READS;

  logic [READS-1:0][39:0] words_o;

  h_block_buffer #(
    .COLS(COLS), .BLOCKS(BLOCKS), .READS(READS), .ROWS(2), .H_BLOCK(4), .TOKENS(TOKENS)
  ) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  logic [7:0]  column_q, data_q, exp_q, seen_data_q, seen_exp_q;
  logic [11:0] block_q;
  logic [1:0]  byte_q;
  logic        known_q, seen_q;
  ctx_t        context_q;
  logic [11:0] index, read;   // the followed block in its context's vector; which read shows it
  logic        mine, meets;   // it is read; it would be read while a block that is read is written
  logic [$clog2(TOKENS*COLS*BLOCKS)-1:0] entry;
  assign index = 12'(32'(column_q) * BLOCKS) + block_q;
  assign read  = 12'(32'(index) / STRIDE);
  assign mine  = rctx_i == context_q && 32'(rblk_i) == 32'(index) % STRIDE;
  assign entry = $bits(entry)'(32'(context_q) * COLS * BLOCKS + 32'(index));

  always_comb begin
    meets = 1'b0;
    for (int unsigned a = 0; a < COLS; a++) begin
      for (int unsigned j = 0; j < READS; j++) begin
        meets = meets || (ctx_i == rctx_i && a * BLOCKS + 32'(blk_i) == j * STRIDE + 32'(rblk_i));
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!started_q) begin
      context_q <= context_i;
      column_q <= column_i;
      block_q  <= block_i;
      byte_q   <= byte_i;
    end
    if (we_i && ctx_i == context_q && blk_i == block_q) begin
      exp_q <= exp_i[column_q];
      if (word_i == 12'(byte_q[1])) begin
        data_q  <= data_i[column_q][byte_q[0]];
        known_q <= 1'b1;
      end
    end
    if (re_i) begin
      seen_q      <= known_q && mine;
      seen_data_q <= data_q;
      seen_exp_q  <= exp_q;
    end
    if (!rst_ni) {known_q, seen_q} <= '0;
  end

  always_comb begin
    m_followed: assume (32'(started_q ? column_q : column_i) < COLS
                        && 32'(started_q ? block_q : block_i) < BLOCKS
                        && 32'(started_q ? context_q : context_i) < TOKENS);
    if (started_q) begin
      m_write: assume (!we_i || (rst_ni && 32'(blk_i) < BLOCKS && word_i < 2 && 32'(ctx_i) < TOKENS));
      m_read: assume (!re_i || (rst_ni && 32'(rblk_i) < STRIDE && 32'(rctx_i) < TOKENS && !(we_i && meets)));
      if (rst_ni) begin
        a_keeps: assert (!known_q || (dut.mantissa_q[entry][byte_q[1]][8*byte_q[0]+:8] == data_q
                                      && dut.exp_q[entry] == exp_q));
        a_reads: assert (!seen_q || (words_o[read][8*byte_q+:8] == seen_data_q
                                     && words_o[read][39:32] == seen_exp_q));
        c_beside: cover (seen_q && we_i && re_i && mine);
        c_rewritten: cover (seen_q && known_q && data_q != seen_data_q);
      end
    end
  end

endmodule
`default_nettype wire
