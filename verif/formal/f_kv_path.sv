// What the V and H engines promise, checked on the real path from the engine to the SRAM: v_engine inside
// vector_row, the broadcast's hops, h_engine and its hops, one matrix unit's h_unit.
//
// An idle V engine has written its KV words; an idle H engine reads nothing; the SRAM's one port has one
// user. Jobs are legal as in f_kv_order (a K or V job and an H job do not overlap), of small size.
`default_nettype none
module f_kv_path
  import roma_pkg::*;
#(
  parameter int unsigned HOPS = 1,
  parameter int unsigned CPK  = 2,
  parameter int unsigned UNIT = 0
) (
  input wire logic        clk_i,
  input wire logic        rst_ni,
  input wire logic        v_start_i,
  input wire logic        h_start_i,
  input wire instr_t      v_instr_i,
  input wire instr_t      h_instr_i,
  input wire logic [11:0] pos_slot_i,
  input wire logic [11:0] pos_unit_i
);

  localparam int unsigned COLUMNS = 2, ROWS = 2, H_BLOCK = 8, HEAD_DIM = 16, W = H_BLOCK * 8 + 8;

  // ---- V engine, vector units, broadcast -----------------------------------------------------------------
  logic                                v_ready, v_idle, bc_valid, bc_last;
  dest_e                               bc_dest;
  logic [11:0]                         bc_blk, bc_word, bc_member;
  logic [31:0]                         bc_addr;
  logic [COLUMNS-1:0][ROWS-1:0][7:0]   bc_data;
  logic [COLUMNS-1:0][7:0]             bc_exp;

  vector_row #(
    .COLUMNS(COLUMNS), .ROWS(ROWS), .BLOCK(8), .H_BLOCK(H_BLOCK), .HOPS(HOPS), .VMEM_WORDS(16),
    .ATT_BASE(0), .T_BASE(0), .EMBED_WORDS(2), .NORM_WORDS(2), .ROPE_WORDS(2), .HEAD_DIM(HEAD_DIM),
    .CPK(CPK), .Q_WORDS(HEAD_DIM / ROWS / CPK), .K_WORDS(HEAD_DIM / ROWS / CPK), .HIDDEN_WORDS(4)
  ) u_row (
    .clk_i, .rst_ni, .vocab_size_i('0), .inv_temperature_i('0), .noise_seed_i('0),
    .start_i(v_start_i), .instr_i(v_instr_i), .ready_o(v_ready),
    .idle_o(v_idle), .rinv_idle_o(), .token_i('0), .pos_i('0), .pos_slot_i, .pos_unit_i,
    .adapter_on_i(1'b0), .sample_valid_o(), .sample_token_o(), .bc_valid_o(bc_valid),
    .bc_dest_o(bc_dest), .bc_blk_o(bc_blk), .bc_word_o(bc_word), .bc_last_o(bc_last),
    .bc_addr_o(bc_addr), .bc_member_o(bc_member), .bc_data_o(bc_data), .bc_exp_o(bc_exp),
    .bc_sum_o(), .dr_valid_o(), .dr_ctrl_o(), .ss_valid_o(), .ss_o(), .drain_valid_i(1'b0),
    .drain_slot_i('0), .drain_data_i('0), .t_valid_i(1'b0), .t_slot_i('0), .t_data_i('0),
    .red_valid_i(1'b0), .red_kind_i(RdSum), .red_slot_i('0), .red_data_i('0),
    .ss_total_valid_i(1'b0), .ss_total_i('0), .pr_vmem_valid(), .pr_vmem_addr(), .pr_vmem_data(),
    .pr_rinv_valid(), .pr_rinv_data(), .pr_inv_valid(), .pr_inv_data()
  );

  logic                              far_valid, far_last;
  dest_e                             far_dest;
  logic [11:0]                       far_blk, far_word, far_member;
  logic [31:0]                       far_addr;
  logic [COLUMNS-1:0][ROWS-1:0][7:0] far_data;
  logic [COLUMNS-1:0][7:0]           far_exp;

  pipe #(.WIDTH(3 + 12 + 12 + 1 + 32 + 12 + COLUMNS * (ROWS * 8 + 8)), .STAGES(HOPS)) u_hops (
    .clk_i, .rst_ni, .valid_i(bc_valid),
    .data_i ({bc_dest, bc_blk, bc_word, bc_last, bc_addr, bc_member, bc_data, bc_exp}),
    .valid_o(far_valid),
    .data_o ({far_dest, far_blk, far_word, far_last, far_addr, far_member, far_data, far_exp})
  );

  // ---- H engine and one H-Unit ---------------------------------------------------------------------------
  logic    h_ready, h_idle, h_valid, h_valid_far;
  h_ctrl_t h_ctrl, h_ctrl_far;

  h_engine #(.COLUMNS(COLUMNS), .ROWS(ROWS), .CPK(CPK), .HOPS(HOPS)) u_h_engine (
    .clk_i, .rst_ni, .start_i(h_start_i), .instr_i(h_instr_i), .pos_slot_i, .adapter_base_i('0),
    .ready_o(h_ready), .idle_o(h_idle), .h_valid_o(h_valid), .h_ctrl_o(h_ctrl)
  );
  pipe #(.WIDTH($bits(h_ctrl_t)), .STAGES(HOPS)) u_h_hops (
    .clk_i, .rst_ni, .valid_i(h_valid), .data_i(h_ctrl), .valid_o(h_valid_far), .data_o(h_ctrl_far)
  );

  h_unit #(
    .COLUMNS(COLUMNS), .ROWS(ROWS), .BLOCK(8), .H_BLOCK(H_BLOCK), .HEAD_DIM(HEAD_DIM), .CPK(CPK),
    .KV_SLOTS(2), .SRAM_WORDS(4)
  ) u_unit (
    .clk_i, .rst_ni, .col_i(8'(UNIT / ROWS)), .row_i(8'(UNIT % ROWS)), .bc_valid_i(far_valid),
    .bc_dest_i(far_dest), .bc_blk_i(far_blk), .bc_word_i(far_word), .bc_last_i(far_last),
    .bc_addr_i(far_addr), .bc_member_i(far_member), .bc_data_i(far_data), .bc_exp_i(far_exp),
    .h_valid_i(h_valid_far), .h_ctrl_i(h_ctrl_far), .pos_slot_i, .pos_unit_i, .gmax_valid_i(1'b0),
    .gmax_i('0), .ld_valid_i(1'b0), .ld_addr_i('0), .ld_data_i(W'(0)), .xr_chunk_o(), .xr_sub_o(),
    .xr_data_i('0), .xr_exp_i('0), .lb_slot_i('0), .lb_data_o(), .ga_valid_o(), .ga_slot_o(),
    .ga_data_o(), .rd_valid_o(), .rd_kind_o(), .rd_slot_o(), .rd_data_o(), .pr_lora_b_valid(),
    .pr_lora_b_slot(), .pr_lora_b_data(), .pr_score_valid(), .pr_score_slot(), .pr_score_data(),
    .pr_prob_valid(), .pr_prob_slot(), .pr_prob_data(), .pr_kv_valid(), .pr_kv_addr(), .pr_kv_data()
  );

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (rst_ni == started_q);

  logic        kv_job, kv_q, written_q;
  logic [11:0] slot_q, member_q;
  logic [3:0]  words_q;    // KV words that this unit's H-Unit has written since the start of the job
  logic        mine_q;
  assign kv_job = v_instr_i.dest == DstK || v_instr_i.dest == DstV;

  always_ff @(posedge clk_i) begin
    slot_q   <= pos_slot_i;
    member_q <= pos_unit_i;
    if (!rst_ni) begin
      kv_q    <= 1'b0;
      words_q <= '0;
    end else if (v_start_i) begin
      kv_q    <= kv_job;
      mine_q  <= 32'(pos_unit_i) == UNIT;
      words_q <= '0;
    end else if (u_unit.append_we) begin
      words_q <= words_q + 4'd1;
    end
  end

  always_comb begin
    if (started_q) begin
      m_position: assume (pos_slot_i < 2 && 32'(pos_unit_i) < CPK * ROWS);
      m_position_stays: assume ((v_idle && h_idle) || (pos_slot_i == slot_q && pos_unit_i == member_q));
      m_v_start: assume (!v_start_i || (v_ready && v_idle));
      m_h_start: assume (!h_start_i || h_idle);
      m_v_job: assume (!v_start_i || (v_instr_i.engine == EngV && v_instr_i.op == 4'(VSend)
          && v_instr_i.transform <= TrSilu && v_instr_i.dest <= DstT && v_instr_i.n1 != 0
          && v_instr_i.n1 <= 4 && (v_instr_i.n0 == v_instr_i.n1 || v_instr_i.n0 == 2 * v_instr_i.n1)));
      m_kv_job: assume (!(v_start_i && kv_job) || (h_idle && !h_start_i && v_instr_i.n0 == 4 * 2 / CPK
          && v_instr_i.n1 == 4));
      m_h_job: assume (!h_start_i || (h_instr_i.op <= 4'(HReduce) && h_instr_i.n0 != 0
          && h_instr_i.n0 <= 2 && h_instr_i.n1 != 0 && h_instr_i.n1 <= 2 && !(kv_q && !v_idle)));
      a_v_idle_is_silent: assert (!v_idle || (!bc_valid && !far_valid && !u_unit.append_we));
      a_kv_written: assert (!(v_idle && kv_q && mine_q) || words_q == 4'd2);
      a_h_idle_is_silent: assert (!h_idle || (!u_unit.dot_read && !u_unit.value_read));
      a_one_user: assert (32'(u_unit.append_we) + 32'(u_unit.dot_read) + 32'(u_unit.value_read) <= 1);
      c_kv: cover (v_idle && kv_q && mine_q && words_q == 2);
      c_value: cover (u_unit.value_read && !v_idle);
    end
  end

endmodule
`default_nettype wire
