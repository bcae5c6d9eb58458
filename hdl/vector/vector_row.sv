// The vector row: the engines of sends and of drains, one vector unit a column, the shared rinv unit and
// the sampler's tree. A SEND and a drain, of one token or of two, are under way at the same time.
//
// Interface  issue ports of both engines from the sequencer; bc_*, dr_* and ss_* go to the mesh, drain_*
//            (of the D operation), t_*, red_* and ss_total_* come from it. Nothing has back-pressure:
//            every time is fixed by golden/SPEC.md chapter 5. flush outputs are D of what stands on
//            the issue port, without a register. vocab_size_i is constant.
// Latency    golden/SPEC.md chapter 5; one word a cycle.
// Parameters hdl/README.md has the meanings. TOKENS 1 to 4; COLUMNS 1 to 64; ROWS a power of two, 2 to
//            64; HOPS 1 to 8; BLOCK and H_BLOCK multiples of ROWS; HEAD_DIM a multiple of ROWS and
//            H_BLOCK; CPK a power of two that divides COLUMNS; Q_WORDS = Q_PER_KV*HEAD_DIM/ROWS/CPK;
//            K_WORDS = HEAD_DIM/ROWS/CPK; VMEM_WORDS (all words of a token) up to 4096; ATT_BASE from 1;
//            T_BASE from ATT_BASE + Q_WORDS, below VMEM_WORDS.
// Golden     golden/vector_row.py
`default_nettype none
module vector_row
  import roma_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned TOKENS       = 1,
  parameter int unsigned COLUMNS      = 2,
  parameter int unsigned ROWS         = 2,
  parameter int unsigned BLOCK        = 8,
  parameter int unsigned H_BLOCK      = 8,
  parameter int unsigned FRAC_BITS    = 4,
  parameter int unsigned HOPS         = 1,
  parameter int unsigned VMEM_WORDS   = 32,
  parameter int unsigned ATT_BASE     = 16,
  parameter int unsigned T_BASE       = 28,
  parameter int unsigned EMBED_WORDS  = 32,
  parameter int unsigned NORM_WORDS   = 12,
  parameter int unsigned ROPE_WORDS   = 32,
  parameter int unsigned HEAD_DIM     = 8,
  parameter int unsigned Q_PER_KV     = 1,
  parameter int unsigned CPK          = 1,
  parameter int unsigned Q_WORDS      = 4,
  parameter int unsigned K_WORDS      = 4,
  parameter int unsigned HIDDEN_WORDS = 4,
  parameter int unsigned VOCAB_ROWS   = 4,
  parameter logic [31:0] INV_HIDDEN   = 32'h3c00_0000,
  parameter logic [31:0] RMS_EPS      = 32'h3727_c5ac
) (
  input  wire logic                                    clk_i,
  input  wire logic                                    rst_ni,
  input  wire logic [31:0]                             vocab_size_i,
  // Sequencer
  input  wire logic                                    s_start_i,
  input  wire instr_t                                  s_instr_i,
  input  wire token_t                                  s_token_i,
  output logic                                         s_ready_o,
  output logic [23:0]                                  s_flush_o,
  output logic [23:0]                                  norm_flush_o,
  output logic                                         kv_busy_o,
  input  wire logic                                    d_start_i,
  input  wire instr_t                                  d_instr_i,
  input  wire token_t                                  d_token_i,
  output logic                                         d_ready_o,
  output logic [23:0]                                  d_flush_o,
  output logic                                         sample_valid_o,
  output ctx_t                                         sample_ctx_o,
  output logic [31:0]                                  sample_token_o,
  // To the mesh
  output logic                                         bc_valid_o,
  output ctx_t                                         bc_ctx_o,
  output dest_e                                        bc_dest_o,
  output logic [11:0]                                  bc_blk_o,
  output logic [11:0]                                  bc_word_o,
  output logic                                         bc_last_o,
  output logic [31:0]                                  bc_addr_o,
  output logic [11:0]                                  bc_member_o,
  output logic [COLUMNS-1:0][ROWS-1:0][7:0]            bc_data_o,
  output logic [COLUMNS-1:0][7:0]                      bc_exp_o,
  output logic [COLUMNS-1:0][15:0]                     bc_sum_o,
  output logic                                         dr_valid_o,
  output drain_ctrl_t                                  dr_ctrl_o,
  output logic                                         ss_valid_o,
  output logic [COLUMNS-1:0][31:0]                     ss_o,
  // From the mesh
  input  wire logic                                    drain_valid_i,
  input  wire logic [11:0]                             drain_slot_i,
  input  wire logic [COLUMNS-1:0][ROWS-1:0][31:0]      drain_data_i,
  input  wire logic                                    t_valid_i,
  input  wire ctx_t                                    t_ctx_i,
  input  wire logic [11:0]                             t_slot_i,
  input  wire logic [ROWS-1:0][31:0]                   t_data_i,
  input  wire logic                                    red_valid_i,
  input  wire reduce_e                                 red_kind_i,
  input  wire ctx_t                                    red_ctx_i,
  input  wire logic [11:0]                             red_slot_i,
  input  wire logic [COLUMNS-1:0][ROWS-1:0][31:0]      red_data_i,
  input  wire logic                                    ss_total_valid_i,
  input  wire logic [31:0]                             ss_total_i,
  // Probes
  output logic [COLUMNS-1:0]                           pr_vmem_valid,
  output ctx_t                                         pr_vmem_ctx,
  output logic [COLUMNS-1:0][11:0]                     pr_vmem_addr,
  output logic [COLUMNS-1:0][ROWS-1:0][31:0]           pr_vmem_data,
  output logic                                         pr_rinv_valid,
  output ctx_t                                         pr_rinv_ctx,
  output logic [31:0]                                  pr_rinv_data,
  output logic                                         pr_inv_valid,
  output ctx_t                                         pr_inv_ctx,
  output logic [COLUMNS-1:0][Q_PER_KV-1:0][31:0]       pr_inv_data
);

  if (TOKENS < 1 || TOKENS > 4) begin : gen_bad_tokens
    $fatal(1, "vector_row: TOKENS is %0d, legal: 1 to 4", TOKENS);
  end
  if (BLOCK < ROWS || BLOCK % ROWS != 0) begin : gen_bad_block
    $fatal(1, "vector_row: BLOCK is %0d, legal: a multiple of ROWS (%0d)", BLOCK, ROWS);
  end
  if (H_BLOCK < ROWS || H_BLOCK % ROWS != 0) begin : gen_bad_h_block
    $fatal(1, "vector_row: H_BLOCK is %0d, legal: a multiple of ROWS (%0d)", H_BLOCK, ROWS);
  end
  if (CPK < 1 || COLUMNS % CPK != 0) begin : gen_bad_cpk
    $fatal(1, "vector_row: CPK is %0d, legal: a divisor of COLUMNS (%0d)", CPK, COLUMNS);
  end

  send_job_t   send_job;
  send_step_t  send_step;
  drain_job_t  drain_job;
  embed_step_t embed;
  logic        norm_start, sample_start, noise_valid;
  logic [11:0] noise_slot;

  send_engine #(
    .COLUMNS (COLUMNS),
    .ROWS    (ROWS),
    .HOPS    (HOPS),
    .HEAD_DIM(HEAD_DIM),
    .CPK     (CPK)
  ) u_send_engine (
    .clk_i,
    .rst_ni,
    .start_i     (s_start_i),
    .instr_i     (s_instr_i),
    .token_i     (s_token_i),
    .ready_o     (s_ready_o),
    .flush_o     (s_flush_o),
    .norm_flush_o,
    .kv_busy_o,
    .job_o       (send_job),
    .step_o      (send_step),
    .norm_start_o(norm_start)
  );

  drain_engine #(
    .COLUMNS     (COLUMNS),
    .HOPS        (HOPS),
    .HIDDEN_WORDS(HIDDEN_WORDS)
  ) u_drain_engine (
    .clk_i,
    .rst_ni,
    .start_i      (d_start_i),
    .instr_i      (d_instr_i),
    .token_i      (d_token_i),
    .ready_o      (d_ready_o),
    .flush_o      (d_flush_o),
    .job_o        (drain_job),
    .embed_o      (embed),
    .dr_valid_o,
    .dr_ctrl_o,
    .noise_valid_o(noise_valid),
    .noise_slot_o (noise_slot),
    .sample_o     (sample_start)
  );

  broadcast_tag #(
    .HEAD_DIM(HEAD_DIM),
    .H_BLOCK (H_BLOCK)
  ) u_tag (
    .clk_i,
    .rst_ni,
    .start_i     (s_start_i),
    .dest_i      (s_instr_i.dest),
    .ctx_i       (s_token_i.ctx),
    .layer_base_i(s_instr_i.addr1),
    .kv_base_i   (s_token_i.kv_base),
    .pos_slot_i  (s_token_i.pos.slot),
    .pos_unit_i  (s_token_i.pos.member),
    .word_valid_i(bc_valid_o),
    .word_last_i (bc_last_o),
    .ctx_o       (bc_ctx_o),
    .dest_o      (bc_dest_o),
    .blk_o       (bc_blk_o),
    .word_o      (bc_word_o),
    .addr_o      (bc_addr_o),
    .member_o    (bc_member_o)
  );

  localparam int unsigned CtxW = TOKENS > 1 ? $clog2(TOKENS) : 1;

  logic [TOKENS-1:0][31:0] rinv;

  rinv_unit #(
    .TOKENS    (TOKENS),
    .HOPS      (HOPS),
    .INV_HIDDEN(INV_HIDDEN),
    .RMS_EPS   (RMS_EPS)
  ) u_rinv (
    .clk_i,
    .rst_ni,
    .start_i      (norm_start),
    .ctx_i        (s_token_i.ctx),
    .total_valid_i(ss_total_valid_i),
    .total_i      (ss_total_i),
    .write_valid_o(pr_rinv_valid),
    .write_ctx_o  (pr_rinv_ctx),
    .write_data_o (pr_rinv_data),
    .rinv_o       (rinv)
  );

  // All columns run in lockstep: column 0 speaks for the row.
  logic  [COLUMNS-1:0] bc_valid, bc_last, ss_valid, inv_valid;
  ctx_t  [COLUMNS-1:0] inv_ctx;
  best_t [COLUMNS-1:0] best;
  assign bc_valid_o   = bc_valid[0];
  assign bc_last_o    = bc_last[0];
  assign ss_valid_o   = ss_valid[0];
  assign pr_inv_valid = inv_valid[0];
  assign pr_inv_ctx   = inv_ctx[0];
  assign pr_vmem_ctx  = drain_job.ctx;
  assign sample_ctx_o = drain_job.ctx;

  for (genvar c = 0; c < COLUMNS; c++) begin : gen_col
    vector_unit #(
      .TOKENS     (TOKENS),
      .ROWS       (ROWS),
      .BLOCK      (BLOCK),
      .H_BLOCK    (H_BLOCK),
      .FRAC_BITS  (FRAC_BITS),
      .VMEM_WORDS (VMEM_WORDS),
      .ATT_BASE   (ATT_BASE),
      .T_BASE     (T_BASE),
      .EMBED_WORDS(EMBED_WORDS),
      .NORM_WORDS (NORM_WORDS),
      .ROPE_WORDS (ROPE_WORDS),
      .HEAD_DIM   (HEAD_DIM),
      .Q_PER_KV   (Q_PER_KV),
      .CPK        (CPK),
      .Q_WORDS    (Q_WORDS),
      .K_WORDS    (K_WORDS),
      .VOCAB_ROWS (VOCAB_ROWS)
    ) u_vector_unit (
      .clk_i,
      .rst_ni,
      .col_i        (8'(c)),
      .vocab_size_i,
      .send_step_i  (send_step),
      .send_job_i   (send_job),
      .embed_i      (embed),
      .drain_job_i  (drain_job),
      .noise_valid_i(noise_valid),
      .noise_slot_i (noise_slot),
      .drain_valid_i,
      .drain_slot_i,
      .drain_data_i (drain_data_i[c]),
      .t_valid_i,
      .t_ctx_i,
      .t_slot_i,
      .t_data_i,
      .red_valid_i,
      .red_kind_i,
      .red_ctx_i,
      .red_slot_i,
      .red_data_i   (red_data_i[c]),
      .rinv_i       (rinv[CtxW'(drain_job.ctx)]),
      .ss_valid_o   (ss_valid[c]),
      .ss_o         (ss_o[c]),
      .bc_valid_o   (bc_valid[c]),
      .bc_last_o    (bc_last[c]),
      .bc_data_o    (bc_data_o[c]),
      .bc_exp_o     (bc_exp_o[c]),
      .bc_sum_o     (bc_sum_o[c]),
      .best_o       (best[c]),
      .pr_vmem_valid(pr_vmem_valid[c]),
      .pr_vmem_addr (pr_vmem_addr[c]),
      .pr_vmem_data (pr_vmem_data[c]),
      .pr_inv_valid (inv_valid[c]),
      .pr_inv_ctx   (inv_ctx[c]),
      .pr_inv_data  (pr_inv_data[c])
    );
  end

  sample_tree #(
    .COLUMNS(COLUMNS),
    .HOPS   (HOPS)
  ) u_sample (
    .clk_i,
    .rst_ni,
    .start_i      (sample_start),
    .best_i       (best),
    .token_valid_o(sample_valid_o),
    .token_o      (sample_token_o)
  );

`ifndef SYNTHESIS
  a_lockstep_bc: assert property (@(posedge clk_i) disable iff (!rst_ni)
    bc_valid == '0 || (bc_valid == '1 && (bc_last == '0 || bc_last == '1)));
  a_lockstep_ss: assert property (@(posedge clk_i) disable iff (!rst_ni)
    ss_valid == '0 || ss_valid == '1);
  a_lockstep_inv: assert property (@(posedge clk_i) disable iff (!rst_ni)
    inv_valid == '0 || (inv_valid == '1 && inv_ctx == {COLUMNS{inv_ctx[0]}}));
  a_send_context: assert property (@(posedge clk_i) disable iff (!rst_ni)
    s_start_i |-> 32'(s_token_i.ctx) < TOKENS);
  a_drain_context: assert property (@(posedge clk_i) disable iff (!rst_ni)
    d_start_i |-> 32'(d_token_i.ctx) < TOKENS);
`endif

endmodule
`default_nettype wire
