// The sequencer with any programme in its ROM and any engines that keep their contract (f_v_engine,
// f_l_engine, f_h_engine): a start makes an engine busy, an idle one is ready, and only a start ends that.
// Of the programme nothing is assumed but that it has an END and that END waits for everything.
`default_nettype none
module f_sequencer
  import roma_pkg::*;
#(
  parameter int unsigned PROGRAM_WORDS = 4,
  parameter int unsigned GROUP_UNITS   = 2
) (
  input wire logic        clk_i,
  input wire logic        rst_ni,
  input wire logic        token_start_i,
  input wire logic [31:0] token_i,
  input wire logic        sample_i,
  input wire logic        pos_set_i,
  input wire position_t   pos_set_value_i,
  input wire logic        adapter_on_i,
  input wire logic [2:0]  ready_i,
  input wire logic [3:0]  idle_i,
  input wire logic        norm_start_i
);

  position_t   pos_o;
  header_t     header_o;
  logic        header_valid_o, done_o;
  instr_t      instr_o;
  logic [2:0]  start_o;
  logic [31:0] token_o;
  logic        pr_issue_valid;
  logic [31:0] pr_issue_pc;

  sequencer #(.PROGRAM_WORDS(PROGRAM_WORDS), .GROUP_UNITS(GROUP_UNITS)) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  logic        reset_q, running_q, sample_q, adapter_q, issue_q, end_q, issued_q;
  logic [2:0]  start_q, ready_q;
  logic [3:0]  idle_q;
  logic        norm_q;
  logic [3:0]  pc_q;            // the word that has to be in the instruction register
  position_t   pos_q;
  logic        skip, is_end, waits_kept;
  assign skip       = (instr_o.if_lora && !adapter_on_i) || (instr_o.if_head && !sample_q);
  assign is_end     = instr_o.engine == EngEnd;
  assign waits_kept = (instr_o.wait_for & ~idle_i) == 0;

  always_ff @(posedge clk_i) begin
    reset_q   <= !rst_ni;
    start_q   <= rst_ni ? start_o : '0;
    norm_q    <= rst_ni && norm_start_i;
    ready_q   <= ready_i;
    idle_q    <= idle_i;
    adapter_q <= adapter_on_i;
    issue_q   <= rst_ni && pr_issue_valid;
    end_q     <= rst_ni && pr_issue_valid && is_end;
    pos_q     <= pos_o;
    if (!rst_ni) begin
      running_q <= 1'b0;
      issued_q  <= 1'b0;
      pc_q      <= '0;
    end else if (token_start_i) begin
      running_q <= 1'b1;
      issued_q  <= 1'b0;
      sample_q  <= sample_i;
      pc_q      <= 4'd1;
    end else if (running_q && (skip || pr_issue_valid)) begin
      issued_q <= 1'b1;
      if (is_end) running_q <= 1'b0;
      else pc_q <= pc_q + 4'd1;
    end
  end

  logic word_is_end;
  assign word_is_end = running_q && is_end;

  always_comb begin
    if (started_q && rst_ni) begin
      // Host: a token starts when none runs, the position is changed when none runs.
      m_start_when_free: assume (!token_start_i || (!running_q && header_valid_o));
      m_set_when_free: assume (!pos_set_i || (!running_q && !token_start_i));
      m_set_consistent: assume (!pos_set_i || (32'(pos_set_value_i.slot) * GROUP_UNITS
          + 32'(pos_set_value_i.member) == 32'(pos_set_value_i.pos)
          && 32'(pos_set_value_i.member) < GROUP_UNITS && pos_set_value_i.pos <= 13'd4096));
      m_context: assume (!token_start_i || pos_o.pos < 13'd4096);
      m_adapter_stays: assume (!running_q || adapter_on_i == adapter_q);
      // Engines.
      m_idle_at_reset: assume (!reset_q || (ready_i == '1 && idle_i == '1));
      m_busy_after_start: assume ((start_q & (ready_i | idle_i[2:0])) == 0);
      m_idle_is_ready: assume ((idle_i[2:0] & ~ready_i) == 0);
      m_ready_stays: assume (reset_q || (ready_q & ~start_q & ~ready_i) == 0);
      m_idle_stays: assume (reset_q || (idle_q & ~{norm_q, start_q} & ~idle_i) == 0);
      m_norm_by_v: assume (!norm_start_i || start_o[EngV]);
      // Programme.
      m_has_end: assume (!running_q || 32'(pc_q) < PROGRAM_WORDS - 1 || is_end);
      m_end_waits: assume (!word_is_end || (instr_o.wait_for == '1 && !instr_o.if_lora && !instr_o.if_head));

      a_ready_engine: assert ((start_o & ~ready_i) == 0);
      a_one_engine: assert ($onehot0(start_o));
      a_named_engine: assert (start_o == 0 || start_o == 3'(1 << instr_o.engine));
      a_waits: assert (start_o == 0 || waits_kept);
      a_never_busy: assert ((start_o & start_q) == 0);
      a_skipped: assert (!(running_q && skip) || (start_o == 0 && !pr_issue_valid));
      a_prompt: assert (!(running_q && !skip && waits_kept && (is_end || ready_i[instr_o.engine]))
                        || pr_issue_valid);
      a_only_running: assert (running_q || (start_o == 0 && !pr_issue_valid));
      a_in_order: assert (!running_q || pr_issue_pc == 32'(pc_q));
      a_done: assert (done_o == end_q);
      a_all_idle_between: assert (running_q || idle_i == '1);
      a_position: assert (!issue_q || end_q || pos_o == pos_q);
      a_one_position: assert (!end_q || pos_o.pos == pos_q.pos + 13'd1);
      a_slot: assert ((32'(pos_o.slot) * GROUP_UNITS + 32'(pos_o.member)
                      == 32'(pos_o.pos) && 32'(pos_o.member) < GROUP_UNITS
                      && 32'(pos_o.pos) + 32'(running_q) <= 4096));
      c_token: cover (done_o && issued_q);
      c_two_tokens: cover (end_q && pos_o.pos == 2 && sample_q);
      c_skips: cover (running_q && skip && issued_q);
      c_waits: cover (running_q && !skip && !waits_kept && is_end);
    end
  end

endmodule
`default_nettype wire
