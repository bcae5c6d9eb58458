// The host's side of the chip: commands, prompt tokens in, generated tokens out, one response for
// every command. It owns the sequence (what has been sampled, how far it is) and starts tokens.
//
// Interface  golden/SPEC.md chapter 6. All streams valid/ready, valid never waits for ready. A refused
//            command changes nothing. token_start_o with token_o, sample_o: the sequencer's; done_i
//            comes back. sampled_valid_i may come any time between.
// Latency    chapter 5, "Sequencer": RUN in cycle c: first prompt token can be taken in c+1, or the
//            sampled one starts in c+1. done_i in cycle t+1 (END issued in t): prompt_ready_o or
//            tok_valid_o or rsp_valid_o in t+2. A token taken by the host starts the next one in the
//            cycle of that handshake.
// Parameters CONTEXT 1 to 4096; ADAPTER_SLOTS 1 to 15; ADAPTER_WORDS >= 1.
// Golden     golden/host.py, golden/chip.py
`default_nettype none
module host_port
  import roma_pkg::*;
#(
  parameter int unsigned CONTEXT       = 16,
  parameter int unsigned ADAPTER_SLOTS = 2,
  parameter int unsigned ADAPTER_WORDS = 4
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
  input  wire logic        load_done_i,
  input  wire status_e     load_status_i,
  input  wire logic [31:0] load_info_i,
  input  wire logic [ADAPTER_SLOTS-1:0] slot_full_i,
  output logic             adapter_on_o,
  output logic [31:0]      adapter_base_o
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

  typedef enum logic [2:0] {
    Idle,     // waits for a command
    Prompt,   // waits for a prompt token
    Refuse,   // takes and drops the rest of a prompt with a bad token
    Resume,   // starts the pending token
    Run,      // a token runs
    Emit,     // a generated token waits for the host
    Load,     // the adapter loader runs
    Respond   // the response waits for the host
  } state_e;

  state_e      state_q;
  status_e     status_q;
  logic [31:0] info_q;
  logic [15:0] prompt_left_q, new_left_q, made_q;
  logic        pending_q;        // token_q is sampled and not yet in the KV cache
  logic [31:0] token_q;
  position_t   before_q;         // position at the command
  logic [3:0]  selected_q;       // adapter slot + 1
  logic [31:0] base_q;

  logic        bad_token, last_prompt, full, selected_full;
  logic [15:0] run_prompt, run_new;
  logic [31:0] wanted;

  assign {run_new, run_prompt} = cmd_arg_i;
  assign wanted      = 32'(pos_i.pos) + 32'(run_prompt);
  assign bad_token   = prompt_token_i >= vocab_size_i;
  assign last_prompt = prompt_left_q == 16'd1;
  assign full        = 32'(pos_i.pos) >= CONTEXT;
  always_comb begin
    selected_full = 1'b0;
    for (int unsigned s = 0; s < ADAPTER_SLOTS; s++) begin
      if (cmd_arg_i == s + 1) selected_full = slot_full_i[s];
    end
    adapter_on_o = 1'b0;
    for (int unsigned s = 0; s < ADAPTER_SLOTS; s++) begin
      if (32'(selected_q) == s + 1) adapter_on_o = slot_full_i[s];
    end
  end

  logic prompt_beat, tok_beat, resume_now;
  assign prompt_beat = prompt_valid_i && prompt_ready_o;
  assign tok_beat    = tok_valid_o && tok_ready_i;
  assign resume_now  = state_q == Resume && !full;

  // ---- Outputs -----------------------------------------------------------------------------------
  assign cmd_ready_o     = state_q == Idle && header_valid_i;
  assign prompt_ready_o  = state_q == Prompt || state_q == Refuse;
  assign tok_valid_o     = state_q == Emit;
  assign tok_token_o     = token_q;
  assign rsp_valid_o     = state_q == Respond;
  assign rsp_status_o    = status_q;
  assign rsp_info_o      = info_q;
  assign load_slot_o     = cmd_arg_i;
  assign load_start_o    = cmd_valid_i && cmd_ready_o && cmd_op_i == CmdLoad;
  assign adapter_base_o  = base_q;

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
      Emit: token_start_o = tok_beat && new_left_q != 16'd1 && !full;
      default: ;
    endcase
    pos_set_o       = 1'b0;
    pos_set_value_o = before_q;
    if (cmd_valid_i && cmd_ready_o && cmd_op_i == CmdNew) begin
      pos_set_o       = 1'b1;
      pos_set_value_o = '0;
    end
    if (state_q == Prompt && prompt_beat && bad_token) pos_set_o = 1'b1;
  end

  // ---- State ---------------------------------------------------------------------------------------
  always_ff @(posedge clk_i) begin
    if (sampled_valid_i) begin
      token_q   <= sampled_i;
      pending_q <= 1'b1;
    end
    unique case (state_q)
      Idle: begin
        if (cmd_valid_i && cmd_ready_o) begin
          state_q  <= Respond;
          status_q <= StOk;
          info_q   <= '0;
          unique case (cmd_op_i)
            CmdNew: pending_q <= 1'b0;
            CmdRun: begin
              before_q      <= pos_i;
              prompt_left_q <= run_prompt;
              new_left_q    <= run_new;
              made_q        <= '0;
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
            CmdSelect: begin
              if (cmd_arg_i == '0 || selected_full) begin
                selected_q <= cmd_arg_i[3:0];
                // A product with a constant, once a selection.
                base_q     <= (cmd_arg_i - 32'd1) * ADAPTER_WORDS;
              end else begin
                status_q <= StNoAdapter;
                info_q   <= cmd_arg_i;
              end
            end
            CmdLoad: state_q <= Load;
            default: begin
              status_q <= StBadCommand;
              info_q   <= 32'(cmd_op_i);
            end
          endcase
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
          if (new_left_q == 16'd1) begin
            state_q <= Respond;
          end else if (full) begin
            status_q <= StContextFull;
            state_q  <= Respond;
          end
        end
      end
      Load: begin
        if (load_done_i) begin
          status_q <= load_status_i;
          info_q   <= load_info_i;
          state_q  <= Respond;
        end
      end
      default: begin  // Respond
        if (rsp_ready_i) state_q <= Idle;
      end
    endcase
    if (!rst_ni) begin
      state_q    <= Idle;
      pending_q  <= 1'b0;
      selected_q <= '0;
      base_q     <= '0;
    end
  end

`ifndef SYNTHESIS
  a_tok_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                 tok_valid_o && !tok_ready_i |=> tok_valid_o && $stable(tok_token_o));
  a_rsp_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                 rsp_valid_o && !rsp_ready_i |=>
                                 rsp_valid_o && $stable(rsp_status_o) && $stable(rsp_info_o));
  a_cmd_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                 cmd_valid_i && !cmd_ready_o |=>
                                 cmd_valid_i && $stable(cmd_op_i) && $stable(cmd_arg_i));
  a_prompt_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                    prompt_valid_i && !prompt_ready_o |=>
                                    prompt_valid_i && $stable(prompt_token_i));
  a_sampled: assert property (@(posedge clk_i) disable iff (!rst_ni)
                              sampled_valid_i |-> state_q == Run);
`endif

endmodule
`default_nettype wire
