// Greedy sampler: the best of the columns' argmax candidates, the lowest row among equals.
//
// The candidates travel HOPS registers, then a balanced pairwise tree over the columns (one register
// a level, an odd last one passes), then the token register.
//
// Interface  start_i for one cycle with best_i[COLUMNS]; token_valid_o with token_o. Nobody waits.
// Latency    HOPS + ceil(log2(COLUMNS)) + 1 cycles.
// Parameters COLUMNS 1 to 64; HOPS 1 to 8.
// Golden     golden/argmax.py
`default_nettype none
module sample_tree
  import vector_pkg::*;
#(
  parameter int unsigned COLUMNS = 2,
  parameter int unsigned HOPS    = 1
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  input  wire logic                 start_i,
  input  wire best_t [COLUMNS-1:0]  best_i,
  output logic                      token_valid_o,
  output logic [31:0]               token_o
);

  if (COLUMNS < 1 || COLUMNS > 64) begin : gen_bad_columns
    $fatal(1, "sample_tree: COLUMNS is %0d, legal: 1 to 64", COLUMNS);
  end
  if (HOPS < 1 || HOPS > 8) begin : gen_bad_hops
    $fatal(1, "sample_tree: HOPS is %0d, legal: 1 to 8", HOPS);
  end

  // Stages 0 … HOPS-1 are hops, the Levels stages behind them halve the candidates.
  localparam int unsigned Levels = $clog2(COLUMNS);
  localparam int unsigned Stages = HOPS + Levels;

  // Candidates that are left after so many levels.
  function automatic int unsigned width(input int unsigned level);
    return (COLUMNS + (1 << level) - 1) >> level;
  endfunction

  logic  [Stages-1:0]              valid_q;
  best_t [Stages-1:0][COLUMNS-1:0] stage_q;

  always_ff @(posedge clk_i) begin
    valid_q[0] <= rst_ni && start_i;
    if (start_i) stage_q[0] <= best_i;
    for (int unsigned s = 1; s < Stages; s++) begin
      valid_q[s] <= rst_ni && valid_q[s-1];
      if (valid_q[s-1]) begin
        if (s < HOPS) begin
          stage_q[s] <= stage_q[s-1];
        end else begin
          for (int unsigned c = 0; 2 * c < width(s - HOPS); c++) begin
            if (2 * c + 1 < width(s - HOPS)) begin
              stage_q[s][c] <= better(stage_q[s-1][2*c], stage_q[s-1][2*c+1]);
            end else begin
              stage_q[s][c] <= stage_q[s-1][2*c];
            end
          end
        end
      end
    end
    token_valid_o <= rst_ni && valid_q[Stages-1];
    if (valid_q[Stages-1]) token_o <= stage_q[Stages-1][0].row;
  end

endmodule
`default_nettype wire
