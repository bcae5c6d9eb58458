// Properties of host_fifo: those of a stream_fifo between two flushes, its level, and the flush itself.
`default_nettype none
module f_host_fifo #(
  parameter int unsigned WIDTH = 2,
  parameter int unsigned DEPTH = 2
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic             flush_i,
  input wire logic             in_valid_i,
  input wire logic [WIDTH-1:0] in_data_i,
  input wire logic             out_ready_i,
  input wire logic             mark_i
);

  logic             in_ready_o, out_valid_o;
  logic [WIDTH-1:0] out_data_o;
  logic [15:0]      level_o;

  host_fifo #(.WIDTH(WIDTH), .DEPTH(DEPTH)) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  logic             stalled_q, in_stalled_q;
  logic [WIDTH-1:0] out_data_q, in_data_q;
  logic [3:0]       held_q;              // beats inside, counted outside
  logic             marked_q;            // the followed beat is inside
  logic [3:0]       ahead_q;             // beats that leave before it
  logic [WIDTH-1:0] marked_data_q;
  logic             flushed_q;           // a beat was flushed away
  logic             in_beat, out_beat;
  assign in_beat  = in_valid_i && in_ready_o;
  assign out_beat = out_valid_o && out_ready_i;

  always_ff @(posedge clk_i) begin
    stalled_q    <= rst_ni && out_valid_o && !out_ready_i;
    in_stalled_q <= rst_ni && in_valid_i && !in_ready_o;
    out_data_q   <= out_data_o;
    in_data_q    <= in_data_i;
    flushed_q    <= rst_ni && flush_i && held_q != 0;
    if (!rst_ni || flush_i) begin
      held_q   <= 0;
      marked_q <= 1'b0;
    end else begin
      held_q <= held_q + 4'(in_beat) - 4'(out_beat);
      if (!marked_q && in_beat && mark_i) begin
        marked_q      <= 1'b1;
        marked_data_q <= in_data_i;
        ahead_q       <= held_q - 4'(out_beat);
      end else if (marked_q && out_beat) begin
        if (ahead_q == 0) marked_q <= 1'b0;
        ahead_q <= ahead_q - 1;
      end
    end
  end

  always_comb begin
    if (started_q && rst_ni) begin
      m_in_held: assume (!in_stalled_q || (in_valid_i && in_data_i == in_data_q));
      a_level: assert (level_o == 16'(held_q));
      a_flush: assert (!flush_i || (!in_ready_o && !out_valid_o));
      a_out_held: assert (!stalled_q || flush_i || out_valid_o);
      a_out_stable: assert (!stalled_q || flush_i || out_data_o == out_data_q);
      a_no_overflow: assert (32'(held_q) <= DEPTH && (flush_i || in_ready_o == (32'(held_q) < DEPTH)));
      a_no_underflow: assert (flush_i || out_valid_o == (held_q != 0));
      a_order: assert (flush_i || !(marked_q && ahead_q == 0)
                       || (out_valid_o && out_data_o == marked_data_q));
      c_full: cover (32'(held_q) == DEPTH && in_stalled_q && stalled_q);
      c_flushed: cover (flushed_q && in_beat);
    end
  end

endmodule
`default_nettype wire
