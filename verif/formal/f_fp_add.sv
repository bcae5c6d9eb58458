// fp32_add against exact integer arithmetic, for all operands whose exponent fields differ by LEAST to
// MOST: the sum of the two as integers on the grid of the finer one, then one rounding.
//
// From a difference of 27 on (FAR) no wide integer is needed: |b| < 2^-26 |a's leading one|, less than a
// quarter of the last place of a even in the binade below it, so the nearest number is a itself.
// a is the operand with the larger exponent: that the order does not matter is f_fp_small's `add_order`.
`default_nettype none
module f_fp_add #(
  parameter int unsigned LEAST = 0,
  parameter int unsigned MOST  = 0,
  parameter bit          FAR   = 1'b0
) (
  input wire logic [31:0] a_i,
  input wire logic [31:0] b_i
);
  import fp_pkg::*;

  localparam int unsigned W = FAR ? 49 : 24 + MOST + 1;

  logic [31:0]  sum, rounded, expected;
  logic [7:0]   ea, eb, shift;
  logic [W-1:0] ma, mb, exact;
  logic         sign;
  assign sum   = fp32_add(a_i, b_i);
  assign ea    = a_i[30:23];
  assign eb    = b_i[30:23];
  assign shift = LEAST == MOST ? 8'(LEAST) : ea - eb;

  always_comb begin
    ma   = W'({1'b1, a_i[22:0]}) << shift;
    mb   = W'({1'b1, b_i[22:0]});
    sign = a_i[31];
    if (a_i[31] == b_i[31]) begin
      exact = ma + mb;
    end else if (ma >= mb) begin
      exact = ma - mb;
    end else begin
      exact = mb - ma;
      sign  = b_i[31];
    end
  end

  f_round #(.W(W)) u_round (
    .sign_i(sign), .exact_i(exact), .exponent_i(11'(eb) - 11'sd150), .rounded_o(rounded)
  );

  always_comb begin
    expected = exact == 0 ? 32'd0 : rounded;
    if (FAR) expected = a_i;
    m_difference: assume (32'(ea) >= 32'(eb) + LEAST && 32'(ea) <= 32'(eb) + MOST);
    m_numbers: assume (ea != 0 && eb != 0 && ea != 8'hff && eb != 8'hff);
    a_exact: assert (sum == expected);
    c_both_signs: cover (a_i[31] != b_i[31] && sum[30:0] != 0 && b_i[22:0] != 0);
  end

endmodule
`default_nettype wire
