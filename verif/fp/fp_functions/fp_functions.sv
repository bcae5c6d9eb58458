// Bench wrapper: every function of fp_pkg, one operation a bundle.
//
// Interface: as the units of hdl/fp; op_i selects the function, results are 32 bits wide.
// Latency 1. Legal: LANES >= 1. Golden twins: golden/formats.py.
`default_nettype none
module fp_functions
  import fp_pkg::*;
#(
  parameter int unsigned LANES = 1
) (
  input  wire                    clk_i,
  input  wire                    rst_ni,
  input  wire                    valid_i,
  input  wire  [3:0]             op_i,
  input  wire  [LANES-1:0][31:0] a_i,
  input  wire  [LANES-1:0][31:0] b_i,
  output logic                   valid_o,
  output logic [LANES-1:0][31:0] data_o
);

  if (LANES < 1) begin : gen_bad_lanes
    $fatal(1, "fp_functions: LANES is %0d, legal: 1 or more", LANES);
  end

  function automatic logic [31:0] apply(logic [3:0] op, logic [31:0] a, logic [31:0] b);
    unique case (op)
      4'd0:    return fp32_sub(a, b);
      4'd1:    return fp32_max(a, b);
      4'd2:    return 32'(fp32_gt(a, b));
      4'd3:    return fp32_from_int(a);
      4'd4:    return fp32_scale(a, b[10:0]);
      4'd5:    return 32'(bf16_round(a));
      4'd6:    return bf16_to_fp32(a[15:0]);
      4'd7:    return fp16_to_fp32(a[15:0]);
      4'd8:    return 32'(mx_mantissa(a, b[7:0])) & 32'hff;
      4'd9:    return mx_dot_term(a, b[7:0], b[15:8]);
      4'd10:   return fp32_add(a, b);
      4'd11:   return fp32_mul(a, b);
      default: return '0;
    endcase
  endfunction

  always_ff @(posedge clk_i) begin
    valid_o <= rst_ni && valid_i;
    if (valid_i) begin
      for (int unsigned l = 0; l < LANES; l++) data_o[l] <= apply(op_i, a_i[l], b_i[l]);
    end
  end

endmodule
`default_nettype wire
