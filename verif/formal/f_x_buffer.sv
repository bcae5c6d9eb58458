// The input buffer keeps what the broadcast wrote and never shows an old chunk, nor another context's: one
// byte, one exponent and one sum of one chunk of one context, chosen freely, are followed.
`default_nettype none
module f_x_buffer
  import roma_pkg::*;
#(
  parameter int unsigned MAX_CHUNKS = 2,
  parameter int unsigned TOKENS     = 2
) (
  input wire logic                 clk_i,
  input wire logic                 rst_ni,
  input wire logic                 bc_valid_i,
  input wire dest_e                bc_dest_i,
  input wire ctx_t                 bc_ctx_i,
  input wire logic [11:0]          bc_blk_i,
  input wire logic [11:0]          bc_word_i,
  input wire logic                 bc_last_i,
  input wire logic [1:0][1:0][7:0] bc_data_i,
  input wire logic [1:0][7:0]      bc_exp_i,
  input wire logic [1:0][15:0]     bc_sum_i,
  input wire logic                 l_en_i,
  input wire ctx_t                 l_ctx_i,
  input wire logic [11:0]          l_chunk_i,
  input wire logic                 xr_en_i,
  input wire ctx_t                 xr_ctx_i,
  input wire logic [11:0]          xr_chunk_i,
  input wire logic [7:0]           xr_sub_i,
  input wire ctx_t                 ctx_i,
  input wire logic [11:0]          chunk_i,
  input wire logic                 column_i,
  input wire logic [2:0]           byte_i
);

  logic [1:0][7:0][7:0] x_o;
  logic [1:0][7:0]      exp_o;
  logic [1:0][15:0]     sum_o;
  logic [3:0][7:0]      xr_data_o;
  logic [7:0]           xr_exp_o, col_i;

  x_buffer #(
    .COLUMNS(2), .ROWS(2), .BLOCK(8), .H_BLOCK(4), .MAX_CHUNKS(MAX_CHUNKS), .TOKENS(TOKENS)
  ) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  localparam int unsigned EW = MAX_CHUNKS * TOKENS > 1 ? $clog2(MAX_CHUNKS * TOKENS) : 1;

  logic [11:0] chunk_q;   // what is followed
  ctx_t        ctx_q;
  logic        column_q;
  logic [2:0]  byte_q;
  logic        write, known_q, summed_q, exp_known_q;
  logic [7:0]  data_q, exp_q, l_data_q, l_exp_q, h_data_q, h_exp_q;
  logic [15:0] sum_q, l_sum_q;
  logic        l_known_q, l_summed_q, h_known_q;
  assign col_i = 8'(column_q);
  logic        l_mine, xr_mine;
  logic [EW-1:0] entry;
  assign write   = bc_valid_i && bc_dest_i == DstX && bc_ctx_i == ctx_q && bc_blk_i == chunk_q;
  assign l_mine  = l_ctx_i == ctx_q && l_chunk_i == chunk_q;
  assign xr_mine = xr_ctx_i == ctx_q && xr_chunk_i == chunk_q;
  assign entry   = EW'(32'(ctx_q) * MAX_CHUNKS + 32'(chunk_q));

  always_ff @(posedge clk_i) begin
    if (!started_q) begin
      ctx_q    <= ctx_i;
      chunk_q  <= chunk_i;
      column_q <= column_i;
      byte_q   <= byte_i;
    end
    if (write && bc_word_i == 12'(byte_q[2:1])) begin
      data_q  <= bc_data_i[column_q][byte_q[0]];
      known_q <= 1'b1;
    end
    if (write) begin
      exp_q       <= bc_exp_i[column_q];
      exp_known_q <= 1'b1;
    end
    if (write && bc_last_i) begin
      sum_q    <= bc_sum_i[column_q];
      summed_q <= 1'b1;
    end
    if (l_en_i) begin
      l_known_q  <= l_mine && known_q && exp_known_q;
      l_summed_q <= l_mine && summed_q;
      l_data_q   <= data_q;
      l_exp_q    <= exp_q;
      l_sum_q    <= sum_q;
    end
    if (xr_en_i) begin
      h_known_q <= xr_mine && xr_sub_i == 8'(byte_q[2]) && known_q && exp_known_q;
      h_data_q  <= data_q;
      h_exp_q   <= exp_q;
    end
    if (!rst_ni) {known_q, exp_known_q, summed_q, l_known_q, l_summed_q, h_known_q} <= '0;
  end

  always_comb begin
    m_chunk: assume (32'(started_q ? chunk_q : chunk_i) < MAX_CHUNKS
                     && 32'(started_q ? ctx_q : ctx_i) < TOKENS);
    if (started_q) begin
      m_write: assume (!(bc_valid_i && bc_dest_i == DstX) || (rst_ni && 32'(bc_blk_i) < MAX_CHUNKS
                       && 32'(bc_ctx_i) < TOKENS && bc_word_i < 4 && bc_last_i == (bc_word_i == 3)));
      m_reads: assume (rst_ni || (!l_en_i && !xr_en_i));
      m_chunks: assume ((!l_en_i || (32'(l_chunk_i) < MAX_CHUNKS && 32'(l_ctx_i) < TOKENS))
                        && (!xr_en_i || (32'(xr_chunk_i) < MAX_CHUNKS && 32'(xr_ctx_i) < TOKENS
                                         && xr_sub_i < 2)));
      if (rst_ni) begin
        a_keeps: assert (!known_q || dut.x_mem[entry][column_q][byte_q[2:1]][8*byte_q[0]+:8] == data_q);
        a_keeps_tags: assert ((!exp_known_q || dut.exp_mem[entry][column_q] == exp_q)
                              && (!summed_q || dut.sum_mem[entry][column_q] == sum_q));
        a_held: assert (!(dut.held_q && dut.held_entry_q == entry) ||
                        ((!known_q || x_o[column_q][byte_q] == data_q)
                         && (!exp_known_q || exp_o[column_q] == exp_q)
                         && (!summed_q || sum_o[column_q] == sum_q)));
        a_l_side: assert (!l_known_q || (x_o[column_q][byte_q] == l_data_q && exp_o[column_q] == l_exp_q));
        a_l_sum: assert (!l_summed_q || sum_o[column_q] == l_sum_q);
        a_h_side: assert (!h_known_q || (xr_data_o[byte_q[1:0]] == h_data_q && xr_exp_o == h_exp_q));
        c_rewritten: cover (l_known_q && h_known_q && l_summed_q && l_data_q != data_q);
        c_still: cover (l_en_i && l_mine && l_known_q && !dut.load);
      end
    end
  end

endmodule
`default_nettype wire
