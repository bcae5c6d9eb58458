// Contract of the L engine towards the sequencer and the matrix units, for jobs of up to 3 slots, chunks
// and passes. left_q counts the steps, with the one on the bundle, as golden/SPEC.md does.
`default_nettype none
module f_l_engine
  import roma_pkg::*;
#(
  parameter int unsigned COLUMNS      = 2,
  parameter int unsigned HOPS         = 1,
  parameter int unsigned GROUP_BLOCKS = 1
) (
  input wire logic   clk_i,
  input wire logic   rst_ni,
  input wire logic   start_i,
  input wire instr_t instr_i,
  input wire token_t token_i
);

  logic        ready_o, l_valid_o;
  logic [23:0] flush_o;
  l_ctrl_t     l_ctrl_o;

  l_engine #(.COLUMNS(COLUMNS), .HOPS(HOPS), .GROUP_BLOCKS(GROUP_BLOCKS)) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  logic [5:0]  steps, left_q;
  logic        start_q, job_q;
  logic [1:0]  slots_q, chunks_q, passes_q, slot_q, chunk_q, pass_q;  // the three loops, written as such
  logic        bank_q;
  ctx_t        ctx_q, before_q;
  logic [7:0]  base_q, done_q;
  assign steps = 6'(instr_i.n0[1:0]) * 6'(instr_i.n1[1:0]) * 6'(instr_i.n2[1:0]);

  always_ff @(posedge clk_i) begin
    start_q <= rst_ni && start_i;
    if (!rst_ni) begin
      job_q  <= 1'b0;
      left_q <= '0;
    end else if (start_i) begin
      job_q <= 1'b1;
      left_q   <= steps;
      slots_q  <= instr_i.n0[1:0];
      chunks_q <= instr_i.n1[1:0];
      passes_q <= instr_i.n2[1:0];
      slot_q   <= '0;
      chunk_q  <= '0;
      pass_q   <= '0;
      bank_q   <= instr_i.bank;
      ctx_q    <= token_i.ctx;
      before_q <= ctx_q;
      base_q   <= instr_i.addr0[7:0];
      done_q   <= '0;
    end else begin
      if (left_q != 0) begin
        left_q <= left_q - 6'd1;
        done_q <= done_q + 8'd1;
        pass_q <= pass_q + 2'd1;
        if (pass_q + 2'd1 == passes_q) begin
          pass_q <= '0;
          slot_q <= slot_q + 2'd1;
          if (slot_q + 2'd1 == slots_q) begin
            slot_q  <= '0;
            chunk_q <= chunk_q + 2'd1;
          end
        end
      end
    end
  end

  always_comb begin
    if (started_q && rst_ni) begin
      m_start_when_ready: assume (!start_i || ready_o);
      m_small: assume (!start_i || (instr_i.n0 != 0 && instr_i.n0 <= 3 && instr_i.n1 != 0
                                    && instr_i.n1 <= 3 && instr_i.n2 != 0 && instr_i.n2 <= 3
                                    && instr_i.steps == 20'(steps)));
      a_step_after_start: assert (!start_q || l_valid_o);
      a_steps: assert (l_valid_o == (left_q != 0));
      a_ready: assert (ready_o == (left_q <= 1));
      a_flush: assert (!start_i || flush_o == 24'(steps) + 24'(HOPS + 5 + $clog2(COLUMNS)));
      a_order: assert (left_q == 0 || (l_ctrl_o.slot == 12'(slot_q) && l_ctrl_o.chunk == 12'(chunk_q)
                                       && l_ctrl_o.first_pass == (pass_q == 0)
                                       && l_ctrl_o.last_pass == (pass_q + 2'd1 == passes_q)
                                       && l_ctrl_o.first_chunk == (chunk_q == 0)));
      a_address: assert (left_q == 0 || (l_ctrl_o.rom_addr[7:0] == base_q + done_q
                                         && l_ctrl_o.bank == bank_q));
      a_context: assert (left_q == 0 || l_ctrl_o.ctx == ctx_q);
      c_back_to_back: cover (job_q && start_q && left_q == 1 && start_i && before_q != ctx_q
                             && token_i.ctx != ctx_q);
      c_longest: cover (job_q && start_i && slots_q == 3 && chunks_q == 3 && passes_q == 3);
    end
  end

endmodule
`default_nettype wire
