// Balanced pairwise tree over N leaves of LANES FP32 values: every level combines (0,1), (2,3), ...,
// an odd last one passes; one register a level. The order of FP32 additions of the whole chip's
// reductions is this order.
//
// Interface  valid_i with data_i (leaf-major); the result LEVELS cycles later. Nobody waits.
// Latency    LEVELS = ceil(log2 N) cycles (0 for one leaf), one beat a cycle.
// Formats    FP32, golden/SPEC-formats.md.
// Parameters N >= 1, LANES >= 1, MAXIMUM 0 = sum, 1 = maximum.
// Golden     golden/formats.py fp32_sum_tree, fp32_max_tree
`default_nettype none
module pair_tree
  import fp_pkg::*;
#(
  parameter int unsigned N       = 4,
  parameter int unsigned LANES   = 2,
  parameter int unsigned MAXIMUM = 0
) (
  input  wire logic                        clk_i,
  input  wire logic                        rst_ni,
  input  wire logic                        valid_i,
  input  wire logic [N-1:0][LANES-1:0][31:0] data_i,
  output logic                             valid_o,
  output logic [LANES-1:0][31:0]           data_o
);

  if (N < 1) begin : gen_bad_n
    $fatal(1, "pair_tree: N is %0d, legal: >= 1", N);
  end
  if (LANES < 1) begin : gen_bad_lanes
    $fatal(1, "pair_tree: LANES is %0d, legal: >= 1", LANES);
  end
  if (MAXIMUM > 1) begin : gen_bad_maximum
    $fatal(1, "pair_tree: MAXIMUM is %0d, legal: 0 or 1", MAXIMUM);
  end

  localparam int unsigned LEVELS = $clog2(N);

  // Nodes of a level: N, then half of them (rounded up) level by level.
  function automatic int unsigned nodes(input int unsigned level);
    return (N + (1 << level) - 1) >> level;
  endfunction

  if (LEVELS == 0) begin : gen_wires
    logic unused;
    assign unused  = &{1'b0, clk_i, rst_ni};
    assign valid_o = valid_i;
    assign data_o  = data_i[0];
  end else begin : gen_levels
    logic [LEVELS:0] valid;
    assign valid[0] = valid_i;
    assign valid_o  = valid[LEVELS];

    for (genvar l = 0; l < LEVELS; l++) begin : gen_level
      localparam int unsigned LEAVES = nodes(l);
      localparam int unsigned HALF   = nodes(l + 1);
      logic [LEAVES-1:0][LANES-1:0][31:0] leaf;
      logic [HALF-1:0][LANES-1:0][31:0]   sum_q;
      logic                               valid_q;

      if (l == 0) begin : gen_first
        assign leaf = data_i;
      end else begin : gen_next
        assign leaf = gen_level[l-1].sum_q;
      end

      always_ff @(posedge clk_i) begin
        if (!rst_ni) valid_q <= 1'b0;
        else valid_q <= valid[l];
        if (valid[l]) begin
          for (int unsigned k = 0; k < LEAVES / 2; k++) begin
            for (int unsigned i = 0; i < LANES; i++) begin
              sum_q[k][i] <= MAXIMUM != 0 ? fp32_max(leaf[2*k][i], leaf[2*k+1][i])
                                          : fp32_add(leaf[2*k][i], leaf[2*k+1][i]);
            end
          end
          if (LEAVES % 2 != 0) sum_q[HALF-1] <= leaf[LEAVES-1];
        end
      end

      assign valid[l+1] = valid_q;
    end

    assign data_o = gen_level[LEVELS-1].sum_q[0];
  end

endmodule
`default_nettype wire
