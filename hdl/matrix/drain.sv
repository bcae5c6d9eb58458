// Drain of one matrix unit: a finished accumulator, plus LoRA's result when an adapter is selected,
// to the gather port.
//
// Interface  valid_i with slot_i, lora_i in cycle m, in which the accumulator and the LoRA buffer
//            are addressed; acc_i and lora_data_i in m+1; valid_o, slot_o, data_o in m+2. Nobody
//            waits.
// Latency    2 cycles, one row a cycle.
// Formats    FP32.
// Golden     golden/formats.py fp32_add (SPEC chapter 2, drain).
`default_nettype none
module drain
  import fp_pkg::*;
(
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire logic        valid_i,
  input  wire logic [11:0] slot_i,
  input  wire logic        lora_i,
  input  wire logic [31:0] acc_i,
  input  wire logic [31:0] lora_data_i,
  output logic             valid_o,
  output logic [11:0]      slot_o,
  output logic [31:0]      data_o
);

  logic        valid_q, lora_q;
  logic [11:0] slot_q;

  always_ff @(posedge clk_i) begin
    valid_q <= rst_ni && valid_i;
    valid_o <= rst_ni && valid_q;
    if (valid_i) begin
      slot_q <= slot_i;
      lora_q <= lora_i;
    end
    if (valid_q) begin
      slot_o <= slot_q;
      data_o <= lora_q ? fp32_add(acc_i, lora_data_i) : acc_i;
    end
  end

endmodule
`default_nettype wire
