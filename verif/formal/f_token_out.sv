// The token stream between a chip that runs one RUN after the other and any reader, with soft resets at
// any time: the stream rules, no token lost, TLAST with the last token of a RUN and no other.
//
// One token, chosen freely (`mark_i`), is followed: `ahead_q` tokens leave before it.
`default_nettype none
module f_token_out #(
  parameter int unsigned DEPTH = 2
) (
  input wire logic        clk_i,
  input wire logic        rst_ni,
  input wire logic        soft_ni,
  input wire logic        run_i,
  input wire logic [15:0] max_new_i,
  input wire logic        run_done_i,
  input wire logic        tok_valid_i,
  input wire logic [31:0] tok_token_i,
  input wire logic        m_axis_tready,
  input wire logic        mark_i
);

  logic        tok_ready_o, m_axis_tvalid, m_axis_tlast, readable_o;
  logic [31:0] m_axis_tdata;
  logic [15:0] level_o;

  token_out #(.DEPTH(DEPTH)) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  // ---- The chip as f_host_port proves it ------------------------------------------------------------
  logic        running_q;
  logic [1:0]  left_q;                   // tokens that the RUN may still make
  logic        tok_stalled_q;
  logic [31:0] tok_q;

  logic        stalled_q, last_q, readable_q;
  logic [31:0] data_q;
  logic [3:0]  held_q, ahead_q;          // tokens inside, and those that leave before the marked one
  logic        marked_q, newest_q, end_q;  // inside; no token came after it; it is the last of its RUN
  logic [31:0] marked_token_q;
  logic        tok_beat, out_beat;
  assign tok_beat = tok_valid_i && tok_ready_o;
  assign out_beat = m_axis_tvalid && m_axis_tready;

  always_ff @(posedge clk_i) begin
    tok_stalled_q <= soft_ni && tok_valid_i && !tok_ready_o;
    tok_q         <= tok_token_i;
    stalled_q     <= rst_ni && m_axis_tvalid && !m_axis_tready;
    data_q        <= m_axis_tdata;
    last_q        <= m_axis_tlast;
    readable_q    <= rst_ni && readable_o;
    if (run_i) left_q <= max_new_i[1:0];
    else if (tok_beat) left_q <= left_q - 2'd1;
    if (!soft_ni) begin
      running_q <= 1'b0;
      marked_q  <= 1'b0;
      held_q    <= 4'(rst_ni && m_axis_tvalid && !m_axis_tready);
    end else begin
      if (run_i) running_q <= 1'b1;
      else if (run_done_i) running_q <= 1'b0;
      held_q <= held_q + 4'(tok_beat) - 4'(out_beat);
      if (!marked_q && tok_beat && mark_i) begin
        marked_q       <= 1'b1;
        marked_token_q <= tok_token_i;
        ahead_q        <= held_q - 4'(out_beat);
        newest_q       <= 1'b1;
        end_q          <= left_q == 2'd1;
      end else if (marked_q) begin
        if (tok_beat) newest_q <= 1'b0;
        if (newest_q && run_done_i) end_q <= 1'b1;
        if (out_beat) begin
          if (ahead_q == 0) marked_q <= 1'b0;
          ahead_q <= ahead_q - 1;
        end
      end
    end
  end

  logic leads;
  assign leads = marked_q && ahead_q == 0;

  always_comb begin
    m_soft: assume (rst_ni || !soft_ni);
    if (started_q && rst_ni) begin
      m_run: assume (!run_i || (!running_q && soft_ni && max_new_i <= 3));
      m_done: assume (!run_done_i || (running_q && soft_ni && !tok_valid_i));
      m_tok: assume (!tok_valid_i || (running_q && left_q != 0));
      m_tok_held: assume (!tok_stalled_q || !soft_ni || (tok_valid_i && tok_token_i == tok_q));
      a_out_held: assert (!stalled_q || m_axis_tvalid);
      a_out_stable: assert (!stalled_q || (m_axis_tdata == data_q && m_axis_tlast == last_q));
      a_readable: assert (readable_q == (m_axis_tvalid && !stalled_q));
      a_level: assert (16'(held_q) == level_o + 16'(dut.held_q));
      a_no_overflow: assert (32'(level_o) <= DEPTH + 1 && 32'(held_q) <= DEPTH + 2);
      a_no_underflow: assert (!m_axis_tvalid || held_q != 0);
      a_order: assert (!(leads && m_axis_tvalid) || m_axis_tdata == marked_token_q);
      a_last: assert (!(leads && m_axis_tvalid) || (m_axis_tlast == end_q && (end_q || !newest_q)));
      c_full: cover (32'(held_q) == DEPTH + 2 && tok_stalled_q && stalled_q);
      c_early: cover (leads && out_beat && m_axis_tlast && left_q == 2'd1 && !running_q);
      c_kept: cover (stalled_q && out_beat && !soft_ni);
    end
  end

endmodule
`default_nettype wire
