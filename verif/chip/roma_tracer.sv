// Writes every valid beat of every probe as a binary record, one file a probe (golden/probes.py has
// the layout): 32-bit little-endian words {data, tags, cycle}, cycle in the lowest. Bound into
// roma_top, so the chip itself carries no test code. Without +trace=<folder> it does nothing.
`default_nettype none
module roma_tracer
  import roma_pkg::*;
#(
  parameter int unsigned COLUMNS  = 2,
  parameter int unsigned ROWS     = 4,
  parameter int unsigned H_BLOCK  = 32,
  parameter int unsigned Q_PER_KV = 2,
  parameter int unsigned TOKENS   = 1,
  // Mantissas of a broadcast beat, padded to whole words.
  localparam int unsigned BC_BITS = (COLUMNS * ROWS * 8 + 31) / 32 * 32
) (
  input wire logic clk_i,
  input wire logic rst_ni,

  input wire logic [TOKENS-1:0]       pr_issue_valid,
  input wire logic [TOKENS-1:0][31:0] pr_issue_pc,

  input wire logic        bc_valid,
  input wire ctx_t        bc_ctx,
  input wire dest_e       bc_dest,
  input wire logic [11:0] bc_blk,
  input wire logic [11:0] bc_word,
  input wire logic        bc_last,
  input wire logic [31:0] bc_addr,
  input wire logic [11:0] bc_member,
  input wire logic [COLUMNS-1:0][ROWS-1:0][7:0] bc_data,
  input wire logic [COLUMNS-1:0][7:0]           bc_exp,
  input wire logic [COLUMNS-1:0][15:0]          bc_sum,

  input wire logic        pr_rinv_valid,
  input wire ctx_t        pr_rinv_ctx,
  input wire logic [31:0] pr_rinv_data,

  input wire logic        pr_acc_valid,
  input wire ctx_t        pr_acc_ctx,
  input wire logic        pr_acc_bank,
  input wire logic [11:0] pr_acc_slot,
  input wire logic [11:0] pr_acc_chunk,
  input wire logic [COLUMNS-1:0][ROWS-1:0][31:0] pr_acc_data,

  input wire logic        pr_lora_b_valid,
  input wire ctx_t        pr_lora_b_ctx,
  input wire logic [11:0] pr_lora_b_slot,
  input wire logic [COLUMNS-1:0][ROWS-1:0][31:0] pr_lora_b_data,

  input wire logic        pr_score_valid,
  input wire logic [11:0] pr_score_slot,
  input wire logic [COLUMNS-1:0][ROWS-1:0][Q_PER_KV-1:0][31:0] pr_score_data,

  input wire logic        pr_prob_valid,
  input wire logic [11:0] pr_prob_slot,
  input wire logic [COLUMNS-1:0][ROWS-1:0][Q_PER_KV-1:0][15:0] pr_prob_data,

  input wire logic [COLUMNS-1:0][ROWS-1:0]       pr_kv_valid,
  input wire logic [COLUMNS-1:0][ROWS-1:0][31:0] pr_kv_addr,
  input wire logic [COLUMNS-1:0][ROWS-1:0][H_BLOCK*8+7:0] pr_kv_data,

  input wire logic        drain_valid,
  input wire logic [11:0] drain_slot,
  input wire logic [COLUMNS-1:0][ROWS-1:0][31:0] drain_data,

  input wire logic        t_valid,
  input wire ctx_t        t_ctx,
  input wire logic [11:0] t_slot,
  input wire logic [ROWS-1:0][31:0] t_data,

  input wire logic        gmax_valid,
  input wire logic [COLUMNS-1:0][Q_PER_KV-1:0][31:0] gmax,

  input wire logic        red_valid,
  input wire ctx_t        red_ctx,
  input wire reduce_e     red_kind,
  input wire logic [11:0] red_slot,
  input wire logic [COLUMNS-1:0][ROWS-1:0][31:0] red_data,

  input wire logic        pr_inv_valid,
  input wire ctx_t        pr_inv_ctx,
  input wire logic [COLUMNS-1:0][Q_PER_KV-1:0][31:0] pr_inv_data,

  input wire logic [COLUMNS-1:0]                 pr_vmem_valid,
  input wire ctx_t                               pr_vmem_ctx,
  input wire logic [COLUMNS-1:0][11:0]           pr_vmem_addr,
  input wire logic [COLUMNS-1:0][ROWS-1:0][31:0] pr_vmem_data,

  input wire logic        sample_valid,
  input wire ctx_t        sample_ctx,
  input wire logic [31:0] sample_token,

  input wire logic        cmd_valid_i,
  input wire logic        cmd_ready_o,
  input wire logic [2:0]  cmd_op_i,
  input wire seq_t        cmd_seq_i,
  input wire logic [31:0] cmd_arg_i,
  input wire logic        rsp_valid_o,
  input wire logic        rsp_ready_i,
  input wire logic [2:0]  rsp_op_o,
  input wire seq_t        rsp_seq_o,
  input wire status_e     rsp_status_o,
  input wire logic [31:0] rsp_info_o,
  input wire logic        prompt_valid_i,
  input wire logic        prompt_ready_o,
  input wire seq_t        prompt_seq_i,
  input wire logic [31:0] prompt_token_i,
  input wire logic        tok_valid_o,
  input wire logic        tok_ready_i,
  input wire seq_t        tok_seq_o,
  input wire logic [31:0] tok_token_o
);

  bit    on;
  logic  live_q;  // reset has been seen; before it everything is noise
  string folder;
  int    fd_issue, fd_bcast, fd_rinv, fd_acc, fd_lora_t, fd_lora_b, fd_drain, fd_kv, fd_score;
  int    fd_gmax, fd_prob, fd_red, fd_inv, fd_vmem, fd_sample, fd_cmd, fd_rsp, fd_prompt, fd_tok;
  logic [31:0] cycle;  // since reset

  function automatic int open(input string place, input string name);
    open = $fopen({place, "/", name, ".bin"}, "wb");
    if (open == 0) $fatal(1, "roma_tracer: cannot write %s/%s.bin", place, name);
  endfunction

  initial begin
    live_q = 1'b0;
    on = $value$plusargs("trace=%s", folder);
    if (on) begin
      fd_issue = open(folder, "issue");
      fd_bcast = open(folder, "bcast");
      fd_rinv = open(folder, "rinv");
      fd_acc = open(folder, "acc");
      fd_lora_t = open(folder, "lora_t");
      fd_lora_b = open(folder, "lora_b");
      fd_drain = open(folder, "drain");
      fd_kv = open(folder, "kv");
      fd_score = open(folder, "score");
      fd_gmax = open(folder, "gmax");
      fd_prob = open(folder, "prob");
      fd_red = open(folder, "red");
      fd_inv = open(folder, "inv");
      fd_vmem = open(folder, "vmem");
      fd_sample = open(folder, "sample");
      fd_cmd = open(folder, "cmd");
      fd_rsp = open(folder, "rsp");
      fd_prompt = open(folder, "prompt");
      fd_tok = open(folder, "tok");
    end
  end

  logic [COLUMNS-1:0][31:0] column_tag;
  logic [BC_BITS-1:0]       mantissas;
  logic [COLUMNS-1:0][ROWS-1:0][Q_PER_KV-1:0][31:0] prob_words;

  always_comb begin
    column_tag = '0;
    prob_words = '0;
    mantissas  = BC_BITS'(bc_data);
    if (bc_valid) begin
      for (int unsigned c = 0; c < COLUMNS; c++) begin
        column_tag[c] = {bc_last ? bc_sum[c] : 16'd0, 8'd0, bc_exp[c]};
      end
    end
    if (pr_prob_valid) begin
      for (int unsigned c = 0; c < COLUMNS; c++) begin
        for (int unsigned r = 0; r < ROWS; r++) begin
          for (int unsigned h = 0; h < Q_PER_KV; h++) begin
            prob_words[c][r][h] = {16'd0, pr_prob_data[c][r][h]};
          end
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    cycle <= rst_ni ? cycle + 32'd1 : '0;
    if (!rst_ni) live_q <= 1'b1;
    if (on && live_q && rst_ni) begin
      for (int unsigned k = 0; k < TOKENS; k++) begin
        if (pr_issue_valid[k]) $fwrite(fd_issue, "%u", {pr_issue_pc[k], k, cycle});
      end
      if (bc_valid) begin
        $fwrite(fd_bcast, "%u", {mantissas, column_tag, 20'd0, bc_member, bc_addr, 20'd0, bc_word,
                                 20'd0, bc_blk, 29'd0, bc_dest,
                                 30'd0, bc_ctx, cycle});
      end
      if (pr_rinv_valid) $fwrite(fd_rinv, "%u", {pr_rinv_data, 30'd0, pr_rinv_ctx, cycle});
      if (pr_acc_valid) begin
        $fwrite(fd_acc, "%u", {pr_acc_data, 20'd0, pr_acc_chunk, 20'd0, pr_acc_slot,
                               31'd0, pr_acc_bank, 30'd0, pr_acc_ctx, cycle});
      end
      if (t_valid) $fwrite(fd_lora_t, "%u", {t_data, 20'd0, t_slot, 30'd0, t_ctx, cycle});
      if (pr_lora_b_valid) begin
        $fwrite(fd_lora_b, "%u", {pr_lora_b_data, 20'd0, pr_lora_b_slot,
                                  30'd0, pr_lora_b_ctx, cycle});
      end
      if (drain_valid) $fwrite(fd_drain, "%u", {drain_data, 20'd0, drain_slot, cycle});
      if (pr_kv_valid != '0) begin
        for (int unsigned c = 0; c < COLUMNS; c++) begin
          for (int unsigned r = 0; r < ROWS; r++) begin
            if (pr_kv_valid[c][r]) begin
              $fwrite(fd_kv, "%u", {24'd0, pr_kv_data[c][r], pr_kv_addr[c][r],
                                    c * ROWS + r, cycle});
            end
          end
        end
      end
      if (pr_score_valid) $fwrite(fd_score, "%u", {pr_score_data, 20'd0, pr_score_slot, cycle});
      if (gmax_valid) $fwrite(fd_gmax, "%u", {gmax, cycle});
      if (pr_prob_valid) $fwrite(fd_prob, "%u", {prob_words, 20'd0, pr_prob_slot, cycle});
      if (red_valid) begin
        $fwrite(fd_red, "%u", {red_data, 20'd0, red_slot, 30'd0, red_kind, 30'd0, red_ctx, cycle});
      end
      if (pr_inv_valid) $fwrite(fd_inv, "%u", {pr_inv_data, 30'd0, pr_inv_ctx, cycle});
      if (pr_vmem_valid != '0) begin
        for (int unsigned c = 0; c < COLUMNS; c++) begin
          if (pr_vmem_valid[c]) begin
            $fwrite(fd_vmem, "%u", {pr_vmem_data[c], 20'd0, pr_vmem_addr[c], 30'd0, pr_vmem_ctx, c,
                                    cycle});
          end
        end
      end
      if (sample_valid) $fwrite(fd_sample, "%u", {sample_token, 30'd0, sample_ctx, cycle});
      if (cmd_valid_i && cmd_ready_o) $fwrite(fd_cmd, "%u", {cmd_arg_i, 30'd0, cmd_seq_i,
                                                             29'd0, cmd_op_i, cycle});
      if (prompt_valid_i && prompt_ready_o) $fwrite(fd_prompt, "%u", {prompt_token_i, 30'd0,
                                                                      prompt_seq_i, cycle});
      if (rsp_valid_o && rsp_ready_i) begin
        $fwrite(fd_rsp, "%u", {rsp_info_o, 28'd0, rsp_status_o, 30'd0, rsp_seq_o, 29'd0, rsp_op_o, cycle});
      end
      if (tok_valid_o && tok_ready_i) $fwrite(fd_tok, "%u", {tok_token_o, 30'd0, tok_seq_o, cycle});
      // A token is a unit of checking: what it wrote must be readable when the host hears of it. File
      // by file: $fflush without an argument leaves them alone in Verilator. Handshakes come last:
      // whoever sees one finds all that led to it.
      if ((tok_valid_o && tok_ready_i) || (rsp_valid_o && rsp_ready_i) ||
          (prompt_valid_i && prompt_ready_o)) begin
        $fflush(fd_issue);
        $fflush(fd_bcast);
        $fflush(fd_rinv);
        $fflush(fd_acc);
        $fflush(fd_lora_t);
        $fflush(fd_lora_b);
        $fflush(fd_drain);
        $fflush(fd_kv);
        $fflush(fd_score);
        $fflush(fd_gmax);
        $fflush(fd_prob);
        $fflush(fd_red);
        $fflush(fd_inv);
        $fflush(fd_vmem);
        $fflush(fd_sample);
        $fflush(fd_cmd);
        $fflush(fd_prompt);
        $fflush(fd_rsp);
        $fflush(fd_tok);
      end
    end
  end

endmodule
`default_nettype wire
