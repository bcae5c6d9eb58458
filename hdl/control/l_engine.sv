// Control of the L-Units: the loop of a GEMV over chunks of K, row slots and ROM passes. It moves no
// data; all matrix units follow its bundle in lockstep.
//
// Interface  start_i for one cycle (t0) with instr_i, token_i while ready_o. Step i is on l_* in cycle
//            t0 + 1 + i. ready_o is high in the cycle of the last step, so that the steps of two jobs
//            follow without a gap. flush_o: D of what stands on instr_i, without a register.
// Latency    loop n = slots * chunks * passes = instr_i.steps cycles; the last accumulator holds its sum
//            behind cycle t0 + D, D = n + HOPS + 5 + LC.
// Parameters COLUMNS 1 to 64; HOPS >= 1; GROUP_BLOCKS >= 1 blocks that share a scale.
// Golden     golden/timing.py Timing.duration, golden/engines.py l_steps
`default_nettype none
module l_engine
  import roma_pkg::*;
#(
  parameter int unsigned COLUMNS      = 2,
  parameter int unsigned HOPS         = 1,
  parameter int unsigned GROUP_BLOCKS = 1
) (
  input  wire logic   clk_i,
  input  wire logic   rst_ni,
  input  wire logic   start_i,
  input  wire instr_t instr_i,
  input  wire token_t token_i,
  output logic        ready_o,
  output logic [23:0] flush_o,
  output logic        l_valid_o,
  output l_ctrl_t     l_ctrl_o
);

  if (COLUMNS < 1 || COLUMNS > 64) begin : gen_bad_columns
    $fatal(1, "l_engine: COLUMNS is %0d, legal: 1 to 64", COLUMNS);
  end
  if (HOPS < 1 || HOPS > 8) begin : gen_bad_hops
    $fatal(1, "l_engine: HOPS is %0d, legal: 1 to 8", HOPS);
  end
  if (GROUP_BLOCKS < 1 || GROUP_BLOCKS > 256) begin : gen_bad_group
    $fatal(1, "l_engine: GROUP_BLOCKS is %0d, legal: 1 to 256", GROUP_BLOCKS);
  end

  // Behind the last step: to the units, through the dot products and the tree into the accumulator.
  localparam logic [23:0] FLUSH = 24'(HOPS + 5 + $clog2(COLUMNS));

  logic [11:0] slots_q, chunks_q, passes_q;  // of the running job
  logic [11:0] pass_q;
  logic [8:0]  in_group_q;                   // chunk inside its weight group
  logic [31:0] group_base_q;                 // scale word of the group's slot 0
  logic        valid_q;
  l_ctrl_t     step_q;

  logic last_slot, last_chunk, last_step, group_ends;
  assign last_slot  = step_q.slot == slots_q - 1;
  assign last_chunk = step_q.chunk == chunks_q - 1;
  assign last_step  = step_q.last_pass && last_slot && last_chunk;
  assign group_ends = in_group_q == 9'(GROUP_BLOCKS - 1);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
    end else if (start_i) begin
      valid_q <= 1'b1;
    end else if (last_step) begin
      valid_q <= 1'b0;
    end
    if (start_i) begin
      slots_q      <= instr_i.n0;
      chunks_q     <= instr_i.n1;
      passes_q     <= instr_i.n2;
      pass_q       <= '0;
      in_group_q   <= '0;
      group_base_q <= instr_i.addr1;
      step_q <= '{ctx: token_i.ctx, rom_addr: instr_i.addr0, scale_addr: instr_i.addr1,
                  chunk: '0, slot: '0, bank: instr_i.bank, first_pass: 1'b1,
                  last_pass: instr_i.n2 == 12'd1, first_chunk: 1'b1};
    end else if (valid_q) begin
      step_q.rom_addr   <= step_q.rom_addr + 32'd1;
      step_q.first_pass <= step_q.last_pass;
      if (!step_q.last_pass) begin
        pass_q           <= pass_q + 12'd1;
        step_q.last_pass <= pass_q + 12'd2 == passes_q;
      end else begin
        pass_q           <= '0;
        step_q.last_pass <= passes_q == 12'd1;
        if (!last_slot) begin
          step_q.slot       <= step_q.slot + 12'd1;
          step_q.scale_addr <= step_q.scale_addr + 32'd1;
        end else begin
          step_q.slot        <= '0;
          step_q.chunk       <= step_q.chunk + 12'd1;
          step_q.first_chunk <= 1'b0;
          in_group_q         <= group_ends ? '0 : in_group_q + 9'd1;
          step_q.scale_addr  <= group_ends ? step_q.scale_addr + 32'd1 : group_base_q;
          if (group_ends) group_base_q <= step_q.scale_addr + 32'd1;
        end
      end
    end
  end

  assign ready_o   = !valid_q || last_step;
  assign flush_o   = 24'(instr_i.steps) + FLUSH;
  assign l_valid_o = valid_q;
  assign l_ctrl_o  = step_q;

  logic unused;
  assign unused = &{1'b0, instr_i, token_i};

`ifndef SYNTHESIS
  a_start_when_ready: assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> ready_o);
  a_shape: assert property (@(posedge clk_i) disable iff (!rst_ni)
                            start_i |-> instr_i.n0 != 0 && instr_i.n1 != 0 && instr_i.n2 != 0
                            && 36'(instr_i.steps) == 36'(instr_i.n0) * instr_i.n1 * instr_i.n2);
`endif

endmodule
`default_nettype wire
