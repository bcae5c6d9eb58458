// The host's side of the chip: commands, prompt tokens in, generated tokens out, one response for
// every command. It starts tokens of up to SEQUENCES sequences, and keeps what commands set: adapters, how
// tokens are drawn, stop tokens.
//
// Interface  golden/SPEC.md chapter 6. All streams valid/ready, valid never waits for ready; cmd_ready_o
//            depends on the op and seq that are offered, prompt_ready_o on the seq. A refused command
//            changes nothing. token_start_o with start_*: the sequencer's, which says with room_i that it
//            can take one in this cycle. done_*: a token of that sequence is through; sampled_*: the token
//            drawn for that sequence, before or with the done of the token that it was drawn from.
// Latency    Chapter 5, "Sequencer and host port". load_done_i in cycle x: rsp_valid_o in x+1, like that of
//            a command of cycle x that needs no time.
// Parameters CONTEXT 1 to 4096; GROUP_UNITS 1 to 4096 matrix units that share a KV head; TOKENS 1 to 4 in
//            flight; SEQUENCES 1 to 4; ADAPTER_SLOTS 1 to 15; ADAPTER_WORDS >= 1; STOP_TOKENS 1 to 16.
// Golden     golden/host_port.py, golden/host.py
`default_nettype none
module host_port
  import roma_pkg::*;
#(
  parameter int unsigned CONTEXT       = 16,
  parameter int unsigned GROUP_UNITS   = 2,
  parameter int unsigned TOKENS        = 1,
  parameter int unsigned SEQUENCES     = 1,
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
  input  wire seq_t        cmd_seq_i,
  input  wire logic [31:0] cmd_arg_i,
  output logic             rsp_valid_o,
  input  wire logic        rsp_ready_i,
  output logic [2:0]       rsp_op_o,
  output seq_t             rsp_seq_o,
  output status_e          rsp_status_o,
  output logic [31:0]      rsp_info_o,
  input  wire logic        prompt_valid_i,
  output logic             prompt_ready_o,
  input  wire seq_t        prompt_seq_i,
  input  wire logic [31:0] prompt_token_i,
  output logic             tok_valid_o,
  input  wire logic        tok_ready_i,
  output seq_t             tok_seq_o,
  output logic [31:0]      tok_token_o,
  // Sequencer
  input  wire logic        header_valid_i,
  input  wire logic [31:0] vocab_size_i,
  input  wire logic        room_i,
  output logic             token_start_o,
  output seq_t             start_seq_o,
  output logic [31:0]      start_token_o,
  output logic             start_sample_o,
  output position_t        start_pos_o,
  output logic             start_adapter_on_o,
  output logic [31:0]      start_adapter_base_o,
  output logic [31:0]      start_inv_temperature_o,
  output logic [31:0]      start_noise_seed_o,
  input  wire logic        done_valid_i,
  input  wire seq_t        done_seq_i,
  input  wire logic        sampled_valid_i,
  input  wire seq_t        sampled_seq_i,
  input  wire logic [31:0] sampled_i,
  // Adapters
  output logic             load_start_o,
  output logic [31:0]      load_slot_o,
  output logic             load_in_use_o,
  input  wire logic        load_done_i,
  input  wire status_e     load_status_i,
  input  wire logic [31:0] load_info_i,
  input  wire logic [ADAPTER_SLOTS-1:0] slot_full_i
);

  if (SEQUENCES < 1 || SEQUENCES > 4) begin : gen_bad_sequences
    $fatal(1, "host_port: SEQUENCES is %0d, legal: 1 to 4", SEQUENCES);
  end
  if (ADAPTER_WORDS < 1) begin : gen_bad_words
    $fatal(1, "host_port: ADAPTER_WORDS is %0d, legal: >= 1", ADAPTER_WORDS);
  end

  // The open LOAD, and the open command that is neither RUN nor LOAD (or names no sequence).
  logic        load_open_q, load_answer_q, other_q;
  logic [31:0] load_slot_q, load_info_q, other_info_q;
  status_e     load_status_q, other_status_q;
  logic [2:0]  other_op_q;
  seq_t        load_seq_q, other_seq_q;

  logic        cmd_beat, prompt_beat, tok_beat, rsp_beat;
  assign cmd_beat    = cmd_valid_i && cmd_ready_o;
  assign prompt_beat = prompt_valid_i && prompt_ready_o;
  assign tok_beat    = tok_valid_o && tok_ready_i;
  assign rsp_beat    = rsp_valid_o && rsp_ready_i;

  // ---- Sequences -----------------------------------------------------------------------------------
  logic [SEQUENCES-1:0] named, accept, open, wants, goes_on, asks, go, start, sample, adapter_on;
  logic [SEQUENCES-1:0] tok_there, rsp_there, in_use, loads;
  logic [SEQUENCES-1:0][31:0] tok_token, rsp_info, token, adapter_base, inv_temperature, noise_seed;
  status_e     rsp_status [SEQUENCES];
  position_t   pos        [SEQUENCES];
  logic        bad_token, stops, ok;
  logic [31:0] base;
  logic [2:0]  rsp_source;
  seq_t        tok_source;

  localparam logic [2:0] FromOther = 3'd0, FromLoad = 3'd1, FromRun = 3'd2;  // and the sequence's number

  assign bad_token = prompt_token_i >= vocab_size_i;
  assign base      = (cmd_arg_i - 32'd1) * ADAPTER_WORDS;  // a product with a constant, once a selection

  for (genvar s = 0; s < int'(SEQUENCES); s++) begin : gen_sequence
    assign named[s]  = cmd_seq_i == seq_t'(s);
    assign accept[s] = cmd_beat && named[s] && ok;

    sequence_run #(
      .CONTEXT(CONTEXT), .GROUP_UNITS(GROUP_UNITS), .TOKENS(TOKENS), .ADAPTER_SLOTS(ADAPTER_SLOTS)
    ) u_run (
      .clk_i, .rst_ni,
      .new_i            (accept[s] && cmd_op_i == CmdNew),
      .run_i            (accept[s] && cmd_op_i == CmdRun),
      .select_i         (accept[s] && cmd_op_i == CmdSelect),
      .sampling_i       (accept[s] && cmd_op_i == CmdSampling),
      .seed_i           (accept[s] && cmd_op_i == CmdSeed),
      .arg_i            (cmd_arg_i),
      .base_i           (base),
      .open_o           (open[s]),
      .rsp_valid_o      (rsp_there[s]),
      .rsp_taken_i      (rsp_beat && rsp_source == FromRun + 3'(s)),
      .rsp_status_o     (rsp_status[s]),
      .rsp_info_o       (rsp_info[s]),
      .prompt_wanted_o  (wants[s]),
      .prompt_i         (prompt_beat && prompt_seq_i == seq_t'(s)),
      .prompt_token_i,
      .bad_token_i      (bad_token),
      .tok_valid_o      (tok_there[s]),
      .tok_taken_i      (tok_beat && tok_source == seq_t'(s)),
      .tok_token_o      (tok_token[s]),
      .stops_i          (stops),
      .goes_on_o        (goes_on[s]),
      .asks_o           (asks[s]),
      .go_i             (go[s]),
      .start_o          (start[s]),
      .token_o          (token[s]),
      .sample_o         (sample[s]),
      .pos_o            (pos[s]),
      .adapter_on_o     (adapter_on[s]),
      .adapter_base_o   (adapter_base[s]),
      .inv_temperature_o(inv_temperature[s]),
      .noise_seed_o     (noise_seed[s]),
      .done_i           (done_valid_i && done_seq_i == seq_t'(s)),
      .sampled_valid_i  (sampled_valid_i && sampled_seq_i == seq_t'(s)),
      .sampled_i,
      .slot_full_i,
      .load_slot_i      (cmd_arg_i),
      .in_use_o         (in_use[s]),
      .loading_i        (load_open_q),
      .loading_slot_i   (load_slot_q),
      .loads_o          (loads[s])
    );
  end

  // ---- Commands ------------------------------------------------------------------------------------
  always_comb begin
    cmd_ready_o = header_valid_i && !other_q;
    unique case (cmd_op_i)
      CmdSelect: ;
      CmdLoad: if (load_open_q) cmd_ready_o = 1'b0;
      CmdRun: if ((named & (open | loads)) != '0) cmd_ready_o = 1'b0;
      CmdNew, CmdSampling, CmdSeed: if ((named & open) != '0) cmd_ready_o = 1'b0;
      default: if (open != '0) cmd_ready_o = 1'b0;  // STOP, and what does not exist
    endcase
  end

  logic arg_full, normal, listed, list_full, stop_beat, run_taken;
  always_comb begin
    arg_full = 1'b0;
    for (int unsigned s = 0; s < ADAPTER_SLOTS; s++) if (cmd_arg_i == s + 1) arg_full = slot_full_i[s];
    if (load_open_q && load_slot_q == cmd_arg_i - 32'd1) arg_full = 1'b0;
  end

  stop_list #(.STOP_TOKENS(STOP_TOKENS)) u_stops (
    .clk_i, .rst_ni, .add_i(stop_beat && cmd_arg_i != NO_STOPS && !listed),
    .clear_i(stop_beat && cmd_arg_i == NO_STOPS), .token_i(cmd_arg_i), .listed_o(listed),
    .full_o(list_full), .look_i(tok_token_o), .stops_o(stops)
  );

  // Verdict on a command but LOAD; a RUN's own comes from its sequence.
  status_e verdict;
  assign ok     = verdict == StOk;
  assign normal = !cmd_arg_i[31] && cmd_arg_i[30:23] != '0 && cmd_arg_i[30:23] != '1;  // a positive FP32
  always_comb begin
    verdict = named != '0 ? StOk : StBadSequence;
    unique case (cmd_op_i)
      CmdNew, CmdRun, CmdSeed: ;
      CmdSelect: if (verdict == StOk && cmd_arg_i != '0 && !arg_full) verdict = StNoAdapter;
      CmdSampling: if (verdict == StOk && cmd_arg_i != '0 && !normal) verdict = StBadValue;
      CmdStop: begin
        verdict = StOk;
        if (cmd_arg_i != NO_STOPS) begin
          if (cmd_arg_i >= vocab_size_i) verdict = StBadToken;
          else if (!listed && list_full) verdict = StStopListFull;
        end
      end
      default: verdict = StBadCommand;
    endcase
  end

  assign load_start_o  = cmd_beat && cmd_op_i == CmdLoad;
  assign load_slot_o   = cmd_arg_i;
  assign load_in_use_o = in_use != '0;
  assign stop_beat     = cmd_beat && cmd_op_i == CmdStop && ok;
  assign run_taken     = cmd_beat && cmd_op_i == CmdRun && ok;

  always_ff @(posedge clk_i) begin
    if (rsp_beat && rsp_source == FromOther) other_q <= 1'b0;
    if (rsp_beat && rsp_source == FromLoad) begin
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
      load_seq_q  <= cmd_seq_i;
    end else if (cmd_beat && !run_taken) begin
      other_q        <= 1'b1;
      other_op_q     <= cmd_op_i;
      other_seq_q    <= cmd_seq_i;
      other_status_q <= verdict;
      unique case (verdict)
        StOk:          other_info_q <= '0;
        StBadCommand:  other_info_q <= 32'(cmd_op_i);
        StBadSequence: other_info_q <= 32'(cmd_seq_i);
        default:       other_info_q <= cmd_arg_i;
      endcase
    end
    if (!rst_ni) begin
      other_q       <= 1'b0;
      load_open_q   <= 1'b0;
      load_answer_q <= 1'b0;
    end
  end

  // ---- Tokens that start ---------------------------------------------------------------------------
  logic prompt_wanted;
  always_comb begin
    prompt_wanted = 1'b0;
    for (int unsigned s = 0; s < SEQUENCES; s++) if (prompt_seq_i == seq_t'(s)) prompt_wanted = wants[s];
  end
  assign prompt_ready_o = prompt_wanted && room_i && goes_on == '0;
  assign go             = room_i ? asks & (~asks + 1'b1) : '0;  // the lowest
  assign token_start_o  = start != '0;

  always_comb begin
    start_seq_o             = '0;
    start_token_o           = token[0];
    start_sample_o          = sample[0];
    start_pos_o             = pos[0];
    start_adapter_on_o      = adapter_on[0];
    start_adapter_base_o    = adapter_base[0];
    start_inv_temperature_o = inv_temperature[0];
    start_noise_seed_o      = noise_seed[0];
    for (int unsigned s = 1; s < SEQUENCES; s++) begin
      if (start[s]) begin
        start_seq_o             = seq_t'(s);
        start_token_o           = token[s];
        start_sample_o          = sample[s];
        start_pos_o             = pos[s];
        start_adapter_on_o      = adapter_on[s];
        start_adapter_base_o    = adapter_base[s];
        start_inv_temperature_o = inv_temperature[s];
        start_noise_seed_o      = noise_seed[s];
      end
    end
  end

  // ---- Generated tokens and responses: the first one that is there; one that waits stays -----------------
  logic       tok_held_q, rsp_held_q;
  logic [2:0] rsp_source_q;
  seq_t       tok_source_q;

  always_comb begin
    tok_source = '0;
    rsp_source = FromRun;
    for (int signed s = int'(SEQUENCES) - 1; s >= 0; s--) begin
      if (tok_there[s]) tok_source = seq_t'(s);
      if (rsp_there[s]) rsp_source = FromRun + 3'(s);
    end
    if (load_answer_q) rsp_source = FromLoad;
    if (other_q) rsp_source = FromOther;
    if (tok_held_q) tok_source = tok_source_q;
    if (rsp_held_q) rsp_source = rsp_source_q;
  end

  always_comb begin
    tok_token_o  = tok_token[0];
    rsp_op_o     = CmdRun;
    rsp_seq_o    = '0;
    rsp_status_o = rsp_status[0];
    rsp_info_o   = rsp_info[0];
    for (int unsigned s = 1; s < SEQUENCES; s++) begin
      if (tok_source == seq_t'(s)) tok_token_o = tok_token[s];
      if (rsp_source == FromRun + 3'(s)) begin
        rsp_seq_o    = seq_t'(s);
        rsp_status_o = rsp_status[s];
        rsp_info_o   = rsp_info[s];
      end
    end
    if (rsp_source == FromLoad) begin
      rsp_op_o     = CmdLoad;
      rsp_seq_o    = load_seq_q;
      rsp_status_o = load_status_q;
      rsp_info_o   = load_info_q;
    end
    if (rsp_source == FromOther) begin
      rsp_op_o     = other_op_q;
      rsp_seq_o    = other_seq_q;
      rsp_status_o = other_status_q;
      rsp_info_o   = other_info_q;
    end
  end
  assign tok_valid_o = tok_there != '0;
  assign tok_seq_o   = tok_source;
  assign rsp_valid_o = other_q || load_answer_q || rsp_there != '0;

  always_ff @(posedge clk_i) begin
    tok_held_q   <= rst_ni && tok_valid_o && !tok_ready_i;
    rsp_held_q   <= rst_ni && rsp_valid_o && !rsp_ready_i;
    tok_source_q <= tok_source;
    rsp_source_q <= rsp_source;
  end

`ifndef SYNTHESIS
  a_tok_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                 tok_valid_o && !tok_ready_i |=>
                                 tok_valid_o && $stable(tok_token_o) && $stable(tok_seq_o));
  a_rsp_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                 rsp_valid_o && !rsp_ready_i |=>
                                 rsp_valid_o && $stable(rsp_op_o) && $stable(rsp_seq_o) &&
                                 $stable(rsp_status_o) && $stable(rsp_info_o));
  a_cmd_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                 cmd_valid_i && !cmd_ready_o |=>
                                 cmd_valid_i && $stable(cmd_op_i) && $stable(cmd_seq_i) &&
                                 $stable(cmd_arg_i));
  a_prompt_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                    prompt_valid_i && !prompt_ready_o |=> prompt_valid_i &&
                                    $stable(prompt_seq_i) && $stable(prompt_token_i));
  a_room: assert property (@(posedge clk_i) disable iff (!rst_ni)
                           token_start_o |-> room_i && header_valid_i && $onehot(start));
  a_loaded: assert property (@(posedge clk_i) disable iff (!rst_ni)
                             load_done_i |-> load_open_q && !load_answer_q);
  // From a LOAD that is not refused to its response no token has its slot.
  logic load_refused_q;
  always_ff @(posedge clk_i) if (load_start_o) load_refused_q <= load_in_use_o;
  a_no_token_of_a_load: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                         load_open_q && !load_refused_q |-> (start & loads) == '0);
`endif

endmodule
`default_nettype wire
