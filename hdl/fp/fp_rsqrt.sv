// 1/sqrt(x) per lane: a 64-entry seed table on the mantissa and one Newton step in FP32.
//
// |x| = m 4^j, 1 <= m < 4. Stages: seed y; y y; (m/2) y y; 1.5 - that; y times that, times 2^-j.
// The sign of x is not looked at; 1/sqrt(0) is the largest finite number.
// Interface: nobody waits; a result leaves with valid_o RSQRT_LATENCY cycles after its operands
// (fp_pkg::RSQRT_LATENCY), one per lane and cycle. Values are FP32 without subnormals.
// Legal: LANES >= 1. Golden twin: rsqrt of golden/transcendental.py.
`default_nettype none
module fp_rsqrt
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
    $fatal(1, "fp_rsqrt: LANES is %0d, legal: 1 or more", LANES);
  end

  logic [RSQRT_LATENCY-1:0] valid_q;  // bit s: stage s + 1 holds a value
  always_ff @(posedge clk_i) valid_q <= rst_ni ? {valid_q[RSQRT_LATENCY-2:0], valid_i} : '0;
  assign valid_o = valid_q[RSQRT_LATENCY-1];

  localparam fp32_t OneAndHalf = 32'h3fc0_0000;

  logic [LANES-1:0][7:0] exp1_q, exp2_q, exp3_q, exp4_q;
  fp32_t [LANES-1:0]     half1_q, half2_q;  // m / 2
  fp32_t [LANES-1:0]     seed1_q, seed2_q, seed3_q, seed4_q, square_q, product_q, factor_q;

  // -j of an exponent field: (127 - e) / 2 rounded up, as the mantissa takes the odd power.
  function automatic logic signed [10:0] half_exponent(logic [7:0] e);
    return (11'sd128 - signed'({3'b0, e})) >>> 1;
  endfunction

  always_ff @(posedge clk_i) begin
    if (valid_q[3]) begin
      for (int unsigned l = 0; l < LANES; l++) begin
        if (exp4_q[l] == '0) data_o[l] <= FP32_MAX;
        else data_o[l] <= fp32_scale(fp32_mul(seed4_q[l], factor_q[l]), half_exponent(exp4_q[l]));
      end
    end
    if (valid_q[2]) begin
      exp4_q  <= exp3_q;
      seed4_q <= seed3_q;
      for (int unsigned l = 0; l < LANES; l++) factor_q[l] <= fp32_sub(OneAndHalf, product_q[l]);
    end
    if (valid_q[1]) begin
      exp3_q  <= exp2_q;
      seed3_q <= seed2_q;
      for (int unsigned l = 0; l < LANES; l++) product_q[l] <= fp32_mul(half2_q[l], square_q[l]);
    end
    if (valid_q[0]) begin
      exp2_q  <= exp1_q;
      half2_q <= half1_q;
      seed2_q <= seed1_q;
      for (int unsigned l = 0; l < LANES; l++) square_q[l] <= fp32_mul(seed1_q[l], seed1_q[l]);
    end
    if (valid_i) begin
      for (int unsigned l = 0; l < LANES; l++) begin
        exp1_q[l]  <= data_i[l][30:23];
        half1_q[l] <= {1'b0, data_i[l][23] ? 8'd126 : 8'd127, data_i[l][22:0]};
        seed1_q[l] <= {9'h07e, RSQRT_SEED[{!data_i[l][23], data_i[l][22:18]}], 11'b0};
      end
    end
  end

endmodule
`default_nettype wire
