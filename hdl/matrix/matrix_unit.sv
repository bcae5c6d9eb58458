// Matrix unit: base weights in ROM (fused cells, dequantiser, accumulators) and the H-Unit with
// LoRA and the KV cache in SRAM. All units of a chip are alike; col_i and row_i tell one its place.
//
// Interface  hdl/README.md, ports that cross block boundaries. Nothing has back-pressure:
//            golden/SPEC.md chapter 5 fixes every cycle. Beats and steps carry the context of their
//            token; those of different contexts follow one another without a gap.
// Latency    m = cycle of l_valid_i: words m+1, integer sums m+2, FP32 m+3, terms m+4, tree m+4+LC,
//            accumulator m+5+LC (pr_acc_*). m = cycle of dr_valid_i: ga_* in m+2. H side: see
//            h_unit (LoRA A on lt_* in m+4). One step of each a cycle; LC = ceil(log2 COLUMNS).
// Formats    golden/SPEC-formats.md; scale ROM word: 28 bits a column, {zero_point[11:0],
//            scale[15:0]}.
// Parameters hdl/README.md; legal values are checked by the blocks, here SCALE_WORDS >= 1.
// Golden     golden/gemv.py, golden/h_unit.py.
`default_nettype none
module matrix_unit
  import roma_pkg::*;
#(
  parameter int unsigned COLUMNS     = 2,
  parameter int unsigned ROWS        = 2,
  parameter int unsigned WEIGHT_BITS = 4,
  parameter int unsigned WORD_BITS   = 32,
  parameter int unsigned BLOCK       = 16,
  parameter int unsigned H_BLOCK     = 8,
  parameter int unsigned FRAC_BITS   = 4,
  parameter int unsigned ACC_DEPTH   = 4,
  parameter int unsigned MAX_CHUNKS  = 2,
  parameter int unsigned ROM_WORDS   = 16,
  parameter int unsigned SCALE_WORDS = 8,
  parameter int unsigned SRAM_WORDS  = 32,
  parameter int unsigned HEAD_DIM    = 8,
  parameter int unsigned Q_PER_KV    = 2,
  parameter int unsigned CPK         = 1,
  parameter int unsigned KV_SLOTS    = 4,
  parameter int unsigned T_BLOCKS    = 1,
  parameter int unsigned TOKENS      = 2,
  parameter logic [31:0] ATTN_SCALE  = 32'h3eb5_04f3,
  localparam int unsigned SRAM_W     = H_BLOCK * 8 + 8
) (
  input  wire logic                                clk_i,
  input  wire logic                                rst_ni,
  input  wire logic [7:0]                          col_i,
  input  wire logic [7:0]                          row_i,
  // Broadcast
  input  wire logic                                bc_valid_i,
  input  wire dest_e                               bc_dest_i,
  input  wire ctx_t                                bc_ctx_i,
  input  wire logic [11:0]                         bc_blk_i,
  input  wire logic [11:0]                         bc_word_i,
  input  wire logic                                bc_last_i,
  input  wire logic [31:0]                         bc_addr_i,
  input  wire logic [11:0]                         bc_member_i,
  input  wire logic [COLUMNS-1:0][ROWS-1:0][7:0]   bc_data_i,
  input  wire logic [COLUMNS-1:0][7:0]             bc_exp_i,
  input  wire logic [COLUMNS-1:0][15:0]            bc_sum_i,
  // Control
  input  wire logic                                l_valid_i,
  input  wire l_ctrl_t                             l_ctrl_i,
  input  wire logic                                h_valid_i,
  input  wire h_ctrl_t                             h_ctrl_i,
  input  wire logic                                dr_valid_i,
  input  wire drain_ctrl_t                         dr_ctrl_i,
  // Group's score maxima
  input  wire logic                                gmax_valid_i,
  input  wire logic [Q_PER_KV-1:0][31:0]           gmax_i,
  // Adapter loader
  input  wire logic                                ld_valid_i,
  input  wire logic [7:0]                          ld_col_i,
  input  wire logic [7:0]                          ld_row_i,
  input  wire logic [31:0]                         ld_addr_i,
  input  wire logic [SRAM_W-1:0]                   ld_data_i,
  // Gather
  output logic                                     ga_valid_o,
  output logic [11:0]                              ga_slot_o,
  output logic [31:0]                              ga_data_o,
  // LoRA A
  output logic                                     lt_valid_o,
  output ctx_t                                     lt_ctx_o,
  output logic [11:0]                              lt_slot_o,
  output logic [31:0]                              lt_data_o,
  // Column reduce
  output logic                                     rd_valid_o,
  output reduce_e                                  rd_kind_o,
  output ctx_t                                     rd_ctx_o,
  output logic [11:0]                              rd_slot_o,
  output logic [ROWS-1:0][31:0]                    rd_data_o,
  // Probes
  output logic                                     pr_acc_valid,
  output ctx_t                                     pr_acc_ctx,
  output logic                                     pr_acc_bank,
  output logic [11:0]                              pr_acc_slot,
  output logic [11:0]                              pr_acc_chunk,
  output logic [31:0]                              pr_acc_data,
  output logic                                     pr_lora_b_valid,
  output ctx_t                                     pr_lora_b_ctx,
  output logic [11:0]                              pr_lora_b_slot,
  output logic [31:0]                              pr_lora_b_data,
  output logic                                     pr_score_valid,
  output logic [11:0]                              pr_score_slot,
  output logic [Q_PER_KV-1:0][31:0]                pr_score_data,
  output logic                                     pr_prob_valid,
  output logic [11:0]                              pr_prob_slot,
  output logic [Q_PER_KV-1:0][15:0]                pr_prob_data,
  output logic                                     pr_kv_valid,
  output logic [31:0]                              pr_kv_addr,
  output logic [SRAM_W-1:0]                        pr_kv_data
);

  if (SCALE_WORDS < 1) begin : gen_bad_scale
    $fatal(1, "matrix_unit: SCALE_WORDS is %0d, legal: >= 1", SCALE_WORDS);
  end

  // ---- GEMV input -------------------------------------------------------------------------------
  logic [COLUMNS-1:0][BLOCK-1:0][7:0] x;
  logic [COLUMNS-1:0][7:0]            x_exp;
  logic [COLUMNS-1:0][15:0]           x_sum;
  logic [11:0]                        xr_chunk;
  logic [7:0]                         xr_sub;
  logic [H_BLOCK-1:0][7:0]            xr_data;
  logic [7:0]                         xr_exp;

  x_buffer #(
    .COLUMNS   (COLUMNS),
    .ROWS      (ROWS),
    .BLOCK     (BLOCK),
    .H_BLOCK   (H_BLOCK),
    .MAX_CHUNKS(MAX_CHUNKS),
    .TOKENS    (TOKENS)
  ) u_x_buffer (
    .clk_i,
    .rst_ni,
    .col_i,
    .bc_valid_i,
    .bc_dest_i,
    .bc_ctx_i,
    .bc_blk_i,
    .bc_word_i,
    .bc_last_i,
    .bc_data_i,
    .bc_exp_i,
    .bc_sum_i,
    .l_en_i    (l_valid_i),
    .l_ctx_i   (l_ctrl_i.ctx),
    .l_chunk_i (l_ctrl_i.chunk),
    .x_o       (x),
    .exp_o     (x_exp),
    .sum_o     (x_sum),
    .xr_en_i   (h_valid_i && h_ctrl_i.op == HLoraA),
    .xr_ctx_i  (h_ctrl_i.ctx),
    .xr_chunk_i(xr_chunk),
    .xr_sub_i  (xr_sub),
    .xr_data_o (xr_data),
    .xr_exp_o  (xr_exp)
  );

  // ---- Steps behind cycle m ---------------------------------------------------------------------
  localparam int unsigned Lc = $clog2(COLUMNS);
  localparam int unsigned Stages = 5 + Lc;  // m+1 ... m+5+LC, where the accumulator holds the value
  typedef struct packed {
    ctx_t        ctx;
    logic [11:0] chunk;
    logic [11:0] slot;
    logic        bank;
    logic        first_chunk;
  } step_t;

  logic               step_valid_q, step_last_q;  // m+1
  logic [31:0]        scale_addr_q;
  logic [Stages:2]    row_valid_q;                // last passes only
  step_t [Stages:1]   step_q /* verilator split_var */;

  always_ff @(posedge clk_i) begin
    step_valid_q   <= rst_ni && l_valid_i;
    row_valid_q    <= rst_ni ? {row_valid_q[Stages-1:2], step_valid_q && step_last_q} : '0;
    if (l_valid_i) begin
      step_last_q  <= l_ctrl_i.last_pass;
      scale_addr_q <= l_ctrl_i.scale_addr;
      step_q[1]    <= '{
          ctx: l_ctrl_i.ctx,
          chunk: l_ctrl_i.chunk,
          slot: l_ctrl_i.slot,
          bank: l_ctrl_i.bank,
          first_chunk: l_ctrl_i.first_chunk
      };
    end
    if (step_valid_q && step_last_q) step_q[2] <= step_q[1];
  end
  for (genvar s = 3; s <= Stages; s++) begin : gen_step
    always_ff @(posedge clk_i) if (row_valid_q[s-1]) step_q[s] <= step_q[s-1];
  end

  // ---- Fused cells: m ... m+2 -------------------------------------------------------------------
  logic                     d_valid;
  logic [COLUMNS-1:0][31:0] d;

  fused_cell #(
    .COLUMNS    (COLUMNS),
    .BLOCK      (BLOCK),
    .WEIGHT_BITS(WEIGHT_BITS),
    .WORD_BITS  (WORD_BITS),
    .ROM_WORDS  (ROM_WORDS)
  ) u_fused_cell (
    .clk_i,
    .rst_ni,
    .valid_i     (l_valid_i),
    .addr_i      (l_ctrl_i.rom_addr),
    .first_pass_i(l_ctrl_i.first_pass),
    .last_pass_i (l_ctrl_i.last_pass),
    .x_i         (x),
    .valid_o     (d_valid),
    .d_o         (d)
  );

  // ---- Scale word, exponents and sums of the row: read in m+1 by its last pass, used in m+2 -----
  logic [COLUMNS-1:0][27:0] scale;
  logic [COLUMNS-1:0][7:0]  exp_q;
  logic [COLUMNS-1:0][15:0] sum_q;

  rom #(
    .WIDTH(COLUMNS * 28),
    .DEPTH(SCALE_WORDS)
  ) u_scale_rom (
    .clk_i,
    .en_i  (step_valid_q && step_last_q),
    .addr_i(scale_addr_q),
    .data_o(scale)
  );

  always_ff @(posedge clk_i) begin
    if (step_valid_q && step_last_q) begin
      exp_q <= x_exp;
      sum_q <= x_sum;
    end
  end

  // ---- Terms and accumulators: m+2 ... m+5+LC ---------------------------------------------------
  logic        term_valid;
  logic [31:0] term, acc;

  dequantiser #(
    .COLUMNS  (COLUMNS),
    .FRAC_BITS(FRAC_BITS)
  ) u_dequantiser (
    .clk_i,
    .rst_ni,
    .valid_i(d_valid),
    .d_i    (d),
    .sum_i  (sum_q),
    .exp_i  (exp_q),
    .scale_i(scale),
    .valid_o(term_valid),
    .term_o (term)
  );

  accumulator #(
    .ACC_DEPTH(ACC_DEPTH),
    .TOKENS   (TOKENS)
  ) u_accumulator (
    .clk_i,
    .rst_ni,
    .valid_i      (term_valid),
    .ctx_i        (step_q[Stages-1].ctx),
    .bank_i       (step_q[Stages-1].bank),
    .slot_i       (step_q[Stages-1].slot),
    .first_i      (step_q[Stages-1].first_chunk),
    .term_i       (term),
    .value_valid_o(pr_acc_valid),
    .value_ctx_o  (pr_acc_ctx),
    .value_bank_o (pr_acc_bank),
    .value_slot_o (pr_acc_slot),
    .value_o      (pr_acc_data),
    .rd_en_i      (dr_valid_i),
    .rd_ctx_i     (dr_ctrl_i.ctx),
    .rd_bank_i    (dr_ctrl_i.bank),
    .rd_slot_i    (dr_ctrl_i.slot),
    .rd_data_o    (acc)
  );
  assign pr_acc_chunk = step_q[Stages].chunk;

  // ---- Drain ------------------------------------------------------------------------------------
  logic [31:0] lora_b;

  drain u_drain (
    .clk_i,
    .rst_ni,
    .valid_i    (dr_valid_i),
    .slot_i     (dr_ctrl_i.slot),
    .lora_i     (dr_ctrl_i.lora),
    .acc_i      (acc),
    .lora_data_i(lora_b),
    .valid_o    (ga_valid_o),
    .slot_o     (ga_slot_o),
    .data_o     (ga_data_o)
  );

  // ---- H-Unit -----------------------------------------------------------------------------------
  h_unit #(
    .COLUMNS   (COLUMNS),
    .ROWS      (ROWS),
    .BLOCK     (BLOCK),
    .H_BLOCK   (H_BLOCK),
    .HEAD_DIM  (HEAD_DIM),
    .Q_PER_KV  (Q_PER_KV),
    .CPK       (CPK),
    .KV_SLOTS  (KV_SLOTS),
    .T_BLOCKS  (T_BLOCKS),
    .ACC_DEPTH (ACC_DEPTH),
    .SRAM_WORDS(SRAM_WORDS),
    .TOKENS    (TOKENS),
    .ATTN_SCALE(ATTN_SCALE)
  ) u_h_unit (
    .clk_i,
    .rst_ni,
    .col_i,
    .row_i,
    .bc_valid_i,
    .bc_dest_i,
    .bc_ctx_i,
    .bc_blk_i,
    .bc_word_i,
    .bc_last_i,
    .bc_addr_i,
    .bc_member_i,
    .bc_data_i,
    .bc_exp_i,
    .h_valid_i,
    .h_ctrl_i,
    .gmax_valid_i,
    .gmax_i,
    .ld_valid_i(ld_valid_i && ld_col_i == col_i && ld_row_i == row_i),
    .ld_addr_i,
    .ld_data_i,
    .xr_chunk_o(xr_chunk),
    .xr_sub_o  (xr_sub),
    .xr_data_i (xr_data),
    .xr_exp_i  (xr_exp),
    .lt_valid_o,
    .lt_ctx_o,
    .lt_slot_o,
    .lt_data_o,
    .lb_en_i   (dr_valid_i && dr_ctrl_i.lora),
    .lb_ctx_i  (dr_ctrl_i.ctx),
    .lb_bank_i (dr_ctrl_i.bank),
    .lb_slot_i (dr_ctrl_i.slot),
    .lb_data_o (lora_b),
    .rd_valid_o,
    .rd_kind_o,
    .rd_ctx_o,
    .rd_slot_o,
    .rd_data_o,
    .pr_lora_b_valid,
    .pr_lora_b_ctx,
    .pr_lora_b_slot,
    .pr_lora_b_data,
    .pr_score_valid,
    .pr_score_slot,
    .pr_score_data,
    .pr_prob_valid,
    .pr_prob_slot,
    .pr_prob_data,
    .pr_kv_valid,
    .pr_kv_addr,
    .pr_kv_data
  );

`ifndef SYNTHESIS
  a_scale: assert property (@(posedge clk_i) disable iff (!rst_ni)
                            l_valid_i && l_ctrl_i.last_pass |-> l_ctrl_i.scale_addr < SCALE_WORDS)
  else $error("matrix_unit: scale address %0d, %0d words exist", l_ctrl_i.scale_addr, SCALE_WORDS);
  a_first_pass: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                 l_valid_i && !l_ctrl_i.first_pass && $past(rst_ni) |->
                                 $stable(l_ctrl_i.slot) && $stable(l_ctrl_i.chunk) &&
                                 $stable(l_ctrl_i.ctx))
  else $error("matrix_unit: slot, chunk or context changes between the passes of a step");
  a_step: assert property (@(posedge clk_i) disable iff (!rst_ni)
                           term_valid == row_valid_q[Stages-1])
  else $error("matrix_unit: term and its step part");
`endif

endmodule
`default_nettype wire
