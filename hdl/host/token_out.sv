// Generated tokens towards the host, as an AXI4-Stream whose TLAST ends the tokens of a RUN.
//
// The last token of a RUN that reaches its max_new is known by counting. One that ends early (stop
// token, context full) is known only by its response, so a token is held until the next one or the
// response shows what it was.
//
// Interface  run_i with max_new_i: the chip has taken a RUN. run_done_i: its response has been taken.
//            tok_* from the chip, m_axis_* to the host: valid never waits for ready. rst_ni is that of the
//            bus; soft_ni low drops what is inside, but a token that the host has been offered stays.
//            level_o tokens can be read from the stream.
// Latency    Two cycles from the beat that shows what a token was, if nothing waits.
// Parameters DEPTH 1 to 255.
// Golden     golden/axi_host.py
`default_nettype none
module token_out #(
  parameter int unsigned DEPTH = 16
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire logic        soft_ni,
  input  wire logic        run_i,
  input  wire logic [15:0] max_new_i,
  input  wire logic        run_done_i,
  input  wire logic        tok_valid_i,
  output logic             tok_ready_o,
  input  wire logic [31:0] tok_token_i,
  output logic             m_axis_tvalid,
  input  wire logic        m_axis_tready,
  output logic [31:0]      m_axis_tdata,
  output logic             m_axis_tlast,
  output logic             readable_o,  // a token has reached the stream
  output logic [15:0]      level_o
);

  if (DEPTH < 1 || DEPTH > 255) begin : gen_bad_depth
    $fatal(1, "token_out: DEPTH is %0d, legal: 1 to 255", DEPTH);
  end

  logic        held_q, last_q, out_valid_q, out_last_q;
  logic [31:0] token_q, out_data_q;
  logic [15:0] left_q, fifo_level;
  logic        take, known, move, fifo_ready, fifo_valid, fifo_last, out_free;
  logic [31:0] fifo_data;

  assign known       = last_q || run_done_i || tok_valid_i;
  assign move        = held_q && known && fifo_ready;
  assign tok_ready_o = soft_ni && (!held_q || fifo_ready);
  assign take        = tok_valid_i && tok_ready_o;

  always_ff @(posedge clk_i) begin
    if (run_i) left_q <= max_new_i;
    else if (take) left_q <= left_q - 16'd1;
    if (take) begin
      held_q  <= 1'b1;
      token_q <= tok_token_i;
      last_q  <= left_q == 16'd1;
    end else begin
      if (move) held_q <= 1'b0;
      if (run_done_i) last_q <= 1'b1;
    end
    if (!soft_ni) held_q <= 1'b0;
  end

  host_fifo #(.WIDTH(33), .DEPTH(DEPTH)) u_fifo (
    .clk_i, .rst_ni(soft_ni), .flush_i(1'b0), .in_valid_i(held_q && known && soft_ni),
    .in_ready_o(fifo_ready), .in_data_i({last_q || run_done_i, token_q}),
    .out_valid_o(fifo_valid), .out_ready_i(out_free), .out_data_o({fifo_last, fifo_data}),
    .level_o(fifo_level)
  );

  // Behind the queue a register of its own: AXI4-Stream forbids taking an offered beat back.
  assign out_free = !out_valid_q || m_axis_tready;
  always_ff @(posedge clk_i) begin
    if (out_free) out_valid_q <= fifo_valid;
    if (fifo_valid && out_free) begin
      out_data_q <= fifo_data;
      out_last_q <= fifo_last;
    end
    if (!rst_ni) out_valid_q <= 1'b0;
  end

  assign m_axis_tvalid = out_valid_q;
  assign m_axis_tdata  = out_data_q;
  assign m_axis_tlast  = out_last_q;
  assign readable_o    = fifo_valid && out_free;
  assign level_o       = fifo_level + 16'(out_valid_q);

`ifndef SYNTHESIS
  a_out_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                 m_axis_tvalid && !m_axis_tready |=>
                                 m_axis_tvalid && $stable(m_axis_tdata) && $stable(m_axis_tlast));
`endif

endmodule
`default_nettype wire
