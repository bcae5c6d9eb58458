// Generated tokens towards the host, as an AXI4-Stream whose TLAST ends the tokens of a RUN.
//
// The last token of a RUN that reaches its max_new is known by counting. One that ends early (stop
// token, context full) is known only by its response, so a token is held until the next one or the
// response of its sequence shows what it was.
//
// Interface  run_i with run_seq_i, max_new_i: the chip has taken a RUN. done_i with done_seq_i: its response
//            has been taken. tok_* from the chip, m_axis_* to the host (TID: the sequence): valid never waits
//            for ready; tok_ready_o depends on the sequence that is offered. rst_ni is that of the bus;
//            soft_ni low drops what is inside, but a token that the host has been offered stays. level_o
//            tokens can be read from the stream.
// Latency    Two cycles from the beat that shows what a token was, if nothing waits; of several the lowest
//            sequence's goes first.
// Parameters DEPTH 1 to 255; SEQUENCES 1 to 4.
// Golden     golden/axi_host.py
`default_nettype none
module token_out
  import roma_pkg::*;
#(
  parameter int unsigned DEPTH     = 16,
  parameter int unsigned SEQUENCES = 1
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire logic        soft_ni,
  input  wire logic        run_i,
  input  wire seq_t        run_seq_i,
  input  wire logic [15:0] max_new_i,
  input  wire logic        done_i,
  input  wire seq_t        done_seq_i,
  input  wire logic        tok_valid_i,
  output logic             tok_ready_o,
  input  wire seq_t        tok_seq_i,
  input  wire logic [31:0] tok_token_i,
  output logic             m_axis_tvalid,
  input  wire logic        m_axis_tready,
  output logic [31:0]      m_axis_tdata,
  output seq_t             m_axis_tid,
  output logic             m_axis_tlast,
  output logic             readable_o,  // a token has reached the stream
  output logic [15:0]      level_o
);

  if (DEPTH < 1 || DEPTH > 255) begin : gen_bad_depth
    $fatal(1, "token_out: DEPTH is %0d, legal: 1 to 255", DEPTH);
  end
  if (SEQUENCES < 1 || SEQUENCES > 4) begin : gen_bad_sequences
    $fatal(1, "token_out: SEQUENCES is %0d, legal: 1 to 4", SEQUENCES);
  end

  // Of every sequence the token that came last.
  logic [SEQUENCES-1:0]       held_q, last_q, run, done, tok, sure, known, moves, free, take;
  logic [SEQUENCES-1:0][31:0] token_q;
  logic [SEQUENCES-1:0][15:0] left_q;
  logic        fifo_ready, fifo_valid, fifo_last, out_free, out_valid_q, out_last_q, move_last;
  logic [31:0] fifo_data, out_data_q, move_token;
  seq_t        fifo_seq, out_seq_q, move_seq;
  logic [15:0] fifo_level;

  always_comb begin
    tok_ready_o = 1'b0;
    move_seq    = '0;
    move_last   = last_q[0] || done[0];
    move_token  = token_q[0];
    for (int signed s = int'(SEQUENCES) - 1; s >= 0; s--) begin
      if (known[s]) begin
        move_seq   = seq_t'(s);
        move_last  = last_q[s] || done[s];
        move_token = token_q[s];
      end
    end
    for (int unsigned s = 0; s < SEQUENCES; s++) begin
      if (tok_seq_i == seq_t'(s)) tok_ready_o = free[s];
    end
  end

  for (genvar s = 0; s < int'(SEQUENCES); s++) begin : gen_held
    assign run[s]   = run_i && run_seq_i == seq_t'(s);
    assign done[s]  = done_i && done_seq_i == seq_t'(s);
    assign tok[s]   = tok_valid_i && tok_seq_i == seq_t'(s);
    assign sure[s]  = held_q[s] && (last_q[s] || done[s]);
    assign known[s] = sure[s] || (held_q[s] && tok[s]);
    assign moves[s] = known[s] && move_seq == seq_t'(s) && fifo_ready;
    // Whether the held one would move if another stood behind it.
    assign free[s]  = soft_ni && (!held_q[s] || (fifo_ready && SEQUENCES'(sure << (SEQUENCES - s)) == '0));
    assign take[s]  = tok[s] && free[s];

    always_ff @(posedge clk_i) begin
      if (run[s]) left_q[s] <= max_new_i;
      else if (take[s]) left_q[s] <= left_q[s] - 16'd1;
      if (take[s]) begin
        held_q[s]  <= 1'b1;
        token_q[s] <= tok_token_i;
        last_q[s]  <= left_q[s] == 16'd1;
      end else begin
        if (moves[s]) held_q[s] <= 1'b0;
        if (done[s]) last_q[s] <= 1'b1;
      end
      if (!soft_ni) held_q[s] <= 1'b0;
    end
  end

  host_fifo #(.WIDTH(35), .DEPTH(DEPTH)) u_fifo (
    .clk_i, .rst_ni(soft_ni), .flush_i(1'b0), .in_valid_i(known != '0 && soft_ni), .in_ready_o(fifo_ready),
    .in_data_i({move_seq, move_last, move_token}), .out_valid_o(fifo_valid), .out_ready_i(out_free),
    .out_data_o({fifo_seq, fifo_last, fifo_data}), .level_o(fifo_level)
  );

  // Behind the queue a register of its own: AXI4-Stream forbids taking an offered beat back.
  assign out_free = !out_valid_q || m_axis_tready;
  always_ff @(posedge clk_i) begin
    if (out_free) out_valid_q <= fifo_valid;
    if (fifo_valid && out_free) begin
      out_data_q <= fifo_data;
      out_last_q <= fifo_last;
      out_seq_q  <= fifo_seq;
    end
    if (!rst_ni) out_valid_q <= 1'b0;
  end

  assign m_axis_tvalid = out_valid_q;
  assign m_axis_tdata  = out_data_q;
  assign m_axis_tlast  = out_last_q;
  assign m_axis_tid    = out_seq_q;
  assign readable_o    = fifo_valid && out_free;
  assign level_o       = fifo_level + 16'(out_valid_q);

`ifndef SYNTHESIS
  a_out_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                 m_axis_tvalid && !m_axis_tready |=>
                                 m_axis_tvalid && $stable(m_axis_tdata) && $stable(m_axis_tlast) &&
                                 $stable(m_axis_tid));
`endif

endmodule
`default_nettype wire
