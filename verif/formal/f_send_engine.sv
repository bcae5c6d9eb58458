// Contract of the send engine: its flags, its times and its loop. Sends of up to 4 words, blocks of up
// to 2.
`default_nettype none
module f_send_engine
  import roma_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned COLUMNS  = 2,
  parameter int unsigned ROWS     = 2,
  parameter int unsigned HOPS     = 1,
  parameter int unsigned HEAD_DIM = 8,
  parameter int unsigned CPK      = 1
) (
  input wire logic   clk_i,
  input wire logic   rst_ni,
  input wire logic   start_i,
  input wire instr_t instr_i,
  input wire token_t token_i
);

  logic        ready_o, kv_busy_o, norm_start_o;
  logic [23:0] flush_o, norm_flush_o;
  send_job_t   job_o;
  send_step_t  step_o;

  send_engine #(
    .COLUMNS(COLUMNS), .ROWS(ROWS), .HOPS(HOPS), .HEAD_DIM(HEAD_DIM), .CPK(CPK)
  ) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  // golden/SPEC.md chapter 5: the cycles behind the n steps.
  logic [6:0] tx, leaves, works;
  logic       kv;
  always_comb begin
    case (instr_i.transform)
      TrNorm, TrInv: tx = 7'd1;
      TrRope:        tx = 7'd2;
      TrSilu:        tx = 7'(fp_pkg::SIGMOID_LATENCY + 2);
      default:       tx = 7'd0;
    endcase
  end
  assign kv     = instr_i.dest == DstK || instr_i.dest == DstV;
  assign leaves = 7'(instr_i.n0[2:0]) + tx + 7'(instr_i.n1[1:0]) + 7'(fp_pkg::MXQ_LATENCY);
  assign works  = leaves + 7'(HOPS + 1) + (kv ? 7'(CPK) : 7'd0);

  logic        job_q;
  logic [6:0]  left_q, busy_q, kv_q;
  logic [2:0]  index_q, words_q;
  logic [7:0]  base_q;
  ctx_t        ctx_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      job_q  <= 1'b0;
      left_q <= '0;
      busy_q <= '0;
      kv_q   <= '0;
    end else begin
      if (start_i) begin
        job_q   <= 1'b1;
        left_q  <= 7'(instr_i.n0[2:0]);
        busy_q  <= leaves;
        base_q  <= instr_i.addr0[7:0];
        words_q <= instr_i.n2 > 12'd4 ? 3'd4 : instr_i.n2[2:0];
        ctx_q   <= token_i.ctx;
        index_q <= '0;
      end else begin
        if (busy_q != 0) busy_q <= busy_q - 7'd1;
        if (left_q != 0) begin
          left_q  <= left_q - 7'd1;
          index_q <= index_q + 3'd1;
        end
      end
      if (start_i && kv) kv_q <= works;
      else if (kv_q != 0) kv_q <= kv_q - 7'd1;
    end
  end

  always_comb begin
    if (started_q && rst_ni) begin
      m_start_when_ready: assume (!start_i || ready_o);
      m_small: assume (!start_i || (instr_i.engine == EngS && instr_i.op == '0 && instr_i.n0 != 0
                                    && instr_i.n0 <= 4 && instr_i.n1 != 0 && instr_i.n1 <= 2));
      m_blocks: assume (!start_i || instr_i.n1 == 1 || !instr_i.n0[0]);
      a_ready: assert (ready_o == (busy_q == 0));
      a_flush: assert (!start_i || flush_o == 24'(works));
      a_norm_flush: assert (!start_i || norm_flush_o == 24'(instr_i.n0) + 24'(
        2 * HOPS + $clog2(ROWS) + $clog2(COLUMNS) + 5 + fp_pkg::RSQRT_LATENCY));
      a_kv_busy: assert (kv_busy_o == (kv_q != 0));
      a_steps: assert (step_o.valid == (left_q != 0));
      a_order: assert (left_q == 0
                       || (step_o.first == (index_q == 0) && step_o.last == (left_q == 1)
                           && step_o.zero == (index_q >= words_q)
                           && step_o.addr[7:0] == base_q + 8'(index_q)));
      a_context: assert (ready_o || job_o.ctx == ctx_q);
      c_long_send: cover (job_q && start_i && index_q == 4);
      c_two_keys: cover (start_i && kv && kv_busy_o);
    end
  end

endmodule
`default_nettype wire
