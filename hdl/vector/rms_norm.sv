// RMSNorm of one column: x * norm weight, and beside it the column's sum of squares.
//
// The normalised vector is never formed: x * g is sent, and 1/rms multiplies the results of the GEMV
// (deferred normalisation; rinv_unit makes 1/rms from the sums of all columns).
// Sum of squares: lane l accumulates x*x over its words in arrival order (the first term is copied),
// then the lanes meet in a balanced pairwise tree, one register a level.
//
// Interface  x_i, g_i[ROWS] FP32 with valid_i; first_i and last_i mark the vector's ends.
//            The consumers never stall.
// Latency    y 1 cycle; ss 2 + log2(ROWS) cycles behind the last word. One word a cycle.
// Parameters ROWS a power of two, 2 to 64.
// Golden     golden/rms_norm.py
`default_nettype none
module rms_norm
  import fp_pkg::*;
#(
  parameter int unsigned ROWS = 2
) (
  input  wire logic                   clk_i,
  input  wire logic                   rst_ni,
  input  wire logic                   valid_i,
  input  wire logic                   first_i,
  input  wire logic                   last_i,
  input  wire logic [ROWS-1:0][31:0]  x_i,
  input  wire logic [ROWS-1:0][31:0]  g_i,
  output logic                        y_valid_o,
  output logic [ROWS-1:0][31:0]       y_o,
  output logic                        ss_valid_o,
  output logic [31:0]                 ss_o
);

  if (ROWS < 2 || ROWS > 64 || (ROWS & (ROWS - 1)) != 0) begin : gen_bad_rows
    $fatal(1, "rms_norm: ROWS is %0d, legal: a power of two, 2 to 64", ROWS);
  end

  localparam int unsigned Levels = $clog2(ROWS);

  // Products; y_valid_o tells that both hold a word.
  logic                  first_q, last_q;
  logic [ROWS-1:0][31:0] square_q;

  always_ff @(posedge clk_i) begin
    y_valid_o <= rst_ni && valid_i;
    if (valid_i) begin
      first_q <= first_i;
      last_q  <= last_i;
      for (int unsigned r = 0; r < ROWS; r++) begin
        y_o[r]      <= fp32_mul(x_i[r], g_i[r]);
        square_q[r] <= fp32_mul(x_i[r], x_i[r]);
      end
    end
  end

  // The tree as a heap: leaves ROWS … 2*ROWS-1 are the accumulators, node k adds 2k and 2k+1, the root
  // is 1. Bit l of tree_valid_q: the nodes l levels above the leaves hold a vector's sums.
  logic [Levels:0]            tree_valid_q;
  logic [2*ROWS-1:1][31:0]    node_q;

  always_ff @(posedge clk_i) begin
    tree_valid_q <= rst_ni ? {tree_valid_q[Levels-1:0], y_valid_o && last_q} : '0;
    if (y_valid_o) begin
      for (int unsigned r = 0; r < ROWS; r++) begin
        node_q[ROWS+r] <= first_q ? square_q[r] : fp32_add(node_q[ROWS+r], square_q[r]);
      end
    end
    for (int unsigned l = 0; l < Levels; l++) begin
      if (tree_valid_q[l]) begin
        for (int unsigned k = (ROWS >> l) / 2; k < ROWS >> l; k++) begin
          node_q[k] <= fp32_add(node_q[2*k], node_q[2*k+1]);
        end
      end
    end
  end

  assign ss_valid_o = tree_valid_q[Levels];
  assign ss_o       = node_q[1];

endmodule
`default_nettype wire
