// Sequencer: walks up to TOKENS tokens through the shared programme, each in a context of its own, and
// gives every engine that is ready the operation of one of them.
//
// Interface  token_start_i for one cycle (a) with start_* while room_o: word 1 of the programme is in the
//            context's instruction register in a+1. Engines get start_o[e] with instr_o[e] and token_o[e]
//            in the issue cycle; ready_i is registered, flush_i[e] (its duration D, combinational)
//            answers in the same cycle. done_valid_o for one cycle, the one behind END's issue.
//            room_o: a context is free. header_o is word 0, read behind reset.
//            A context issues when no counter reads more than the instruction's left field: urgent
//            operations before others, then the token that started first. HEarly is skipped unless
//            its token is alone and has position slots before its own.
// Latency    one instruction a cycle and context when nothing waits; a skipped one costs its cycle.
// Parameters TOKENS 1 to 4; SEQUENCES 1 to 4; SEQUENCE_WORDS SRAM words of a sequence's KV cache;
//            PROGRAM_WORDS >= 2.
// Golden     golden/sequencer.py, golden/pipeline.py
`default_nettype none
module sequencer
  import roma_pkg::*;
#(
  parameter int unsigned TOKENS         = 2,
  parameter int unsigned SEQUENCES      = 1,
  parameter int unsigned SEQUENCE_WORDS = 4,
  parameter int unsigned PROGRAM_WORDS  = 4
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  // Host side
  output logic             room_o,
  input  wire logic        token_start_i,
  input  wire seq_t        start_seq_i,
  input  wire logic [31:0] start_token_i,
  input  wire logic        start_sample_i,
  input  wire position_t   start_pos_i,
  input  wire logic        start_adapter_on_i,
  input  wire logic [31:0] start_adapter_base_i,
  input  wire logic [31:0] start_inv_temperature_i,
  input  wire logic [31:0] start_noise_seed_i,
  output logic             done_valid_o,
  output seq_t             done_seq_o,
  output header_t          header_o,
  output logic             header_valid_o,
  // Which sequence a context works for
  input  wire ctx_t        sample_ctx_i,
  output seq_t             sample_seq_o,
  // Engines S, D, L, H
  input  wire logic [3:0]       ready_i,
  input  wire logic [3:0][23:0] flush_i,
  input  wire logic [23:0]      norm_flush_i,
  output logic [3:0]            start_o,
  output instr_t [3:0]          instr_o,
  output token_t [3:0]          token_o,
  // Probe
  output logic [TOKENS-1:0]       pr_issue_valid,
  output logic [TOKENS-1:0][31:0] pr_issue_pc
);

  if (TOKENS < 1 || TOKENS > 4) begin : gen_bad_tokens
    $fatal(1, "sequencer: TOKENS is %0d, legal: 1 to 4", TOKENS);
  end
  if (SEQUENCES < 1 || SEQUENCES > 4) begin : gen_bad_sequences
    $fatal(1, "sequencer: SEQUENCES is %0d, legal: 1 to 4", SEQUENCES);
  end
  if (PROGRAM_WORDS < 2) begin : gen_bad_words
    $fatal(1, "sequencer: PROGRAM_WORDS is %0d, legal: >= 2 (header and END)", PROGRAM_WORDS);
  end

  localparam int unsigned Engines = 5;  // END is one that is always ready

  // One token in flight; the counters say how long its last operation on each engine still works.
  typedef struct packed {
    logic             running;
    logic             sample;
    seq_t             seq;
    logic [31:0]      pc;    // of the word in the instruction register
    token_t           token;
    logic [23:0]      s, d, h, n;
    logic [1:0][23:0] l;     // a counter a bank
  } context_t;

  context_t [TOKENS-1:0]             ctx_q;
  logic     [TOKENS-1:0][TOKENS-1:0] older_q;  // [j][k]: j started before k
  header_t                           header_q;
  logic boot_q, header_arrives_q, header_valid_q, attention_q, head_q;
  ctx_t attention_ctx_q, head_ctx_q;

  // ---- Contexts: the lowest free one takes the next token --------------------------------------------
  logic [TOKENS-1:0] free, start_here, issue, advance;
  for (genvar k = 0; k < TOKENS; k++) begin : gen_free
    assign free[k] = !ctx_q[k].running;
  end
  assign room_o     = free != '0;
  assign start_here = token_start_i ? free & (~free + 1'b1) : '0;

  // ---- Instruction registers = output registers of the programme ROM, one port a context --------------
  logic   [TOKENS-1:0][INSTR_W-1:0] word;
  instr_t [TOKENS-1:0]              instr;

  for (genvar k = 0; k < TOKENS; k++) begin : gen_ctx
    logic        fetch;
    logic [31:0] fetch_addr;
    assign fetch = boot_q || start_here[k] || advance[k];
    always_comb begin
      fetch_addr = ctx_q[k].pc + 32'd1;
      if (start_here[k]) fetch_addr = 32'd1;
      if (boot_q) fetch_addr = 32'd0;
    end
    rom #(.WIDTH(INSTR_W), .DEPTH(PROGRAM_WORDS)) u_program (
      .clk_i,
      .en_i  (fetch),
      .addr_i(fetch_addr),
      .data_o(word[k])
    );
    assign instr[k] = instr_t'(word[k]);
  end

  // ---- Requests -----------------------------------------------------------------------------------------
  // A counter is low enough for a left field.
  function automatic logic reached(input logic [23:0] counter, input logic [7:0] left);
    return left == '1 || counter <= 24'(left);
  endfunction

  logic [TOKENS-1:0]              skip, waited, held, rinv_busy, early, score, beside;
  logic [TOKENS-1:0][Engines-1:0] request;

  for (genvar k = 0; k < TOKENS; k++) begin : gen_request
    assign rinv_busy[k] = ctx_q[k].n != '0;
    assign early[k]     = instr[k].engine == EngH && instr[k].op == HEarly;
    assign score[k]     = instr[k].engine == EngH && instr[k].op == HScore;
    assign beside[k]    = (~free & ~(TOKENS'(1) << k)) != '0;
    always_comb begin
      // Scores ahead of their k are for a token alone; with others in flight those fill the gap.
      skip[k]   = (instr[k].if_lora && !ctx_q[k].token.adapter_on) ||
                  (instr[k].if_head && !ctx_q[k].sample) ||
                  (early[k] && (ctx_q[k].token.pos.slot == '0 || beside[k]));
      waited[k] = reached(ctx_q[k].s, instr[k].left_s) && reached(ctx_q[k].d, instr[k].left_d) &&
                  reached(ctx_q[k].h, instr[k].left_h) &&
                  (instr[k].left_n == '1 || ctx_q[k].n <= 24'(instr[k].left_n));
      for (int unsigned b = 0; b < 2; b++) begin
        if ((instr[k].engine != EngD || instr[k].bank == 1'(b)) &&
            !reached(ctx_q[k].l[b], instr[k].left_l)) waited[k] = 1'b0;
      end
      // What exists once, and the KV cache: an older token of the sequence has written this layer.
      held[k] = 1'b0;
      unique case (instr[k].engine)
        EngS: held[k] = instr[k].transform == TrNorm && rinv_busy != '0;
        EngD: held[k] = instr[k].op == DDrain && instr[k].drain == DrArgmax && head_q &&
                        head_ctx_q != ctx_t'(k);
        EngH: begin
          if (score[k]) begin
            held[k] = attention_q && attention_ctx_q != ctx_t'(k);
            for (int unsigned j = 0; j < TOKENS; j++) begin
              if (j != k && ctx_q[j].running && older_q[j][k] && ctx_q[j].seq == ctx_q[k].seq &&
                  ctx_q[j].pc <= ctx_q[k].pc) held[k] = 1'b1;
            end
          end
        end
        default: ;
      endcase
      request[k] = '0;
      if (ctx_q[k].running && !skip[k] && waited[k] && !held[k]) request[k][instr[k].engine] = 1'b1;
    end
  end

  // ---- Grants: urgent before others, then the oldest ------------------------------------------------------
  logic [TOKENS-1:0][Engines-1:0] grant;
  logic [Engines-1:0]             ready;
  assign ready = {1'b1, ready_i};

  always_comb begin
    for (int unsigned k = 0; k < TOKENS; k++) begin
      grant[k] = request[k] & ready;
      for (int unsigned j = 0; j < TOKENS; j++) begin
        if (j != k && (instr[j].urgent > instr[k].urgent ||
                       (instr[j].urgent == instr[k].urgent && older_q[j][k]))) begin
          grant[k] &= ~request[j];
        end
      end
      issue[k]   = grant[k] != '0;
      advance[k] = ctx_q[k].running && (skip[k] || (issue[k] && !grant[k][EngEnd]));
    end
  end

  always_comb begin
    start_o = '0;
    instr_o = '0;
    token_o = '0;
    for (int unsigned k = 0; k < TOKENS; k++) begin
      for (int unsigned e = 0; e < 4; e++) begin
        if (grant[k][e]) begin
          start_o[e] = 1'b1;
          instr_o[e] = instr[k];
          token_o[e] = ctx_q[k].token;
        end
      end
    end
  end

  // ---- State ---------------------------------------------------------------------------------------
  function automatic logic [23:0] down(input logic [23:0] counter);
    return counter == '0 ? '0 : counter - 24'd1;
  endfunction

  always_ff @(posedge clk_i) begin
    for (int unsigned k = 0; k < TOKENS; k++) begin
      ctx_q[k].s    <= grant[k][EngS] ? flush_i[EngS] : down(ctx_q[k].s);
      ctx_q[k].d    <= grant[k][EngD] ? flush_i[EngD] : down(ctx_q[k].d);
      // Whoever needs what EARLY leaves waits behind SCORE.
      ctx_q[k].h    <= grant[k][EngH] && !early[k] ? flush_i[EngH] : down(ctx_q[k].h);
      ctx_q[k].n    <= grant[k][EngS] && instr[k].transform == TrNorm ? norm_flush_i
                                                                    : down(ctx_q[k].n);
      for (int unsigned b = 0; b < 2; b++) begin
        ctx_q[k].l[b] <= grant[k][EngL] && instr[k].bank == 1'(b) ? flush_i[EngL]
                                                                : down(ctx_q[k].l[b]);
      end
      if (start_here[k]) begin
        ctx_q[k].running <= 1'b1;
        ctx_q[k].sample  <= start_sample_i;
        ctx_q[k].seq     <= start_seq_i;
        ctx_q[k].pc      <= 32'd1;
        ctx_q[k].token   <= '{
          ctx: ctx_t'(k),
          token: start_token_i,
          pos: start_pos_i,
          kv_base: 32'(start_seq_i) * SEQUENCE_WORDS,
          adapter_on: start_adapter_on_i,
          adapter_base: start_adapter_base_i,
          inv_temperature: start_inv_temperature_i,
          noise_seed: start_noise_seed_i,
          scored: 1'b0
        };
        for (int unsigned j = 0; j < TOKENS; j++) begin
          older_q[j][k] <= ctx_q[j].running;
          older_q[k][j] <= 1'b0;
        end
      end else if (grant[k][EngEnd]) begin
        ctx_q[k].running <= 1'b0;
      end else if (advance[k]) begin
        ctx_q[k].pc <= ctx_q[k].pc + 32'd1;
      end
      if (grant[k][EngEnd]) done_seq_o <= ctx_q[k].seq;
      if (grant[k][EngH] && (early[k] || score[k])) begin
        attention_q     <= 1'b1;
        attention_ctx_q <= ctx_t'(k);
      end
      if (grant[k][EngH] && early[k]) ctx_q[k].token.scored <= 1'b1;
      if (grant[k][EngH] && instr[k].op == HReduce) begin
        attention_q           <= 1'b0;
        ctx_q[k].token.scored <= 1'b0;
      end
      if (grant[k][EngD] && instr[k].op == DDrain && instr[k].drain == DrArgmax) begin
        head_q     <= 1'b1;
        head_ctx_q <= ctx_t'(k);
      end
      if (grant[k][EngD] && instr[k].op == DSample) head_q <= 1'b0;
    end
    done_valid_o     <= 1'b0;
    for (int unsigned k = 0; k < TOKENS; k++) if (grant[k][EngEnd]) done_valid_o <= 1'b1;
    boot_q           <= 1'b0;
    header_arrives_q <= boot_q;
    if (header_arrives_q) begin
      header_q       <= header_t'(word[0]);
      header_valid_q <= 1'b1;
    end
    if (!rst_ni) begin
      ctx_q            <= '0;
      attention_q      <= 1'b0;
      head_q           <= 1'b0;
      boot_q           <= 1'b1;
      header_arrives_q <= 1'b0;
      header_valid_q   <= 1'b0;
      done_valid_o     <= 1'b0;
    end
  end

  always_comb begin
    sample_seq_o = '0;
    for (int unsigned k = 0; k < TOKENS; k++) begin
      if (sample_ctx_i == ctx_t'(k)) sample_seq_o = ctx_q[k].seq;
      pr_issue_pc[k] = ctx_q[k].pc;
    end
  end
  assign header_o       = header_q;
  assign header_valid_o = header_valid_q;
  assign pr_issue_valid = issue;

`ifndef SYNTHESIS
  a_start_when_free: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                      token_start_i |-> room_o && header_valid_q);
  a_sequence: assert property (@(posedge clk_i) disable iff (!rst_ni)
                               token_start_i |-> 32'(start_seq_i) < SEQUENCES);
  a_to_ready_engine: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                      (start_o & ~ready_i) == '0);
  a_magic: assert property (@(posedge clk_i) disable iff (!rst_ni)
                            header_valid_q |-> header_q.magic == PROGRAM_MAGIC)
  else $error("sequencer: word 0 of the programme ROM has magic %h", header_q.magic);
`endif

endmodule
`default_nettype wire
