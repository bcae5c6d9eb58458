// Running argmax of one column over the words of a drain; the lowest row wins among equals.
//
// A word holds ROWS values of the consecutive rows row_i, row_i + 1, …; rows that are not below
// vocab_size_i are padding and never win. restart_i begins a new search with this word.
//
// Interface  value_i[ROWS] FP32, row_i, restart_i with valid_i; best_o is stable between words, its
//            valid bit tells that some row has been seen. Nobody waits.
// Latency    2 cycles (best of the lanes, compared with the running best), one word a cycle.
// Parameters ROWS a power of two, 2 to 64.
// Golden     golden/argmax.py
`default_nettype none
module argmax
  import vector_pkg::*;
#(
  parameter int unsigned ROWS = 2
) (
  input  wire logic                   clk_i,
  input  wire logic                   rst_ni,
  input  wire logic [31:0]            vocab_size_i,
  input  wire logic                   valid_i,
  input  wire logic                   restart_i,
  input  wire logic [31:0]            row_i,
  input  wire logic [ROWS-1:0][31:0]  value_i,
  output best_t                       best_o
);

  if (ROWS < 2 || ROWS > 64 || (ROWS & (ROWS - 1)) != 0) begin : gen_bad_rows
    $fatal(1, "argmax: ROWS is %0d, legal: a power of two, 2 to 64", ROWS);
  end

  // Best of the lanes, a pairwise tree in ascending rows.
  function automatic best_t best_lane(input logic [ROWS-1:0][31:0] value, input logic [31:0] row,
                                      input logic [31:0] vocab_size);
    best_t [ROWS-1:0] node;
    for (int unsigned r = 0; r < ROWS; r++) begin
      node[r] = '{valid: row + r < vocab_size, value: value[r], row: row + r};
    end
    for (int unsigned step = 1; step < ROWS; step *= 2) begin
      for (int unsigned r = 0; r < ROWS; r += 2 * step) node[r] = better(node[r], node[r+step]);
    end
    return node[0];
  endfunction

  logic  lane_valid_q, lane_restart_q;
  best_t lane_q;

  always_ff @(posedge clk_i) begin
    lane_valid_q <= rst_ni && valid_i;
    if (valid_i) begin
      lane_restart_q <= restart_i;
      lane_q         <= best_lane(value_i, row_i, vocab_size_i);
    end
    if (!rst_ni) begin
      best_o.valid <= 1'b0;
    end else if (lane_valid_q) begin
      best_o <= lane_restart_q ? lane_q : better(best_o, lane_q);
    end
  end

endmodule
`default_nettype wire
