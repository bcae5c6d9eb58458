// Argmax of a column: the result is no worse than any row that has been seen, and of equals the lowest.
// One row, chosen freely when it passes, is compared with the result from then on.
`default_nettype none
module f_argmax
  import vector_pkg::*;
  import fp_pkg::*;
#(
  parameter int unsigned ROWS = 2
) (
  input wire logic                  clk_i,
  input wire logic                  rst_ni,
  input wire logic [31:0]           vocab_size_i,
  input wire logic                  valid_i,
  input wire logic                  restart_i,
  input wire logic [31:0]           row_i,
  input wire logic [ROWS-1:0][31:0] value_i,
  input wire logic                  mark_i,
  input wire logic [5:0]            lane_i
);

  best_t best_o;

  argmax #(.ROWS(ROWS)) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  logic        live_q, marked_q, marked2_q, restart_q;   // marked: as the lane stage, as the result
  logic [31:0] next_q, vocab_q, value_q, row_q, value2_q, row2_q;

  always_ff @(posedge clk_i) begin
    vocab_q <= vocab_size_i;
    if (!rst_ni) begin
      live_q    <= 1'b0;
      marked_q  <= 1'b0;
      marked2_q <= 1'b0;
    end else begin
      marked2_q <= marked_q;
      value2_q  <= value_q;
      row2_q    <= row_q;
      if (valid_i) begin
        live_q <= 1'b1;
        next_q <= row_i + ROWS;
        if (restart_i) begin
          marked_q  <= 1'b0;
          marked2_q <= 1'b0;
        end
        if (mark_i && (restart_i || !marked_q) && row_i + 32'(lane_i) < vocab_size_i) begin
          marked_q <= 1'b1;
          value_q  <= value_i[lane_i];
          row_q    <= row_i + 32'(lane_i);
        end
      end
    end
  end

  logic [31:0] base;  // first row of the last word
  assign base = next_q - ROWS;

  logic settled;
  assign settled = marked2_q && marked_q;

  always_comb begin
    if (started_q && rst_ni) begin
      m_lane: assume (32'(lane_i) < ROWS);
      m_vocabulary: assume (vocab_size_i == vocab_q && vocab_size_i <= 32'd1000);
      m_rows: assume (!valid_i || (row_i <= 32'd1000 && (restart_i || !live_q || row_i == next_q)));
      m_restart_first: assume (!valid_i || live_q || restart_i);
      a_ascending: assert (!live_q || (dut.lane_valid_q
          ? (!dut.lane_q.valid || (dut.lane_q.row >= base && dut.lane_q.row < next_q
                                   && dut.lane_q.row < vocab_size_i))
            && (dut.lane_restart_q || !best_o.valid || (best_o.row < base && best_o.row < vocab_size_i))
          : !best_o.valid || (best_o.row < next_q && best_o.row < vocab_size_i)));
      a_no_worse: assert (!settled || (best_o.valid && !fp32_gt(value2_q, best_o.value)));
      a_lowest: assert (!settled || fp32_gt(best_o.value, value2_q) || best_o.row <= row2_q);
      a_vocabulary: assert (!best_o.valid || !live_q || (dut.lane_valid_q && dut.lane_restart_q)
                            || best_o.row < vocab_size_i);
      c_beaten: cover (settled && fp32_gt(best_o.value, value2_q) && best_o.row > row2_q);
      c_tie: cover (settled && best_o.value == value2_q && best_o.row < row2_q);
    end
  end

endmodule
`default_nettype wire
