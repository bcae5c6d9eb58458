// 1/x per lane: a 64-entry seed table on the mantissa and one Newton step in FP32.
//
// Stages: seed y of 1/m; m y; 2 - m y; y (2 - m y) with the exponent and sign of the result.
// 1/0 is the largest finite number with the sign of the zero.
// Interface: nobody waits; a result leaves with valid_o RECIP_LATENCY cycles after its operands
// (fp_pkg::RECIP_LATENCY), one per lane and cycle. Values are FP32 without subnormals.
// Legal: LANES >= 1. Golden twin: recip of golden/transcendental.py.
`default_nettype none
module fp_recip
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
    $fatal(1, "fp_recip: LANES is %0d, legal: 1 or more", LANES);
  end

  logic [RECIP_LATENCY-1:0] valid_q;  // bit s: stage s + 1 holds a value
  always_ff @(posedge clk_i) valid_q <= rst_ni ? {valid_q[RECIP_LATENCY-2:0], valid_i} : '0;
  assign valid_o = valid_q[RECIP_LATENCY-1];

  localparam fp32_t Two = 32'h4000_0000;

  logic [LANES-1:0]       sign1_q, sign2_q, sign3_q;
  logic [LANES-1:0][7:0]  exp1_q, exp2_q, exp3_q;
  fp32_t [LANES-1:0]      m_q, seed1_q, seed2_q, seed3_q, product_q, factor_q;

  always_ff @(posedge clk_i) begin
    if (valid_q[2]) begin
      for (int unsigned l = 0; l < LANES; l++) begin
        if (exp3_q[l] == '0) data_o[l] <= {sign3_q[l], FP32_MAX[30:0]};
        else data_o[l] <= fp32_scale({sign3_q[l], 31'b0} ^ fp32_mul(seed3_q[l], factor_q[l]),
                                     11'sd127 - 11'({1'b0, exp3_q[l]}));
      end
    end
    if (valid_q[1]) begin
      sign3_q <= sign2_q;
      exp3_q  <= exp2_q;
      seed3_q <= seed2_q;
      for (int unsigned l = 0; l < LANES; l++) factor_q[l] <= fp32_sub(Two, product_q[l]);
    end
    if (valid_q[0]) begin
      sign2_q <= sign1_q;
      exp2_q  <= exp1_q;
      seed2_q <= seed1_q;
      for (int unsigned l = 0; l < LANES; l++) product_q[l] <= fp32_mul(m_q[l], seed1_q[l]);
    end
    if (valid_i) begin
      for (int unsigned l = 0; l < LANES; l++) begin
        sign1_q[l] <= data_i[l][31];
        exp1_q[l]  <= data_i[l][30:23];
        m_q[l]     <= {9'h07f, data_i[l][22:0]};
        seed1_q[l] <= {9'h07e, RECIP_SEED[data_i[l][22:17]], 11'b0};
      end
    end
  end

endmodule
`default_nettype wire
