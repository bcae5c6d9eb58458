// fp32_mul against exact integer arithmetic, for all operands: the 48-bit product, then one rounding.
`default_nettype none
module f_fp_mul (
  input wire logic [31:0] a_i,
  input wire logic [31:0] b_i
);
  import fp_pkg::*;

  logic [31:0] product, expected;
  logic [47:0] exact;
  logic        sign, zero;
  assign product = fp32_mul(a_i, b_i);
  assign exact   = 48'({1'b1, a_i[22:0]}) * 48'({1'b1, b_i[22:0]});
  assign sign    = a_i[31] ^ b_i[31];
  assign zero    = a_i[30:23] == 0 || b_i[30:23] == 0;

  f_round #(.W(48)) u_round (
    .sign_i(sign), .exact_i(exact),
    .exponent_i(11'(a_i[30:23]) + 11'(b_i[30:23]) - 11'sd300), .rounded_o(expected)
  );

  always_comb begin
    m_numbers: assume (a_i[30:23] != 8'hff && b_i[30:23] != 8'hff);
    a_exact: assert (product == (zero ? {sign, 31'd0} : expected));
    c_normal: cover (product[30:23] > 100 && product[30:23] < 150 && product[22:0] != 0);
    c_flushed: cover (!zero && product[30:0] == 0);
    c_saturated: cover (product == 32'h7f7f_ffff);
    c_least: cover (product == 32'h0080_0000 && exact[45:0] != 0);
  end

endmodule
`default_nettype wire
