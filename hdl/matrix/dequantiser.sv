// Group dequantiser: integer block sums of one row to FP32 terms, added over the columns.
//   term = FP32(d * 2^FRAC_BITS - zero_point * sum) * scale * 2^(exponent - 133 - FRAC_BITS)
//
// Interface  valid_i with d_i, sum_i, exp_i and the scale word; term_o with valid_o. Nobody waits.
// Latency    2 + LC cycles, LC = ceil(log2 COLUMNS): conversion, scaling, one tree level each.
//            One row a cycle.
// Formats    d_i signed 32-bit, sum_i signed 16-bit, exp_i FP32 exponent fields, scale_i[c] =
//            {zero_point[11:0] with FRAC_BITS fractional bits, FP16 scale}, term_o FP32.
//            Tree: balanced pairwise, ascending order, an odd last term passes.
// Parameters COLUMNS 1 to 64; FRAC_BITS 0 to 4.
// Golden     golden/formats.py dequant_term, fp32_sum_tree.
`default_nettype none
module dequantiser
  import fp_pkg::*;
#(
  parameter int unsigned COLUMNS   = 2,
  parameter int unsigned FRAC_BITS = 4
) (
  input  wire logic                      clk_i,
  input  wire logic                      rst_ni,
  input  wire logic                      valid_i,
  input  wire logic [COLUMNS-1:0][31:0]  d_i,
  input  wire logic [COLUMNS-1:0][15:0]  sum_i,
  input  wire logic [COLUMNS-1:0][7:0]   exp_i,
  input  wire logic [COLUMNS-1:0][27:0]  scale_i,
  output logic                           valid_o,
  output logic [31:0]                    term_o
);

  if (COLUMNS < 1 || COLUMNS > 64) begin : gen_bad_columns
    $fatal(1, "dequantiser: COLUMNS is %0d, legal: 1 to 64", COLUMNS);
  end
  if (FRAC_BITS > 4) begin : gen_bad_frac
    $fatal(1, "dequantiser: FRAC_BITS is %0d, legal: 0 to 4", FRAC_BITS);
  end

  localparam int unsigned Levels = $clog2(COLUMNS);

  logic                     int_valid_q;
  logic [COLUMNS-1:0][31:0] int_q;    // FP32 of the exact integer
  logic [COLUMNS-1:0][15:0] scale_q;
  logic [COLUMNS-1:0][7:0]  exp_q;

  // Level 0 holds the terms, level k what is left of them after k levels of additions.
  logic [Levels:0]          tree_valid_q;

  always_ff @(posedge clk_i) begin
    int_valid_q  <= rst_ni && valid_i;
    tree_valid_q <= rst_ni ? (Levels + 1)'({tree_valid_q, int_valid_q}) : '0;
  end

  for (genvar c = 0; c < COLUMNS; c++) begin : gen_column
    always_ff @(posedge clk_i) begin
      if (valid_i) begin
        int_q[c]   <= fp32_from_int(32'(signed'(d_i[c]) <<< FRAC_BITS) -
                                    32'(signed'({1'b0, scale_i[c][27:16]})) *
                                    32'(signed'(sum_i[c])));
        scale_q[c] <= scale_i[c][15:0];
        exp_q[c]   <= exp_i[c];
      end
    end
  end

  for (genvar k = 0; k <= Levels; k++) begin : gen_level
    localparam int unsigned Nodes = (COLUMNS + (1 << k) - 1) >> k;
    logic [Nodes-1:0][31:0] tree_q;

    if (k == 0) begin : gen_terms
      for (genvar i = 0; i < Nodes; i++) begin : gen_node
        always_ff @(posedge clk_i) begin
          if (int_valid_q) begin
            tree_q[i] <= fp32_mul_fp16(int_q[i], scale_q[i], 11'(exp_q[i]) - 11'(133 + FRAC_BITS));
          end
        end
      end
    end else begin : gen_sums
      localparam int unsigned From = (COLUMNS + (1 << (k - 1)) - 1) >> (k - 1);
      for (genvar i = 0; i < Nodes; i++) begin : gen_node
        always_ff @(posedge clk_i) begin
          if (tree_valid_q[k-1]) begin
            if (2 * i + 1 < From) begin
              tree_q[i] <= fp32_add(gen_level[k-1].tree_q[2*i],
                                    gen_level[k-1].tree_q[(2*i+1)%From]);
            end else begin
              tree_q[i] <= gen_level[k-1].tree_q[2*i];
            end
          end
        end
      end
    end
  end

  assign valid_o = tree_valid_q[Levels];
  assign term_o  = gen_level[Levels].tree_q[0];

endmodule
`default_nettype wire
