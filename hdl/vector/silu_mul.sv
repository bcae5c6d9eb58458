// SiLU gate: (g * sigmoid(g)) * u for a word of ROWS lanes, two rounded products in this order.
//
// Interface  g_i, u_i[ROWS] FP32 with valid_i; the consumer never stalls.
// Latency    SIGMOID_LATENCY + 2 cycles, one word a cycle.
// Parameters ROWS a power of two, 2 to 64.
// Golden     golden/silu_mul.py
`default_nettype none
module silu_mul
  import fp_pkg::*;
#(
  parameter int unsigned ROWS = 2
) (
  input  wire logic                   clk_i,
  input  wire logic                   rst_ni,
  input  wire logic                   valid_i,
  input  wire logic [ROWS-1:0][31:0]  g_i,
  input  wire logic [ROWS-1:0][31:0]  u_i,
  output logic                        valid_o,
  output logic [ROWS-1:0][31:0]       y_o
);

  if (ROWS < 2 || ROWS > 64 || (ROWS & (ROWS - 1)) != 0) begin : gen_bad_rows
    $fatal(1, "silu_mul: ROWS is %0d, legal: a power of two, 2 to 64", ROWS);
  end

  logic                  sigmoid_valid;
  logic [ROWS-1:0][31:0] sigmoid;

  fp_sigmoid #(
    .LANES(ROWS)
  ) u_sigmoid (
    .clk_i,
    .rst_ni,
    .valid_i,
    .data_i (g_i),
    .valid_o(sigmoid_valid),
    .data_o (sigmoid)
  );

  // g and u wait for the sigmoid in a ring: written with valid_i, read as the sigmoid leaves.
  localparam int unsigned Depth = SIGMOID_LATENCY;
  localparam int unsigned PtrW  = $clog2(Depth + 1);

  logic [PtrW-1:0]       wr_q, rd_q;
  logic [ROWS-1:0][31:0] g_mem [Depth];
  logic [ROWS-1:0][31:0] u_mem [Depth];

  function automatic logic [PtrW-1:0] next(input logic [PtrW-1:0] ptr);
    return ptr == PtrW'(Depth - 1) ? '0 : ptr + 1'b1;
  endfunction

  logic                  gated_valid_q;
  logic [ROWS-1:0][31:0] gated_q, u_q;

  always_ff @(posedge clk_i) begin
    gated_valid_q <= rst_ni && sigmoid_valid;
    valid_o       <= rst_ni && gated_valid_q;
    if (valid_i) begin
      g_mem[wr_q] <= g_i;
      u_mem[wr_q] <= u_i;
      wr_q        <= next(wr_q);
    end
    if (sigmoid_valid) begin
      u_q  <= u_mem[rd_q];
      rd_q <= next(rd_q);
      for (int unsigned r = 0; r < ROWS; r++) begin
        gated_q[r] <= fp32_mul(g_mem[rd_q][r], sigmoid[r]);
      end
    end
    if (gated_valid_q) begin
      for (int unsigned r = 0; r < ROWS; r++) y_o[r] <= fp32_mul(gated_q[r], u_q[r]);
    end
    if (!rst_ni) begin
      wr_q <= '0;
      rd_q <= '0;
    end
  end

endmodule
`default_nettype wire
