// The host port between a host that keeps the stream rules, a sequencer (room, tokens of several sequences
// in flight, through in the order of their sequence) and a loader that answers once a start. Its four
// streams, what is open, positions and the context, adapters.
`default_nettype none
module f_host_port
  import roma_pkg::*;
#(
  parameter int unsigned CONTEXT       = 5,
  parameter int unsigned GROUP_UNITS   = 2,
  parameter int unsigned TOKENS        = 2,
  parameter int unsigned SEQUENCES     = 2,
  parameter int unsigned ADAPTER_SLOTS = 2,
  parameter int unsigned ADAPTER_WORDS = 4,
  parameter int unsigned STOP_TOKENS   = 1
) (
  input wire logic        clk_i,
  input wire logic        rst_ni,
  input wire logic        cmd_valid_i,
  input wire logic [2:0]  cmd_op_i,
  input wire seq_t        cmd_seq_i,
  input wire logic [31:0] cmd_arg_i,
  input wire logic        rsp_ready_i,
  input wire logic        prompt_valid_i,
  input wire seq_t        prompt_seq_i,
  input wire logic [31:0] prompt_token_i,
  input wire logic        tok_ready_i,
  input wire logic        header_valid_i,
  input wire logic [31:0] vocab_size_i,
  input wire logic        room_i,
  input wire logic        done_valid_i,
  input wire seq_t        done_seq_i,
  input wire logic        sampled_valid_i,
  input wire seq_t        sampled_seq_i,
  input wire logic [31:0] sampled_i,
  input wire logic        load_done_i,
  input wire status_e     load_status_i,
  input wire logic [31:0] load_info_i,
  input wire logic [ADAPTER_SLOTS-1:0] slot_full_i
);

  logic        cmd_ready_o, rsp_valid_o, prompt_ready_o, tok_valid_o, token_start_o, start_sample_o;
  logic [2:0]  rsp_op_o;
  seq_t        rsp_seq_o, tok_seq_o, start_seq_o;
  status_e     rsp_status_o;
  logic [31:0] rsp_info_o, tok_token_o, start_token_o, load_slot_o, start_adapter_base_o;
  logic [31:0] start_inv_temperature_o, start_noise_seed_o;
  logic        load_start_o, load_in_use_o, start_adapter_on_o;
  position_t   start_pos_o;

  host_port #(
    .CONTEXT(CONTEXT), .GROUP_UNITS(GROUP_UNITS), .TOKENS(TOKENS), .SEQUENCES(SEQUENCES),
    .ADAPTER_SLOTS(ADAPTER_SLOTS), .ADAPTER_WORDS(ADAPTER_WORDS), .STOP_TOKENS(STOP_TOKENS)
  ) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  // ---- Commands that are open ----------------------------------------------------------------------
  logic        cmd_beat, known;          // a command is taken; its sequence exists
  logic [3:0]  run_q;                    // RUNs by sequence
  logic        load_q, other_q, loading_q, refused_q;
  logic [2:0]  other_op_q;
  seq_t        other_seq_q, load_seq_q;
  logic [31:0] slot_q;                   // of the load
  assign cmd_beat = cmd_valid_i && cmd_ready_o;
  assign known    = 32'(cmd_seq_i) < SEQUENCES;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      run_q     <= '0;
      load_q    <= 1'b0;
      other_q   <= 1'b0;
      loading_q <= 1'b0;
    end else begin
      if (load_start_o) loading_q <= 1'b1;
      else if (load_done_i) loading_q <= 1'b0;
      if (rsp_valid_o && rsp_ready_i) begin
        if (rsp_op_o == CmdLoad) load_q <= 1'b0;
        else if (rsp_op_o == CmdRun && 32'(rsp_seq_o) < SEQUENCES) run_q[rsp_seq_o] <= 1'b0;
        else other_q <= 1'b0;
      end
      if (cmd_beat) begin
        if (cmd_op_i == CmdLoad) begin
          load_q     <= 1'b1;
          load_seq_q <= cmd_seq_i;
          slot_q     <= cmd_arg_i;
          refused_q  <= load_in_use_o;
        end else if (cmd_op_i == CmdRun && known) begin
          run_q[cmd_seq_i] <= 1'b1;
        end else begin
          other_q     <= 1'b1;
          other_op_q  <= cmd_op_i;
          other_seq_q <= cmd_seq_i;
        end
      end
    end
  end

  // ---- Tokens in flight, by sequence: how many, with which adapters (slot + 1, the youngest lowest) -------
  logic [3:0][2:0]             flying_q;
  logic [3:0][TOKENS-1:0][1:0] adapters_q;
  logic [3:0][12:0]            next_q;   // position behind that of the last start
  logic [3:0][1:0]             selected_q;
  logic [1:0]                  selected, want;
  logic                        arg_full, apart;
  logic [3:0]                  in_flight;

  always_comb begin
    selected = selected_q[start_seq_o];
    want     = selected != 0 && slot_full_i[1'(selected - 2'd1)] ? selected : '0;
    arg_full = (cmd_arg_i == 1 && slot_full_i[0]) || (cmd_arg_i == 2 && slot_full_i[1]);
    if (load_q && slot_q == cmd_arg_i - 1) arg_full = 1'b0;
    in_flight = '0;
    apart     = 1'b1;
    for (int unsigned s = 0; s < SEQUENCES; s++) begin
      in_flight = in_flight + 4'(flying_q[s]);
      for (int unsigned t = 0; t < TOKENS; t++) begin
        if (t < 32'(flying_q[s]) && adapters_q[s][t] != 0 && 32'(adapters_q[s][t]) == slot_q + 1)
          apart = 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned s = 0; s < SEQUENCES; s++) begin
      flying_q[s] <= flying_q[s] + 3'(token_start_o && start_seq_o == 2'(s))
                     - 3'(done_valid_i && done_seq_i == 2'(s));
    end
    if (token_start_o) begin
      next_q[start_seq_o]     <= start_pos_o.pos + 13'd1;
      adapters_q[start_seq_o] <= (TOKENS * 2)'({adapters_q[start_seq_o], start_adapter_on_o
                                                 ? 2'(start_adapter_base_o / ADAPTER_WORDS + 1) : 2'd0});
    end
    if (cmd_beat && cmd_op_i == CmdSelect && known && (cmd_arg_i == 0 || arg_full))
      selected_q[cmd_seq_i] <= cmd_arg_i[1:0];
    if (!rst_ni) begin
      flying_q   <= '0;
      next_q     <= '0;
      selected_q <= '0;
    end
  end

  // ---- Streams ---------------------------------------------------------------------------------------
  logic        tok_stalled_q, rsp_stalled_q, cmd_stalled_q, prompt_stalled_q, header_q;
  logic [31:0] tok_q, info_q, cmd_arg_q, prompt_q, vocab_q;
  logic [2:0]  cmd_op_q, rsp_op_q;
  seq_t        cmd_seq_q, rsp_seq_q, tok_seq_q, prompt_seq_q;
  status_e     status_q;
  logic [1:0]  made_q;

  always_ff @(posedge clk_i) begin
    tok_stalled_q    <= rst_ni && tok_valid_o && !tok_ready_i;
    rsp_stalled_q    <= rst_ni && rsp_valid_o && !rsp_ready_i;
    cmd_stalled_q    <= rst_ni && cmd_valid_i && !cmd_ready_o;
    prompt_stalled_q <= rst_ni && prompt_valid_i && !prompt_ready_o;
    header_q         <= rst_ni && header_valid_i;
    vocab_q          <= vocab_size_i;
    {tok_seq_q, tok_q}                <= {tok_seq_o, tok_token_o};
    {rsp_seq_q, rsp_op_q, info_q}     <= {rsp_seq_o, rsp_op_o, rsp_info_o};
    status_q                          <= rsp_status_o;
    {cmd_seq_q, cmd_op_q, cmd_arg_q}  <= {cmd_seq_i, cmd_op_i, cmd_arg_i};
    {prompt_seq_q, prompt_q}          <= {prompt_seq_i, prompt_token_i};
    if (!rst_ni) made_q <= '0;
    else if (tok_valid_o && tok_ready_i && made_q != 2'd3) made_q <= made_q + 2'd1;
  end

  // ---- RUNs of the two sequences, from inside ----------------------------------------------------------
  logic [1:0] fits, back;
  for (genvar s = 0; s < 2; s++) begin : gen_inside
    logic [2:0]  state;
    logic [12:0] pos;
    assign state   = dut.gen_sequence[s].u_run.state_q;
    assign pos     = dut.gen_sequence[s].u_run.pos_q.pos;
    assign fits[s] = state != 3'd1 || 32'(pos) + 32'(dut.gen_sequence[s].u_run.prompt_left_q) <= CONTEXT;
    assign back[s] = pos <= next_q[s]
                     && (state == 3'd0 || dut.gen_sequence[s].u_run.before_q.pos <= pos);
  end

  always_comb begin
    if (started_q && rst_ni) begin
      m_cmd: assume (!cmd_stalled_q || (cmd_valid_i && cmd_op_i == cmd_op_q && cmd_seq_i == cmd_seq_q
                                        && cmd_arg_i == cmd_arg_q));
      m_prompt: assume (!prompt_stalled_q || (prompt_valid_i && prompt_seq_i == prompt_seq_q
                                              && prompt_token_i == prompt_q));
      m_header: assume (!header_q || (header_valid_i && vocab_size_i == vocab_q));
      m_room: assume (!room_i || 32'(in_flight) - 32'(done_valid_i) < TOKENS);
      m_done: assume (!done_valid_i || (32'(done_seq_i) < SEQUENCES && flying_q[done_seq_i] != 0));
      m_sampled: assume (!sampled_valid_i
                         || (32'(sampled_seq_i) < SEQUENCES && flying_q[sampled_seq_i] != 0));
      m_load: assume (!load_done_i || loading_q);

      a_tok_held: assert (!tok_stalled_q || tok_valid_o);
      a_tok_stable: assert (!tok_stalled_q || (tok_token_o == tok_q && tok_seq_o == tok_seq_q));
      a_rsp_held: assert (!rsp_stalled_q || rsp_valid_o);
      a_rsp_stable: assert (!rsp_stalled_q || (rsp_info_o == info_q && rsp_status_o == status_q
                                               && rsp_op_o == rsp_op_q && rsp_seq_o == rsp_seq_q));
      a_one_response: assert (!rsp_valid_o
          || (rsp_op_o == CmdLoad ? load_q && rsp_seq_o == load_seq_q
              : rsp_op_o == CmdRun && 32'(rsp_seq_o) < SEQUENCES ? run_q[rsp_seq_o]
              : other_q && rsp_op_o == other_op_q && rsp_seq_o == other_seq_q));
      a_waits: assert (!cmd_beat || (!other_q && !(cmd_op_i == CmdLoad && load_q)
          && !(known && run_q[cmd_seq_i] && cmd_op_i != CmdLoad && cmd_op_i != CmdSelect)
          && !(run_q != 0 && cmd_op_i >= CmdStop)));
      a_one_token: assert (!token_start_o || (room_i && run_q[start_seq_o]
                                              && 32'(in_flight) - 32'(done_valid_i) < TOKENS));
      a_through: assert (!(tok_valid_o && flying_q[tok_seq_o] != 0)
                         && !(rsp_valid_o && rsp_op_o == CmdRun && flying_q[rsp_seq_o] != 0));
      a_prompt_fits: assert (fits == '1);
      a_context: assert (!token_start_o || 32'(start_pos_o.pos) < CONTEXT);
      a_position_back: assert (back == '1 && (!token_start_o || start_pos_o.pos <= next_q[start_seq_o]));
      a_position: assert (!token_start_o || start_pos_o.pos == {start_pos_o.slot, start_pos_o.member[0]});
      a_vocabulary: assert (!(token_start_o && prompt_valid_i && prompt_ready_o)
                            || start_token_o < vocab_size_i);
      a_prompt_turn: assert (!(prompt_valid_i && prompt_ready_o)
                             || (32'(prompt_seq_i) < SEQUENCES && run_q[prompt_seq_i] && room_i));
      a_adapter: assert (!token_start_o || (start_adapter_on_o == (want != 0) && (want == 0
          || start_adapter_base_o == (32'(want) - 1) * ADAPTER_WORDS)));
      a_load_apart: assert (!(loading_q && !refused_q) || apart);
      c_generated: cover (made_q == 2);
      c_full: cover (rsp_valid_o && rsp_status_o == StContextFull && made_q != 0);
      c_passes: cover (rsp_valid_o && rsp_op_o == CmdSelect && run_q[1:0] == 2'b11 && loading_q);
      c_stopped: cover (rsp_valid_o && rsp_status_o == StStopped);
      c_refused: cover (rsp_valid_o && rsp_status_o == StBadToken && next_q[1] == 2);
      c_both: cover (flying_q[0] != 0 && flying_q[1] != 0);
      c_nobody: cover (rsp_valid_o && rsp_status_o == StBadSequence && run_q[1:0] == 2'b11);
    end
  end

endmodule
`default_nettype wire
