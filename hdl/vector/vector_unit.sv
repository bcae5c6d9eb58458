// Vector unit of one column, ROWS lanes: vector memory, ROM segments, transforms, block quantiser.
//
// EMBED   embedding ROM -> embedding -> vector memory
// SEND    one of the three memories, ROM words -> vector_send (transform, block quantiser) -> broadcast
// DRAIN   gather -> vector_drain -> vector memory, or temperature and argmax
// Arrivals of the attention context go to the memory att, those of the LoRA intermediate to t. Every
// token in flight has its own words of each memory. SEND, and EMBED or DRAIN, work at the same time.
//
// Interface  send_* from send_engine, embed_i, drain_job_i and noise_* from drain_engine; rinv_i is that
//            of the drain's context. Everything that arrives has a fixed time and is taken in its cycle.
//            col_i is constant.
// Latency    golden/SPEC.md chapter 5; at step cycle s = t0 + 1 + i: memories are addressed, s+1 words
//            stand in registers, s+1+TX they enter the quantiser.
// Parameters as vector_row.
// Golden     golden/SPEC.md chapter 2, operator by operator.
`default_nettype none
module vector_unit
  import roma_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned TOKENS      = 1,
  parameter int unsigned ROWS        = 2,
  parameter int unsigned BLOCK       = 8,
  parameter int unsigned H_BLOCK     = 8,
  parameter int unsigned FRAC_BITS   = 4,
  parameter int unsigned VMEM_WORDS  = 32,
  parameter int unsigned ATT_BASE    = 16,
  parameter int unsigned T_BASE      = 28,
  parameter int unsigned EMBED_WORDS = 32,
  parameter int unsigned NORM_WORDS  = 12,
  parameter int unsigned ROPE_WORDS  = 32,
  parameter int unsigned HEAD_DIM    = 8,
  parameter int unsigned Q_PER_KV    = 1,
  parameter int unsigned CPK         = 1,
  parameter int unsigned Q_WORDS     = 4,
  parameter int unsigned K_WORDS     = 4,
  parameter int unsigned VOCAB_ROWS  = 4
) (
  input  wire logic                         clk_i,
  input  wire logic                         rst_ni,
  input  wire logic [7:0]                   col_i,
  input  wire logic [31:0]                  vocab_size_i,
  // Control
  input  wire send_step_t                   send_step_i,
  input  wire send_job_t                    send_job_i,
  input  wire embed_step_t                  embed_i,
  input  wire drain_job_t                   drain_job_i,
  input  wire logic                         noise_valid_i,
  input  wire logic [11:0]                  noise_slot_i,
  // Arrivals
  input  wire logic                         drain_valid_i,
  input  wire logic [11:0]                  drain_slot_i,
  input  wire logic [ROWS-1:0][31:0]        drain_data_i,
  input  wire logic                         t_valid_i,
  input  wire ctx_t                         t_ctx_i,
  input  wire logic [11:0]                  t_slot_i,
  input  wire logic [ROWS-1:0][31:0]        t_data_i,
  input  wire logic                         red_valid_i,
  input  wire reduce_e                      red_kind_i,
  input  wire ctx_t                         red_ctx_i,
  input  wire logic [11:0]                  red_slot_i,
  input  wire logic [ROWS-1:0][31:0]        red_data_i,
  input  wire logic [31:0]                  rinv_i,
  // Results
  output logic                              ss_valid_o,
  output logic [31:0]                       ss_o,
  output logic                              bc_valid_o,
  output logic                              bc_last_o,
  output logic [ROWS-1:0][7:0]              bc_data_o,
  output logic [7:0]                        bc_exp_o,
  output logic [15:0]                       bc_sum_o,
  output best_t                             best_o,
  // Probes
  output logic                              pr_vmem_valid,
  output logic [11:0]                       pr_vmem_addr,
  output logic [ROWS-1:0][31:0]             pr_vmem_data,
  output logic                              pr_inv_valid,
  output ctx_t                              pr_inv_ctx,
  output logic [Q_PER_KV-1:0][31:0]         pr_inv_data
);

  if (TOKENS < 1 || TOKENS > 4) begin : gen_bad_tokens
    $fatal(1, "vector_unit: TOKENS is %0d, legal: 1 to 4", TOKENS);
  end
  if (ROWS < 2 || ROWS > 64 || (ROWS & (ROWS - 1)) != 0) begin : gen_bad_rows
    $fatal(1, "vector_unit: ROWS is %0d, legal: a power of two, 2 to 64", ROWS);
  end
  if (BLOCK < ROWS || BLOCK % ROWS != 0) begin : gen_bad_block
    $fatal(1, "vector_unit: BLOCK is %0d, legal: a multiple of ROWS (%0d)", BLOCK, ROWS);
  end
  if (H_BLOCK < ROWS || H_BLOCK % ROWS != 0) begin : gen_bad_h_block
    $fatal(1, "vector_unit: H_BLOCK is %0d, legal: a multiple of ROWS (%0d)", H_BLOCK, ROWS);
  end
  if (EMBED_WORDS < 1) begin : gen_bad_embed
    $fatal(1, "vector_unit: EMBED_WORDS is %0d, legal: >= 1", EMBED_WORDS);
  end
  if (NORM_WORDS < 1) begin : gen_bad_norm
    $fatal(1, "vector_unit: NORM_WORDS is %0d, legal: >= 1", NORM_WORDS);
  end
  if (ROPE_WORDS < 1) begin : gen_bad_rope
    $fatal(1, "vector_unit: ROPE_WORDS is %0d, legal: >= 1", ROPE_WORDS);
  end
  if (HEAD_DIM < ROWS || HEAD_DIM % ROWS != 0) begin : gen_bad_head
    $fatal(1, "vector_unit: HEAD_DIM is %0d, legal: a multiple of ROWS (%0d)", HEAD_DIM, ROWS);
  end
  if (CPK < 1 || CPK > 64 || (CPK & (CPK - 1)) != 0) begin : gen_bad_cpk
    $fatal(1, "vector_unit: CPK is %0d, legal: a power of two, 1 to 64", CPK);
  end
  if (CPK * Q_WORDS * ROWS != Q_PER_KV * HEAD_DIM) begin : gen_bad_q
    $fatal(1, "vector_unit: Q_WORDS is %0d, legal: Q_PER_KV*HEAD_DIM/ROWS/CPK", Q_WORDS);
  end
  if (CPK * K_WORDS * ROWS != HEAD_DIM) begin : gen_bad_k
    $fatal(1, "vector_unit: K_WORDS is %0d, legal: HEAD_DIM/ROWS/CPK", K_WORDS);
  end
  if (VMEM_WORDS < 1 || VMEM_WORDS > 4096) begin : gen_bad_words
    $fatal(1, "vector_unit: VMEM_WORDS is %0d, legal: 1 to 4096", VMEM_WORDS);
  end
  if (T_BASE >= VMEM_WORDS) begin : gen_bad_t
    $fatal(1, "vector_unit: T_BASE is %0d, legal: below VMEM_WORDS (%0d)", T_BASE, VMEM_WORDS);
  end
  if (ATT_BASE < 1 || ATT_BASE + Q_WORDS > T_BASE) begin : gen_bad_att
    $fatal(1, "vector_unit: ATT_BASE is %0d, legal: 1 to T_BASE - Q_WORDS (%0d - %0d)", ATT_BASE,
           T_BASE, Q_WORDS);
  end

  // ---- Place of this column inside its KV group ------------------------------------------------
  localparam int unsigned HeadWords = HEAD_DIM / ROWS;
  localparam int unsigned GroupW    = CPK > 1 ? $clog2(CPK) : 1;

  typedef logic [CPK-1:0][11:0] group_table_t;

  // First word of each group column, as a word inside its head, or the number of that head.
  function automatic group_table_t first_words(input int unsigned words);
    for (int unsigned a = 0; a < CPK; a++) first_words[a] = 12'((a * words) % HeadWords);
  endfunction
  function automatic group_table_t first_heads(input int unsigned words);
    for (int unsigned a = 0; a < CPK; a++) first_heads[a] = 12'((a * words) / HeadWords);
  endfunction
  function automatic group_table_t first_slots(input int unsigned words);
    for (int unsigned a = 0; a < CPK; a++) first_slots[a] = 12'(a * words);
  endfunction

  localparam group_table_t QFirstWord = first_words(Q_WORDS);
  localparam group_table_t KFirstWord = first_words(K_WORDS);
  localparam group_table_t QFirstHead = first_heads(Q_WORDS);
  localparam group_table_t QFirstSlot = first_slots(Q_WORDS);

  logic [GroupW-1:0] group_col;
  assign group_col = GroupW'(col_i % 8'(CPK));

  // ---- SEND: addresses (cycle s), words (s + 1) ------------------------------------------------
  logic [11:0] head_word, head_word_q, head, head_q;

  always_comb begin
    head_word = head_word_q;
    head      = head_q;
    if (send_step_i.first) begin
      head_word = send_job_i.k_rope ? KFirstWord[group_col] : QFirstWord[group_col];
      head      = QFirstHead[group_col];
    end
  end

  // Which memory a word comes from.
  logic [11:0] source;
  logic        from_att, from_t;
  assign source   = send_step_i.addr[11:0];
  assign from_t   = 32'(source) >= T_BASE;
  assign from_att = 32'(source) >= ATT_BASE && !from_t;

  logic        word_valid_q, word_first_q, word_last_q, word_zero_q, word_att_q, word_t_q;
  logic [11:0] word_head_q;

  always_ff @(posedge clk_i) begin
    word_valid_q <= rst_ni && send_step_i.valid;
    if (send_step_i.valid) begin
      head_word_q  <= head_word == 12'(HeadWords - 1) ? '0 : head_word + 1'b1;
      head_q       <= head_word == 12'(HeadWords - 1) ? head + 1'b1 : head;
      word_first_q <= send_step_i.first;
      word_last_q  <= send_step_i.last;
      word_zero_q  <= send_step_i.zero;
      word_head_q  <= head;
      word_att_q   <= from_att;
      word_t_q     <= from_t;
    end
  end

  logic send_norm, send_rope, send_silu;
  assign send_norm = send_step_i.valid && send_job_i.transform == TrNorm;
  assign send_rope = send_step_i.valid && send_job_i.transform == TrRope;
  assign send_silu = send_step_i.valid && send_job_i.transform == TrSilu;

  logic [ROWS-1:0][31:0] norm_word, rope_word;

  rom #(
    .WIDTH(32 * ROWS),
    .DEPTH(NORM_WORDS)
  ) u_norm_rom (
    .clk_i,
    .en_i  (send_norm),
    .addr_i(send_step_i.addr2),
    .data_o(norm_word)
  );

  rom #(
    .WIDTH(32 * ROWS),
    .DEPTH(ROPE_WORDS)
  ) u_rope_rom (
    .clk_i,
    .en_i  (send_rope),
    .addr_i(send_job_i.rope_base + 32'(head_word)),
    .data_o(rope_word)
  );

  // ---- Memories --------------------------------------------------------------------------------
  localparam int unsigned TWords = VMEM_WORDS - T_BASE;

  // Entry of word `word` of context `ctx` in a memory of `words` words a token.
  function automatic logic [13:0] entry(input ctx_t ctx, input logic [11:0] word,
                                        input logic [13:0] words);
    return 14'(ctx) * words + 14'(word);
  endfunction

  // Vector memory: ports 0 and 1 are SEND's first and second word, port 2 DRAIN's x.
  logic [2:0]                 rd_en;
  logic [2:0][13:0]           rd_addr;
  logic [2:0][ROWS-1:0][31:0] rd_data;
  logic                       wr_en;
  logic [11:0]                wr_addr;
  logic [ROWS-1:0][31:0]      wr_data, att_word, t_word;

  assign rd_en[0]   = send_step_i.valid && !from_att && !from_t;
  assign rd_addr[0] = entry(send_job_i.ctx, source, 14'(ATT_BASE));
  assign rd_en[1]   = send_silu;
  assign rd_addr[1] = entry(send_job_i.ctx, send_step_i.addr2[11:0], 14'(ATT_BASE));
  assign rd_en[2]   = drain_valid_i && drain_job_i.drain == DrResidual;
  assign rd_addr[2] = entry(drain_job_i.ctx, drain_job_i.dst + drain_slot_i, 14'(ATT_BASE));

  vector_memory #(
    .ROWS      (ROWS),
    .WORDS     (TOKENS * ATT_BASE),
    .READ_PORTS(3)
  ) u_vmem (
    .clk_i,
    .rd_en_i  (rd_en),
    .rd_addr_i(rd_addr),
    .rd_data_o(rd_data),
    .wr_en_i  (wr_en),
    .wr_addr_i(entry(drain_job_i.ctx, wr_addr, 14'(ATT_BASE))),
    .wr_data_i(wr_data)
  );

  // Context of this column's heads.
  logic        att_valid;
  logic [12:0] att_slot;  // of this column's segment; too large if below or behind it
  assign att_slot  = 13'(red_slot_i) - 13'(QFirstSlot[group_col]);
  assign att_valid = red_valid_i && red_kind_i == RdCtx && att_slot < 13'(Q_WORDS);

  vector_memory #(
    .ROWS      (ROWS),
    .WORDS     (TOKENS * Q_WORDS),
    .READ_PORTS(1)
  ) u_att (
    .clk_i,
    .rd_en_i  (send_step_i.valid && from_att),
    .rd_addr_i(entry(send_job_i.ctx, source - 12'(ATT_BASE), 14'(Q_WORDS))),
    .rd_data_o(att_word),
    .wr_en_i  (att_valid),
    .wr_addr_i(entry(red_ctx_i, att_slot[11:0], 14'(Q_WORDS))),
    .wr_data_i(red_data_i)
  );

  // LoRA intermediate.
  vector_memory #(
    .ROWS      (ROWS),
    .WORDS     (TOKENS * TWords),
    .READ_PORTS(1)
  ) u_t (
    .clk_i,
    .rd_en_i  (send_step_i.valid && from_t),
    .rd_addr_i(entry(send_job_i.ctx, source - 12'(T_BASE), 14'(TWords))),
    .rd_data_o(t_word),
    .wr_en_i  (t_valid_i),
    .wr_addr_i(entry(t_ctx_i, t_slot_i, 14'(TWords))),
    .wr_data_i(t_data_i)
  );

  logic [ROWS-1:0][31:0] send_word;
  always_comb begin
    send_word = rd_data[0];
    if (word_att_q) send_word = att_word;
    if (word_t_q) send_word = t_word;
    if (word_zero_q) send_word = '0;
  end

  vector_send #(
    .TOKENS  (TOKENS),
    .ROWS    (ROWS),
    .BLOCK   (BLOCK > H_BLOCK ? BLOCK : H_BLOCK),
    .Q_PER_KV(Q_PER_KV)
  ) u_send (
    .clk_i,
    .rst_ni,
    .ctx_i        (send_job_i.ctx),
    .transform_i  (send_job_i.transform),
    .last_word_i  (send_job_i.last_word),
    .start_i      (send_step_i.valid && send_step_i.first),
    .valid_i      (word_valid_q),
    .first_i      (word_first_q),
    .last_i       (word_last_q),
    .head_i       (word_head_q),
    .x_i          (send_word),
    .second_i     (rd_data[1]),
    .norm_i       (norm_word),
    .trig_i       (rope_word),
    .sum_valid_i  (red_valid_i && red_kind_i == RdSum),
    .sum_ctx_i    (red_ctx_i),
    .sum_i        (red_data_i[Q_PER_KV-1:0]),
    .inv_valid_o  (pr_inv_valid),
    .inv_ctx_o    (pr_inv_ctx),
    .inv_data_o   (pr_inv_data),
    .ss_valid_o,
    .ss_o,
    .bc_valid_o,
    .bc_last_o,
    .bc_data_o,
    .bc_exp_o,
    .bc_sum_o
  );

  // ---- EMBED: address (cycle s), codes (s + 1), FP32 (s + 2), write port (s + 3) ----------------
  logic                  code_valid_q, embed_valid;
  logic [11:0]           code_addr_q, embed_addr;
  logic [ROWS*8+27:0]    embed_word;
  logic [ROWS-1:0][31:0] embed_data;

  rom #(
    .WIDTH(ROWS * 8 + 28),
    .DEPTH(EMBED_WORDS)
  ) u_embed_rom (
    .clk_i,
    .en_i  (embed_i.valid),
    .addr_i(embed_i.addr),
    .data_o(embed_word)
  );

  always_ff @(posedge clk_i) begin
    code_valid_q <= rst_ni && embed_i.valid;
    if (embed_i.valid) code_addr_q <= drain_job_i.dst + embed_i.index;
  end

  embedding #(
    .ROWS     (ROWS),
    .FRAC_BITS(FRAC_BITS)
  ) u_embedding (
    .clk_i,
    .rst_ni,
    .valid_i(code_valid_q),
    .addr_i (code_addr_q),
    .word_i (embed_word),
    .valid_o(embed_valid),
    .addr_o (embed_addr),
    .data_o (embed_data)
  );

  // ---- DRAIN: arrival (cycle g), result on the write port or into the argmax (g + 2) -------------
  logic                  store_valid;
  logic [11:0]           store_addr;
  logic [ROWS-1:0][31:0] store_data;

  vector_drain #(
    .ROWS      (ROWS),
    .VOCAB_ROWS(VOCAB_ROWS)
  ) u_drain (
    .clk_i,
    .rst_ni,
    .col_i,
    .vocab_size_i,
    .draw_en_i        (drain_job_i.drawn),
    .inv_temperature_i(drain_job_i.inv_temperature),
    .noise_seed_i     (drain_job_i.noise_seed),
    .pos_i            (drain_job_i.pos),
    .mode_i           (drain_job_i.drain),
    .rinv_en_i        (drain_job_i.rinv),
    .dst_i            (drain_job_i.dst),
    .row_i            (drain_job_i.row),
    .valid_i          (drain_valid_i),
    .slot_i           (drain_slot_i),
    .data_i           (drain_data_i),
    .x_i              (rd_data[2]),
    .rinv_i,
    .noise_valid_i,
    .noise_slot_i,
    .valid_o          (store_valid),
    .addr_o           (store_addr),
    .data_o           (store_data),
    .best_o
  );

  // ---- The vector memory's write port: EMBED or DRAIN -------------------------------------------
  assign wr_en   = embed_valid || store_valid;
  assign wr_addr = store_valid ? store_addr : embed_addr;
  assign wr_data = store_valid ? store_data : embed_data;

  assign pr_vmem_valid = wr_en;
  assign pr_vmem_addr  = wr_addr;
  assign pr_vmem_data  = wr_data;

`ifndef SYNTHESIS
  a_one_writer: assert property (@(posedge clk_i) disable iff (!rst_ni)
    !(embed_valid && store_valid));
  a_write_context: assert property (@(posedge clk_i) disable iff (!rst_ni)
    wr_en |-> 32'(wr_addr) < ATT_BASE && 32'(drain_job_i.ctx) < TOKENS);
  a_second_source: assert property (@(posedge clk_i) disable iff (!rst_ni)
    send_silu |-> send_step_i.addr2 < ATT_BASE);
  a_t_inside: assert property (@(posedge clk_i) disable iff (!rst_ni)
    t_valid_i |-> 32'(t_slot_i) < TWords);
`endif

endmodule
`default_nettype wire
