// The conversions and comparisons of fp_pkg against their definitions, for all 2^32 operands (pairs).
//
// Each reference is the definition in plain integers, written without a look at the RTL.
`default_nettype none
module f_fp_small (
  input wire logic [31:0]        a_i,
  input wire logic [31:0]        b_i,
  input wire logic signed [31:0] i_i,
  input wire logic signed [10:0] n_i,
  input wire logic [7:0]         e_i
);
  import fp_pkg::*;

  // ---- Integer to FP32: the integer itself, rounded once -------------------------------------------
  logic [31:0] magnitude, int_rounded;
  assign magnitude = i_i < 0 ? -i_i : i_i;
  f_round #(.W(32)) u_int (
    .sign_i(i_i < 0), .exact_i(magnitude), .exponent_i(11'sd0), .rounded_o(int_rounded)
  );

  // ---- FP16 to FP32: the significand as an integer on the grid 2^-24 ---------------------------------
  logic [15:0] half;
  logic [42:0] half_exact;  // the finest to the coarsest FP16 number, exponent field 31 an ordinary one
  logic [31:0] half_rounded;
  assign half       = a_i[15:0];
  assign half_exact = half[14:10] == 0 ? 43'(half[9:0])
                                       : 43'({1'b1, half[9:0]}) << (half[14:10] - 5'd1);
  f_round #(.W(43)) u_half (
    .sign_i(half[15]), .exact_i(half_exact), .exponent_i(-11'sd24), .rounded_o(half_rounded)
  );

  // ---- BF16: the candidates below and above, the nearer one, the even one in a tie -------------------
  logic [15:0] below, bf16;
  logic [16:0] rest;
  logic [15:0] bf16_expected;
  assign bf16  = bf16_round(a_i);
  assign below = {a_i[31:16]};
  assign rest  = {1'b0, a_i[15:0]};
  always_comb begin
    bf16_expected = below;
    if (rest > 17'h8000 || (rest == 17'h8000 && below[0])) bf16_expected = below + 16'd1;
    if (bf16_expected[14:7] == 8'hff) bf16_expected = {a_i[31], 15'h7f7f};
    if (a_i[30:23] == 0) bf16_expected = {a_i[31], 15'd0};
  end

  // ---- MXINT8 mantissa: x * 2^(6 - (e - 127)) as a quotient of integers ------------------------------
  // The significand has 23 bits of fraction: the mantissa is significand * 64 / 2^(23 + d), d = e - ex.
  logic [31:0]       scaled, whole, remainder, divisor;
  logic signed [8:0] mantissa_expected;
  logic [7:0]        d;
  assign d       = e_i - a_i[30:23];
  assign divisor = 32'd1 << (8'd17 + d);  // up to 2^25: everything beyond d = 8 is less than a half
  always_comb begin
    scaled    = {8'd0, 1'b1, a_i[22:0]};
    whole     = scaled >> (8'd17 + d);
    remainder = scaled - (whole << (8'd17 + d));
    if (remainder * 2 > divisor || (remainder * 2 == divisor && whole[0])) whole = whole + 1;
    if (d > 8'd8) whole = 0;
    if (whole > 127 || a_i[30:23] > e_i) whole = 127;
    if (a_i[30:23] == 0) whole = 0;
    mantissa_expected = a_i[31] ? -9'(whole) : 9'(whole);
  end

  // ---- Order: numbers as signed integers of 32 bits, all zeros alike ---------------------------------
  function automatic logic signed [32:0] rank(logic [31:0] x);
    if (x[30:23] == 0) return 33'sd0;
    return x[31] ? -33'({2'b0, x[30:0]}) : 33'({2'b0, x[30:0]});
  endfunction
  function automatic logic [31:0] flushed(logic [31:0] x);
    return x[30:23] == 0 ? {x[31], 31'd0} : x;
  endfunction

  // ---- Power of two ----------------------------------------------------------------------------------
  logic [31:0]  scaled_expected;
  logic signed [12:0] e_new;
  assign e_new = 13'({1'b0, a_i[30:23]}) + 13'(n_i);
  always_comb begin
    scaled_expected = {a_i[31], e_new[7:0], a_i[22:0]};
    if (e_new > 13'sd254) scaled_expected = {a_i[31], 31'h7f7f_ffff};
    if (e_new < 13'sd1 || a_i[30:23] == 0) scaled_expected = {a_i[31], 31'd0};
  end

  logic numbers;
  assign numbers = a_i[30:23] != 8'hff && b_i[30:23] != 8'hff;

  always_comb begin
    a_from_int: assert (fp32_from_int(i_i) == (i_i == 0 ? 32'd0 : int_rounded));
    a_from_half: assert (fp16_to_fp32(half) == (half_exact == 0 ? {half[15], 31'd0} : half_rounded));
    a_bf16_round: assert (a_i[30:23] == 8'hff || bf16 == bf16_expected);
    a_bf16_exact: assert (a_i[15:0] != 0 || a_i[30:23] == 8'hff || bf16_to_fp32(bf16) == flushed(a_i));
    a_mantissa: assert (a_i[30:23] == 8'hff || 9'(mx_mantissa(a_i, e_i)) == mantissa_expected);
    a_greater: assert (!numbers || fp32_gt(a_i, b_i) == (rank(a_i) > rank(b_i)));
    a_maximum: assert (!numbers || fp32_max(a_i, b_i) == flushed(rank(b_i) > rank(a_i) ? b_i : a_i));
    a_scale: assert (a_i[30:23] == 8'hff || fp32_scale(a_i, n_i) == scaled_expected);
    a_add_order: assert (!numbers || fp32_add(a_i, b_i) == fp32_add(b_i, a_i));
    a_add_zero: assert (!numbers || b_i[30:23] != 0 || a_i[30:23] == 0 || fp32_add(a_i, b_i) == a_i);
    a_add_zeros: assert (!(a_i[30:23] == 0 && b_i[30:23] == 0)
                         || fp32_add(a_i, b_i) == {a_i[31] & b_i[31], 31'd0});
    a_sub: assert (!numbers || fp32_sub(a_i, b_i) == fp32_add(a_i, {~b_i[31], b_i[30:0]}));
    c_tie: cover (a_i[15:0] == 16'h8000 && bf16 != below && a_i[30:23] != 0);
    c_clipped: cover (mx_mantissa(a_i, e_i) == 8'sd127 && a_i[30:23] == e_i);
  end

endmodule
`default_nettype wire
