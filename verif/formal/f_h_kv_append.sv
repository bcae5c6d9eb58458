// KV append: every block that arrives is written once, whole, word after word, and none is lost.
`default_nettype none
module f_h_kv_append #(
  parameter int unsigned CPK     = 2,
  parameter int unsigned H_BLOCK = 4,
  parameter int unsigned BLOCKS  = 2
) (
  input wire logic                     clk_i,
  input wire logic                     rst_ni,
  input wire logic                     valid_i,
  input wire logic [11:0]              blk_i,
  input wire logic [11:0]              word_i,
  input wire logic                     last_i,
  input wire logic [31:0]              addr_i,
  input wire logic [CPK-1:0][1:0][7:0] data_i,
  input wire logic [CPK-1:0][7:0]      exp_i,
  input wire logic [1:0]               column_i,
  input wire logic [3:0]               byte_i
);

  localparam int unsigned BEATS = H_BLOCK / 2;

  logic                 we_o;
  logic [31:0]          addr_o;
  logic [H_BLOCK*8+7:0] wdata_o;

  h_kv_append #(
    .CPK(CPK), .ROWS(2), .H_BLOCK(H_BLOCK), .HEAD_DIM(CPK * H_BLOCK * BLOCKS)
  ) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  logic [1:0]  column_q;            // the byte that is followed
  logic [3:0]  byte_q;
  logic [3:0]  beat_q;              // next word of the block that arrives
  logic [2:0]  left_q;              // words of the last whole block that are not yet written
  logic [7:0]  collect_q, data_q, exp_q;
  logic [31:0] base_q;
  logic        whole;
  logic [7:0]  arriving;
  assign whole    = valid_i && last_i;
  assign arriving = 32'(byte_q) / 2 == BEATS - 1 ? data_i[column_q][byte_q[0]] : collect_q;

  always_ff @(posedge clk_i) begin
    if (!started_q) begin
      column_q <= column_i;
      byte_q   <= byte_i;
    end
    if (valid_i && 32'(word_i) == 32'(byte_q) / 2) collect_q <= data_i[column_q][byte_q[0]];
    if (whole) begin
      data_q <= arriving;
      exp_q  <= exp_i[column_q];
      base_q <= addr_i + 32'(blk_i);
    end
    if (!rst_ni) begin
      beat_q <= '0;
      left_q <= '0;
    end else begin
      if (valid_i) beat_q <= last_i ? '0 : beat_q + 4'd1;
      if (whole) left_q <= 3'(CPK);
      else if (left_q != 0) left_q <= left_q - 3'd1;
    end
  end

  logic [2:0] column;  // whose word is on the port
  logic       mine;
  assign column = 3'(CPK) - left_q;
  assign mine   = we_o && column == 3'(column_q);

  always_comb begin
    m_followed: assume (32'(started_q ? column_q : column_i) < CPK
                        && 32'(started_q ? byte_q : byte_i) < H_BLOCK);
    if (started_q && rst_ni) begin
      m_words: assume (!valid_i || (word_i == 12'(beat_q) && last_i == (32'(beat_q) == BEATS - 1)
                                    && 32'(blk_i) < BLOCKS));
      a_writes: assert (we_o == (left_q != 0));
      a_no_overflow: assert (!(whole && (dut.queue_valid_q >> 1) != 0));
      a_address: assert (!we_o || addr_o == base_q + 32'(column) * BLOCKS);
      a_collects: assert (32'(beat_q) < BEATS && (32'(beat_q) <= 32'(byte_q) / 2
          || dut.collect_q[column_q][byte_q/2][8*byte_q[0]+:8] == collect_q));
      a_queued: assert (!(left_q != 0 && 3'(column_q) >= column)
          || (dut.queue_q[3'(column_q)-column][8*byte_q+:8] == data_q
              && dut.queue_q[3'(column_q)-column][H_BLOCK*8+:8] == exp_q));
      a_content: assert (!mine || (wdata_o[8*byte_q+:8] == data_q && wdata_o[H_BLOCK*8+:8] == exp_q));
      c_back_to_back: cover (whole && left_q == 1);
      c_last_column: cover (mine && 32'(column_q) == CPK - 1 && data_q != 0);
    end
  end

endmodule
`default_nettype wire
