// The host port between a host that keeps the stream rules, the sequencer (position, one token at a time)
// and a loader that answers once a start. Its four streams, the position and the context.
`default_nettype none
module f_host_port
  import roma_pkg::*;
#(
  parameter int unsigned CONTEXT       = 5,
  parameter int unsigned ADAPTER_SLOTS = 2,
  parameter int unsigned ADAPTER_WORDS = 4,
  parameter int unsigned STOP_TOKENS   = 1
) (
  input wire logic        clk_i,
  input wire logic        rst_ni,
  input wire logic        cmd_valid_i,
  input wire logic [2:0]  cmd_op_i,
  input wire logic [31:0] cmd_arg_i,
  input wire logic        rsp_ready_i,
  input wire logic        prompt_valid_i,
  input wire logic [31:0] prompt_token_i,
  input wire logic        tok_ready_i,
  input wire logic        header_valid_i,
  input wire logic [31:0] vocab_size_i,
  input wire logic        done_i,
  input wire logic        sampled_valid_i,
  input wire logic [31:0] sampled_i,
  input wire logic        load_done_i,
  input wire status_e     load_status_i,
  input wire logic [31:0] load_info_i,
  input wire logic [ADAPTER_SLOTS-1:0] slot_full_i
);

  logic        cmd_ready_o, rsp_valid_o, prompt_ready_o, tok_valid_o, token_start_o, sample_o;
  logic [2:0]  rsp_op_o;
  status_e     rsp_status_o;
  logic [31:0] rsp_info_o, tok_token_o, token_o, load_slot_o, adapter_base_o;
  logic [31:0] inv_temperature_o, noise_seed_o;
  logic        pos_set_o, load_start_o, load_in_use_o, adapter_on_o;
  position_t   pos_set_value_o, pos_i;

  host_port #(
    .CONTEXT(CONTEXT), .ADAPTER_SLOTS(ADAPTER_SLOTS), .ADAPTER_WORDS(ADAPTER_WORDS),
    .STOP_TOKENS(STOP_TOKENS)
  ) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  // ---- The sequencer as f_sequencer proves it ------------------------------------------------------
  logic        running_q;
  logic [12:0] pos_q;
  assign pos_i = '{pos: pos_q, slot: pos_q[12:1], member: {11'd0, pos_q[0]}};

  logic        loading_q;                // a load runs
  logic        run_q, load_q, other_q;   // commands that wait for their response
  logic [2:0]  other_op_q, rsp_op_q;
  logic [31:0] slot_q;                   // of the load
  logic        refused_q;
  logic        on_q, still_q;            // adapter of the running token; it ran in the cycle before
  logic [31:0] base_q;
  logic        tok_stalled_q, rsp_stalled_q, cmd_stalled_q, prompt_stalled_q, header_q;
  logic [31:0] tok_q, info_q, cmd_arg_q, prompt_q, vocab_q;
  logic [2:0]  cmd_op_q;
  status_e     status_q;
  logic [1:0]  made_q;
  logic        bad_q;

  always_ff @(posedge clk_i) begin
    tok_stalled_q    <= rst_ni && tok_valid_o && !tok_ready_i;
    rsp_stalled_q    <= rst_ni && rsp_valid_o && !rsp_ready_i;
    cmd_stalled_q    <= rst_ni && cmd_valid_i && !cmd_ready_o;
    prompt_stalled_q <= rst_ni && prompt_valid_i && !prompt_ready_o;
    header_q         <= rst_ni && header_valid_i;
    vocab_q          <= vocab_size_i;
    tok_q            <= tok_token_o;
    info_q           <= rsp_info_o;
    status_q         <= rsp_status_o;
    rsp_op_q         <= rsp_op_o;
    still_q          <= rst_ni && running_q && !token_start_o;
    base_q           <= adapter_base_o;
    cmd_op_q         <= cmd_op_i;
    cmd_arg_q        <= cmd_arg_i;
    prompt_q         <= prompt_token_i;
    if (!rst_ni) begin
      running_q <= 1'b0;
      loading_q <= 1'b0;
      run_q     <= 1'b0;
      load_q    <= 1'b0;
      other_q   <= 1'b0;
      pos_q     <= '0;
      made_q    <= '0;
      bad_q     <= 1'b0;
    end else begin
      if (token_start_o) running_q <= 1'b1;
      else if (done_i) running_q <= 1'b0;
      if (load_start_o) loading_q <= 1'b1;
      else if (load_done_i) loading_q <= 1'b0;
      if (load_start_o) begin
        slot_q    <= load_slot_o;
        refused_q <= load_in_use_o;
      end
      if (token_start_o) begin
        on_q <= 1'b0;
        for (int unsigned s = 0; s < ADAPTER_SLOTS; s++) begin
          if (32'(dut.selected_q) == s + 1) on_q <= slot_full_i[s];
        end
      end
      if (rsp_valid_o && rsp_ready_i) begin
        if (rsp_op_o == CmdRun) run_q <= 1'b0;
        else if (rsp_op_o == CmdLoad) load_q <= 1'b0;
        else other_q <= 1'b0;
      end
      if (cmd_valid_i && cmd_ready_o) begin
        if (cmd_op_i == CmdRun) run_q <= 1'b1;
        else if (cmd_op_i == CmdLoad) load_q <= 1'b1;
        else begin
          other_q    <= 1'b1;
          other_op_q <= cmd_op_i;
        end
      end
      if (pos_set_o) pos_q <= pos_set_value_o.pos;
      else if (done_i) pos_q <= pos_q + 13'd1;
      if (tok_valid_o && tok_ready_i && made_q != 2'd3) made_q <= made_q + 2'd1;
      if (prompt_valid_i && prompt_ready_o) bad_q <= prompt_token_i >= vocab_size_i;
    end
  end

  logic between;  // inside a RUN
  assign between = dut.state_q >= 3'd1 && dut.state_q <= 3'd5;

  always_comb begin
    if (started_q && rst_ni) begin
      m_cmd: assume (!cmd_stalled_q || (cmd_valid_i && cmd_op_i == cmd_op_q && cmd_arg_i == cmd_arg_q));
      m_prompt: assume (!prompt_stalled_q || (prompt_valid_i && prompt_token_i == prompt_q));
      m_header: assume (!header_q || (header_valid_i && vocab_size_i == vocab_q));
      m_done: assume (!done_i || running_q);
      m_sampled: assume (!sampled_valid_i || running_q);
      m_load: assume (!load_done_i || loading_q);

      a_tok_held: assert (!tok_stalled_q || tok_valid_o);
      a_tok_stable: assert (!tok_stalled_q || tok_token_o == tok_q);
      a_rsp_held: assert (!rsp_stalled_q || rsp_valid_o);
      a_rsp_stable: assert (!rsp_stalled_q || (rsp_info_o == info_q && rsp_status_o == status_q
                                               && rsp_op_o == rsp_op_q));
      a_one_response: assert (!rsp_valid_o || (rsp_op_o == CmdRun ? run_q : rsp_op_o == CmdLoad ? load_q
                                               : other_q && rsp_op_o == other_op_q));
      a_waits: assert (!(cmd_valid_i && cmd_ready_o)
                       || (!other_q && !(cmd_op_i == CmdLoad && load_q)
                           && !(run_q && cmd_op_i != CmdLoad && cmd_op_i != CmdSelect)));
      a_one_token: assert (!token_start_o || !running_q);
      a_position_still: assert (!pos_set_o || (!running_q && !token_start_o));
      a_prompt_fits: assert (!(dut.state_q == 3'd1 || (dut.state_q == 3'd4 && dut.prompt_left_q != 0))
          || 32'(pos_q) + 32'(running_q) + 32'(dut.prompt_left_q) <= CONTEXT);
      a_context: assert (!token_start_o || 32'(pos_q) < CONTEXT);
      a_position_back: assert ((!between || dut.before_q.pos <= pos_q)
                               && (!pos_set_o || pos_set_value_o.pos <= pos_q)
                               && 32'(pos_q) + 32'(running_q) <= CONTEXT);
      a_vocabulary: assert (!(token_start_o && prompt_valid_i && prompt_ready_o)
                            || token_o < vocab_size_i);
      a_adapter: assert (!running_q || adapter_on_o == on_q);
      a_adapter_stays: assert (!(running_q && still_q) || adapter_base_o == base_q);
      a_load_apart: assert (!(running_q && adapter_on_o && loading_q && !refused_q)
                            || 32'(dut.token_slot_q) != slot_q + 1);
      c_generated: cover (made_q == 2);
      c_full: cover (rsp_valid_o && rsp_status_o == StContextFull && made_q != 0);
      c_passes: cover (rsp_valid_o && rsp_op_o == CmdSelect && run_q && loading_q);
      c_stopped: cover (rsp_valid_o && rsp_status_o == StStopped);
      c_refused: cover (rsp_valid_o && rsp_status_o == StBadToken && pos_q == 2);
    end
  end

endmodule
`default_nettype wire
