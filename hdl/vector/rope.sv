// Rotary position embedding: rotates the pairs (2i, 2i+1) of a word.
//
// (a, b) -> (a*cos - b*sin, a*sin + b*cos): two rounded products each, then one subtraction, addition.
//
// Interface  x_i[ROWS] FP32 with valid_i; trig_i = ROWS/2 pairs {sin, cos}, cos in the low 32 bits,
//            pair 0 lowest (a word of the RoPE ROM). The consumer never stalls.
// Latency    2 cycles, one word a cycle.
// Parameters ROWS a power of two, 2 to 64.
// Golden     golden/rope.py
`default_nettype none
module rope
  import fp_pkg::*;
#(
  parameter int unsigned ROWS = 2
) (
  input  wire logic                          clk_i,
  input  wire logic                          rst_ni,
  input  wire logic                          valid_i,
  input  wire logic [ROWS-1:0][31:0]         x_i,
  input  wire logic [ROWS/2-1:0][1:0][31:0]  trig_i,
  output logic                               valid_o,
  output logic [ROWS-1:0][31:0]              y_o
);

  if (ROWS < 2 || ROWS > 64 || (ROWS & (ROWS - 1)) != 0) begin : gen_bad_rows
    $fatal(1, "rope: ROWS is %0d, legal: a power of two, 2 to 64", ROWS);
  end

  logic                       product_valid_q;
  logic [ROWS/2-1:0][31:0]    a_cos_q, b_sin_q, a_sin_q, b_cos_q;

  always_ff @(posedge clk_i) begin
    product_valid_q <= rst_ni && valid_i;
    valid_o         <= rst_ni && product_valid_q;
    if (valid_i) begin
      for (int unsigned i = 0; i < ROWS / 2; i++) begin
        a_cos_q[i] <= fp32_mul(x_i[2*i], trig_i[i][0]);
        b_sin_q[i] <= fp32_mul(x_i[2*i+1], trig_i[i][1]);
        a_sin_q[i] <= fp32_mul(x_i[2*i], trig_i[i][1]);
        b_cos_q[i] <= fp32_mul(x_i[2*i+1], trig_i[i][0]);
      end
    end
    if (product_valid_q) begin
      for (int unsigned i = 0; i < ROWS / 2; i++) begin
        y_o[2*i]   <= fp32_sub(a_cos_q[i], b_sin_q[i]);
        y_o[2*i+1] <= fp32_add(a_sin_q[i], b_cos_q[i]);
      end
    end
  end

endmodule
`default_nettype wire
