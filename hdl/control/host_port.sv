// The host's side of the chip: commands, prompt tokens in, generated tokens out, one response for
// every command. It owns the sequence (what has been sampled, how far it is), starts tokens, and keeps
// what commands set: the adapter, how tokens are drawn, stop tokens.
//
// Interface  golden/SPEC.md chapter 6. All streams valid/ready, valid never waits for ready; cmd_ready_o
//            depends on the op that is offered. A refused command changes nothing. token_start_o with
//            token_o, sample_o: the sequencer's; done_i comes back. sampled_valid_i may come any time
//            between. adapter_on_o, adapter_base_o are those of the token that started last.
// Latency    chapter 5, "Sequencer": RUN in cycle c: first prompt token can be taken in c+1, or the
//            sampled one starts in c+1. done_i in cycle t+1 (END issued in t): prompt_ready_o or
//            tok_valid_o or rsp_valid_o in t+2. A token taken by the host starts the next one in the
//            cycle of that handshake. load_done_i in cycle x: rsp_valid_o in x+1, like that of a
//            command of cycle x that needs no time.
// Parameters CONTEXT 1 to 4096; ADAPTER_SLOTS 1 to 15; ADAPTER_WORDS >= 1; STOP_TOKENS 1 to 16.
// Golden     golden/host_port.py, golden/host.py
`default_nettype none
module host_port
  import roma_pkg::*;
#(
  parameter int unsigned CONTEXT       = 16,
  parameter int unsigned ADAPTER_SLOTS = 2,
  parameter int unsigned ADAPTER_WORDS = 4,
  parameter int unsigned STOP_TOKENS   = 4
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  // Host
  input  wire logic        cmd_valid_i,
  output logic             cmd_ready_o,
  input  wire logic [2:0]  cmd_op_i,
  input  wire logic [31:0] cmd_arg_i,
  output logic             rsp_valid_o,
  input  wire logic        rsp_ready_i,
  output logic [2:0]       rsp_op_o,
  output status_e          rsp_status_o,
  output logic [31:0]      rsp_info_o,
  input  wire logic        prompt_valid_i,
  output logic             prompt_ready_o,
  input  wire logic [31:0] prompt_token_i,
  output logic             tok_valid_o,
  input  wire logic        tok_ready_i,
  output logic [31:0]      tok_token_o,
  // Sequencer
  input  wire logic        header_valid_i,
  input  wire logic [31:0] vocab_size_i,
  output logic             token_start_o,
  output logic [31:0]      token_o,
  output logic             sample_o,
  output logic             pos_set_o,
  output position_t        pos_set_value_o,
  input  wire position_t   pos_i,
  input  wire logic        done_i,
  input  wire logic        sampled_valid_i,
  input  wire logic [31:0] sampled_i,
  // Adapters
  output logic             load_start_o,
  output logic [31:0]      load_slot_o,
  output logic             load_in_use_o,
  input  wire logic        load_done_i,
  input  wire status_e     load_status_i,
  input  wire logic [31:0] load_info_i,
  input  wire logic [ADAPTER_SLOTS-1:0] slot_full_i,
  output logic             adapter_on_o,
  output logic [31:0]      adapter_base_o,
  // Sampler
  output logic [31:0]      inv_temperature_o,
  output logic [31:0]      noise_seed_o
);

  if (CONTEXT < 1 || CONTEXT > 4096) begin : gen_bad_context
    $fatal(1, "host_port: CONTEXT is %0d, legal: 1 to 4096", CONTEXT);
  end
  if (ADAPTER_SLOTS < 1 || ADAPTER_SLOTS > 15) begin : gen_bad_slots
    $fatal(1, "host_port: ADAPTER_SLOTS is %0d, legal: 1 to 15", ADAPTER_SLOTS);
  end
  if (ADAPTER_WORDS < 1) begin : gen_bad_words
    $fatal(1, "host_port: ADAPTER_WORDS is %0d, legal: >= 1", ADAPTER_WORDS);
  end

  if (STOP_TOKENS < 1 || STOP_TOKENS > 16) begin : gen_bad_stops
    $fatal(1, "host_port: STOP_TOKENS is %0d, legal: 1 to 16", STOP_TOKENS);
  end

  // The open RUN.
  typedef enum logic [2:0] {
    Idle,     // none
    Prompt,   // waits for a prompt token
    Refuse,   // takes and drops the rest of a prompt with a bad token
    Resume,   // starts the pending token
    Run,      // a token runs
    Emit,     // a generated token waits for the host
    Respond   // the response waits for the host
  } state_e;

  state_e      state_q;
  status_e     status_q;
  logic [31:0] info_q;
  logic [15:0] prompt_left_q, new_left_q, made_q;
  logic        pending_q;        // token_q is sampled and not yet in the KV cache
  logic [31:0] token_q;
  position_t   before_q;         // position at the command
  logic [3:0]  token_slot_q;     // adapter slot + 1 of the RUN's token that started last
  logic [31:0] token_base_q;

  // The open LOAD, and the open command that is neither RUN nor LOAD.
  logic        load_open_q, load_answer_q, other_q;
  logic [31:0] load_slot_q, load_info_q, other_info_q;
  status_e     load_status_q, other_status_q;
  logic [2:0]  other_op_q;

  // What commands set.
  logic [3:0]  selected_q;       // adapter slot + 1
  logic [31:0] base_q, inv_temperature_q, noise_seed_q;
  logic [STOP_TOKENS-1:0]       stop_set_q;
  logic [STOP_TOKENS-1:0][31:0] stop_q;

  logic        bad_token, last_prompt, full, cmd_beat, prompt_beat, tok_beat, resume_now;
  logic [15:0] run_prompt, run_new;
  logic [31:0] wanted;

  assign {run_new, run_prompt} = cmd_arg_i;
  assign wanted      = 32'(pos_i.pos) + 32'(run_prompt);
  assign bad_token   = prompt_token_i >= vocab_size_i;
  assign last_prompt = prompt_left_q == 16'd1;
  assign full        = 32'(pos_i.pos) >= CONTEXT;
  assign cmd_beat    = cmd_valid_i && cmd_ready_o;
  assign prompt_beat = prompt_valid_i && prompt_ready_o;
  assign tok_beat    = tok_valid_o && tok_ready_i;
  assign resume_now  = state_q == Resume && !full;

  // ---- Slots -------------------------------------------------------------------------------------
  logic        arg_full, selected_full, selected_loads, arg_loads;
  logic [31:0] selected_slot, token_slot;

  assign selected_slot  = 32'(selected_q) - 32'd1;
  assign token_slot     = 32'(token_slot_q) - 32'd1;
  assign selected_loads = load_open_q && selected_q != '0 && load_slot_q == selected_slot;
  assign arg_loads      = load_open_q && load_slot_q == cmd_arg_i - 32'd1;
  always_comb begin
    arg_full      = 1'b0;
    selected_full = 1'b0;
    for (int unsigned s = 0; s < ADAPTER_SLOTS; s++) begin
      if (cmd_arg_i == s + 1) arg_full = slot_full_i[s];
      if (selected_slot == s) selected_full = slot_full_i[s];
    end
  end

  // ---- Stop tokens -------------------------------------------------------------------------------
  logic stops, listed;
  always_comb begin
    stops  = 1'b0;
    listed = 1'b0;
    for (int unsigned s = 0; s < STOP_TOKENS; s++) begin
      if (stop_set_q[s] && stop_q[s] == token_q) stops = 1'b1;
      if (stop_set_q[s] && stop_q[s] == cmd_arg_i) listed = 1'b1;
    end
  end

  // ---- Verdict on a command that is neither RUN nor LOAD ---------------------------------------------
  status_e verdict;
  logic    normal;  // a normal positive FP32
  assign normal = !cmd_arg_i[31] && cmd_arg_i[30:23] != '0 && cmd_arg_i[30:23] != '1;
  always_comb begin
    verdict = StOk;
    unique case (cmd_op_i)
      CmdNew, CmdSeed: ;
      CmdSelect: if (cmd_arg_i != '0 && (!arg_full || arg_loads)) verdict = StNoAdapter;
      CmdSampling: if (cmd_arg_i != '0 && !normal) verdict = StBadValue;
      CmdStop: begin
        if (cmd_arg_i != NO_STOPS) begin
          if (cmd_arg_i >= vocab_size_i) verdict = StBadToken;
          else if (!listed && &stop_set_q) verdict = StStopListFull;
        end
      end
      default: verdict = StBadCommand;
    endcase
  end

  // ---- Responses: of the other command, of LOAD, of RUN; one that waits stays --------------------------
  typedef enum logic [1:0] {FromOther, FromLoad, FromRun} source_e;
  source_e source, source_q;
  logic    held_q, rsp_beat;

  always_comb begin
    source = FromRun;
    if (load_answer_q) source = FromLoad;
    if (other_q) source = FromOther;
    if (held_q) source = source_q;
    unique case (source)
      FromOther: begin
        rsp_op_o     = other_op_q;
        rsp_status_o = other_status_q;
        rsp_info_o   = other_info_q;
      end
      FromLoad: begin
        rsp_op_o     = CmdLoad;
        rsp_status_o = load_status_q;
        rsp_info_o   = load_info_q;
      end
      default: begin
        rsp_op_o     = CmdRun;
        rsp_status_o = status_q;
        rsp_info_o   = info_q;
      end
    endcase
  end
  assign rsp_valid_o = other_q || load_answer_q || state_q == Respond;
  assign rsp_beat    = rsp_valid_o && rsp_ready_i;

  // ---- Outputs -----------------------------------------------------------------------------------
  always_comb begin
    cmd_ready_o = header_valid_i && !other_q;
    unique case (cmd_op_i)
      CmdSelect: ;
      CmdLoad: if (load_open_q) cmd_ready_o = 1'b0;
      CmdRun: if (state_q != Idle || selected_loads) cmd_ready_o = 1'b0;
      default: if (state_q != Idle) cmd_ready_o = 1'b0;
    endcase
  end
  assign prompt_ready_o    = state_q == Prompt || state_q == Refuse;
  assign tok_valid_o       = state_q == Emit;
  assign tok_token_o       = token_q;
  assign load_slot_o       = cmd_arg_i;
  assign load_start_o      = cmd_beat && cmd_op_i == CmdLoad;
  // A token that starts now has the selected adapter; the one before it is through.
  assign load_in_use_o     = state_q != Idle &&
                             ((selected_q != '0 && cmd_arg_i == selected_slot) ||
                              (token_slot_q != '0 && cmd_arg_i == token_slot && !token_start_o));
  assign adapter_on_o      = token_slot_q != '0;
  assign adapter_base_o    = token_base_q;
  assign inv_temperature_o = inv_temperature_q;
  assign noise_seed_o      = noise_seed_q;

  always_comb begin
    token_start_o = 1'b0;
    token_o       = token_q;
    sample_o      = 1'b1;
    unique case (state_q)
      Prompt: begin
        token_start_o = prompt_beat && !bad_token;
        token_o       = prompt_token_i;
        sample_o      = last_prompt && new_left_q != '0;
      end
      Resume: token_start_o = resume_now;
      Emit: token_start_o = tok_beat && new_left_q != 16'd1 && !full && !stops;
      default: ;
    endcase
    pos_set_o       = 1'b0;
    pos_set_value_o = before_q;
    if (cmd_beat && cmd_op_i == CmdNew) begin
      pos_set_o       = 1'b1;
      pos_set_value_o = '0;
    end
    if (state_q == Prompt && prompt_beat && bad_token) pos_set_o = 1'b1;
  end

  // ---- The open RUN ----------------------------------------------------------------------------------
  always_ff @(posedge clk_i) begin
    if (sampled_valid_i) begin
      token_q   <= sampled_i;
      pending_q <= 1'b1;
    end
    if (cmd_beat && cmd_op_i == CmdNew) pending_q <= 1'b0;
    if (token_start_o) begin
      token_slot_q <= selected_full ? selected_q : '0;
      token_base_q <= base_q;
    end
    unique case (state_q)
      Idle: begin
        if (cmd_beat && cmd_op_i == CmdRun) begin
          state_q       <= Respond;
          status_q      <= StOk;
          info_q        <= '0;
          before_q      <= pos_i;
          prompt_left_q <= run_prompt;
          new_left_q    <= run_new;
          made_q        <= '0;
          token_slot_q  <= '0;
          if (wanted > CONTEXT) begin
            status_q <= StPromptTooLong;
            info_q   <= wanted;
          end else if (run_prompt != '0) begin
            state_q <= Prompt;
          end else if (run_new == '0 || !pending_q) begin
            status_q <= StNothingToDo;
          end else begin
            state_q <= Resume;
          end
        end
      end
      Prompt: begin
        if (prompt_beat) begin
          prompt_left_q <= prompt_left_q - 16'd1;
          state_q       <= Run;
          if (bad_token) begin
            status_q <= StBadToken;
            info_q   <= prompt_token_i;
            state_q  <= last_prompt ? Respond : Refuse;
          end
        end
      end
      Refuse: begin
        if (prompt_beat) begin
          prompt_left_q <= prompt_left_q - 16'd1;
          if (last_prompt) state_q <= Respond;
        end
      end
      Resume: begin
        state_q <= Run;
        if (full) begin
          status_q <= StContextFull;
          state_q  <= Respond;
        end
      end
      Run: begin
        if (done_i) begin
          if (prompt_left_q != '0) begin
            state_q <= Prompt;
          end else if (new_left_q != '0) begin
            state_q <= Emit;
          end else begin
            // Prefill only: what was sampled before is no longer the next input.
            pending_q <= 1'b0;
            state_q   <= Respond;
          end
        end
      end
      Emit: begin
        if (tok_beat) begin
          new_left_q <= new_left_q - 16'd1;
          made_q     <= made_q + 16'd1;
          info_q     <= 32'(made_q) + 32'd1;
          state_q    <= Run;
          if (stops) begin
            status_q <= StStopped;
            state_q  <= Respond;
          end else if (new_left_q == 16'd1) begin
            state_q <= Respond;
          end else if (full) begin
            status_q <= StContextFull;
            state_q  <= Respond;
          end
        end
      end
      default: begin  // Respond
        if (rsp_beat && source == FromRun) state_q <= Idle;
      end
    endcase
    if (!rst_ni) begin
      state_q      <= Idle;
      pending_q    <= 1'b0;
      token_slot_q <= '0;
    end
  end

  // ---- The other commands ------------------------------------------------------------------------------
  always_ff @(posedge clk_i) begin
    held_q   <= rsp_valid_o && !rsp_ready_i;
    source_q <= source;
    if (rsp_beat && source == FromOther) other_q <= 1'b0;
    if (rsp_beat && source == FromLoad) begin
      load_open_q   <= 1'b0;
      load_answer_q <= 1'b0;
    end
    if (load_done_i) begin
      load_answer_q <= 1'b1;
      load_status_q <= load_status_i;
      load_info_q   <= load_info_i;
    end
    if (load_start_o) begin
      load_open_q <= 1'b1;
      load_slot_q <= cmd_arg_i;
    end else if (cmd_beat && cmd_op_i != CmdRun) begin
      other_q        <= 1'b1;
      other_op_q     <= cmd_op_i;
      other_status_q <= verdict;
      other_info_q   <= cmd_arg_i;
      if (verdict == StOk) begin
        other_info_q <= '0;
        unique case (cmd_op_i)
          CmdSelect: begin
            selected_q <= cmd_arg_i[3:0];
            // A product with a constant, once a selection.
            base_q     <= (cmd_arg_i - 32'd1) * ADAPTER_WORDS;
          end
          CmdSampling: inv_temperature_q <= cmd_arg_i;
          CmdSeed: noise_seed_q <= cmd_arg_i;
          CmdStop: begin
            if (cmd_arg_i == NO_STOPS) begin
              stop_set_q <= '0;
            end else if (!listed) begin
              stop_set_q <= STOP_TOKENS'({stop_set_q, 1'b1});
              stop_q     <= (STOP_TOKENS * 32)'({stop_q, cmd_arg_i});
            end
          end
          default: ;
        endcase
      end
      if (verdict == StBadCommand) other_info_q <= 32'(cmd_op_i);
    end
    if (!rst_ni) begin
      held_q            <= 1'b0;
      other_q           <= 1'b0;
      load_open_q       <= 1'b0;
      load_answer_q     <= 1'b0;
      selected_q        <= '0;
      base_q            <= '0;
      inv_temperature_q <= '0;
      noise_seed_q      <= '0;
      stop_set_q        <= '0;
    end
  end

`ifndef SYNTHESIS
  a_tok_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                 tok_valid_o && !tok_ready_i |=> tok_valid_o && $stable(tok_token_o));
  a_rsp_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                 rsp_valid_o && !rsp_ready_i |=>
                                 rsp_valid_o && $stable(rsp_op_o) && $stable(rsp_status_o) &&
                                 $stable(rsp_info_o));
  a_cmd_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                 cmd_valid_i && !cmd_ready_o |=>
                                 cmd_valid_i && $stable(cmd_op_i) && $stable(cmd_arg_i));
  a_prompt_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                    prompt_valid_i && !prompt_ready_o |=>
                                    prompt_valid_i && $stable(prompt_token_i));
  a_sampled: assert property (@(posedge clk_i) disable iff (!rst_ni)
                              sampled_valid_i |-> state_q == Run);
  a_loaded: assert property (@(posedge clk_i) disable iff (!rst_ni)
                             load_done_i |-> load_open_q && !load_answer_q);
  a_token_keeps_adapter: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                          state_q == Run |=>
                                          $stable(adapter_on_o) && $stable(adapter_base_o));
  // From a LOAD that is not refused to its response no token has its slot.
  logic load_refused_q;
  always_ff @(posedge clk_i) if (load_start_o) load_refused_q <= load_in_use_o;
  a_no_token_of_a_load: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                         token_start_o && load_open_q && !load_refused_q |->
                                         !selected_loads);
`endif

endmodule
`default_nettype wire
