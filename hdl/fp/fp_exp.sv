// e^x per lane: 2^(x log2 e), the fraction by a 64-entry table with linear interpolation.
//
// Stages: product with log2(e); fixed point with 20 fractional bits; table; step product; sum.
// x < -87 gives +0, x log2(e) >= 128 the largest finite number.
// Interface: nobody waits; a result leaves with valid_o EXP_LATENCY cycles after its operands
// (fp_pkg::EXP_LATENCY), one per lane and cycle. Values are FP32 without subnormals.
// Legal: LANES >= 1. Golden twin: exp of golden/transcendental.py.
`default_nettype none
module fp_exp
  import fp_pkg::*;
  import fp_tables_pkg::*;
#(
  parameter int unsigned LANES = 1
) (
  input  wire                     clk_i,
  input  wire                     rst_ni,
  input  wire                     valid_i,
  input  wire  [LANES-1:0][31:0]  data_i,
  output logic                    valid_o,
  output logic [LANES-1:0][31:0]  data_o
);

  if (LANES < 1) begin : gen_bad_lanes
    $fatal(1, "fp_exp: LANES is %0d, legal: 1 or more", LANES);
  end

  logic [EXP_LATENCY-1:0] valid_q;  // bit s: stage s + 1 holds a value
  always_ff @(posedge clk_i) valid_q <= rst_ni ? {valid_q[EXP_LATENCY-2:0], valid_i} : '0;
  assign valid_o = valid_q[EXP_LATENCY-1];

  localparam fp32_t Log2E  = 32'h3fb8_aa3b;  // log2(e)
  localparam fp32_t Lowest = 32'hc2ae_0000;  // -87

  logic [LANES-1:0]       zero1_q, zero2_q, zero3_q, zero4_q;
  logic [LANES-1:0]       over2_q, over3_q, over4_q;
  fp32_t [LANES-1:0]      t_q;
  logic [LANES-1:0][27:0] fixed_q;
  logic [LANES-1:0][7:0]  n3_q, n4_q;  // exponent field
  logic [LANES-1:0][22:0] base3_q, base4_q;
  logic [LANES-1:0][17:0] delta_q, step_q;
  logic [LANES-1:0][13:0] place_q;

  always_ff @(posedge clk_i) begin
    if (valid_q[3]) begin
      for (int unsigned l = 0; l < LANES; l++) begin
        if (zero4_q[l]) data_o[l] <= FP32_ZERO;
        else if (over4_q[l]) data_o[l] <= FP32_MAX;
        else data_o[l] <= {1'b0, n4_q[l], base4_q[l] + 23'(step_q[l])};
      end
    end
    if (valid_q[2]) begin
      zero4_q <= zero3_q;
      over4_q <= over3_q;
      n4_q    <= n3_q;
      base4_q <= base3_q;
      for (int unsigned l = 0; l < LANES; l++) begin
        step_q[l] <= 18'((32'(delta_q[l]) * 32'(place_q[l])) >> 14);
      end
    end
    if (valid_q[1]) begin
      zero3_q <= zero2_q;
      over3_q <= over2_q;
      for (int unsigned l = 0; l < LANES; l++) begin
        n3_q[l]    <= fixed_q[l][27:20] + 8'd127;
        base3_q[l] <= EXP_BASE[fixed_q[l][19:14]];
        delta_q[l] <= EXP_DELTA[fixed_q[l][19:14]];
        place_q[l] <= fixed_q[l][13:0];
      end
    end
    if (valid_q[0]) begin
      zero2_q <= zero1_q;
      for (int unsigned l = 0; l < LANES; l++) begin
        // Signed fixed point with 20 fractional bits, truncated towards 0, of |t| < 128.
        automatic logic [26:0] mag = '0;
        if (t_q[l][30:23] >= 8'd106) begin
          mag = {1'b1, t_q[l][22:0], 3'b0} >> (8'd133 - t_q[l][30:23]);
        end
        fixed_q[l] <= t_q[l][31] ? -28'(mag) : 28'(mag);
        over2_q[l] <= !t_q[l][31] && t_q[l][30:23] >= 8'd134;
      end
    end
    if (valid_i) begin
      for (int unsigned l = 0; l < LANES; l++) begin
        t_q[l]     <= fp32_mul(data_i[l], Log2E);
        zero1_q[l] <= fp32_gt(Lowest, data_i[l]);
      end
    end
  end

endmodule
`default_nettype wire
