// One sequence at the host port: its position, what has been sampled last, its settings, its open RUN.
//
// Interface  new_i, run_i, select_i, sampling_i, seed_i: a command of this sequence has been accepted, with
//            arg_i (base_i: first SRAM word of the adapter that it names). prompt_wanted_o: the RUN takes
//            a prompt token, prompt_i gives it. goes_on_o: it wants to go on with the sampled token;
//            asks_o: and has a position for it; go_i grants that. A token starts in the cycle of start_o
//            with everything that it takes along. done_i, sampled_valid_i come back. tok_* and rsp_*:
//            valid until taken. in_use_o: a LOAD into load_slot_i would change what its tokens need.
//            loads_o: the selected slot is that of the open LOAD (loading_i, loading_slot_i).
// Latency    golden/SPEC.md chapter 5, "Sequencer and host port".
// Parameters CONTEXT 1 to 4096; GROUP_UNITS 1 to 4096 matrix units that share a KV head; TOKENS 1 to 4;
//            ADAPTER_SLOTS 1 to 15.
// Golden     golden/host_port.py
`default_nettype none
module sequence_run
  import roma_pkg::*;
#(
  parameter int unsigned CONTEXT       = 16,
  parameter int unsigned GROUP_UNITS   = 2,
  parameter int unsigned TOKENS        = 1,
  parameter int unsigned ADAPTER_SLOTS = 2
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  // Commands
  input  wire logic        new_i,
  input  wire logic        run_i,
  input  wire logic        select_i,
  input  wire logic        sampling_i,
  input  wire logic        seed_i,
  input  wire logic [31:0] arg_i,
  input  wire logic [31:0] base_i,
  output logic             open_o,
  output logic             rsp_valid_o,
  input  wire logic        rsp_taken_i,
  output status_e          rsp_status_o,
  output logic [31:0]      rsp_info_o,
  // Tokens of the host
  output logic             prompt_wanted_o,
  input  wire logic        prompt_i,
  input  wire logic [31:0] prompt_token_i,
  input  wire logic        bad_token_i,
  output logic             tok_valid_o,
  input  wire logic        tok_taken_i,
  output logic [31:0]      tok_token_o,
  input  wire logic        stops_i,
  // Tokens of the chip
  output logic             goes_on_o,
  output logic             asks_o,
  input  wire logic        go_i,
  output logic             start_o,
  output logic [31:0]      token_o,
  output logic             sample_o,
  output position_t        pos_o,
  output logic             adapter_on_o,
  output logic [31:0]      adapter_base_o,
  output logic [31:0]      inv_temperature_o,
  output logic [31:0]      noise_seed_o,
  input  wire logic        done_i,
  input  wire logic        sampled_valid_i,
  input  wire logic [31:0] sampled_i,
  // Adapters
  input  wire logic [ADAPTER_SLOTS-1:0] slot_full_i,
  input  wire logic [31:0] load_slot_i,
  output logic             in_use_o,
  input  wire logic        loading_i,
  input  wire logic [31:0] loading_slot_i,
  output logic             loads_o
);

  if (CONTEXT < 1 || CONTEXT > 4096) begin : gen_bad_context
    $fatal(1, "sequence_run: CONTEXT is %0d, legal: 1 to 4096", CONTEXT);
  end
  if (GROUP_UNITS < 1 || GROUP_UNITS > 4096) begin : gen_bad_group
    $fatal(1, "sequence_run: GROUP_UNITS is %0d, legal: 1 to 4096", GROUP_UNITS);
  end
  if (TOKENS < 1 || TOKENS > 4) begin : gen_bad_tokens
    $fatal(1, "sequence_run: TOKENS is %0d, legal: 1 to 4", TOKENS);
  end
  if (ADAPTER_SLOTS < 1 || ADAPTER_SLOTS > 15) begin : gen_bad_slots
    $fatal(1, "sequence_run: ADAPTER_SLOTS is %0d, legal: 1 to 15", ADAPTER_SLOTS);
  end

  // The open RUN.
  typedef enum logic [2:0] {
    Idle,     // none
    Prompt,   // wants a prompt token
    Refuse,   // takes and drops the rest of a prompt with a bad token
    Resume,   // wants to go on with the pending token
    Run,      // waits until none of its tokens is in flight
    Emit,     // a generated token waits for the host
    Respond   // the response waits for the host
  } state_e;

  state_e      state_q;
  status_e     status_q;
  logic [31:0] info_q;
  logic [15:0] prompt_left_q, new_left_q, made_q;
  position_t   before_q;               // position at the command
  logic [2:0]  flying_q;               // tokens in flight
  logic [TOKENS-1:0][3:0] adapters_q;  // adapter slot + 1 of the last tokens, the youngest lowest

  // The sequence.
  position_t   pos_q;                  // of the next token
  logic        pending_q;              // token_q is sampled and not yet in the KV cache
  logic [31:0] token_q;
  logic [3:0]  selected_q;             // adapter slot + 1
  logic [31:0] base_q, inv_temperature_q, noise_seed_q;

  logic        last_prompt, full, through;
  logic [15:0] run_prompt, run_new;
  logic [31:0] wanted;

  assign {run_new, run_prompt} = arg_i;
  assign wanted      = 32'(pos_q.pos) + 32'(run_prompt);
  assign last_prompt = prompt_left_q == 16'd1;
  assign full        = 32'(pos_q.pos) >= CONTEXT;
  assign through     = flying_q == 3'(done_i);

  // ---- Slots -------------------------------------------------------------------------------------
  logic [31:0] selected_slot;
  logic        selected_full;

  assign selected_slot = 32'(selected_q) - 32'd1;
  assign loads_o       = loading_i && selected_q != '0 && loading_slot_i == selected_slot;
  always_comb begin
    selected_full = 1'b0;
    for (int unsigned s = 0; s < ADAPTER_SLOTS; s++) begin
      if (selected_slot == s) selected_full = slot_full_i[s];
    end
    in_use_o = selected_q != '0 && load_slot_i == selected_slot;
    for (int unsigned t = 0; t < TOKENS; t++) begin
      if (adapters_q[t] != '0 && load_slot_i == 32'(adapters_q[t]) - 32'd1) in_use_o = 1'b1;
    end
    if (state_q == Idle) in_use_o = 1'b0;
  end

  // ---- Outputs -----------------------------------------------------------------------------------
  assign open_o            = state_q != Idle;
  assign prompt_wanted_o   = state_q == Prompt || state_q == Refuse;
  assign tok_valid_o       = state_q == Emit;
  assign tok_token_o       = token_q;
  assign rsp_valid_o       = state_q == Respond;
  assign rsp_status_o      = status_q;
  assign rsp_info_o        = info_q;
  assign goes_on_o         = state_q == Resume;
  assign asks_o            = goes_on_o && !full;
  assign start_o           = go_i || (state_q == Prompt && prompt_i && !bad_token_i);
  assign token_o           = state_q == Prompt ? prompt_token_i : token_q;
  assign sample_o          = state_q != Prompt || (last_prompt && new_left_q != '0);
  assign pos_o             = pos_q;
  assign adapter_on_o      = selected_full;
  assign adapter_base_o    = base_q;
  assign inv_temperature_o = inv_temperature_q;
  assign noise_seed_o      = noise_seed_q;

  // ---- The open RUN ------------------------------------------------------------------------------
  always_ff @(posedge clk_i) begin
    flying_q <= flying_q + 3'(start_o) - 3'(done_i);
    if (start_o) adapters_q <= (TOKENS * 4)'({adapters_q, selected_full ? selected_q : 4'd0});
    unique case (state_q)
      Idle: begin
        if (run_i) begin
          state_q       <= Respond;
          status_q      <= StOk;
          info_q        <= '0;
          before_q      <= pos_q;
          prompt_left_q <= run_prompt;
          new_left_q    <= run_new;
          made_q        <= '0;
          adapters_q    <= '0;
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
        if (prompt_i) begin
          prompt_left_q <= prompt_left_q - 16'd1;
          if (bad_token_i) begin
            status_q <= StBadToken;
            info_q   <= prompt_token_i;
            state_q  <= Refuse;
          end
          if (last_prompt) state_q <= bad_token_i && through ? Respond : Run;
        end
      end
      Refuse: begin
        if (prompt_i) begin
          prompt_left_q <= prompt_left_q - 16'd1;
          if (last_prompt) state_q <= through ? Respond : Run;
        end
      end
      Resume: begin
        if (full) begin
          status_q <= StContextFull;
          state_q  <= Respond;
        end else if (go_i) begin
          state_q <= Run;
        end
      end
      Run: if (through) state_q <= status_q == StOk && new_left_q != '0 ? Emit : Respond;
      Emit: begin
        if (tok_taken_i) begin
          new_left_q <= new_left_q - 16'd1;
          made_q     <= made_q + 16'd1;
          info_q     <= 32'(made_q) + 32'd1;
          state_q    <= Respond;
          if (stops_i) status_q <= StStopped;
          else if (new_left_q == 16'd1) status_q <= StOk;
          else if (full) status_q <= StContextFull;
          else state_q <= Resume;
        end
      end
      default: if (rsp_taken_i) state_q <= Idle;  // Respond
    endcase
    if (!rst_ni) begin
      state_q  <= Idle;
      flying_q <= '0;
    end
  end

  // ---- The sequence --------------------------------------------------------------------------------
  always_ff @(posedge clk_i) begin
    if (start_o) begin
      pos_q.pos    <= pos_q.pos + 13'd1;
      pos_q.member <= pos_q.member + 12'd1;
      if (32'(pos_q.member) + 1 == GROUP_UNITS) begin
        pos_q.member <= '0;
        pos_q.slot   <= pos_q.slot + 12'd1;
      end
    end
    if (state_q == Prompt && prompt_i && bad_token_i) pos_q <= before_q;
    if (sampled_valid_i) begin
      token_q   <= sampled_i;
      pending_q <= 1'b1;
    end
    // Prefill only: what was sampled before is no longer the next input.
    if (state_q == Run && through && status_q == StOk && new_left_q == '0) pending_q <= 1'b0;
    if (new_i) begin
      pos_q     <= '0;
      pending_q <= 1'b0;
    end
    if (select_i) begin
      selected_q <= arg_i[3:0];
      base_q     <= base_i;
    end
    if (sampling_i) inv_temperature_q <= arg_i;
    if (seed_i) noise_seed_q <= arg_i;
    if (!rst_ni) begin
      pos_q             <= '0;
      pending_q         <= 1'b0;
      selected_q        <= '0;
      inv_temperature_q <= '0;
      noise_seed_q      <= '0;
    end
  end

`ifndef SYNTHESIS
  a_run: assert property (@(posedge clk_i) disable iff (!rst_ni)
                          new_i || run_i || sampling_i || seed_i |-> state_q == Idle);
  a_prompt: assert property (@(posedge clk_i) disable iff (!rst_ni) prompt_i |-> prompt_wanted_o);
  a_go: assert property (@(posedge clk_i) disable iff (!rst_ni) go_i |-> asks_o);
  a_flying: assert property (@(posedge clk_i) disable iff (!rst_ni)
                             32'(flying_q) <= TOKENS && (flying_q != '0 || !(done_i || sampled_valid_i)));
  a_context: assert property (@(posedge clk_i) disable iff (!rst_ni) start_o |-> !full);
  a_idle: assert property (@(posedge clk_i) disable iff (!rst_ni)
                           state_q inside {Idle, Emit, Respond} |-> flying_q == '0);
`endif

endmodule
`default_nettype wire
