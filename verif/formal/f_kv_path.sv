// What the S and H engines promise, checked on the real path from the engines to the SRAM: send_engine inside
// vector_row, the broadcast's hops, h_engine and its hops, one matrix unit's h_unit, the adapter loader.
//
// When no SEND to K or V is at work its words are written; when an H operation's time is over it reads
// nothing; each of the SRAM's ports has one user. Jobs of any contexts follow one another as early as the
// engines take them, and the loader writes whenever it may. Jobs are of small size.
`default_nettype none
module f_kv_path
  import roma_pkg::*;
#(
  parameter int unsigned HOPS = 1,
  parameter int unsigned CPK  = 2,
  parameter int unsigned UNIT = 0
) (
  input wire logic   clk_i,
  input wire logic   rst_ni,
  input wire logic   s_start_i,
  input wire instr_t s_instr_i,
  input wire token_t s_token_i,
  input wire logic   h_start_i,
  input wire instr_t h_instr_i,
  input wire token_t h_token_i,
  input wire logic   ld_valid_i
);

  localparam int unsigned COLUMNS = 2, ROWS = 2, H_BLOCK = 8, HEAD_DIM = 16, W = H_BLOCK * 8 + 8;
  localparam int unsigned TOKENS = 2, HEAD_WORDS = HEAD_DIM / ROWS / CPK;

  // ---- S engine, vector units, broadcast -----------------------------------------------------------------
  logic                                s_ready, kv_busy, bc_valid, bc_last;
  ctx_t                                bc_ctx;
  dest_e                               bc_dest;
  logic [11:0]                         bc_blk, bc_word, bc_member;
  logic [31:0]                         bc_addr;
  logic [COLUMNS-1:0][ROWS-1:0][7:0]   bc_data;
  logic [COLUMNS-1:0][7:0]             bc_exp;

  vector_row #(
    .TOKENS(TOKENS), .COLUMNS(COLUMNS), .ROWS(ROWS), .BLOCK(8), .H_BLOCK(H_BLOCK), .HOPS(HOPS),
    .VMEM_WORDS(24), .ATT_BASE(8), .T_BASE(8 + HEAD_WORDS), .EMBED_WORDS(2), .NORM_WORDS(2),
    .ROPE_WORDS(2), .HEAD_DIM(HEAD_DIM), .CPK(CPK), .Q_WORDS(HEAD_WORDS), .K_WORDS(HEAD_WORDS),
    .HIDDEN_WORDS(4)
  ) u_row (
    .clk_i, .rst_ni, .vocab_size_i('0),
    .s_start_i, .s_instr_i, .s_token_i, .s_ready_o(s_ready), .s_flush_o(), .norm_flush_o(),
    .kv_busy_o(kv_busy), .d_start_i(1'b0), .d_instr_i('0), .d_token_i('0), .d_ready_o(), .d_flush_o(),
    .sample_valid_o(), .sample_ctx_o(), .sample_token_o(), .bc_valid_o(bc_valid), .bc_ctx_o(bc_ctx),
    .bc_dest_o(bc_dest), .bc_blk_o(bc_blk), .bc_word_o(bc_word), .bc_last_o(bc_last),
    .bc_addr_o(bc_addr), .bc_member_o(bc_member), .bc_data_o(bc_data), .bc_exp_o(bc_exp),
    .bc_sum_o(), .dr_valid_o(), .dr_ctrl_o(), .ss_valid_o(), .ss_o(), .drain_valid_i(1'b0),
    .drain_slot_i('0), .drain_data_i('0), .t_valid_i(1'b0), .t_ctx_i('0), .t_slot_i('0), .t_data_i('0),
    .red_valid_i(1'b0), .red_kind_i(RdSum), .red_ctx_i('0), .red_slot_i('0), .red_data_i('0),
    .ss_total_valid_i(1'b0), .ss_total_i('0), .pr_vmem_valid(), .pr_vmem_ctx(), .pr_vmem_addr(),
    .pr_vmem_data(), .pr_rinv_valid(), .pr_rinv_ctx(), .pr_rinv_data(), .pr_inv_valid(), .pr_inv_ctx(),
    .pr_inv_data()
  );

  logic                              far_valid, far_last;
  ctx_t                              far_ctx;
  dest_e                             far_dest;
  logic [11:0]                       far_blk, far_word, far_member;
  logic [31:0]                       far_addr;
  logic [COLUMNS-1:0][ROWS-1:0][7:0] far_data;
  logic [COLUMNS-1:0][7:0]           far_exp;

  pipe #(.WIDTH(2 + 3 + 12 + 12 + 1 + 32 + 12 + COLUMNS * (ROWS * 8 + 8)), .STAGES(HOPS)) u_hops (
    .clk_i, .rst_ni, .valid_i(bc_valid),
    .data_i ({bc_ctx, bc_dest, bc_blk, bc_word, bc_last, bc_addr, bc_member, bc_data, bc_exp}),
    .valid_o(far_valid),
    .data_o ({far_ctx, far_dest, far_blk, far_word, far_last, far_addr, far_member, far_data, far_exp})
  );

  // ---- H engine and one H-Unit ---------------------------------------------------------------------------
  logic        h_ready, h_valid, h_valid_far;
  logic [23:0] h_flush;
  h_ctrl_t     h_ctrl, h_ctrl_far;

  h_engine #(.COLUMNS(COLUMNS), .ROWS(ROWS), .CPK(CPK), .HOPS(HOPS)) u_h_engine (
    .clk_i, .rst_ni, .start_i(h_start_i), .instr_i(h_instr_i), .token_i(h_token_i), .ready_o(h_ready),
    .flush_o(h_flush), .h_valid_o(h_valid), .h_ctrl_o(h_ctrl)
  );
  pipe #(.WIDTH($bits(h_ctrl_t)), .STAGES(HOPS)) u_h_hops (
    .clk_i, .rst_ni, .valid_i(h_valid), .data_i(h_ctrl), .valid_o(h_valid_far), .data_o(h_ctrl_far)
  );

  h_unit #(
    .COLUMNS(COLUMNS), .ROWS(ROWS), .BLOCK(8), .H_BLOCK(H_BLOCK), .HEAD_DIM(HEAD_DIM), .CPK(CPK),
    .KV_SLOTS(2), .SRAM_WORDS(4), .TOKENS(TOKENS)
  ) u_unit (
    .clk_i, .rst_ni, .col_i(8'(UNIT / ROWS)), .row_i(8'(UNIT % ROWS)), .bc_valid_i(far_valid),
    .bc_dest_i(far_dest), .bc_ctx_i(far_ctx), .bc_blk_i(far_blk), .bc_word_i(far_word),
    .bc_last_i(far_last), .bc_addr_i(far_addr), .bc_member_i(far_member), .bc_data_i(far_data),
    .bc_exp_i(far_exp), .h_valid_i(h_valid_far), .h_ctrl_i(h_ctrl_far), .gmax_valid_i(1'b0),
    .gmax_i('0), .ld_valid_i, .ld_addr_i('0), .ld_data_i(W'(0)), .xr_chunk_o(), .xr_sub_o(),
    .xr_data_i('0), .xr_exp_i('0), .lt_valid_o(), .lt_ctx_o(), .lt_slot_o(), .lt_data_o(),
    .lb_en_i(1'b0), .lb_ctx_i('0), .lb_bank_i(1'b0), .lb_slot_i('0), .lb_data_o(), .rd_valid_o(),
    .rd_kind_o(), .rd_ctx_o(), .rd_slot_o(), .rd_data_o(), .pr_lora_b_valid(), .pr_lora_b_ctx(),
    .pr_lora_b_slot(), .pr_lora_b_data(), .pr_score_valid(), .pr_score_slot(), .pr_score_data(),
    .pr_prob_valid(), .pr_prob_slot(), .pr_prob_data(), .pr_kv_valid(), .pr_kv_addr(), .pr_kv_data()
  );

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (rst_ni == started_q);

  logic        kv_job, mine, kv_busy_q, written;
  logic [3:0]  owed_q;     // KV words that sends to this unit's position have still to write
  logic [23:0] h_left_q;   // time of the last H operation
  assign kv_job  = s_start_i && (s_instr_i.dest == DstK || s_instr_i.dest == DstV);
  assign mine    = kv_job && 32'(s_token_i.pos.member) == UNIT;
  assign written = u_unit.append_we;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      kv_busy_q <= 1'b0;
      owed_q    <= '0;
      h_left_q  <= '0;
    end else begin
      kv_busy_q <= kv_busy;
      owed_q    <= owed_q + (mine ? 4'd2 : 4'd0) - 4'(written);
      if (h_start_i) h_left_q <= h_flush;
      else if (h_left_q != '0) h_left_q <= h_left_q - 24'd1;
    end
  end

  logic value_read_q;
  always_ff @(posedge clk_i) value_read_q <= u_unit.value_read;

  logic h_attention;
  logic [19:0] h_steps;
  assign h_attention = h_instr_i.op == 4'(HScore) || h_instr_i.op == 4'(HContext)
                       || h_instr_i.op == 4'(HEarly);
  assign h_steps = h_attention ? 20'(h_instr_i.n1)
                 : h_instr_i.op == 4'(HReduce) ? 20'(h_instr_i.n0) : 20'(h_instr_i.n0 * h_instr_i.n1);

  always_comb begin
    if (started_q) begin
      m_position: assume (s_token_i.pos.slot < 2 && 32'(s_token_i.pos.member) < CPK * ROWS
                          && h_token_i.pos.slot < 2 && 32'(h_token_i.pos.member) < CPK * ROWS);
      m_contexts: assume (32'(s_token_i.ctx) < TOKENS && 32'(h_token_i.ctx) < TOKENS);
      m_ready: assume ((!s_start_i || s_ready) && (!h_start_i || h_ready));
      m_s_job: assume (!s_start_i || (s_instr_i.engine == EngS && s_instr_i.op == '0
          && s_instr_i.transform <= TrSilu && s_instr_i.dest <= DstT && s_instr_i.n1 != 0
          && s_instr_i.n1 <= 4 && (s_instr_i.n0 == s_instr_i.n1 || s_instr_i.n0 == 2 * s_instr_i.n1)
          && s_instr_i.steps == 20'(s_instr_i.n0)));
      m_kv_job: assume (!kv_job || (s_instr_i.n0 == 4 * 2 / CPK && s_instr_i.n1 == 4));
      m_h_job: assume (!h_start_i || (h_instr_i.engine == EngH && h_instr_i.op <= 4'(HEarly)
          && (h_instr_i.op != 4'(HEarly) || h_token_i.pos.slot != '0)
          && h_instr_i.n0 != 0 && h_instr_i.n0 <= 2 && h_instr_i.n1 != 0 && h_instr_i.n1 <= 2
          && h_instr_i.steps == h_steps));
      m_load: assume (!ld_valid_i || !kv_busy_q);
      a_kv_written: assert (kv_busy || owed_q == 0);
      a_h_silent: assert (h_left_q != 0 || (!u_unit.dot_read && !u_unit.value_read));
      a_write_port: assert (!(ld_valid_i && written));
      a_read_port: assert (!(u_unit.dot_read && u_unit.value_read));
      c_kv: cover (kv_busy && written && owed_q == 1);
      c_two_keys: cover (written && owed_q > 2);
      c_value: cover (u_unit.value_read && written);
      c_dot_behind: cover (u_unit.dot_read && value_read_q);
    end
  end

endmodule
`default_nettype wire
