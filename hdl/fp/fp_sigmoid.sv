// 1 / (1 + e^-x) per lane: a 64-entry table over |x| with linear interpolation.
//
// Intervals of 1/8 up to 4, 1/4 up to 8, 1/2 up to 16; 1 beyond; 1 - s for negative x.
// Stages: fixed point with 17 fractional bits; table; step product; sum; conversion to FP32.
// Interface: nobody waits; a result leaves with valid_o SIGMOID_LATENCY cycles after its operands
// (fp_pkg::SIGMOID_LATENCY), one per lane and cycle. Values are FP32 without subnormals.
// Legal: LANES >= 1. Golden twin: sigmoid of golden/transcendental.py.
`default_nettype none
module fp_sigmoid
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
    $fatal(1, "fp_sigmoid: LANES is %0d, legal: 1 or more", LANES);
  end

  logic [SIGMOID_LATENCY-1:0] valid_q;  // bit s: stage s + 1 holds a value
  always_ff @(posedge clk_i) valid_q <= rst_ni ? {valid_q[SIGMOID_LATENCY-2:0], valid_i} : '0;
  assign valid_o = valid_q[SIGMOID_LATENCY-1];

  localparam logic [22:0] One = 23'h40_0000;  // 1 with 22 fractional bits

  // |x| with 17 fractional bits, truncated, for |x| < 16.
  function automatic logic [20:0] to_fixed(logic [30:0] x);
    return x[30:23] < 8'd110 ? '0 : 21'({1'b1, x[22:0]} >> (8'd133 - x[30:23]));
  endfunction

  // {interval, place inside it}
  function automatic logic [19:0] interval(logic [20:0] x);
    if (x[20]) return {2'b11, x[19:2]};
    if (x[19]) return {2'b10, x[18:1]};
    return {1'b0, x[18:0]};
  endfunction

  logic [LANES-1:0]       neg1_q, neg2_q, neg3_q;
  logic [LANES-1:0]       over1_q, over2_q, over3_q;
  logic [LANES-1:0][19:0] where_q;
  logic [LANES-1:0][21:0] base2_q, base3_q;
  logic [LANES-1:0][16:0] delta_q, step_q;
  logic [LANES-1:0][13:0] place_q;
  logic [LANES-1:0][22:0] sum_q;

  always_ff @(posedge clk_i) begin
    if (valid_q[3]) begin
      for (int unsigned l = 0; l < LANES; l++) begin
        data_o[l] <= fp32_scale(fp32_from_int(32'(sum_q[l])), -11'sd22);
      end
    end
    if (valid_q[2]) begin
      for (int unsigned l = 0; l < LANES; l++) begin
        if (over3_q[l]) sum_q[l] <= neg3_q[l] ? '0 : One;
        else if (neg3_q[l]) sum_q[l] <= One - 23'(base3_q[l]) - 23'(step_q[l]);
        else sum_q[l] <= 23'(base3_q[l]) + 23'(step_q[l]);
      end
    end
    if (valid_q[1]) begin
      neg3_q  <= neg2_q;
      over3_q <= over2_q;
      base3_q <= base2_q;
      for (int unsigned l = 0; l < LANES; l++) begin
        step_q[l] <= 17'((31'(delta_q[l]) * 31'(place_q[l])) >> 14);
      end
    end
    if (valid_q[0]) begin
      neg2_q  <= neg1_q;
      over2_q <= over1_q;
      for (int unsigned l = 0; l < LANES; l++) begin
        base2_q[l] <= SIGMOID_BASE[where_q[l][19:14]];
        delta_q[l] <= SIGMOID_DELTA[where_q[l][19:14]];
        place_q[l] <= where_q[l][13:0];
      end
    end
    if (valid_i) begin
      for (int unsigned l = 0; l < LANES; l++) begin
        neg1_q[l]  <= data_i[l][31];
        over1_q[l] <= data_i[l][30:23] > 8'd130;
        where_q[l] <= interval(to_fixed(data_i[l][30:0]));
      end
    end
  end

endmodule
`default_nettype wire
