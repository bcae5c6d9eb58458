// The accumulators keep what went in: one of them, chosen freely, is followed. Its context, bank and slot
// are read and added to alone; the other ones never touch it. A slot is read while others are written.
`default_nettype none
module f_accumulator
  import roma_pkg::ctx_t;
#(
  parameter int unsigned ACC_DEPTH = 2,
  parameter int unsigned TOKENS    = 2
) (
  input wire logic        clk_i,
  input wire logic        rst_ni,
  input wire logic        valid_i,
  input wire ctx_t        ctx_i,
  input wire logic        bank_i,
  input wire logic [11:0] slot_i,
  input wire logic        first_i,
  input wire logic [31:0] term_i,
  input wire logic        rd_en_i,
  input wire ctx_t        rd_ctx_i,
  input wire logic        rd_bank_i,
  input wire logic [11:0] rd_slot_i,
  input wire ctx_t        ctx_followed_i,
  input wire logic        bank_followed_i,
  input wire logic [11:0] slot_followed_i
);

  logic        value_valid_o, value_bank_o;
  ctx_t        value_ctx_o;
  logic [11:0] value_slot_o;
  logic [31:0] value_o, rd_data_o;

  accumulator #(.ACC_DEPTH(ACC_DEPTH), .TOKENS(TOKENS)) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  localparam int unsigned AW = $clog2(2 * TOKENS * ACC_DEPTH);

  logic          bank_q, known_q, seen_q, write, first_q, write_q;
  ctx_t          ctx_q;
  logic [11:0]   slot_q;
  logic [31:0]   value_q, seen_value_q, term_q;
  logic [AW-1:0] where;
  assign write = valid_i && ctx_i == ctx_q && bank_i == bank_q && slot_i == slot_q;
  assign where = AW'((32'(slot_q) * TOKENS + 32'(ctx_q)) * 2 + 32'(bank_q));

  always_ff @(posedge clk_i) begin
    if (!started_q) begin
      ctx_q  <= ctx_followed_i;
      bank_q <= bank_followed_i;
      slot_q <= slot_followed_i;
    end
    write_q <= rst_ni && write;
    first_q <= first_i;
    term_q  <= term_i;
    if (write) begin
      value_q <= dut.sum;
      known_q <= 1'b1;
    end
    if (rd_en_i) begin
      seen_q       <= known_q && rd_ctx_i == ctx_q && rd_bank_i == bank_q && rd_slot_i == slot_q;
      seen_value_q <= value_q;
    end
    if (!rst_ni) {known_q, seen_q} <= '0;
  end

  always_comb begin
    m_followed: assume (32'(started_q ? slot_q : slot_followed_i) < ACC_DEPTH
                        && 32'(started_q ? ctx_q : ctx_followed_i) < TOKENS);
    if (started_q) begin
      m_slots: assume ((!valid_i || (rst_ni && 32'(slot_i) < ACC_DEPTH && 32'(ctx_i) < TOKENS))
                       && (!rd_en_i || (rst_ni && 32'(rd_slot_i) < ACC_DEPTH && 32'(rd_ctx_i) < TOKENS)));
      m_finished: assume (!(valid_i && rd_en_i) || bank_i != rd_bank_i || slot_i != rd_slot_i
                          || ctx_i != rd_ctx_i);
      if (rst_ni) begin
        a_keeps: assert (!known_q || dut.acc_q[where] == value_q);
        a_reads: assert (!seen_q || rd_data_o == seen_value_q);
        a_first: assert (!(write_q && first_q) || value_q == term_q);
        a_shows: assert (!write_q || (value_valid_o && value_o == value_q && value_bank_o == bank_q
                                      && value_slot_o == slot_q && value_ctx_o == ctx_q));
        c_same_bank: cover (seen_q && valid_i && ctx_i == ctx_q && bank_i == bank_q && rd_en_i
                            && rd_ctx_i == ctx_q && rd_bank_i == bank_q);
        c_added: cover (seen_q && !first_q && write_q && value_q != seen_value_q);
      end
    end
  end

endmodule
`default_nettype wire
