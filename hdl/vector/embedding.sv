// Embedding: a word of the embedding ROM to ROWS FP32 values.
//
// value = fp32_scale(fp32_mul(fp32_from_int(code * 2^FRAC_BITS - zero_point), scale), -FRAC_BITS)
//
// Interface  word_i = {zero_point[11:0], FP16 scale[15:0], ROWS codes of 8 bits, lane 0 lowest} with
//            valid_i and the vector memory word addr_i it goes to; the consumer never stalls.
// Latency    2 cycles (integer to FP32, product), one word a cycle.
// Parameters ROWS a power of two, 2 to 64; FRAC_BITS 0 to 4.
// Golden     golden/embed.py
`default_nettype none
module embedding
  import fp_pkg::*;
#(
  parameter int unsigned ROWS      = 2,
  parameter int unsigned FRAC_BITS = 4
) (
  input  wire logic                   clk_i,
  input  wire logic                   rst_ni,
  input  wire logic                   valid_i,
  input  wire logic [11:0]            addr_i,
  input  wire logic [ROWS*8+27:0]     word_i,
  output logic                        valid_o,
  output logic [11:0]                 addr_o,
  output logic [ROWS-1:0][31:0]       data_o
);

  if (ROWS < 2 || ROWS > 64 || (ROWS & (ROWS - 1)) != 0) begin : gen_bad_rows
    $fatal(1, "embedding: ROWS is %0d, legal: a power of two, 2 to 64", ROWS);
  end
  if (FRAC_BITS > 4) begin : gen_bad_frac
    $fatal(1, "embedding: FRAC_BITS is %0d, legal: 0 to 4", FRAC_BITS);
  end

  logic [ROWS-1:0][7:0] code;
  logic [15:0]          scale;
  logic [11:0]          zero_point;
  assign {zero_point, scale, code} = word_i;

  logic                  int_valid_q;
  logic [11:0]           int_addr_q;
  logic [ROWS-1:0][31:0] int_q;
  logic [31:0]           scale_q;

  always_ff @(posedge clk_i) begin
    int_valid_q <= rst_ni && valid_i;
    valid_o     <= rst_ni && int_valid_q;
    if (valid_i) begin
      int_addr_q <= addr_i;
      scale_q    <= fp16_to_fp32(scale);
      for (int unsigned r = 0; r < ROWS; r++) begin
        int_q[r] <= fp32_from_int((32'(code[r]) << FRAC_BITS) - 32'(zero_point));
      end
    end
    if (int_valid_q) begin
      addr_o <= int_addr_q;
      for (int unsigned r = 0; r < ROWS; r++) begin
        data_o[r] <= fp32_scale(fp32_mul(int_q[r], scale_q), -11'(FRAC_BITS));
      end
    end
  end

endmodule
`default_nettype wire
