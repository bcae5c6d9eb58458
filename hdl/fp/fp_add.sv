// a + b per lane in FP32, registered: the function fp_pkg::fp32_add as a unit.
//
// Interface: nobody waits; the results leave with valid_o one cycle after their operands.
// Values are FP32 without subnormals. Legal: LANES >= 1.
// Golden twin: fp32_add of golden/formats.py.
`default_nettype none
module fp_add
  import fp_pkg::*;
#(
  parameter int unsigned LANES = 1
) (
  input  wire                     clk_i,
  input  wire                     rst_ni,
  input  wire                     valid_i,
  input  wire  [LANES-1:0][31:0]  a_i,
  input  wire  [LANES-1:0][31:0]  b_i,
  output logic                    valid_o,
  output logic [LANES-1:0][31:0]  data_o
);

  if (LANES < 1) begin : gen_bad_lanes
    $fatal(1, "fp_add: LANES is %0d, legal: 1 or more", LANES);
  end

  always_ff @(posedge clk_i) begin
    valid_o <= rst_ni && valid_i;
    if (valid_i) begin
      for (int unsigned l = 0; l < LANES; l++) data_o[l] <= fp32_add(a_i[l], b_i[l]);
    end
  end

endmodule
`default_nettype wire
