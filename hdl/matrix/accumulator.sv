// Accumulators of one matrix unit: two banks of FP32 values, one a row slot, summed over chunks.
//
// Interface  valid_i with term_i, bank, slot: the accumulator holds term (first_i) or itself + term
//            from the next cycle on, and value_o shows it with value_valid_o, bank and slot.
//            rd_en_i with rd_bank_i, rd_slot_i: rd_data_o holds the value from the next cycle on,
//            until the next read. Nobody waits; a bank is not read while it is being filled.
// Latency    1 cycle for both, one update and one read a cycle; updates of one slot may follow each
//            other.
// Formats    FP32.
// Parameters ACC_DEPTH 1 to 4096.
// Golden     golden/formats.py fp32_running.
`default_nettype none
module accumulator
  import fp_pkg::*;
#(
  parameter int unsigned ACC_DEPTH = 4
) (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire logic        valid_i,
  input  wire logic        bank_i,
  input  wire logic [11:0] slot_i,
  input  wire logic        first_i,
  input  wire logic [31:0] term_i,
  output logic             value_valid_o,
  output logic             value_bank_o,
  output logic [11:0]      value_slot_o,
  output logic [31:0]      value_o,
  input  wire logic        rd_en_i,
  input  wire logic        rd_bank_i,
  input  wire logic [11:0] rd_slot_i,
  output logic [31:0]      rd_data_o
);

  if (ACC_DEPTH < 1 || ACC_DEPTH > 4096) begin : gen_bad_depth
    $fatal(1, "accumulator: ACC_DEPTH is %0d, legal: 1 to 4096", ACC_DEPTH);
  end

  localparam int unsigned AddrW = $clog2(2 * ACC_DEPTH);

  // Bank b, slot s at 2*s + b.
  logic [31:0]      acc_q [2*ACC_DEPTH];
  logic [AddrW-1:0] addr;
  logic [31:0]      sum;

  assign addr = AddrW'({slot_i, bank_i});

  always_comb begin
    sum = term_i;
    if (valid_i && !first_i) sum = fp32_add(acc_q[addr], term_i);
  end

  always_ff @(posedge clk_i) begin
    value_valid_o <= rst_ni && valid_i;
    if (valid_i) begin
      acc_q[addr]  <= sum;
      value_o      <= sum;
      value_bank_o <= bank_i;
      value_slot_o <= slot_i;
    end
    if (rd_en_i) rd_data_o <= acc_q[AddrW'({rd_slot_i, rd_bank_i})];
  end

`ifndef SYNTHESIS
  a_slot: assert property (@(posedge clk_i) disable iff (!rst_ni)
                           valid_i |-> 32'(slot_i) < ACC_DEPTH)
  else $error("accumulator: slot %0d is written, %0d exist", slot_i, ACC_DEPTH);
  a_rd_slot: assert property (@(posedge clk_i) disable iff (!rst_ni)
                              rd_en_i |-> 32'(rd_slot_i) < ACC_DEPTH)
  else $error("accumulator: slot %0d is read, %0d exist", rd_slot_i, ACC_DEPTH);
  a_banks: assert property (@(posedge clk_i) disable iff (!rst_ni)
                            valid_i && rd_en_i |-> bank_i != rd_bank_i)
  else $error("accumulator: bank %0d is read while it is being filled", bank_i);
`endif

endmodule
`default_nettype wire
