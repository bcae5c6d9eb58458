// H-Unit: the high-precision half of a matrix unit. One SRAM holds LoRA A, LoRA B and this unit's
// share of the KV cache; beside the base GEMV it runs LoRA, then attention: scores, softmax
// numerators, context.
//
// Interface: h_valid_i with one step of the H engine's loop a cycle, operations of different contexts
//   without a gap; broadcast beats fill a context's query buffer (Q) and LoRA intermediate (T) and the
//   KV cache (K, V); ld_* writes the SRAM. Nothing has back-pressure: golden/SPEC.md chapters 4 and 5
//   fix every cycle, and with it who has the SRAM's write port (KV append or loader) and its read port
//   (dot products or values). x of LoRA A is read from the GEMV's input buffer (xr_*, address in cycle
//   m, data in m+1; the context is the step's).
// Latency (m = cycle of h_valid_i): LoRA A on lt_* in m+4; LoRA B in the LoRA buffer from m+4
//   (lb_*: address in cycle x, data from x+1 until the next read); scores m+5 (pr_score_*), maxima on
//   rd_* in m+7 of the last step; p in m+3+EXP_LATENCY (pr_prob_*), context from m+5+EXP_LATENCY;
//   HReduce on rd_* in m+1; dot products may follow a context's last step in m+3+EXP_LATENCY.
//   KV words are written in cycle (last word of a block) + 1 + a, a = column of the group.
// Formats: blocks MXINT8 {exponent field[7:0], H_BLOCK mantissas}, results FP32, probabilities
//   BF16.
// Legal: ROWS a power of two; H_BLOCK a multiple of 8 and of ROWS; BLOCK a multiple of H_BLOCK; CPK
//   a power of two that divides COLUMNS, up to H_BLOCK/ROWS; HEAD_DIM a multiple of CPK*H_BLOCK;
//   Q_PER_KV up to ROWS; TOKENS 1 to 4.
// Golden twin: golden/h_unit.py.
`default_nettype none
module h_unit
  import roma_pkg::*;
#(
  parameter int unsigned COLUMNS    = 2,
  parameter int unsigned ROWS       = 2,
  parameter int unsigned BLOCK      = 16,
  parameter int unsigned H_BLOCK    = 8,
  parameter int unsigned HEAD_DIM   = 8,
  parameter int unsigned Q_PER_KV   = 1,
  parameter int unsigned CPK        = 1,
  parameter int unsigned KV_SLOTS   = 4,
  parameter int unsigned T_BLOCKS   = 1,
  parameter int unsigned ACC_DEPTH  = 4,
  parameter int unsigned SRAM_WORDS = 32,
  parameter int unsigned TOKENS     = 2,
  parameter logic [31:0] ATTN_SCALE = 32'h3eb5_04f3,
  localparam int unsigned WIDTH = H_BLOCK * 8 + 8
) (
  input wire logic                                      clk_i,
  input wire logic                                      rst_ni,
  input wire logic [7:0]                                col_i,
  input wire logic [7:0]                                row_i,
  // Broadcast
  input wire logic                                      bc_valid_i,
  input wire dest_e                                     bc_dest_i,
  input wire ctx_t                                      bc_ctx_i,
  input wire logic [11:0]                               bc_blk_i,
  input wire logic [11:0]                               bc_word_i,
  input wire logic                                      bc_last_i,
  input wire logic [31:0]                               bc_addr_i,
  input wire logic [11:0]                               bc_member_i,
  input wire logic [COLUMNS-1:0][ROWS-1:0][7:0]         bc_data_i,
  input wire logic [COLUMNS-1:0][7:0]                   bc_exp_i,
  // Control
  input wire logic                                      h_valid_i,
  input wire h_ctrl_t                                   h_ctrl_i,
  // Group's score maxima
  input wire logic                                      gmax_valid_i,
  input wire logic [Q_PER_KV-1:0][31:0]                 gmax_i,
  // Adapter loader
  input wire logic                                      ld_valid_i,
  input wire logic [31:0]                               ld_addr_i,
  input wire logic [WIDTH-1:0]                          ld_data_i,
  // Input buffer of the GEMV
  output logic [11:0]                                   xr_chunk_o,
  output logic [7:0]                                    xr_sub_o,
  input wire logic [H_BLOCK-1:0][7:0]                   xr_data_i,
  input wire logic [7:0]                                xr_exp_i,
  // LoRA A's results
  output logic                                          lt_valid_o,
  output ctx_t                                          lt_ctx_o,
  output logic [11:0]                                   lt_slot_o,
  output logic [31:0]                                   lt_data_o,
  // LoRA B's results, read by a drain
  input wire logic                                      lb_en_i,
  input wire ctx_t                                      lb_ctx_i,
  input wire logic                                      lb_bank_i,
  input wire logic [11:0]                               lb_slot_i,
  output logic [31:0]                                   lb_data_o,
  // Reductions
  output logic                                          rd_valid_o,
  output reduce_e                                       rd_kind_o,
  output ctx_t                                          rd_ctx_o,
  output logic [11:0]                                   rd_slot_o,
  output logic [ROWS-1:0][31:0]                         rd_data_o,
  // Probes
  output logic                                          pr_lora_b_valid,
  output ctx_t                                          pr_lora_b_ctx,
  output logic [11:0]                                   pr_lora_b_slot,
  output logic [31:0]                                   pr_lora_b_data,
  output logic                                          pr_score_valid,
  output logic [11:0]                                   pr_score_slot,
  output logic [Q_PER_KV-1:0][31:0]                     pr_score_data,
  output logic                                          pr_prob_valid,
  output logic [11:0]                                   pr_prob_slot,
  output logic [Q_PER_KV-1:0][15:0]                     pr_prob_data,
  output logic                                          pr_kv_valid,
  output logic [31:0]                                   pr_kv_addr,
  output logic [WIDTH-1:0]                              pr_kv_data
);
  localparam int unsigned SRAM_AW = (SRAM_WORDS > 1) ? $clog2(SRAM_WORDS) : 1;
  localparam int unsigned COL_W = (COLUMNS > 1) ? $clog2(COLUMNS) : 1;
  localparam int unsigned LORA_DEPTH = 2 * TOKENS * ACC_DEPTH;
  localparam int unsigned LORA_W = $clog2(LORA_DEPTH);
  localparam int unsigned SUBS = BLOCK / H_BLOCK;
  localparam int unsigned Q_BLOCKS = Q_PER_KV * HEAD_DIM / (CPK * H_BLOCK);

  if (ROWS < 2 || ROWS > 64 || (ROWS & (ROWS - 1)) != 0) begin : gen_rows
    $fatal(1, "h_unit: ROWS is %0d, legal: a power of two, 2 to 64", ROWS);
  end
  if (H_BLOCK == 0 || H_BLOCK % 8 != 0 || H_BLOCK % ROWS != 0) begin : gen_h_block
    $fatal(1, "h_unit: H_BLOCK is %0d, legal: a multiple of 8 and of ROWS (%0d)", H_BLOCK, ROWS);
  end
  if (BLOCK == 0 || BLOCK % H_BLOCK != 0) begin : gen_block
    $fatal(1, "h_unit: BLOCK is %0d, legal: a multiple of H_BLOCK (%0d)", BLOCK, H_BLOCK);
  end
  if (COLUMNS < 1 || COLUMNS > 64) begin : gen_columns
    $fatal(1, "h_unit: COLUMNS is %0d, legal: 1 to 64", COLUMNS);
  end
  if (CPK < 1 || (CPK & (CPK - 1)) != 0 || COLUMNS % CPK != 0 || CPK > H_BLOCK / ROWS)
  begin : gen_cpk
    $fatal(1, "h_unit: CPK is %0d, legal: a power of two that divides COLUMNS (%0d), up to %0d",
           CPK, COLUMNS, H_BLOCK / ROWS);
  end
  if (HEAD_DIM == 0 || HEAD_DIM % (CPK * H_BLOCK) != 0) begin : gen_head_dim
    $fatal(1, "h_unit: HEAD_DIM is %0d, legal: a multiple of CPK*H_BLOCK (%0d)", HEAD_DIM,
           CPK * H_BLOCK);
  end
  if (Q_PER_KV < 1 || Q_PER_KV > ROWS) begin : gen_q_per_kv
    $fatal(1, "h_unit: Q_PER_KV is %0d, legal: 1 to ROWS (%0d)", Q_PER_KV, ROWS);
  end
  if (KV_SLOTS < 1 || KV_SLOTS > 4096) begin : gen_kv_slots
    $fatal(1, "h_unit: KV_SLOTS is %0d, legal: 1 to 4096", KV_SLOTS);
  end
  if (T_BLOCKS < 1 || T_BLOCKS > 4096) begin : gen_t_blocks
    $fatal(1, "h_unit: T_BLOCKS is %0d, legal: 1 to 4096", T_BLOCKS);
  end
  if (ACC_DEPTH < 1 || ACC_DEPTH > 4096) begin : gen_acc_depth
    $fatal(1, "h_unit: ACC_DEPTH is %0d, legal: 1 to 4096", ACC_DEPTH);
  end
  if (SRAM_WORDS < 1) begin : gen_sram_words
    $fatal(1, "h_unit: SRAM_WORDS is %0d, legal: >= 1", SRAM_WORDS);
  end
  if (TOKENS < 1 || TOKENS > 4) begin : gen_tokens
    $fatal(1, "h_unit: TOKENS is %0d, legal: 1 to 4", TOKENS);
  end

  // What a step needs to know behind cycle m.
  typedef struct packed {
    h_op_e       op;
    ctx_t        ctx;
    logic        bank;
    logic        skip;        // attention: this unit holds no such position
    logic [11:0] slot;
    logic        first_blk;
    logic        last_blk;
    logic        first_slot;
    logic        last_slot;
  } step_t;

  // ---- Place in the KV group, skipped positions ----------------------------------------------
  logic [7:0]  group_column;  // first column of the group
  logic [11:0] member;
  logic        skip, dot_op;
  step_t       step;

  assign group_column = col_i & ~8'(CPK - 1);
  assign member = 12'(32'(col_i & 8'(CPK - 1)) * ROWS + 32'(row_i));
  assign dot_op = h_ctrl_i.op inside {HLoraA, HLoraB, HScore};
  assign skip = h_ctrl_i.op inside {HScore, HContext} &&
                (h_ctrl_i.slot > h_ctrl_i.pos_slot ||
                 (h_ctrl_i.slot == h_ctrl_i.pos_slot && member > h_ctrl_i.pos_member));
  assign step = '{
      op: h_ctrl_i.op,
      ctx: h_ctrl_i.ctx,
      bank: h_ctrl_i.bank,
      skip: skip,
      slot: h_ctrl_i.slot,
      first_blk: h_ctrl_i.first_blk,
      last_blk: h_ctrl_i.last_blk,
      first_slot: h_ctrl_i.first_slot,
      last_slot: h_ctrl_i.last_slot
  };

  // ---- Broadcast: operand buffers and KV append ----------------------------------------------
  logic [CPK-1:0][ROWS-1:0][7:0] group_data;
  logic [CPK-1:0][7:0]           group_exp;
  logic [Q_PER_KV-1:0][WIDTH-1:0] q_words;
  logic [WIDTH-1:0]              t_word;
  logic                          append_we;
  logic [31:0]                   append_addr;
  logic [WIDTH-1:0]              append_data;

  always_comb begin
    group_data = '0;
    group_exp  = '0;
    if (bc_valid_i && bc_dest_i inside {DstQ, DstK, DstV}) begin
      for (int unsigned a = 0; a < CPK; a++) begin
        group_data[a] = bc_data_i[COL_W'(32'(group_column) + a)];
        group_exp[a]  = bc_exp_i[COL_W'(32'(group_column) + a)];
      end
    end
  end

  h_block_buffer #(
    .COLS(CPK), .BLOCKS(Q_BLOCKS), .READS(Q_PER_KV), .ROWS(ROWS), .H_BLOCK(H_BLOCK),
    .TOKENS(TOKENS)
  ) u_query (
    .clk_i,
    .rst_ni,
    .we_i   (bc_valid_i && bc_dest_i == DstQ),
    .ctx_i  (bc_ctx_i),
    .blk_i  (bc_blk_i),
    .word_i (bc_word_i),
    .data_i (group_data),
    .exp_i  (group_exp),
    .re_i   (h_valid_i && h_ctrl_i.op == HScore && !skip),
    .rctx_i (h_ctrl_i.ctx),
    .rblk_i (h_ctrl_i.blk),
    .words_o(q_words)
  );

  h_block_buffer #(
    .COLS(1), .BLOCKS(T_BLOCKS), .READS(1), .ROWS(ROWS), .H_BLOCK(H_BLOCK), .TOKENS(TOKENS)
  ) u_lora_t (
    .clk_i,
    .rst_ni,
    .we_i   (bc_valid_i && bc_dest_i == DstT),
    .ctx_i  (bc_ctx_i),
    .blk_i  (bc_blk_i),
    .word_i (bc_word_i),
    .data_i (bc_data_i[COL_W'(col_i)]),
    .exp_i  (bc_exp_i[COL_W'(col_i)]),
    .re_i   (h_valid_i && h_ctrl_i.op == HLoraB),
    .rctx_i (h_ctrl_i.ctx),
    .rblk_i (h_ctrl_i.blk),
    .words_o(t_word)
  );

  h_kv_append #(.CPK(CPK), .ROWS(ROWS), .H_BLOCK(H_BLOCK), .HEAD_DIM(HEAD_DIM)) u_append (
    .clk_i,
    .rst_ni,
    .valid_i(bc_valid_i && bc_dest_i inside {DstK, DstV} && bc_member_i == member),
    .blk_i  (bc_blk_i),
    .word_i (bc_word_i),
    .last_i (bc_last_i),
    .addr_i (bc_addr_i),
    .data_i (group_data),
    .exp_i  (group_exp),
    .we_o   (append_we),
    .addr_o (append_addr),
    .wdata_o(append_data)
  );

  // ---- SRAM: two users of each port ------------------------------------------------------------
  logic             dot_read, value_read, sram_we, sram_re;
  logic [31:0]      value_addr, sram_waddr, sram_raddr;
  logic [WIDTH-1:0] sram_word;

  assign dot_read = h_valid_i && dot_op && !skip;
  assign sram_we = ld_valid_i || append_we;
  assign sram_waddr = ld_valid_i ? ld_addr_i : append_addr;
  assign sram_re = dot_read || value_read;
  assign sram_raddr = value_read ? value_addr : h_ctrl_i.addr;

  h_sram #(.WORDS(SRAM_WORDS), .WIDTH(WIDTH)) u_sram (
    .clk_i,
    .rst_ni,
    .we_i   (sram_we),
    .waddr_i(SRAM_AW'(sram_waddr)),
    .wdata_i(ld_valid_i ? ld_data_i : append_data),
    .re_i   (sram_re),
    .raddr_i(SRAM_AW'(sram_raddr)),
    .rdata_o(sram_word)
  );

  // ---- Dot products: LoRA A, LoRA B, scores (m+1 ... m+4) --------------------------------------
  localparam int unsigned DOT_STAGES = 4;
  logic  [DOT_STAGES:1]          dot_valid_q;
  step_t [DOT_STAGES:1]          dot_step_q /* verilator split_var */;
  logic [Q_PER_KV-1:0][WIDTH-1:0] operand;
  logic [Q_PER_KV-1:0][31:0]     acc;

  assign xr_chunk_o = 12'(32'(h_ctrl_i.blk) / SUBS);
  assign xr_sub_o = 8'(32'(h_ctrl_i.blk) % SUBS);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) dot_valid_q <= '0;
    else dot_valid_q <= {dot_valid_q[DOT_STAGES-1:1], h_valid_i && dot_op};
    if (h_valid_i) dot_step_q[1] <= step;
  end
  for (genvar i = 2; i <= DOT_STAGES; i++) begin : gen_dot_step
    always_ff @(posedge clk_i) if (dot_valid_q[i-1]) dot_step_q[i] <= dot_step_q[i-1];
  end

  always_comb begin
    operand = q_words;
    if (dot_step_q[1].op == HLoraA) operand[0] = {xr_exp_i, xr_data_i};
    if (dot_step_q[1].op == HLoraB) operand[0] = t_word;
  end

  h_dot #(.LANES(Q_PER_KV), .H_BLOCK(H_BLOCK)) u_dot (
    .clk_i,
    .rst_ni,
    .valid_i  (dot_valid_q[1] && !dot_step_q[1].skip),
    .all_i    (dot_step_q[1].op == HScore),
    .first_i  (dot_step_q[1].first_blk),
    .stored_i (sram_word),
    .operand_i(operand),
    .acc_o    (acc)
  );

  // ---- LoRA results ----------------------------------------------------------------------------
  logic              done;  // the accumulators hold a finished row or position
  logic              lora_we;
  logic [LORA_W-1:0] lora_waddr, lora_raddr;
  logic [31:0]       lora_q [LORA_DEPTH];

  assign done = dot_valid_q[DOT_STAGES] && dot_step_q[DOT_STAGES].last_blk;
  assign lt_valid_o = done && dot_step_q[DOT_STAGES].op == HLoraA;
  assign lt_ctx_o = dot_step_q[DOT_STAGES].ctx;
  assign lt_slot_o = dot_step_q[DOT_STAGES].slot;
  assign lt_data_o = acc[0];

  // Slot s of context x, bank b at (s*TOKENS + x)*2 + b, as the accumulators.
  assign lora_we = done && dot_step_q[DOT_STAGES].op == HLoraB;
  assign lora_waddr = LORA_W'((32'(dot_step_q[DOT_STAGES].slot) * TOKENS +
                               32'(dot_step_q[DOT_STAGES].ctx)) * 2 +
                              32'(dot_step_q[DOT_STAGES].bank));
  assign lora_raddr = LORA_W'((32'(lb_slot_i) * TOKENS + 32'(lb_ctx_i)) * 2 + 32'(lb_bank_i));

  always_ff @(posedge clk_i) begin
    if (lora_we) lora_q[lora_waddr] <= acc[0];
    if (lb_en_i) lb_data_o <= lora_q[lora_raddr];
  end

  // ---- Attention -------------------------------------------------------------------------------
  h_attention #(
    .ROWS(ROWS), .H_BLOCK(H_BLOCK), .HEAD_DIM(HEAD_DIM), .Q_PER_KV(Q_PER_KV), .KV_SLOTS(KV_SLOTS),
    .ATTN_SCALE(ATTN_SCALE)
  ) u_attention (
    .clk_i,
    .rst_ni,
    .h_valid_i,
    .h_ctrl_i,
    .skip_i       (skip),
    .score_valid_i(done && dot_step_q[DOT_STAGES].op == HScore),
    .score_skip_i (dot_step_q[DOT_STAGES].skip),
    .score_first_i(dot_step_q[DOT_STAGES].first_slot),
    .score_last_i (dot_step_q[DOT_STAGES].last_slot),
    .score_ctx_i  (dot_step_q[DOT_STAGES].ctx),
    .score_slot_i (dot_step_q[DOT_STAGES].slot),
    .acc_i        (acc),
    .gmax_valid_i,
    .gmax_i,
    .value_read_o (value_read),
    .value_addr_o (value_addr),
    .value_word_i (sram_word),
    .rd_valid_o,
    .rd_kind_o,
    .rd_ctx_o,
    .rd_slot_o,
    .rd_data_o,
    .pr_score_valid,
    .pr_score_slot,
    .pr_score_data,
    .pr_prob_valid,
    .pr_prob_slot,
    .pr_prob_data
  );

  // ---- Probes ----------------------------------------------------------------------------------
  assign pr_lora_b_valid = lora_we;
  assign pr_lora_b_ctx = dot_step_q[DOT_STAGES].ctx;
  assign pr_lora_b_slot = dot_step_q[DOT_STAGES].slot;
  assign pr_lora_b_data = acc[0];
  assign pr_kv_valid = append_we;
  assign pr_kv_addr = append_addr;
  assign pr_kv_data = append_data;

`ifndef SYNTHESIS
  assert property (@(posedge clk_i) disable iff (!rst_ni) !(ld_valid_i && append_we))
  else $error("h_unit: two users of the SRAM's write port in one cycle: loader and KV append");
  assert property (@(posedge clk_i) disable iff (!rst_ni) !(dot_read && value_read))
  else $error("h_unit: two users of the SRAM's read port in one cycle: dot product and value");
  assert property (@(posedge clk_i) disable iff (!rst_ni) sram_we |-> sram_waddr < SRAM_WORDS)
  else $error("h_unit: SRAM address %0d written, %0d words exist", sram_waddr, SRAM_WORDS);
  assert property (@(posedge clk_i) disable iff (!rst_ni) sram_re |-> sram_raddr < SRAM_WORDS)
  else $error("h_unit: SRAM address %0d read, %0d words exist", sram_raddr, SRAM_WORDS);
  assert property (@(posedge clk_i) disable iff (!rst_ni)
                   h_valid_i && $past(rst_ni) && (!$past(h_valid_i) || $past(h_ctrl_i.last_blk))
                   |-> h_ctrl_i.first_blk || h_ctrl_i.op == HReduce)
  else $error("h_unit: a job starts in the middle of a row");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
                   h_valid_i |-> 32'(h_ctrl_i.ctx) < TOKENS)
  else $error("h_unit: step of context %0d, %0d exist", h_ctrl_i.ctx, TOKENS);
  assert property (@(posedge clk_i) disable iff (!rst_ni)
                   lora_we |-> 32'(dot_step_q[DOT_STAGES].slot) < ACC_DEPTH)
  else $error("h_unit: LoRA slot %0d, %0d exist", dot_step_q[DOT_STAGES].slot, ACC_DEPTH);
  assert property (@(posedge clk_i) disable iff (!rst_ni)
                   lb_en_i |-> 32'(lb_slot_i) < ACC_DEPTH && 32'(lb_ctx_i) < TOKENS)
  else $error("h_unit: LoRA slot %0d of context %0d read, %0d of %0d exist", lb_slot_i, lb_ctx_i,
              ACC_DEPTH, TOKENS);
  assert property (@(posedge clk_i) disable iff (!rst_ni)
                   !(lora_we && lb_en_i && lora_waddr == lora_raddr))
  else $error("h_unit: LoRA slot %0d of context %0d is written and read in one cycle", lb_slot_i,
              lb_ctx_i);
`endif

endmodule
`default_nettype wire
