// Control of the H-Units: the loops of LoRA A and B, scores, context and reduce. It moves no data; all
// matrix units follow its bundle in lockstep.
//
// Interface  start_i for one cycle (t0) with instr_i, token_i while ready_o. Step i is on h_* in cycle
//            t0 + 1 + i. ready_o is high in the cycle of the last step, so that the steps of two jobs
//            follow without a gap; behind a context it waits until the last probability has met its V.
//            flush_o: D of what stands on instr_i for token_i, without a register.
// Latency    loop n = instr_i.steps cycles, scores and context that often for each of the token's
//            position slots: HEarly for those before its own, HScore behind it for its own alone;
//            ready again in t0 + n, behind a context in t0 + n + EXP + 2;
//            D: golden/SPEC.md chapter 5.
// Parameters COLUMNS 1 to 64; ROWS a power of two, 2 to 64; CPK a power of two; HOPS 1 to 8.
// Golden     golden/timing.py Timing.duration, golden/engines.py h_steps
`default_nettype none
module h_engine
  import roma_pkg::*;
  import fp_pkg::*;
#(
  parameter int unsigned COLUMNS = 2,
  parameter int unsigned ROWS    = 2,
  parameter int unsigned CPK     = 1,
  parameter int unsigned HOPS    = 1
) (
  input  wire logic   clk_i,
  input  wire logic   rst_ni,
  input  wire logic   start_i,
  input  wire instr_t instr_i,
  input  wire token_t token_i,
  output logic        ready_o,
  output logic [23:0] flush_o,
  output logic        h_valid_o,
  output h_ctrl_t     h_ctrl_o
);

  if (COLUMNS < 1 || COLUMNS > 64) begin : gen_bad_columns
    $fatal(1, "h_engine: COLUMNS is %0d, legal: 1 to 64", COLUMNS);
  end
  if (ROWS < 2 || ROWS > 64 || (ROWS & (ROWS - 1)) != 0) begin : gen_bad_rows
    $fatal(1, "h_engine: ROWS is %0d, legal: a power of two, 2 to 64", ROWS);
  end
  if (HOPS < 1 || HOPS > 8) begin : gen_bad_hops
    $fatal(1, "h_engine: HOPS is %0d, legal: 1 to 8", HOPS);
  end
  if (CPK < 1 || CPK > COLUMNS || (CPK & (CPK - 1)) != 0) begin : gen_bad_cpk
    $fatal(1, "h_engine: CPK is %0d, legal: a power of two up to COLUMNS (%0d)", CPK, COLUMNS);
  end

  localparam int unsigned LC = $clog2(COLUMNS);
  localparam int unsigned LR = $clog2(ROWS);
  localparam int unsigned LK = $clog2(CPK);

  h_op_e       op;
  logic        start_attention, start_context, start_reduce, start_early, start_rest;
  logic [31:0] start_addr;
  logic [11:0] start_slot, start_slots, start_blocks;
  logic [23:0] start_flush, position_slots;

  assign op              = h_op_e'(instr_i.op);
  assign start_context   = op == HContext;
  assign start_early     = op == HEarly;
  assign start_rest      = op == HScore && token_i.scored;
  assign start_attention = op == HScore || op == HContext || start_early;
  assign start_reduce    = op == HReduce;
  assign start_slot      = start_rest ? token_i.pos.slot : '0;
  assign position_slots  = start_rest ? 24'd1 : 24'(token_i.pos.slot) + 24'(!start_early);

  always_comb begin
    start_addr   = instr_i.addr0 + token_i.adapter_base;
    start_slots  = instr_i.n0;
    start_blocks = instr_i.n1;
    unique case (op)
      HLoraA: start_flush = 24'(5 + 3 * HOPS + LC);
      HLoraB: start_flush = 24'(5 + HOPS);
      HScore, HEarly: start_flush = 24'(9 + 4 * HOPS + LR + LK);
      HContext: start_flush = 24'(6 + EXP_LATENCY + HOPS);
      default: start_flush = 24'(2 + 3 * HOPS + LR + LK + RECIP_LATENCY);
    endcase
    if (start_attention) begin
      // K and V of a position alternate: context starts one head vector behind.
      start_addr  = instr_i.addr0 + token_i.kv_base + (start_context ? 32'(instr_i.n1) : '0)
                    + {7'd0, 24'(start_slot) * 24'(instr_i.n1), 1'b0};
      start_slots = 12'(position_slots);
    end
    if (start_reduce) start_blocks = 12'd1;
    flush_o = start_flush
              + 24'(instr_i.steps) * (start_attention ? position_slots : 24'd1);
  end

  logic        valid_q, early_q;
  h_ctrl_t     step_q;             // last_slot: of the loop
  logic [11:0] slots_q, blocks_q;
  logic [12:0] skip_q;             // from the last block of a slot to the first of the next
  logic [3:0]  wait_q;             // behind a context
  logic        last_step, context_step;
  assign last_step    = step_q.last_blk && step_q.last_slot;
  assign context_step = step_q.op == HContext;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      wait_q  <= '0;
    end else begin
      if (valid_q && context_step && last_step) wait_q <= 4'(EXP_LATENCY + 1);
      else if (wait_q != '0) wait_q <= wait_q - 4'd1;
      if (start_i) valid_q <= 1'b1;
      else if (last_step) valid_q <= 1'b0;
    end
    if (start_i) begin
      early_q  <= start_early;
      slots_q  <= start_slots;
      blocks_q <= start_blocks;
      skip_q   <= start_attention ? 13'(instr_i.n1) + 13'd1 : 13'd1;
      step_q <= '{op: start_early ? HScore : op, ctx: token_i.ctx, bank: instr_i.bank,
                  pos_slot: token_i.pos.slot, pos_member: token_i.pos.member, addr: start_addr,
                  slot: start_slot, blk: '0, first_blk: 1'b1, last_blk: start_blocks == 12'd1,
                  first_slot: start_slot == '0, last_slot: start_slots == 12'd1};
    end else if (valid_q) begin
      step_q.first_blk <= step_q.last_blk;
      if (!step_q.last_blk) begin
        step_q.addr     <= step_q.addr + 32'd1;
        step_q.blk      <= step_q.blk + 12'd1;
        step_q.last_blk <= step_q.blk + 12'd2 == blocks_q;
      end else begin
        step_q.addr       <= step_q.addr + 32'(skip_q);
        step_q.blk        <= '0;
        step_q.last_blk   <= blocks_q == 12'd1;
        step_q.slot       <= step_q.slot + 12'd1;
        step_q.first_slot <= 1'b0;
        step_q.last_slot  <= step_q.slot + 12'd2 == slots_q;
      end
    end
  end

  assign ready_o   = wait_q == '0 && (!valid_q || (last_step && !context_step));
  assign h_valid_o = valid_q;

  // The maximum leaves behind SCORE's last step: EARLY has none.
  always_comb begin
    h_ctrl_o           = step_q;
    h_ctrl_o.last_slot = step_q.last_slot && !early_q;
  end

  logic unused;
  assign unused = &{1'b0, instr_i, token_i};

`ifndef SYNTHESIS
  a_start_when_ready: assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> ready_o);
  a_steps: assert property (@(posedge clk_i) disable iff (!rst_ni)
                            start_i |-> 24'(instr_i.steps) == (start_attention ? 24'd1 : 24'(start_slots))
                            * 24'(start_blocks));
  a_operation: assert property (@(posedge clk_i) disable iff (!rst_ni)
                                start_i |-> instr_i.op <= 4'(HEarly));
  a_early: assert property (@(posedge clk_i) disable iff (!rst_ni)
                            start_i && start_early |-> token_i.pos.slot != '0);
`endif

endmodule
`default_nettype wire
