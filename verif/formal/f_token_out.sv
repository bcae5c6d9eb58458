// The token stream between a chip that runs one RUN after the other in each sequence and any reader, with
// soft resets at any time: the stream rules, no token lost, TLAST with the last token of a RUN and no other.
//
// One sequence (`who_i`, which stays) is looked at, the others do as they please within the rules. One token
// of it, chosen freely (`mark_i`), is followed: `ahead_q` tokens of its sequence leave before it.
`default_nettype none
module f_token_out
  import roma_pkg::*;
#(
  parameter int unsigned DEPTH     = 2,
  parameter int unsigned SEQUENCES = 2
) (
  input wire logic        clk_i,
  input wire logic        rst_ni,
  input wire logic        soft_ni,
  input wire seq_t        who_i,
  input wire logic        run_i,
  input wire seq_t        run_seq_i,
  input wire logic [15:0] max_new_i,
  input wire logic        done_i,
  input wire seq_t        done_seq_i,
  input wire logic        tok_valid_i,
  input wire seq_t        tok_seq_i,
  input wire logic [31:0] tok_token_i,
  input wire logic        m_axis_tready,
  input wire logic        mark_i
);

  logic        tok_ready_o, m_axis_tvalid, m_axis_tlast, readable_o;
  logic [31:0] m_axis_tdata;
  seq_t        m_axis_tid;
  logic [15:0] level_o;

  token_out #(.DEPTH(DEPTH), .SEQUENCES(SEQUENCES)) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  // ---- The chip as f_host_port proves it ------------------------------------------------------------
  logic [3:0]      running_q;
  logic [3:0][1:0] left_q;               // tokens that the RUN may still make
  logic            tok_stalled_q;
  logic [31:0]     tok_q;
  seq_t            tok_seq_q, who_q;

  logic        stalled_q, last_q, readable_q;
  logic [31:0] data_q;
  seq_t        id_q;
  logic [3:0]  held_q, inside_q, ahead_q;  // tokens inside, those of the sequence, those before the marked one
  logic        marked_q, newest_q, end_q;  // inside; no token came after it; it is the last of its RUN
  logic [31:0] marked_token_q;
  logic        tok_beat, out_beat, mine_in, mine_out, run_done;
  assign tok_beat = tok_valid_i && tok_ready_o;
  assign out_beat = m_axis_tvalid && m_axis_tready;
  assign mine_in  = tok_beat && tok_seq_i == who_i;
  assign mine_out = out_beat && m_axis_tid == who_i;
  assign run_done = done_i && done_seq_i == who_i;

  always_ff @(posedge clk_i) begin
    tok_stalled_q <= soft_ni && tok_valid_i && !tok_ready_o;
    tok_q         <= tok_token_i;
    tok_seq_q     <= tok_seq_i;
    who_q         <= who_i;
    stalled_q     <= rst_ni && m_axis_tvalid && !m_axis_tready;
    data_q        <= m_axis_tdata;
    id_q          <= m_axis_tid;
    last_q        <= m_axis_tlast;
    readable_q    <= rst_ni && readable_o;
    if (run_i) left_q[run_seq_i] <= max_new_i[1:0];
    if (tok_beat) left_q[tok_seq_i] <= left_q[tok_seq_i] - 2'd1;
    if (!soft_ni) begin
      running_q <= '0;
      marked_q  <= 1'b0;
      held_q    <= 4'(rst_ni && m_axis_tvalid && !m_axis_tready);
      inside_q  <= 4'(rst_ni && m_axis_tvalid && !m_axis_tready && m_axis_tid == who_i);
    end else begin
      if (run_i) running_q[run_seq_i] <= 1'b1;
      if (done_i) running_q[done_seq_i] <= 1'b0;
      held_q   <= held_q + 4'(tok_beat) - 4'(out_beat);
      inside_q <= inside_q + 4'(mine_in) - 4'(mine_out);
      if (!marked_q && mine_in && mark_i) begin
        marked_q       <= 1'b1;
        marked_token_q <= tok_token_i;
        ahead_q        <= inside_q - 4'(mine_out);
        newest_q       <= 1'b1;
        end_q          <= left_q[who_i] == 2'd1;
      end else if (marked_q) begin
        if (mine_in) newest_q <= 1'b0;
        if (newest_q && run_done) end_q <= 1'b1;
        if (mine_out) begin
          if (ahead_q == 0) marked_q <= 1'b0;
          ahead_q <= ahead_q - 1;
        end
      end
    end
  end

  logic leads;
  assign leads = marked_q && ahead_q == 0 && m_axis_tvalid && m_axis_tid == who_i;

  always_comb begin
    m_soft: assume (rst_ni || !soft_ni);
    m_who: assume (32'(who_i) < SEQUENCES && (!started_q || who_i == who_q));
    if (started_q && rst_ni) begin
      m_run: assume (!run_i || (32'(run_seq_i) < SEQUENCES && !running_q[run_seq_i] && soft_ni
                                && max_new_i <= 3));
      m_done: assume (!done_i || (32'(done_seq_i) < SEQUENCES && running_q[done_seq_i] && soft_ni
                                  && !(tok_valid_i && tok_seq_i == done_seq_i)));
      m_tok: assume (!tok_valid_i || (32'(tok_seq_i) < SEQUENCES && running_q[tok_seq_i]
                                      && left_q[tok_seq_i] != 0));
      m_tok_held: assume (!tok_stalled_q || !soft_ni
                          || (tok_valid_i && tok_token_i == tok_q && tok_seq_i == tok_seq_q));
      a_out_held: assert (!stalled_q || m_axis_tvalid);
      a_out_stable: assert (!stalled_q || (m_axis_tdata == data_q && m_axis_tlast == last_q
                                           && m_axis_tid == id_q));
      a_readable: assert (readable_q == (m_axis_tvalid && !stalled_q));
      a_level: assert (16'(held_q) == level_o + 16'(dut.held_q[0]) + 16'(dut.held_q[SEQUENCES-1]
                                                                         && SEQUENCES > 1));
      a_no_overflow: assert (32'(level_o) <= DEPTH + 1 && 32'(held_q) <= DEPTH + 1 + SEQUENCES);
      a_no_underflow: assert (!m_axis_tvalid || held_q != 0);
      a_order: assert (!leads || m_axis_tdata == marked_token_q);
      a_last: assert (!leads || (m_axis_tlast == end_q && (end_q || !newest_q)));
      c_full: cover (32'(held_q) == DEPTH + 1 + SEQUENCES && tok_stalled_q && stalled_q);
      c_early: cover (leads && out_beat && m_axis_tlast && left_q[who_i] == 2'd1 && !running_q[who_i]);
      c_kept: cover (stalled_q && out_beat && !soft_ni);
    end
  end

endmodule
`default_nettype wire
