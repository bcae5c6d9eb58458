// No entry of the KV cache is read before it is written: the sequencer with every legal programme and any
// engines that keep their contract.
//
// The engines are abstract. V: a SEND to K or V has written its words when V is idle again, and not
// before as far as anybody may rely on it (proved of the real path in f_kv_path). H: SCORE and CONTEXT
// may read in every cycle in which H is not idle. One layer, chosen freely (`layer_q`, the KV base
// address), is followed; the others are in the programme too.
// The programme is legal as golden/program.py builds it: K, V and SCORE wait for V and H, CONTEXT for H;
// within a token a layer's SENDs to K and V come before its SCORE, its CONTEXT is the instruction behind
// that, and END, which waits for all, is behind both SENDs. None of these is skipped.
`default_nettype none
module f_kv_order
  import roma_pkg::*;
#(
  parameter int unsigned PROGRAM_WORDS = 7,
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
  input wire logic [31:0] layer_i
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

  // ---- Instructions that concern the layer -----------------------------------------------------------
  logic [31:0] layer_q, score_layer_q;
  logic        running_q, score_before_q, is_k, is_v, is_score, is_context, is_kv;
  assign is_kv      = instr_o.engine == EngV && instr_o.op == 4'(VSend)
                      && (instr_o.dest == DstK || instr_o.dest == DstV);
  assign is_k       = is_kv && instr_o.dest == DstK && instr_o.addr1 == layer_q;
  assign is_v       = is_kv && instr_o.dest == DstV && instr_o.addr1 == layer_q;
  assign is_score   = instr_o.engine == EngH && instr_o.op == 4'(HScore);
  assign is_context = instr_o.engine == EngH && instr_o.op == 4'(HContext);

  // ---- Abstract engines and cache ----------------------------------------------------------------------
  logic        reset_q;
  logic [2:0]  start_q, ready_q;
  logic [3:0]  idle_q;
  logic        k_sent_q, v_sent_q;                     // issued in this token, of the layer
  logic        k_pending_q, v_pending_q, other_kv_q;   // SEND inside V
  logic        reading_k_q, reading_v_q, reading_q;    // SCORE or CONTEXT inside H; of any layer
  logic        k_written_q, v_written_q;               // of this token
  logic [12:0] written_q;                              // positions 0 ... written_q-1 hold K and V
  logic        v_done, h_done;
  assign v_done = idle_i[EngV];
  assign h_done = idle_i[EngH];

  always_ff @(posedge clk_i) begin
    reset_q <= !rst_ni;
    start_q <= rst_ni ? start_o : '0;
    ready_q <= ready_i;
    idle_q  <= idle_i;
    if (!started_q) layer_q <= layer_i;
    if (!rst_ni) begin
      {running_q, score_before_q, k_sent_q, v_sent_q} <= '0;
      {k_pending_q, v_pending_q, other_kv_q}    <= '0;
      {reading_k_q, reading_v_q, reading_q}     <= '0;
      {k_written_q, v_written_q}                <= '0;
      written_q                                 <= '0;
    end else begin
      if (token_start_i) begin
        running_q <= 1'b1;
        {score_before_q, k_sent_q, v_sent_q, k_written_q, v_written_q} <= '0;
      end
      if (v_done) begin
        if (k_pending_q) k_written_q <= 1'b1;
        if (v_pending_q) v_written_q <= 1'b1;
        {k_pending_q, v_pending_q, other_kv_q} <= '0;
      end
      if (h_done) {reading_k_q, reading_v_q, reading_q} <= '0;
      if (pr_issue_valid) begin
        score_before_q <= is_score;
        if (is_score) score_layer_q <= instr_o.addr0;
      end
      if (start_o[EngV]) begin
        k_sent_q    <= k_sent_q || is_k;
        v_sent_q    <= v_sent_q || is_v;
        k_pending_q <= is_k;
        v_pending_q <= is_v;
        other_kv_q  <= is_kv;
      end
      if (start_o[EngH]) begin
        reading_k_q <= is_score && instr_o.addr0 == layer_q;
        reading_v_q <= is_context && instr_o.addr0 == layer_q;
        reading_q   <= is_score || is_context;
      end
      if (pr_issue_valid && instr_o.engine == EngEnd) begin
        running_q <= 1'b0;
        // END finds V idle: what it sent is written.
        if ((k_written_q || k_pending_q) && (v_written_q || v_pending_q) && pos_o.pos == written_q) begin
          written_q <= written_q + 13'd1;
        end
      end
    end
  end

  logic plain;
  assign plain = !instr_o.if_lora && !instr_o.if_head;

  always_comb begin
    if (started_q && rst_ni) begin
      m_start_when_free: assume (!token_start_i || (!running_q && header_valid_o));
      m_context: assume (!token_start_i || pos_o.pos < 13'd4096);
      m_set_when_free: assume (!pos_set_i || (!running_q && !token_start_i));
      m_set_back: assume (!pos_set_i || pos_set_value_i.pos <= pos_o.pos);  // 0, or before the command
      m_idle_at_reset: assume (!reset_q || (ready_i == '1 && idle_i == '1));
      m_busy_after_start: assume ((start_q & (ready_i | idle_i[2:0])) == 0);
      m_idle_is_ready: assume ((idle_i[2:0] & ~ready_i) == 0);
      m_idle_stays: assume (reset_q || (idle_q[2:0] & ~start_q & ~idle_i[2:0]) == 0);
      // The legal programme.
      m_kv_waits: assume (!running_q || !is_kv || (instr_o.wait_for[2] && instr_o.wait_for[0] && plain));
      m_score_waits: assume (!running_q || !is_score || (instr_o.wait_for[2] && instr_o.wait_for[0] && plain));
      m_context_waits: assume (!running_q || !is_context || (instr_o.wait_for[2] && plain));
      m_send_waits: assume (!running_q || instr_o.engine != EngV || instr_o.wait_for[0]);
      m_kv_before_score: assume (!running_q || !is_score || instr_o.addr0 != layer_q
                                 || (k_sent_q && v_sent_q));
      m_score_before_context: assume (!running_q || !is_context
                                      || (score_before_q && instr_o.addr0 == score_layer_q));
      m_kv_once: assume (!running_q || !((is_k && k_sent_q) || (is_v && v_sent_q)));
      m_end: assume (!running_q || instr_o.engine != EngEnd
                     || (instr_o.wait_for == '1 && plain && k_sent_q && v_sent_q));

      a_only_running: assert (!pr_issue_valid || running_q);
      a_sent: assert (k_sent_q == (k_written_q || k_pending_q) && v_sent_q == (v_written_q || v_pending_q));
      a_scored: assert (!(running_q && score_before_q && score_layer_q == layer_q)
                        || (k_written_q && v_written_q));
      a_this_position: assert (!(reading_k_q && !h_done && !k_written_q)
                               && !(reading_v_q && !h_done && !v_written_q));
      a_earlier_positions: assert (pos_o.pos <= written_q && 32'(pos_o.pos) + 32'(running_q) <= 4096);
      a_no_write_under_read: assert (!(other_kv_q && !v_done && reading_q && !h_done));
      c_score: cover (reading_k_q && !h_done && pos_o.pos == 1);
      c_context: cover (reading_v_q && !h_done);
    end
  end

endmodule
`default_nettype wire
