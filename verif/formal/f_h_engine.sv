// Contract of the H engine: ready and D, its loops, and that scores and context read KV words of the
// positions up to this one only. Jobs of up to 3 slots (positions) and blocks.
`default_nettype none
module f_h_engine
  import roma_pkg::*;
  import fp_pkg::*;
#(
  parameter int unsigned COLUMNS = 2,
  parameter int unsigned ROWS    = 2,
  parameter int unsigned CPK     = 1,
  parameter int unsigned HOPS    = 1
) (
  input wire logic   clk_i,
  input wire logic   rst_ni,
  input wire logic   start_i,
  input wire instr_t instr_i,
  input wire token_t token_i
);

  logic        ready_o, h_valid_o;
  logic [23:0] flush_o;
  h_ctrl_t     h_ctrl_o;

  h_engine #(.COLUMNS(COLUMNS), .ROWS(ROWS), .CPK(CPK), .HOPS(HOPS)) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  localparam int unsigned LC = $clog2(COLUMNS), LR = $clog2(ROWS), LK = $clog2(CPK);

  // golden/SPEC.md chapter 5: D = steps + this.
  function automatic logic [23:0] tail(logic [3:0] op);
    case (op)
      HLoraA:   return 24'(5 + 3 * HOPS + LC);
      HLoraB:   return 24'(5 + HOPS);
      HScore, HEarly: return 24'(9 + 4 * HOPS + LR + LK);
      HContext: return 24'(6 + EXP_LATENCY + HOPS);
      default:  return 24'(2 + 3 * HOPS + LR + LK + RECIP_LATENCY);
    endcase
  endfunction

  logic        attention, early, rest, start_q, job_q, attention_q, context_q, early_q, rest_q;
  logic [1:0]  slots, blocks, slot_q, block_q, blocks_q, slots_q;  // slots: first behind the last
  logic [3:0]  op_q;
  logic [3:0]  steps, left_q;
  logic [4:0]  busy_q;   // cycles, with this one, until the engine is ready
  logic [7:0]  base_q, first, word;
  logic        bank_q;
  ctx_t        ctx_q;
  position_t   pos_q;
  assign early     = instr_i.op == 4'(HEarly);
  assign rest      = instr_i.op == 4'(HScore) && token_i.scored;
  assign attention = instr_i.op == 4'(HScore) || instr_i.op == 4'(HContext) || early;
  assign slots     = early ? token_i.pos.slot[1:0]
                   : attention ? token_i.pos.slot[1:0] + 2'd1 : instr_i.n0[1:0];
  assign blocks    = instr_i.op == 4'(HReduce) ? 2'd1 : instr_i.n1[1:0];
  assign steps     = rest ? 4'(blocks) : 4'(slots) * 4'(blocks);

  always_ff @(posedge clk_i) begin
    start_q <= rst_ni && start_i;
    if (!rst_ni) begin
      job_q  <= 1'b0;
      left_q <= '0;
      busy_q <= '0;
    end else if (start_i) begin
      job_q <= 1'b1;
      left_q      <= steps;
      // Ready again in the issue's cycle plus O, golden/SPEC.md chapter 5.
      busy_q      <= 5'(steps) - 5'd1 + (instr_i.op == 4'(HContext) ? 5'(EXP_LATENCY + 2) : 5'd0);
      op_q        <= early ? 4'(HScore) : instr_i.op;
      early_q     <= early;
      rest_q      <= rest;
      attention_q <= attention;
      context_q   <= instr_i.op == 4'(HContext);
      slots_q     <= slots;
      blocks_q    <= blocks;
      slot_q      <= rest ? token_i.pos.slot[1:0] : '0;
      block_q     <= '0;
      base_q      <= instr_i.addr0[7:0]
                     + (attention ? token_i.kv_base[7:0] : token_i.adapter_base[7:0]);
      bank_q      <= instr_i.bank;
      ctx_q       <= token_i.ctx;
      pos_q       <= token_i.pos;
    end else begin
      if (busy_q != 0) busy_q <= busy_q - 5'd1;
      if (left_q != 0) begin
        left_q  <= left_q - 4'd1;
        block_q <= block_q + 2'd1;
        if (block_q + 2'd1 == blocks_q) begin
          block_q <= '0;
          slot_q  <= slot_q + 2'd1;
        end
      end
    end
  end

  // K of position slot s: words 2*s*NB ..., V behind it; LoRA: row after row.
  assign first = attention_q ? {5'd0, slot_q, context_q} : 8'(slot_q);
  assign word  = base_q + first * 8'(blocks_q) + 8'(block_q);

  always_comb begin
    if (started_q && rst_ni) begin
      m_start_when_ready: assume (!start_i || ready_o);
      m_small: assume (!start_i || (instr_i.n0 != 0 && instr_i.n0 <= 3 && instr_i.n1 != 0
                                    && instr_i.n1 <= 3 && instr_i.op <= 4'(HEarly)
                                    && token_i.pos.slot <= 2 && (!early || token_i.pos.slot != 0)
                                    && instr_i.steps == 20'(attention ? 4'(blocks) : steps)));
      a_step_after_start: assert (!start_q || h_valid_o);
      a_steps: assert (h_valid_o == (left_q != 0));
      a_ready: assert (ready_o == (busy_q == 0));
      a_flush: assert (!start_i || flush_o == 24'(steps) + tail(instr_i.op));
      a_order: assert (left_q == 0 || (4'(h_ctrl_o.op) == op_q && h_ctrl_o.slot == 12'(slot_q)
                                       && h_ctrl_o.blk == 12'(block_q)
                                       && h_ctrl_o.first_blk == (block_q == 0)
                                       && h_ctrl_o.last_blk == (block_q + 2'd1 == blocks_q)
                                       && h_ctrl_o.first_slot == (slot_q == 0)
                                       && h_ctrl_o.last_slot == (slot_q + 2'd1 == slots_q && !early_q)));
      a_address: assert (left_q == 0 || op_q == 4'(HReduce) || h_ctrl_o.addr[7:0] == word);
      a_context: assert (left_q == 0 || (h_ctrl_o.ctx == ctx_q && h_ctrl_o.bank == bank_q
                                         && h_ctrl_o.pos_slot == pos_q.slot
                                         && h_ctrl_o.pos_member == pos_q.member));
      a_positions: assert (!h_valid_o || !attention_q || h_ctrl_o.slot <= pos_q.slot);
      a_early: assert (!h_valid_o || !early_q || (h_ctrl_o.slot < pos_q.slot && !h_ctrl_o.last_slot));
      a_rest: assert (!h_valid_o || !rest_q || h_ctrl_o.slot == pos_q.slot);
      c_longest: cover (job_q && start_i && slots_q == 3 && blocks_q == 3 && context_q);
      c_early: cover (job_q && start_i && early_q && slots_q == 2 && blocks_q == 3 && rest);
      c_rest: cover (job_q && start_i && rest_q && slots_q == 3 && blocks_q == 3);
      c_reduce: cover (job_q && op_q == 4'(HReduce) && busy_q == 0 && !start_i && slots_q == 2);
      c_back_to_back: cover (job_q && start_q && left_q == 1 && start_i && token_i.ctx != ctx_q);
    end
  end

endmodule
`default_nettype wire
