// Reference of the format's rounding, written from its definition: exact_i * 2^exponent_i, not 0, is
// rounded to nearest even on the grid of binary32 (24 bits, never finer than 2^-149); what is then
// below 2^-126 becomes 0 with its sign, what is 2^128 or more the largest finite number.
`default_nettype none
module f_round #(
  parameter int unsigned W = 48
) (
  input wire logic               sign_i,
  input wire logic [W-1:0]       exact_i,
  input wire logic signed [10:0] exponent_i,
  output logic [31:0]            rounded_o
);

  localparam int unsigned WIDE = W + 25;

  logic signed [11:0] top, grid, drop;  // exponents of the leading one and of the last bit kept
  logic [WIDE-1:0]    exact, kept, lost, half;
  logic               up;

  always_comb begin
    top = 12'(exponent_i);
    for (int unsigned i = 0; i < W; i++) begin
      if (exact_i[i]) top = 12'(exponent_i) + 12'(i);
    end
    grid = top - 12'sd23;
    if (grid < -12'sd149) grid = -12'sd149;
    // 25 zeros below the integer: the grid is at most 23 bits finer than it, so drop is positive.
    exact = {exact_i, 25'd0};
    drop  = grid - 12'(exponent_i) + 12'sd25;
    if (drop > 12'(WIDE)) drop = 12'(WIDE);
    kept  = exact >> drop;
    half  = WIDE'(1) << (drop - 12'sd1);
    lost  = exact - (kept << drop);
    up    = lost > half || (lost == half && kept[0]);
    kept  = kept + WIDE'(up);
    if (kept[24]) begin
      kept = kept >> 1;
      grid = grid + 12'sd1;
    end
    rounded_o = {sign_i, 31'd0};
    if (kept[23]) begin
      rounded_o = {sign_i, 8'(grid + 12'sd150), kept[22:0]};
      if (grid + 12'sd23 > 12'sd127) rounded_o = {sign_i, 31'h7f7f_ffff};
    end
  end
endmodule
`default_nettype wire
