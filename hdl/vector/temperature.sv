// What the argmax compares: logit * 1/T + noise, or the logit as it is.
//
// Interface  value_i[ROWS] FP32 logits with valid_i; noise_i[ROWS] FP32 one cycle later. draw_en_i and
//            inv_temperature_i stay while words are inside. Nobody waits.
// Latency    2 cycles, one word a cycle.
// Parameters ROWS a power of two, 2 to 64.
// Golden     golden/gumbel.py temper
`default_nettype none
module temperature
  import fp_pkg::*;
#(
  parameter int unsigned ROWS = 2
) (
  input  wire logic                   clk_i,
  input  wire logic                   rst_ni,
  input  wire logic                   draw_en_i,
  input  wire logic [31:0]            inv_temperature_i,
  input  wire logic                   valid_i,
  input  wire logic [ROWS-1:0][31:0]  value_i,
  input  wire logic [ROWS-1:0][31:0]  noise_i,
  output logic                        valid_o,
  output logic [ROWS-1:0][31:0]       value_o
);

  if (ROWS < 2 || ROWS > 64 || (ROWS & (ROWS - 1)) != 0) begin : gen_bad_rows
    $fatal(1, "temperature: ROWS is %0d, legal: a power of two, 2 to 64", ROWS);
  end

  logic                  scaled_valid_q;
  logic [ROWS-1:0][31:0] scaled_q;

  always_ff @(posedge clk_i) begin
    scaled_valid_q <= rst_ni && valid_i;
    valid_o        <= rst_ni && scaled_valid_q;
    if (valid_i) begin
      for (int unsigned r = 0; r < ROWS; r++) begin
        scaled_q[r] <= draw_en_i ? fp32_mul(value_i[r], inv_temperature_i) : value_i[r];
      end
    end
    if (scaled_valid_q) begin
      for (int unsigned r = 0; r < ROWS; r++) begin
        value_o[r] <= draw_en_i ? fp32_add(scaled_q[r], noise_i[r]) : scaled_q[r];
      end
    end
  end

endmodule
`default_nettype wire
