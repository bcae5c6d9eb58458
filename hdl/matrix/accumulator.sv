// Accumulators of one matrix unit: for every token in flight two banks of FP32 values, one a row
// slot, summed over chunks.
//
// Interface  valid_i with term_i, context, bank, slot: the accumulator holds term (first_i) or
//            itself + term from the next cycle on, and value_o shows it with value_valid_o,
//            context, bank and slot. rd_en_i with rd_ctx_i, rd_bank_i, rd_slot_i: rd_data_o holds
//            the value from the next cycle on, until the next read. Nobody waits; a finished slot
//            is read while later slots of its bank are being filled.
// Latency    1 cycle for both, one update and one read a cycle; updates of one slot may follow each
//            other.
// Formats    FP32.
// Parameters ACC_DEPTH 1 to 4096; TOKENS 1 to 4.
// Golden     golden/formats.py fp32_running.
`default_nettype none
module accumulator
  import fp_pkg::*;
  import roma_pkg::ctx_t;
#(
  parameter int unsigned ACC_DEPTH = 4,
  parameter int unsigned TOKENS    = 2
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire logic        valid_i,
  input  wire ctx_t        ctx_i,
  input  wire logic        bank_i,
  input  wire logic [11:0] slot_i,
  input  wire logic        first_i,
  input  wire logic [31:0] term_i,
  output logic             value_valid_o,
  output ctx_t             value_ctx_o,
  output logic             value_bank_o,
  output logic [11:0]      value_slot_o,
  output logic [31:0]      value_o,
  input  wire logic        rd_en_i,
  input  wire ctx_t        rd_ctx_i,
  input  wire logic        rd_bank_i,
  input  wire logic [11:0] rd_slot_i,
  output logic [31:0]      rd_data_o
);

  if (ACC_DEPTH < 1 || ACC_DEPTH > 4096) begin : gen_bad_depth
    $fatal(1, "accumulator: ACC_DEPTH is %0d, legal: 1 to 4096", ACC_DEPTH);
  end
  if (TOKENS < 1 || TOKENS > 4) begin : gen_bad_tokens
    $fatal(1, "accumulator: TOKENS is %0d, legal: 1 to 4", TOKENS);
  end

  localparam int unsigned Depth = 2 * TOKENS * ACC_DEPTH;
  localparam int unsigned AddrW = $clog2(Depth);

  // Slot s of context x, bank b at (s*TOKENS + x)*2 + b.
  logic [31:0]      acc_q [Depth];
  logic [AddrW-1:0] addr, rd_addr;
  logic [31:0]      sum;

  assign addr    = AddrW'((32'(slot_i) * TOKENS + 32'(ctx_i)) * 2 + 32'(bank_i));
  assign rd_addr = AddrW'((32'(rd_slot_i) * TOKENS + 32'(rd_ctx_i)) * 2 + 32'(rd_bank_i));

  always_comb begin
    sum = term_i;
    if (valid_i && !first_i) sum = fp32_add(acc_q[addr], term_i);
  end

  always_ff @(posedge clk_i) begin
    value_valid_o <= rst_ni && valid_i;
    if (valid_i) begin
      acc_q[addr]  <= sum;
      value_o      <= sum;
      value_ctx_o  <= ctx_i;
      value_bank_o <= bank_i;
      value_slot_o <= slot_i;
    end
    if (rd_en_i) rd_data_o <= acc_q[rd_addr];
  end

`ifndef SYNTHESIS
  a_slot: assert property (@(posedge clk_i) disable iff (!rst_ni)
                           valid_i |-> 32'(slot_i) < ACC_DEPTH && 32'(ctx_i) < TOKENS)
  else $error("accumulator: slot %0d of context %0d is written, %0d of %0d exist", slot_i, ctx_i,
              ACC_DEPTH, TOKENS);
  a_rd_slot: assert property (@(posedge clk_i) disable iff (!rst_ni)
                              rd_en_i |-> 32'(rd_slot_i) < ACC_DEPTH && 32'(rd_ctx_i) < TOKENS)
  else $error("accumulator: slot %0d of context %0d is read, %0d of %0d exist", rd_slot_i, rd_ctx_i,
              ACC_DEPTH, TOKENS);
  a_finished: assert property (@(posedge clk_i) disable iff (!rst_ni)
                               valid_i && rd_en_i |-> addr != rd_addr)
  else $error("accumulator: slot %0d of context %0d, bank %0d is read while it is written", slot_i,
              ctx_i, bank_i);
`endif

endmodule
`default_nettype wire
