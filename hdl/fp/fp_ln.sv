// ln |x| per lane: |x| = 2^n (1 + t) with t in [-1/4, 1/2); n ln 2 + t c(t), c(t) = ln(1 + t)/t by a
// 64-entry table with linear interpolation, so that the result is relatively exact around 1, too.
//
// Stages: table; step product and conversion of t and n; c and the product with ln 2; product t c; sum.
// The sign of x is not looked at. x = 0 gives the largest negative number.
// Interface: nobody waits; a result leaves with valid_o LN_LATENCY cycles after its operands
// (fp_pkg::LN_LATENCY), one per lane and cycle. Values are FP32 without subnormals.
// Legal: LANES >= 1. Golden twin: ln of golden/transcendental.py.
`default_nettype none
module fp_ln
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
    $fatal(1, "fp_ln: LANES is %0d, legal: 1 or more", LANES);
  end

  logic [LN_LATENCY-1:0] valid_q;  // bit s: stage s + 1 holds a value
  always_ff @(posedge clk_i) valid_q <= rst_ni ? {valid_q[LN_LATENCY-2:0], valid_i} : '0;
  assign valid_o = valid_q[LN_LATENCY-1];

  localparam fp32_t Ln2 = 32'h3f31_7218;

  logic [LANES-1:0]       zero1_q, zero2_q, zero3_q, zero4_q;
  logic [LANES-1:0]       upper_q;               // 1 + t is half the significand
  logic [LANES-1:0][7:0]  field_q;
  logic [LANES-1:0][22:0] fraction_q;
  logic [LANES-1:0][23:0] base1_q, base2_q;
  logic [LANES-1:0][16:0] fall_q, place_q, step_q;
  fp32_t [LANES-1:0]      t2_q, t3_q, n_q, c_q, whole3_q, whole4_q, part_q;

  always_ff @(posedge clk_i) begin
    if (valid_q[3]) begin
      for (int unsigned l = 0; l < LANES; l++) begin
        data_o[l] <= zero4_q[l] ? FP32_LOWEST : fp32_add(whole4_q[l], part_q[l]);
      end
    end
    if (valid_q[2]) begin
      zero4_q  <= zero3_q;
      whole4_q <= whole3_q;
      for (int unsigned l = 0; l < LANES; l++) part_q[l] <= fp32_mul(t3_q[l], c_q[l]);
    end
    if (valid_q[1]) begin
      zero3_q <= zero2_q;
      t3_q    <= t2_q;
      for (int unsigned l = 0; l < LANES; l++) begin
        c_q[l]      <= 32'h3f00_0000 + 32'(base2_q[l]) - 32'(step_q[l]);
        whole3_q[l] <= fp32_mul(n_q[l], Ln2);
      end
    end
    if (valid_q[0]) begin
      zero2_q <= zero1_q;
      base2_q <= base1_q;
      for (int unsigned l = 0; l < LANES; l++) begin
        step_q[l] <= 17'((34'(fall_q[l]) * 34'(place_q[l])) >> 17);
        t2_q[l]   <= upper_q[l] ? fp32_scale(fp32_from_int({9'h1ff, fraction_q[l]}), -11'sd24)
                                : fp32_scale(fp32_from_int({9'h000, fraction_q[l]}), -11'sd23);
        n_q[l]    <= fp32_from_int(32'(field_q[l]) + 32'(upper_q[l]) - 32'd127);
      end
    end
    if (valid_i) begin
      for (int unsigned l = 0; l < LANES; l++) begin
        zero1_q[l]    <= data_i[l][30:23] == '0;
        upper_q[l]    <= data_i[l][22];
        field_q[l]    <= data_i[l][30:23];
        fraction_q[l] <= data_i[l][22:0];
        base1_q[l]    <= LN_BASE[data_i[l][22:17]];
        fall_q[l]     <= LN_FALL[data_i[l][22:17]];
        place_q[l]    <= data_i[l][16:0];
      end
    end
  end

endmodule
`default_nettype wire
