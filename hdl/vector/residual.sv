// What arrives from the matrix units at one column: y * 1/rms (or y), then x + that (or as it is).
//
// Interface  y_i[ROWS] FP32 with valid_i; rinv_en_i, add_en_i stable while words are inside.
//            x_i is the word of the vector memory that was addressed with valid_i: one cycle later.
//            The consumer never stalls.
// Latency    2 cycles, one word a cycle.
// Parameters ROWS a power of two, 2 to 64.
// Golden     golden/formats.py fp32_mul, fp32_add
`default_nettype none
module residual
  import fp_pkg::*;
#(
  parameter int unsigned ROWS = 2
) (
  input  wire logic                   clk_i,
  input  wire logic                   rst_ni,
  input  wire logic                   valid_i,
  input  wire logic                   rinv_en_i,
  input  wire logic                   add_en_i,
  input  wire logic [31:0]            rinv_i,
  input  wire logic [ROWS-1:0][31:0]  y_i,
  input  wire logic [ROWS-1:0][31:0]  x_i,
  output logic                        valid_o,
  output logic [ROWS-1:0][31:0]       data_o
);

  if (ROWS < 2 || ROWS > 64 || (ROWS & (ROWS - 1)) != 0) begin : gen_bad_rows
    $fatal(1, "residual: ROWS is %0d, legal: a power of two, 2 to 64", ROWS);
  end

  logic                  scaled_valid_q;
  logic [ROWS-1:0][31:0] scaled_q;

  always_ff @(posedge clk_i) begin
    scaled_valid_q <= rst_ni && valid_i;
    valid_o        <= rst_ni && scaled_valid_q;
    if (valid_i) begin
      for (int unsigned r = 0; r < ROWS; r++) begin
        scaled_q[r] <= rinv_en_i ? fp32_mul(y_i[r], rinv_i) : y_i[r];
      end
    end
    if (scaled_valid_q) begin
      for (int unsigned r = 0; r < ROWS; r++) begin
        data_o[r] <= add_en_i ? fp32_add(x_i[r], scaled_q[r]) : scaled_q[r];
      end
    end
  end

endmodule
`default_nettype wire
