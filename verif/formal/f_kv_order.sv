// No entry of the KV cache is read before it is written, with up to TOKENS tokens in flight: the sequencer
// with every legal programme, ready and durations free. f_sequencer proves what is read inside it here.
//
// One entry is followed, chosen freely: position `where_q` of sequence `seq_q` in one layer, whose words
// of the programme are `k_pc_q` and so on. Of the S engine is assumed that K (V) is written when the
// token's counter S has come down to K_LEFT (V_LEFT) behind its send, or behind a later send of the token;
// golden/waits.py and f_kv_path have why. EARLY may read every K before the token's position from its issue
// on, SCORE that of the position too, CONTEXT every V.
// The programme is legal as golden/program.py builds it: a layer's words in the order EARLY, SEND k, SCORE,
// SEND v, CONTEXT, REDUCE, none but EARLY skipped; SCORE waits for K_LEFT, CONTEXT for V_LEFT; no other
// EARLY, SCORE or REDUCE between EARLY and REDUCE; END, which waits for all, behind them. Of the host: tokens
// of a sequence start in the order of their positions, which go back only while none of them is in flight.
`default_nettype none
module f_kv_order
  import roma_pkg::*;
#(
  parameter int unsigned TOKENS        = 2,
  parameter int unsigned SEQUENCES     = 2,
  parameter int unsigned PROGRAM_WORDS = 9,
  parameter int unsigned K_LEFT        = 3,
  parameter int unsigned V_LEFT        = 5
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
  input wire logic [23:0]      norm_flush_i,
  // What is followed; the position goes back.
  input wire seq_t             seq_i,
  input wire logic [12:0]      where_i,
  input wire logic [5:0][3:0]  pc_i,
  input wire logic             back_i,
  input wire logic [12:0]      back_to_i
);

  logic                    room_o, done_valid_o, header_valid_o;
  seq_t                    done_seq_o, sample_seq_o;
  header_t                 header_o;
  logic [3:0]              start_o;
  instr_t [3:0]            instr_o;
  token_t [3:0]            token_o;
  logic [TOKENS-1:0]       pr_issue_valid;
  logic [TOKENS-1:0][31:0] pr_issue_pc;

  sequencer #(.TOKENS(TOKENS), .SEQUENCES(SEQUENCES), .PROGRAM_WORDS(PROGRAM_WORDS)) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  // ---- What is followed --------------------------------------------------------------------------------
  seq_t        seq_q;
  logic [12:0] where_q;
  logic [3:0]  early_pc_q, k_pc_q, score_pc_q, v_pc_q, context_pc_q, reduce_pc_q;
  always_ff @(posedge clk_i) begin
    if (!started_q) begin
      {early_pc_q, k_pc_q, score_pc_q, v_pc_q, context_pc_q, reduce_pc_q} <= pc_i;
      seq_q   <= seq_i;
      where_q <= where_i;
    end
  end

  // ---- Tokens --------------------------------------------------------------------------------------------
  logic [TOKENS-1:0]             run, mine, here, k_done, v_done, score, reduce, early;
  logic [TOKENS-1:0][3:0]        pc;
  logic [TOKENS-1:0][12:0]       pos;
  logic [TOKENS-1:0]             k_sent_q, v_sent_q, k_done_q, v_done_q, attention_q;
  always_comb begin
    for (int unsigned k = 0; k < TOKENS; k++) begin
      run[k]    = dut.ctx_q[k].running;
      pc[k]     = dut.ctx_q[k].pc[3:0];
      pos[k]    = dut.ctx_q[k].token.pos.pos;
      mine[k]   = run[k] && dut.ctx_q[k].seq == seq_q;
      here[k]   = mine[k] && pos[k] == where_q;
      score[k]  = dut.instr[k].engine == EngH && dut.instr[k].op == HScore;
      early[k]  = dut.instr[k].engine == EngH && dut.instr[k].op == HEarly;
      reduce[k] = dut.instr[k].engine == EngH && dut.instr[k].op == HReduce;
      k_done[k] = k_done_q[k] || (k_sent_q[k] && dut.ctx_q[k].s <= 24'(K_LEFT));
      v_done[k] = v_done_q[k] || (v_sent_q[k] && dut.ctx_q[k].s <= 24'(V_LEFT));
    end
  end

  logic        k_written_q, v_written_q, k_written, v_written;  // the entry
  logic [12:0] next_q;                                          // position of the sequence's next token
  logic        start_mine;
  assign k_written  = k_written_q || (here & k_done) != '0;
  assign v_written  = v_written_q || (here & v_done) != '0;
  assign start_mine = token_start_i && start_seq_i == seq_q;

  always_ff @(posedge clk_i) begin
    for (int unsigned k = 0; k < TOKENS; k++) begin
      if (pr_issue_valid[k] && pc[k] == k_pc_q) k_sent_q[k] <= 1'b1;
      if (pr_issue_valid[k] && pc[k] == v_pc_q) v_sent_q[k] <= 1'b1;
      if (pr_issue_valid[k] && (score[k] || early[k])) attention_q[k] <= 1'b1;
      if (pr_issue_valid[k] && reduce[k]) attention_q[k] <= 1'b0;
      k_done_q[k] <= k_done[k];
      v_done_q[k] <= v_done[k];
      if (!rst_ni || !run[k]) begin
        {k_sent_q[k], v_sent_q[k], k_done_q[k], v_done_q[k], attention_q[k]} <= '0;
      end
    end
    k_written_q <= k_written;
    v_written_q <= v_written;
    if (start_mine) begin
      next_q <= next_q + 13'd1;
      if (next_q == where_q) {k_written_q, v_written_q} <= '0;
    end else if (back_i) begin
      next_q <= back_to_i;
    end
    if (!rst_ni) {next_q, k_written_q, v_written_q} <= '0;
  end

  for (genvar k = 0; k < TOKENS; k++) begin : gen_token
    logic plain, middle;
    assign plain  = !dut.instr[k].if_lora && !dut.instr[k].if_head;
    assign middle = pc[k] > early_pc_q && pc[k] < reduce_pc_q && pc[k] != score_pc_q;
    always_comb begin
      if (started_q && rst_ni && run[k]) begin
        m_k: assume (pc[k] != k_pc_q || (plain && dut.instr[k].engine == EngS));
        m_score: assume (pc[k] != score_pc_q
                         || (plain && score[k] && 32'(dut.instr[k].left_s) <= K_LEFT));
        m_v: assume (pc[k] != v_pc_q || (plain && dut.instr[k].engine == EngS));
        m_context: assume (pc[k] != context_pc_q || (plain && dut.instr[k].engine == EngH
          && dut.instr[k].op == HContext && 32'(dut.instr[k].left_s) <= V_LEFT));
        m_reduce: assume (pc[k] != reduce_pc_q || (plain && reduce[k]));
        m_middle: assume (!middle || !(score[k] || reduce[k]));
        m_early: assume (pc[k] == early_pc_q ? early[k] : !(middle && early[k]));
        m_closed: assume (!(score[k] && attention_q[k] && !dut.ctx_q[k].token.scored)
                          && !(early[k] && attention_q[k]) && !(reduce[k] && !attention_q[k]));
        m_end: assume (dut.instr[k].engine != EngEnd
          || (plain && pc[k] > reduce_pc_q && !attention_q[k]
              && {dut.instr[k].left_s, dut.instr[k].left_h} == '0));
        m_has_end: assume (32'(pc[k]) < PROGRAM_WORDS - 1 || dut.instr[k].engine == EngEnd);
      end
    end
  end

  // ---- What holds of every context, and of every pair ---------------------------------------------------
  logic ok_pc, ok_sent, ok_lock, ok_order, ok_behind, ok_early, ok_key, ok_value;
  logic reads_early, reads_beside, reads_v, waits;
  always_comb begin
    {ok_pc, ok_sent, ok_lock, ok_order, ok_behind, ok_early, ok_key, ok_value} = '1;
    {reads_early, reads_beside, reads_v, waits} = '0;
    for (int unsigned k = 0; k < TOKENS; k++) begin
      ok_pc &= !run[k] || (dut.ctx_q[k].pc < PROGRAM_WORDS && pc[k] != 0);
      ok_pc &= run[k] || !pr_issue_valid[k];
      ok_sent &= !run[k] || ((k_sent_q[k] == (pc[k] > k_pc_q)) && (v_sent_q[k] == (pc[k] > v_pc_q))
        && (pc[k] <= score_pc_q || k_done_q[k]) && (pc[k] <= context_pc_q || v_done_q[k]));
      ok_sent &= !(here[k] && k_done_q[k]) || k_written_q;
      ok_sent &= !(here[k] && v_done_q[k]) || v_written_q;
      ok_lock &= !attention_q[k] || (run[k] && dut.attention_q && dut.attention_ctx_q == ctx_t'(k));
      ok_lock &= !(run[k] && pc[k] > score_pc_q && pc[k] <= reduce_pc_q) || attention_q[k];
      ok_early &= !(pr_issue_valid[k] && pc[k] == early_pc_q && mine[k] && pos[k] > where_q) || k_written_q;
      reads_early |= pr_issue_valid[k] && pc[k] == early_pc_q && mine[k] && pos[k] > where_q;
      ok_order &= !mine[k] || pos[k] < next_q;
      ok_key &= !(pr_issue_valid[k] && pc[k] == score_pc_q && mine[k] && pos[k] >= where_q) || k_written;
      ok_value &= !(pr_issue_valid[k] && pc[k] == context_pc_q && mine[k] && pos[k] >= where_q)
        || v_written;
      for (int unsigned j = 0; j < TOKENS; j++) begin
        ok_pc &= j == k || !run[j] || !run[k] || dut.older_q[j][k] != dut.older_q[k][j];
        ok_lock &= j == k || !(attention_q[j] && attention_q[k]);
        ok_order &= j == k || !mine[j] || !mine[k]
          || (dut.older_q[j][k] == (pos[j] < pos[k]) && pos[j] != pos[k]);
        ok_behind &= !(here[j] && mine[k] && pos[k] > where_q && pc[k] > score_pc_q)
          || (pc[j] > score_pc_q);
        reads_beside |= here[j] && mine[k] && pos[k] > where_q && pr_issue_valid[k] && pc[k] == score_pc_q;
        reads_v |= here[j] && mine[k] && pos[k] > where_q && pr_issue_valid[k] && pc[k] == context_pc_q;
      end
      waits |= mine[k] && pc[k] == score_pc_q && dut.waited[k] && dut.held[k] && !dut.attention_q;
    end
  end

  always_comb begin
    if (started_q) begin
      m_pcs: assume (early_pc_q != 0 && early_pc_q < k_pc_q && k_pc_q < score_pc_q && score_pc_q < v_pc_q && v_pc_q < context_pc_q
                     && context_pc_q < reduce_pc_q && 32'(reduce_pc_q) < PROGRAM_WORDS - 1);
      m_seq: assume (32'(seq_q) < SEQUENCES);
    end
    if (started_q && rst_ni) begin
      m_start_when_free: assume (!token_start_i || (room_o && header_valid_o));
      m_sequence: assume (!token_start_i || 32'(start_seq_i) < SEQUENCES);
      m_position: assume (!start_mine || (start_pos_i.pos == next_q && next_q < 13'd4096));
      m_back: assume (!back_i || (mine == '0 && !token_start_i && back_to_i <= next_q));

      a_pc: assert (ok_pc);
      a_sent: assert (ok_sent);
      a_lock: assert (ok_lock);
      a_order: assert (ok_order && next_q <= 13'd4096);
      a_behind: assert (ok_behind);
      a_started: assert (next_q <= where_q || here != '0 || (k_written_q && v_written_q));
      a_early: assert (ok_early);
      a_key: assert (ok_key);
      a_value: assert (ok_value);
      c_early: cover (reads_early);
      c_score: cover (reads_beside);
      c_context: cover (reads_v);
      c_waits: cover (waits);
    end
  end

endmodule
`default_nettype wire
