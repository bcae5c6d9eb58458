// The whole chip: from a prompt's token ids to the ids that it goes on with, nothing outside.
//
//   host_port, adapter_loader -> sequencer -> S and D engine (in vector_row), l_engine, h_engine
//   vector_row <-> mesh <-> COLUMNS x ROWS matrix units
//
// Interface  golden/SPEC.md chapter 6: commands, prompt tokens and adapter images in, tokens and
//            responses out, all valid/ready. ROM contents are put into the `mem` arrays before the
//            first clock edge.
// Latency    golden/SPEC.md chapter 5.
// Parameters hdl/README.md; golden/geometry.py Geometry.parameters computes all of them from a chip and a
//            model, and is where to look for what goes with what.
// Golden     golden/chip.py
`default_nettype none
module roma_top
  import roma_pkg::*;
#(
  parameter int unsigned COLUMNS       = 2,
  parameter int unsigned ROWS          = 2,
  parameter int unsigned WEIGHT_BITS   = 4,
  parameter int unsigned WORD_BITS     = 32,
  parameter int unsigned BLOCK         = 16,
  parameter int unsigned H_BLOCK       = 16,
  parameter int unsigned GROUP_BLOCKS  = 1,
  parameter int unsigned FRAC_BITS     = 4,
  parameter int unsigned HOPS          = 1,
  parameter int unsigned ACC_DEPTH     = 4,
  parameter int unsigned MAX_CHUNKS    = 2,
  parameter int unsigned ROM_WORDS     = 16,
  parameter int unsigned SCALE_WORDS   = 8,
  parameter int unsigned SRAM_WORDS    = 32,
  parameter int unsigned VMEM_WORDS    = 32,
  parameter int unsigned ATT_BASE      = 16,
  parameter int unsigned T_BASE        = 24,
  parameter int unsigned EMBED_WORDS   = 32,
  parameter int unsigned NORM_WORDS    = 24,
  parameter int unsigned ROPE_WORDS    = 64,
  parameter int unsigned HEAD_DIM      = 16,
  parameter int unsigned Q_PER_KV      = 1,
  parameter int unsigned CPK           = 1,
  parameter int unsigned KV_SLOTS      = 4,
  parameter int unsigned Q_WORDS       = 8,
  parameter int unsigned K_WORDS       = 8,
  parameter int unsigned T_BLOCKS      = 1,
  parameter int unsigned HIDDEN_WORDS  = 8,
  parameter int unsigned VOCAB_ROWS    = 4,
  parameter int unsigned MAX_RANK      = 4,
  parameter int unsigned ADAPTER_SLOTS = 2,
  parameter int unsigned ADAPTER_WORDS = 8,
  parameter int unsigned STOP_TOKENS   = 4,
  parameter int unsigned TOKENS        = 2,
  parameter int unsigned SEQUENCES     = 1,
  parameter int unsigned SEQUENCE_WORDS = 16,
  parameter int unsigned CONTEXT       = 8,
  parameter int unsigned PROGRAM_WORDS = 8,
  parameter logic [31:0] ATTN_SCALE    = 32'h3e80_0000,
  parameter logic [31:0] INV_HIDDEN    = 32'h3d00_0000,
  parameter logic [31:0] RMS_EPS       = 32'h3727_c5ac,
  localparam int unsigned SRAM_W       = H_BLOCK * 8 + 8
) (
  input  wire logic              clk_i,
  input  wire logic              rst_ni,
  input  wire logic              cmd_valid_i,
  output logic                   cmd_ready_o,
  input  wire logic [2:0]        cmd_op_i,
  input  wire seq_t              cmd_seq_i,
  input  wire logic [31:0]       cmd_arg_i,
  output logic                   rsp_valid_o,
  input  wire logic              rsp_ready_i,
  output logic [2:0]             rsp_op_o,
  output seq_t                   rsp_seq_o,
  output status_e                rsp_status_o,
  output logic [31:0]            rsp_info_o,
  input  wire logic              prompt_valid_i,
  output logic                   prompt_ready_o,
  input  wire seq_t              prompt_seq_i,
  input  wire logic [31:0]       prompt_token_i,
  output logic                   tok_valid_o,
  input  wire logic              tok_ready_i,
  output seq_t                   tok_seq_o,
  output logic [31:0]            tok_token_o,
  input  wire logic              img_valid_i,
  output logic                   img_ready_o,
  input  wire logic [SRAM_W-1:0] img_data_i,
  input  wire logic              img_last_i
);

  if (COLUMNS < 1 || COLUMNS > 64) begin : gen_bad_columns
    $fatal(1, "roma_top: COLUMNS is %0d, legal: 1 to 64", COLUMNS);
  end
  if (ROWS < 2 || ROWS > 64 || (ROWS & (ROWS - 1)) != 0) begin : gen_bad_rows
    $fatal(1, "roma_top: ROWS is %0d, legal: a power of two, 2 to 64", ROWS);
  end
  if (WEIGHT_BITS != 2 && WEIGHT_BITS != 4 && WEIGHT_BITS != 8) begin : gen_bad_bits
    $fatal(1, "roma_top: WEIGHT_BITS is %0d, legal: 2, 4 or 8", WEIGHT_BITS);
  end
  if (BLOCK % (WORD_BITS / WEIGHT_BITS) != 0) begin : gen_bad_block
    $fatal(1, "roma_top: BLOCK is %0d, legal: a multiple of WORD_BITS/WEIGHT_BITS (%0d)",
           BLOCK, WORD_BITS / WEIGHT_BITS);
  end
  if (H_BLOCK < 16 || H_BLOCK % 8 != 0 || BLOCK % H_BLOCK != 0) begin : gen_bad_h_block
    $fatal(1, "roma_top: H_BLOCK is %0d, legal: a multiple of 8, at least 16, that divides BLOCK (%0d)",
           H_BLOCK, BLOCK);
  end
  if (HEAD_DIM % H_BLOCK != 0 || HEAD_DIM % (CPK * H_BLOCK) != 0) begin : gen_bad_head
    $fatal(1, "roma_top: HEAD_DIM is %0d, legal: a multiple of CPK*H_BLOCK (%0d)",
           HEAD_DIM, CPK * H_BLOCK);
  end
  if (CPK < 1 || (CPK & (CPK - 1)) != 0 || COLUMNS % CPK != 0 || CPK > H_BLOCK / ROWS)
  begin : gen_bad_cpk
    $fatal(1, "roma_top: CPK is %0d, legal: a power of two that divides COLUMNS, up to H_BLOCK/ROWS",
           CPK);
  end
  if (Q_PER_KV < 1 || Q_PER_KV > ROWS) begin : gen_bad_heads
    $fatal(1, "roma_top: Q_PER_KV is %0d, legal: 1 to ROWS (%0d)", Q_PER_KV, ROWS);
  end
  if (MAX_RANK % ROWS != 0 || MAX_RANK > T_BLOCKS * H_BLOCK) begin : gen_bad_rank
    $fatal(1, "roma_top: MAX_RANK is %0d, legal: a multiple of ROWS up to T_BLOCKS*H_BLOCK (%0d)",
           MAX_RANK, T_BLOCKS * H_BLOCK);
  end
  if (ADAPTER_SLOTS * ADAPTER_WORDS + SEQUENCES * SEQUENCE_WORDS > SRAM_WORDS)
  begin : gen_bad_sram
    $fatal(1, "roma_top: SRAM_WORDS is %0d, legal: at least %0d, slots of adapters and sequences' caches",
           SRAM_WORDS, ADAPTER_SLOTS * ADAPTER_WORDS + SEQUENCES * SEQUENCE_WORDS);
  end
  if (CONTEXT > KV_SLOTS * CPK * ROWS) begin : gen_bad_context
    $fatal(1, "roma_top: CONTEXT is %0d, legal: up to KV_SLOTS*CPK*ROWS (%0d)",
           CONTEXT, KV_SLOTS * CPK * ROWS);
  end

  // ---- Control ---------------------------------------------------------------------------------
  localparam int unsigned S = 32'(EngS), D = 32'(EngD), L = 32'(EngL), H = 32'(EngH);

  header_t     header;
  logic        header_valid, room, token_start, start_sample, start_adapter_on;
  seq_t        start_seq, done_seq, sampled_seq;
  logic [31:0] start_token, start_adapter_base, start_inv_temperature, start_noise_seed;
  position_t   start_pos;
  logic        token_done, load_start, load_in_use, load_done;
  logic [31:0] load_slot, load_info;
  status_e     load_status;
  logic [ADAPTER_SLOTS-1:0] slot_full;
  instr_t [3:0]      instr;
  token_t [3:0]      token;
  logic [3:0]        start, ready;
  logic [3:0][23:0]  flush;
  logic [23:0]       norm_flush;
  logic        kv_busy, sample_valid;
  ctx_t        sample_ctx;
  logic [31:0] sample_token;
  logic        ld_valid;
  logic [7:0]  ld_col, ld_row;
  logic [31:0] ld_addr;
  logic [SRAM_W-1:0] ld_data;

  // Probes of this level; the others stand beside their blocks.
  logic [TOKENS-1:0]       pr_issue_valid;
  logic [TOKENS-1:0][31:0] pr_issue_pc;

  host_port #(
    .CONTEXT(CONTEXT), .ADAPTER_SLOTS(ADAPTER_SLOTS), .ADAPTER_WORDS(ADAPTER_WORDS),
    .STOP_TOKENS(STOP_TOKENS), .TOKENS(TOKENS), .SEQUENCES(SEQUENCES), .GROUP_UNITS(CPK * ROWS)
  ) u_host (
    .clk_i, .rst_ni, .cmd_valid_i, .cmd_ready_o, .cmd_op_i, .cmd_seq_i, .cmd_arg_i, .rsp_valid_o,
    .rsp_ready_i, .rsp_op_o, .rsp_seq_o, .rsp_status_o, .rsp_info_o, .prompt_valid_i,
    .prompt_ready_o, .prompt_seq_i, .prompt_token_i, .tok_valid_o, .tok_ready_i, .tok_seq_o,
    .tok_token_o, .header_valid_i(header_valid), .vocab_size_i(header.vocab_size),
    .room_i(room), .token_start_o(token_start), .start_seq_o(start_seq),
    .start_token_o(start_token), .start_sample_o(start_sample), .start_pos_o(start_pos),
    .start_adapter_on_o(start_adapter_on), .start_adapter_base_o(start_adapter_base),
    .start_inv_temperature_o(start_inv_temperature), .start_noise_seed_o(start_noise_seed),
    .done_valid_i(token_done), .done_seq_i(done_seq), .sampled_valid_i(sample_valid),
    .sampled_seq_i(sampled_seq), .sampled_i(sample_token), .load_start_o(load_start),
    .load_slot_o(load_slot), .load_in_use_o(load_in_use), .load_done_i(load_done),
    .load_status_i(load_status), .load_info_i(load_info), .slot_full_i(slot_full)
  );

  adapter_loader #(
    .COLUMNS(COLUMNS), .ROWS(ROWS), .H_BLOCK(H_BLOCK), .ADAPTER_SLOTS(ADAPTER_SLOTS),
    .ADAPTER_WORDS(ADAPTER_WORDS)
  ) u_loader (
    .clk_i, .rst_ni, .start_i(load_start), .slot_i(load_slot), .in_use_i(load_in_use),
    .model_id_i(header.model_id), .done_o(load_done), .status_o(load_status),
    .info_o(load_info), .slot_full_o(slot_full), .img_valid_i, .img_ready_o,
    .img_data_i, .img_last_i, .kv_busy_i(kv_busy), .ld_valid_o(ld_valid),
    .ld_col_o(ld_col), .ld_row_o(ld_row), .ld_addr_o(ld_addr), .ld_data_o(ld_data)
  );

  sequencer #(
    .TOKENS(TOKENS), .SEQUENCES(SEQUENCES), .SEQUENCE_WORDS(SEQUENCE_WORDS),
    .PROGRAM_WORDS(PROGRAM_WORDS)
  ) u_sequencer (
    .clk_i, .rst_ni, .room_o(room), .token_start_i(token_start), .start_seq_i(start_seq),
    .start_token_i(start_token), .start_sample_i(start_sample), .start_pos_i(start_pos),
    .start_adapter_on_i(start_adapter_on), .start_adapter_base_i(start_adapter_base),
    .start_inv_temperature_i(start_inv_temperature), .start_noise_seed_i(start_noise_seed),
    .done_valid_o(token_done), .done_seq_o(done_seq), .header_o(header),
    .header_valid_o(header_valid), .sample_ctx_i(sample_ctx), .sample_seq_o(sampled_seq),
    .ready_i(ready), .flush_i(flush), .norm_flush_i(norm_flush), .start_o(start),
    .instr_o(instr), .token_o(token), .pr_issue_valid, .pr_issue_pc
  );

  logic    l_valid, h_valid, l_valid_far, h_valid_far;
  l_ctrl_t l_ctrl, l_ctrl_far;
  h_ctrl_t h_ctrl, h_ctrl_far;

  l_engine #(
    .COLUMNS(COLUMNS), .HOPS(HOPS), .GROUP_BLOCKS(GROUP_BLOCKS)
  ) u_l_engine (
    .clk_i, .rst_ni, .start_i(start[L]), .instr_i(instr[L]), .token_i(token[L]),
    .ready_o(ready[L]), .flush_o(flush[L]), .l_valid_o(l_valid), .l_ctrl_o(l_ctrl)
  );

  h_engine #(
    .COLUMNS(COLUMNS), .ROWS(ROWS), .CPK(CPK), .HOPS(HOPS)
  ) u_h_engine (
    .clk_i, .rst_ni, .start_i(start[H]), .instr_i(instr[H]), .token_i(token[H]),
    .ready_o(ready[H]), .flush_o(flush[H]), .h_valid_o(h_valid), .h_ctrl_o(h_ctrl)
  );

  // ---- Vector row --------------------------------------------------------------------------------
  logic bc_valid, far_valid;
  ctx_t bc_ctx, far_ctx;
  dest_e bc_dest, far_dest;
  logic [11:0] bc_blk, far_blk;
  logic [11:0] bc_word, far_word;
  logic bc_last, far_last;
  logic [31:0] bc_addr, far_addr;
  logic [11:0] bc_member, far_member;
  logic [COLUMNS-1:0][ROWS-1:0][7:0] bc_data, far_data;
  logic [COLUMNS-1:0][7:0] bc_exp, far_exp;
  logic [COLUMNS-1:0][15:0] bc_sum, far_sum;
  logic        dr_valid, dr_valid_far;
  drain_ctrl_t dr_ctrl, dr_ctrl_far;
  logic        ss_valid, ss_total_valid;
  logic [COLUMNS-1:0][31:0] ss;
  logic [31:0] ss_total;
  logic        drain_valid, t_valid, red_valid, gmax_valid;
  ctx_t        t_ctx, red_ctx;
  logic [11:0] drain_slot, t_slot, red_slot;
  reduce_e     red_kind;
  logic [COLUMNS-1:0][ROWS-1:0][31:0]     drain_data, red_data;
  logic [ROWS-1:0][31:0]                  t_data;
  logic [COLUMNS-1:0][Q_PER_KV-1:0][31:0] gmax;
  logic [COLUMNS-1:0]                     pr_vmem_valid;
  ctx_t                                   pr_vmem_ctx, pr_rinv_ctx, pr_inv_ctx;
  logic [COLUMNS-1:0][11:0]               pr_vmem_addr;
  logic [COLUMNS-1:0][ROWS-1:0][31:0]     pr_vmem_data;
  logic                                   pr_rinv_valid, pr_inv_valid;
  logic [31:0]                            pr_rinv_data;
  logic [COLUMNS-1:0][Q_PER_KV-1:0][31:0] pr_inv_data;

  vector_row #(
    .COLUMNS(COLUMNS), .ROWS(ROWS), .BLOCK(BLOCK), .H_BLOCK(H_BLOCK), .FRAC_BITS(FRAC_BITS),
    .HOPS(HOPS), .TOKENS(TOKENS), .VMEM_WORDS(VMEM_WORDS), .ATT_BASE(ATT_BASE), .T_BASE(T_BASE),
    .EMBED_WORDS(EMBED_WORDS), .NORM_WORDS(NORM_WORDS), .ROPE_WORDS(ROPE_WORDS),
    .HEAD_DIM(HEAD_DIM), .Q_PER_KV(Q_PER_KV), .CPK(CPK), .Q_WORDS(Q_WORDS), .K_WORDS(K_WORDS),
    .HIDDEN_WORDS(HIDDEN_WORDS), .VOCAB_ROWS(VOCAB_ROWS), .INV_HIDDEN(INV_HIDDEN),
    .RMS_EPS(RMS_EPS)
  ) u_row (
    .clk_i, .rst_ni, .vocab_size_i(header.vocab_size), .s_start_i(start[S]),
    .s_instr_i(instr[S]), .s_token_i(token[S]), .s_ready_o(ready[S]),
    .s_flush_o(flush[S]), .norm_flush_o(norm_flush), .kv_busy_o(kv_busy),
    .d_start_i(start[D]), .d_instr_i(instr[D]), .d_token_i(token[D]),
    .d_ready_o(ready[D]), .d_flush_o(flush[D]), .sample_valid_o(sample_valid),
    .sample_ctx_o(sample_ctx), .sample_token_o(sample_token),
    .bc_valid_o(bc_valid), .bc_ctx_o(bc_ctx), .bc_dest_o(bc_dest), .bc_blk_o(bc_blk),
    .bc_word_o(bc_word), .bc_last_o(bc_last), .bc_addr_o(bc_addr), .bc_member_o(bc_member),
    .bc_data_o(bc_data), .bc_exp_o(bc_exp), .bc_sum_o(bc_sum), .dr_valid_o(dr_valid),
    .dr_ctrl_o(dr_ctrl), .ss_valid_o(ss_valid), .ss_o(ss), .drain_valid_i(drain_valid),
    .drain_slot_i(drain_slot), .drain_data_i(drain_data), .t_valid_i(t_valid), .t_ctx_i(t_ctx),
    .t_slot_i(t_slot), .t_data_i(t_data), .red_valid_i(red_valid), .red_ctx_i(red_ctx),
    .red_kind_i(red_kind), .red_slot_i(red_slot), .red_data_i(red_data),
    .ss_total_valid_i(ss_total_valid), .ss_total_i(ss_total), .pr_vmem_valid, .pr_vmem_ctx,
    .pr_vmem_addr, .pr_vmem_data, .pr_rinv_valid, .pr_rinv_ctx, .pr_rinv_data, .pr_inv_valid,
    .pr_inv_ctx, .pr_inv_data
  );

  // ---- Mesh ----------------------------------------------------------------------------------------
  logic    [COLUMNS-1:0][ROWS-1:0] ga_valid, rd_valid;
  logic    [COLUMNS-1:0][ROWS-1:0] lt_valid;
  ctx_t    [COLUMNS-1:0][ROWS-1:0] lt_ctx, rd_ctx;
  reduce_e [COLUMNS-1:0][ROWS-1:0] rd_kind;
  logic    [COLUMNS-1:0][ROWS-1:0][11:0] ga_slot, lt_slot, rd_slot;
  logic    [COLUMNS-1:0][ROWS-1:0][31:0] ga_data, lt_data;
  logic    [COLUMNS-1:0][ROWS-1:0][ROWS-1:0][31:0] rd_data;

  mesh #(
    .COLUMNS(COLUMNS), .ROWS(ROWS), .HOPS(HOPS), .CPK(CPK), .Q_PER_KV(Q_PER_KV)
  ) u_mesh (
    .clk_i, .rst_ni, .bc_valid_i(bc_valid), .bc_ctx_i(bc_ctx), .bc_dest_i(bc_dest), .bc_blk_i(bc_blk),
    .bc_word_i(bc_word), .bc_last_i(bc_last), .bc_addr_i(bc_addr), .bc_member_i(bc_member),
    .bc_data_i(bc_data), .bc_exp_i(bc_exp), .bc_sum_i(bc_sum), .bc_valid_o(far_valid),
    .bc_ctx_o(far_ctx),
    .bc_dest_o(far_dest), .bc_blk_o(far_blk), .bc_word_o(far_word), .bc_last_o(far_last),
    .bc_addr_o(far_addr), .bc_member_o(far_member), .bc_data_o(far_data), .bc_exp_o(far_exp),
    .bc_sum_o(far_sum), .l_valid_i(l_valid), .l_ctrl_i(l_ctrl), .l_valid_o(l_valid_far),
    .l_ctrl_o(l_ctrl_far), .h_valid_i(h_valid), .h_ctrl_i(h_ctrl), .h_valid_o(h_valid_far),
    .h_ctrl_o(h_ctrl_far), .dr_valid_i(dr_valid), .dr_ctrl_i(dr_ctrl),
    .dr_valid_o(dr_valid_far), .dr_ctrl_o(dr_ctrl_far), .gmax_valid_o(gmax_valid),
    .gmax_o(gmax), .ga_valid_i(ga_valid[0][0]), .ga_slot_i(ga_slot[0][0]),
    .ga_data_i(ga_data), .lt_valid_i(lt_valid[0][0]), .lt_ctx_i(lt_ctx[0][0]),
    .lt_slot_i(lt_slot[0][0]), .lt_data_i(lt_data), .rd_valid_i(rd_valid[0][0]),
    .rd_ctx_i(rd_ctx[0][0]),
    .rd_kind_i(rd_kind[0][0]), .rd_slot_i(rd_slot[0][0]), .rd_data_i(rd_data),
    .drain_valid_o(drain_valid), .drain_slot_o(drain_slot), .drain_data_o(drain_data),
    .t_valid_o(t_valid), .t_ctx_o(t_ctx), .t_slot_o(t_slot), .t_data_o(t_data),
    .red_valid_o(red_valid), .red_ctx_o(red_ctx),
    .red_kind_o(red_kind), .red_slot_o(red_slot), .red_data_o(red_data), .ss_valid_i(ss_valid),
    .ss_i(ss), .ss_total_valid_o(ss_total_valid), .ss_total_o(ss_total)
  );

  // ---- Matrix units --------------------------------------------------------------------------------
  // Probes: valids and tags of all units are alike (lockstep), data are each unit's own.
  logic [COLUMNS-1:0][ROWS-1:0] unit_acc_valid;
  logic pr_acc_valid;
  ctx_t [COLUMNS-1:0][ROWS-1:0] unit_acc_ctx, unit_lora_b_ctx;
  ctx_t pr_acc_ctx, pr_lora_b_ctx;
  logic [COLUMNS-1:0][ROWS-1:0] unit_acc_bank;
  logic pr_acc_bank;
  logic [COLUMNS-1:0][ROWS-1:0][11:0] unit_acc_slot;
  logic [11:0] pr_acc_slot;
  logic [COLUMNS-1:0][ROWS-1:0][11:0] unit_acc_chunk;
  logic [11:0] pr_acc_chunk;
  logic [COLUMNS-1:0][ROWS-1:0][31:0] pr_acc_data;
  logic [COLUMNS-1:0][ROWS-1:0] unit_lora_b_valid;
  logic pr_lora_b_valid;
  logic [COLUMNS-1:0][ROWS-1:0][11:0] unit_lora_b_slot;
  logic [11:0] pr_lora_b_slot;
  logic [COLUMNS-1:0][ROWS-1:0][31:0] pr_lora_b_data;
  logic [COLUMNS-1:0][ROWS-1:0] unit_score_valid;
  logic pr_score_valid;
  logic [COLUMNS-1:0][ROWS-1:0][11:0] unit_score_slot;
  logic [11:0] pr_score_slot;
  logic [COLUMNS-1:0][ROWS-1:0][Q_PER_KV-1:0][31:0] pr_score_data;
  logic [COLUMNS-1:0][ROWS-1:0] unit_prob_valid;
  logic pr_prob_valid;
  logic [COLUMNS-1:0][ROWS-1:0][11:0] unit_prob_slot;
  logic [11:0] pr_prob_slot;
  logic [COLUMNS-1:0][ROWS-1:0][Q_PER_KV-1:0][15:0] pr_prob_data;
  logic [COLUMNS-1:0][ROWS-1:0] pr_kv_valid;
  logic [COLUMNS-1:0][ROWS-1:0][31:0] pr_kv_addr;
  logic [COLUMNS-1:0][ROWS-1:0][SRAM_W-1:0] pr_kv_data;

  assign pr_acc_valid = unit_acc_valid[0][0];
  assign pr_acc_ctx = unit_acc_ctx[0][0];
  assign pr_lora_b_ctx = unit_lora_b_ctx[0][0];
  assign pr_acc_bank = unit_acc_bank[0][0];
  assign pr_acc_slot = unit_acc_slot[0][0];
  assign pr_acc_chunk = unit_acc_chunk[0][0];
  assign pr_lora_b_valid = unit_lora_b_valid[0][0];
  assign pr_lora_b_slot = unit_lora_b_slot[0][0];
  assign pr_score_valid = unit_score_valid[0][0];
  assign pr_score_slot = unit_score_slot[0][0];
  assign pr_prob_valid = unit_prob_valid[0][0];
  assign pr_prob_slot = unit_prob_slot[0][0];

  for (genvar c = 0; c < COLUMNS; c++) begin : gen_col
    for (genvar r = 0; r < ROWS; r++) begin : gen_row
      matrix_unit #(
        .COLUMNS(COLUMNS), .ROWS(ROWS), .WEIGHT_BITS(WEIGHT_BITS), .WORD_BITS(WORD_BITS),
        .BLOCK(BLOCK), .H_BLOCK(H_BLOCK), .FRAC_BITS(FRAC_BITS), .ACC_DEPTH(ACC_DEPTH),
        .MAX_CHUNKS(MAX_CHUNKS), .ROM_WORDS(ROM_WORDS), .SCALE_WORDS(SCALE_WORDS),
        .SRAM_WORDS(SRAM_WORDS), .HEAD_DIM(HEAD_DIM), .Q_PER_KV(Q_PER_KV), .CPK(CPK),
        .KV_SLOTS(KV_SLOTS), .T_BLOCKS(T_BLOCKS), .TOKENS(TOKENS), .ATTN_SCALE(ATTN_SCALE)
      ) u_unit (
        .clk_i, .rst_ni, .col_i(8'(c)), .row_i(8'(r)), .bc_valid_i(far_valid), .bc_ctx_i(far_ctx),
        .bc_dest_i(far_dest), .bc_blk_i(far_blk), .bc_word_i(far_word), .bc_last_i(far_last),
        .bc_addr_i(far_addr), .bc_member_i(far_member), .bc_data_i(far_data),
        .bc_exp_i(far_exp), .bc_sum_i(far_sum), .l_valid_i(l_valid_far), .l_ctrl_i(l_ctrl_far),
        .h_valid_i(h_valid_far), .h_ctrl_i(h_ctrl_far), .dr_valid_i(dr_valid_far),
        .dr_ctrl_i(dr_ctrl_far),
        .gmax_valid_i(gmax_valid), .gmax_i(gmax[c]), .ld_valid_i(ld_valid), .ld_col_i(ld_col),
        .ld_row_i(ld_row), .ld_addr_i(ld_addr), .ld_data_i(ld_data),
        .ga_valid_o(ga_valid[c][r]), .ga_slot_o(ga_slot[c][r]), .ga_data_o(ga_data[c][r]),
        .lt_valid_o(lt_valid[c][r]), .lt_ctx_o(lt_ctx[c][r]), .lt_slot_o(lt_slot[c][r]),
        .lt_data_o(lt_data[c][r]), .rd_valid_o(rd_valid[c][r]), .rd_ctx_o(rd_ctx[c][r]),
        .rd_kind_o(rd_kind[c][r]),
        .rd_slot_o(rd_slot[c][r]), .rd_data_o(rd_data[c][r]),
        .pr_acc_valid(unit_acc_valid[c][r]), .pr_acc_ctx(unit_acc_ctx[c][r]),
        .pr_lora_b_ctx(unit_lora_b_ctx[c][r]), .pr_acc_bank(unit_acc_bank[c][r]),
        .pr_acc_slot(unit_acc_slot[c][r]), .pr_acc_chunk(unit_acc_chunk[c][r]),
        .pr_acc_data(pr_acc_data[c][r]), .pr_lora_b_valid(unit_lora_b_valid[c][r]),
        .pr_lora_b_slot(unit_lora_b_slot[c][r]), .pr_lora_b_data(pr_lora_b_data[c][r]),
        .pr_score_valid(unit_score_valid[c][r]), .pr_score_slot(unit_score_slot[c][r]),
        .pr_score_data(pr_score_data[c][r]), .pr_prob_valid(unit_prob_valid[c][r]),
        .pr_prob_slot(unit_prob_slot[c][r]), .pr_prob_data(pr_prob_data[c][r]),
        .pr_kv_valid(pr_kv_valid[c][r]), .pr_kv_addr(pr_kv_addr[c][r]),
        .pr_kv_data(pr_kv_data[c][r])
      );
    end
  end

`ifndef SYNTHESIS
  // A load writes while tokens run, but never what a running token reads.
  for (genvar k = 0; k < TOKENS; k++) begin : gen_load
    a_load_beside_token: assert property (@(posedge clk_i) disable iff (!rst_ni)
      ld_valid && u_sequencer.ctx_q[k].running && u_sequencer.ctx_q[k].token.adapter_on |->
      ld_addr < u_sequencer.ctx_q[k].token.adapter_base ||
      ld_addr >= u_sequencer.ctx_q[k].token.adapter_base + ADAPTER_WORDS);
  end
  // One clock, one control: whatever a unit says in a cycle, all say.
  a_gather_lockstep: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                      ga_valid == {(COLUMNS * ROWS) {ga_valid[0][0]}} &&
                                      lt_valid == {(COLUMNS * ROWS) {lt_valid[0][0]}});
  a_reduce_lockstep: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                      rd_valid == {(COLUMNS * ROWS) {rd_valid[0][0]}});
  a_probe_lockstep: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                     unit_acc_valid == {(COLUMNS * ROWS) {pr_acc_valid}});
`endif

endmodule
`default_nettype wire
