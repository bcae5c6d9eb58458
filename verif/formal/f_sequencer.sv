// The sequencer with any programme in its ROM and any engines: ready and durations are free. What stands
// in a context's instruction register is read there; everything else is counted here once more.
// Of the programme is assumed that it has an END, which waits for everything and is never skipped, and
// that attention and LM head are closed inside a token: REDUCE behind EARLY or SCORE, SAMPLE behind drains
// into the argmax.
`default_nettype none
module f_sequencer
  import roma_pkg::*;
#(
  parameter int unsigned TOKENS         = 2,
  parameter int unsigned SEQUENCES      = 2,
  parameter int unsigned SEQUENCE_WORDS = 5,
  parameter int unsigned PROGRAM_WORDS  = 4
) (
  input wire logic             clk_i,
  input wire logic             rst_ni,
  input wire logic             token_start_i,
  input wire seq_t             start_seq_i,
  input wire logic [31:0]      start_token_i,
  input wire logic             start_sample_i,
  input wire position_t        start_pos_i,
  input wire logic             start_adapter_on_i,
  input wire logic [31:0]      start_adapter_base_i,
  input wire logic [31:0]      start_inv_temperature_i,
  input wire logic [31:0]      start_noise_seed_i,
  input wire ctx_t             sample_ctx_i,
  input wire logic [3:0]       ready_i,
  input wire logic [3:0][23:0] flush_i,
  input wire logic [23:0]      norm_flush_i
);

  logic                    room_o, done_valid_o, header_valid_o;
  seq_t                    done_seq_o, sample_seq_o;
  header_t                 header_o;
  logic [3:0]              start_o;
  instr_t [3:0]            instr_o;
  token_t [3:0]            token_o;
  logic [TOKENS-1:0]       pr_issue_valid;
  logic [TOKENS-1:0][31:0] pr_issue_pc;

  sequencer #(
    .TOKENS(TOKENS), .SEQUENCES(SEQUENCES), .SEQUENCE_WORDS(SEQUENCE_WORDS),
    .PROGRAM_WORDS(PROGRAM_WORDS)
  ) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  // ---- Tokens in flight, counted once more -------------------------------------------------------------
  typedef struct packed {
    logic            sample;
    logic            lora;
    seq_t            seq;
    logic [7:0]      token;
    logic [3:0]      pc;
    logic [2:0]      rank;             // tokens in flight that started before
    logic [3:0]      s, d, h, n;       // cycles left
    logic [1:0][3:0] l;
    logic            attention, head;  // between EARLY or SCORE and REDUCE; between a drain and SAMPLE
    logic            slots;            // there are position slots before its own
    logic            scored;           // by EARLY
  } token_q_t;

  logic [TOKENS-1:0]     run_q, take, skip, issue, ends, waits, score, early, alone, reduce, argmax, sample, norm;
  token_q_t [TOKENS-1:0] t_q;
  instr_t [TOKENS-1:0]   instr;
  assign instr = dut.instr;

  function automatic logic [3:0] down(input logic [3:0] counter);
    return counter == 0 ? 4'd0 : counter - 4'd1;
  endfunction
  function automatic logic low(input logic [3:0] counter, input logic [7:0] left);
    return left == 8'hff || {4'd0, counter} <= left;
  endfunction

  always_comb begin
    take = '0;
    for (int unsigned k = 0; k < TOKENS; k++) begin
      if (token_start_i && take == '0 && !run_q[k]) take[k] = 1'b1;
      early[k] = instr[k].engine == EngH && instr[k].op == HEarly;
      alone[k] = 1'b1;
      for (int unsigned j = 0; j < TOKENS; j++) if (j != k && run_q[j]) alone[k] = 1'b0;
      skip[k] = (instr[k].if_lora && !t_q[k].lora) || (instr[k].if_head && !t_q[k].sample)
        || (early[k] && !(alone[k] && t_q[k].slots));
      waits[k] = low(t_q[k].s, instr[k].left_s) && low(t_q[k].d, instr[k].left_d)
        && low(t_q[k].h, instr[k].left_h)
        && (instr[k].left_n == 7'h7f || {3'd0, t_q[k].n} <= instr[k].left_n)
        && (low(t_q[k].l[0], instr[k].left_l) || (instr[k].engine == EngD && instr[k].bank))
        && (low(t_q[k].l[1], instr[k].left_l) || (instr[k].engine == EngD && !instr[k].bank));
      issue[k]  = rst_ni && pr_issue_valid[k];
      ends[k]   = issue[k] && instr[k].engine == EngEnd;
      norm[k]   = instr[k].engine == EngS && instr[k].transform == TrNorm;
      score[k]  = instr[k].engine == EngH && instr[k].op == HScore;
      reduce[k] = instr[k].engine == EngH && instr[k].op == HReduce;
      argmax[k] = instr[k].engine == EngD && instr[k].op == DDrain && instr[k].drain == DrArgmax;
      sample[k] = instr[k].engine == EngD && instr[k].op == DSample;
    end
  end

  logic [3:0] f_s, f_d, f_l, f_h, f_n;
  assign {f_s, f_d, f_l, f_h} = {flush_i[EngS][3:0], flush_i[EngD][3:0], flush_i[EngL][3:0],
                                 flush_i[EngH][3:0]};
  assign f_n = norm_flush_i[3:0];

  logic [2:0] flying;  // tokens in flight that stay
  always_comb begin
    flying = '0;
    for (int unsigned k = 0; k < TOKENS; k++) flying += 3'(run_q[k] && !ends[k]);
  end

  logic       end_q;
  seq_t       end_seq_q;
  logic [1:0] boot_q;  // cycles behind the reset, up to 2

  always_ff @(posedge clk_i) begin
    end_q  <= ends != '0;
    boot_q <= !rst_ni ? 2'd0 : boot_q == 2'd2 ? 2'd2 : boot_q + 2'd1;
    for (int unsigned k = 0; k < TOKENS; k++) begin
      if (ends[k]) end_seq_q <= t_q[k].seq;
      t_q[k].s <= issue[k] && instr[k].engine == EngS ? f_s : down(t_q[k].s);
      t_q[k].d <= issue[k] && instr[k].engine == EngD ? f_d : down(t_q[k].d);
      t_q[k].h <= issue[k] && instr[k].engine == EngH && !early[k] ? f_h : down(t_q[k].h);
      t_q[k].n <= issue[k] && norm[k] ? f_n : down(t_q[k].n);
      for (int unsigned b = 0; b < 2; b++) begin
        t_q[k].l[b] <= issue[k] && instr[k].engine == EngL && instr[k].bank == 1'(b) ? f_l
                                                                                   : down(t_q[k].l[b]);
      end
      if (issue[k] && (score[k] || early[k])) t_q[k].attention <= 1'b1;
      if (issue[k] && early[k]) t_q[k].scored <= 1'b1;
      if (issue[k] && reduce[k]) {t_q[k].attention, t_q[k].scored} <= '0;
      if (issue[k] && argmax[k]) t_q[k].head <= 1'b1;
      if (issue[k] && sample[k]) t_q[k].head <= 1'b0;
      if (take[k]) begin
        run_q[k]       <= 1'b1;
        t_q[k].sample  <= start_sample_i;
        t_q[k].lora    <= start_adapter_on_i;
        t_q[k].seq     <= start_seq_i;
        t_q[k].token   <= start_token_i[7:0];
        t_q[k].slots   <= start_pos_i.slot != '0;
        t_q[k].pc      <= 4'd1;
        t_q[k].rank    <= flying;
      end else if (ends[k]) begin
        run_q[k] <= 1'b0;
      end else if (run_q[k]) begin
        if (issue[k] || skip[k]) t_q[k].pc <= t_q[k].pc + 4'd1;
        for (int unsigned j = 0; j < TOKENS; j++) begin
          if (ends[j] && t_q[j].rank < t_q[k].rank) t_q[k].rank <= t_q[k].rank - 3'd1;
        end
      end
      if (!rst_ni) begin
        run_q[k] <= 1'b0;
        t_q[k]   <= '0;
      end
    end
  end

  // ---- Requests and who wins ------------------------------------------------------------------------------
  logic [TOKENS-1:0]             held, request;
  logic [TOKENS-1:0][TOKENS-1:0] first;  // [j][k]: j goes before k
  always_comb begin
    held = '0;
    for (int unsigned k = 0; k < TOKENS; k++) begin
      for (int unsigned j = 0; j < TOKENS; j++) begin
        first[j][k] = j != k && (instr[j].urgent > instr[k].urgent
          || (instr[j].urgent == instr[k].urgent && t_q[j].rank < t_q[k].rank));
        if (norm[k] && t_q[j].n != 0) held[k] = 1'b1;
        if (score[k] && j != k && t_q[j].attention) held[k] = 1'b1;
        if (score[k] && j != k && run_q[j] && t_q[j].rank < t_q[k].rank && t_q[j].seq == t_q[k].seq
            && t_q[j].pc <= t_q[k].pc) held[k] = 1'b1;
        if (argmax[k] && j != k && t_q[j].head) held[k] = 1'b1;
      end
      request[k] = run_q[k] && !skip[k] && waits[k] && !held[k];
    end
  end

  logic any_attention, any_head;
  instr_t [TOKENS-1:0] program_word;
  for (genvar k = 0; k < TOKENS; k++) begin : gen_word
    assign program_word[k] = dut.gen_ctx[k].u_program.mem[$clog2(PROGRAM_WORDS)'(t_q[k].pc)];
  end
  ctx_t head_owner, attention_owner;
  always_comb begin
    any_attention = 1'b0;
    any_head      = 1'b0;
    head_owner    = '0;
    attention_owner = '0;
    for (int unsigned k = 0; k < TOKENS; k++) begin
      any_attention |= t_q[k].attention;
      any_head      |= t_q[k].head;
      if (t_q[k].head) head_owner = ctx_t'(k);
      if (t_q[k].attention) attention_owner = ctx_t'(k);
    end
  end

  // What must hold of every context, and of every pair.
  typedef struct packed {
    logic reuse, only_running, in_order, word, left, token, waits, skipped, granted, norm,
          one_order, one_context, early, scored, attention_lock, head_lock, kv_order, first_wins, prompt;
  } ok_t;
  ok_t                    ok;
  logic [TOKENS-1:0][2:0] older;  // tokens in flight before it
  always_comb begin
    ok    = '1;
    older = '0;
    for (int unsigned k = 0; k < TOKENS; k++) begin
      ok.reuse &= dut.ctx_q[k].running == run_q[k];
      ok.only_running &= run_q[k] || !pr_issue_valid[k];
      ok.in_order &= !run_q[k] || (pr_issue_pc[k] == 32'(t_q[k].pc) && 32'(t_q[k].pc) < PROGRAM_WORDS);
      ok.word &= !run_q[k] || instr[k] == program_word[k];
      ok.left &= dut.ctx_q[k].s == 24'(t_q[k].s) && dut.ctx_q[k].d == 24'(t_q[k].d)
        && dut.ctx_q[k].h == 24'(t_q[k].h) && dut.ctx_q[k].n == 24'(t_q[k].n)
        && dut.ctx_q[k].l[0] == 24'(t_q[k].l[0]) && dut.ctx_q[k].l[1] == 24'(t_q[k].l[1]);
      ok.token &= !run_q[k] || (dut.ctx_q[k].seq == t_q[k].seq
        && dut.ctx_q[k].sample == t_q[k].sample && dut.ctx_q[k].token.adapter_on == t_q[k].lora
        && (dut.ctx_q[k].token.pos.slot != '0) == t_q[k].slots
        && dut.ctx_q[k].token.token[7:0] == t_q[k].token && dut.ctx_q[k].token.ctx == ctx_t'(k)
        && dut.ctx_q[k].token.kv_base == 32'(t_q[k].seq) * SEQUENCE_WORDS);
      ok.waits &= !pr_issue_valid[k] || waits[k];
      ok.skipped &= !(pr_issue_valid[k] && skip[k]);
      ok.granted &= !pr_issue_valid[k] || instr[k].engine == EngEnd
        || (start_o[instr[k].engine[1:0]] && instr_o[instr[k].engine[1:0]] == instr[k]
            && token_o[instr[k].engine[1:0]] == dut.ctx_q[k].token);
      ok.early &= !(pr_issue_valid[k] && early[k]) || (alone[k] && t_q[k].slots);
      ok.scored &= !run_q[k] || dut.ctx_q[k].token.scored == t_q[k].scored;
      ok.scored &= (!t_q[k].scored || t_q[k].attention) && (!t_q[k].attention || run_q[k]);
      ok.norm &= !(pr_issue_valid[k] && norm[k]) || !held[k];
      for (int unsigned j = 0; j < TOKENS; j++) begin
        ok.one_order &= j == k || !run_q[k] || !run_q[j]
          || (dut.older_q[j][k] == (t_q[j].rank < t_q[k].rank) && t_q[j].rank != t_q[k].rank);
        older[k] += 3'(run_q[j] && t_q[j].rank < t_q[k].rank);
        ok.one_context &= j == k || !(pr_issue_valid[j] && pr_issue_valid[k]
                                      && instr[j].engine == instr[k].engine);
        ok.attention_lock &= j == k || !(t_q[j].attention && t_q[k].attention);
        ok.head_lock &= j == k || !(t_q[j].head && t_q[k].head);
        ok.kv_order &= !(pr_issue_valid[k] && score[k] && j != k && run_q[j]
                         && t_q[j].rank < t_q[k].rank && t_q[j].seq == t_q[k].seq
                         && t_q[j].pc <= t_q[k].pc);
        ok.first_wins &= !(pr_issue_valid[k] && request[j] && instr[j].engine == instr[k].engine
                           && first[j][k]);
      end
      ok.one_order &= !run_q[k] || t_q[k].rank == older[k];
      // What is granted nothing loses to, so whoever requests an engine that is ready sees it used.
      ok.prompt &= !request[k] || pr_issue_valid[k]
        || (instr[k].engine != EngEnd && (!ready_i[instr[k].engine[1:0]]
                                          || start_o[instr[k].engine[1:0]]))
        || (instr[k].engine == EngEnd && ends != '0);
    end
  end

  for (genvar k = 0; k < TOKENS; k++) begin : gen_token
    always_comb begin
      if (started_q && rst_ni) begin
        m_has_end: assume (!run_q[k] || 32'(t_q[k].pc) < PROGRAM_WORDS - 1
                           || instr[k].engine == EngEnd);
        m_engines: assume (!run_q[k] || instr[k].engine <= EngEnd);
        m_end_waits: assume (!run_q[k] || instr[k].engine != EngEnd
          || (!instr[k].if_lora && !instr[k].if_head && {instr[k].left_s, instr[k].left_d,
              instr[k].left_l, instr[k].left_h, instr[k].left_n} == '0));
        m_closed: assume (!issue[k] || ((!reduce[k] || t_q[k].attention) && (!sample[k] || t_q[k].head)
                                        && (!ends[k] || !(t_q[k].attention || t_q[k].head))
                                        && (!score[k] || !t_q[k].attention || t_q[k].scored)
                                        && (!early[k] || !t_q[k].attention)));
      end
    end
  end

  always_comb begin
    if (started_q && rst_ni) begin
      m_start_when_free: assume (!token_start_i || (room_o && header_valid_o));
      m_sequence: assume (!token_start_i || 32'(start_seq_i) < SEQUENCES);
      m_ctx: assume (32'(sample_ctx_i) < TOKENS);
      m_short: assume ({flush_i[EngS][23:4], flush_i[EngD][23:4], flush_i[EngL][23:4],
                        flush_i[EngH][23:4], norm_flush_i[23:4]} == '0);

      a_room: assert (room_o == (run_q != '1));
      a_reuse: assert (ok.reuse);
      a_only_running: assert (ok.only_running);
      a_in_order: assert (ok.in_order);
      a_word: assert (ok.word);
      a_left: assert (ok.left);
      a_token: assert (ok.token);
      a_waits: assert (ok.waits);
      a_skipped: assert (ok.skipped);
      a_granted: assert (ok.granted);
      a_norm: assert (ok.norm);
      a_one_order: assert (ok.one_order);
      a_one_context: assert (ok.one_context);
      a_early: assert (ok.early);
      a_scored: assert (ok.scored);
      a_attention_lock: assert (ok.attention_lock && dut.attention_q == any_attention
                                && (!any_attention || attention_owner == dut.attention_ctx_q));
      a_head_lock: assert (ok.head_lock && dut.head_q == any_head
                           && (!any_head || head_owner == dut.head_ctx_q));
      a_kv_order: assert (ok.kv_order);
      a_first_wins: assert (ok.first_wins);
      a_prompt: assert (ok.prompt);
      a_ready_engine: assert ((start_o & ~ready_i) == '0);
      a_done: assert (done_valid_o == end_q && (!end_q || done_seq_o == end_seq_q));
      a_sequence: assert (!run_q[sample_ctx_i] || sample_seq_o == t_q[sample_ctx_i].seq);
      a_header: assert (header_valid_o == (boot_q == 2'd2) && dut.boot_q == (boot_q == 2'd0)
                        && dut.header_arrives_q == (boot_q == 2'd1));

      c_beside: cover (done_valid_o && run_q[0] && t_q[0].pc > 4'd1);
      c_two_at_once: cover ($countones(start_o) > 1);
      c_skips: cover (run_q[0] && skip[0]);
      c_kv_waits: cover (run_q == '1 && score[0] && waits[0] && held[0] && !any_attention);
      c_scored: cover (run_q == '1 && t_q[0].scored);
      c_early_waits: cover (run_q[0] && early[0] && !skip[0] && !issue[0]);
      c_lock_waits: cover (run_q == '1 && argmax[0] && waits[0] && held[0]);
    end
  end

endmodule
`default_nettype wire
