// MXINT8 dot products of an H-Unit: one stored block (SRAM word) against up to LANES operand
// blocks, each lane accumulated over the blocks of its row or position. Lane 0 serves LoRA, all
// lanes serve scores (the query heads that share a K word).
//
// Interface: valid_i with stored_i, operand_i and first_i (first block: the accumulator is written,
//   not added to); all_i = all lanes, else lane 0 only. Never stalls.
// Latency: operands in cycle x, integer dot x+1, FP32 term x+2, acc_o holds the sum from x+3.
// Format: word = {exponent field[7:0], H_BLOCK mantissas of 8 bits, element 0 lowest}; acc_o FP32.
// Legal: LANES >= 1, H_BLOCK 1 to 256.
// Golden twin: mx_dot_term and fp32_running of golden/formats.py, HUnit.dot of golden/h_unit.py.
`default_nettype none
module h_dot #(
  parameter int unsigned LANES   = 2,
  parameter int unsigned H_BLOCK = 8,
  localparam int unsigned WIDTH = H_BLOCK * 8 + 8
) (
  input wire logic                        clk_i,
  input wire logic                        rst_ni,
  input wire logic                        valid_i,
  input wire logic                        all_i,
  input wire logic                        first_i,
  input wire logic [WIDTH-1:0]            stored_i,
  input wire logic [LANES-1:0][WIDTH-1:0] operand_i,
  output logic [LANES-1:0][31:0]          acc_o
);
  import fp_pkg::*;

  if (LANES < 1) begin : gen_lanes
    $fatal(1, "h_dot: LANES is %0d, legal: >= 1", LANES);
  end
  if (H_BLOCK < 1 || H_BLOCK > 256) begin : gen_h_block
    $fatal(1, "h_dot: H_BLOCK is %0d, legal: 1 to 256", H_BLOCK);
  end

  // Lanes that are cut out of the blocks together, and their sign extension: see fused_cell.
  localparam int unsigned Group = H_BLOCK % 8 == 0 ? 8 : 1;
  localparam int unsigned DOT_W = 15 + $clog2(H_BLOCK) + 1;

  logic dot_valid_q, dot_all_q, dot_first_q;
  logic term_valid_q, term_all_q, term_first_q;
  logic signed [LANES-1:0][DOT_W-1:0] dot_q;
  logic [LANES-1:0][7:0] operand_exp_q;
  logic [7:0] stored_exp_q;
  fp32_t [LANES-1:0] term_q;
  fp32_t [LANES-1:0] acc_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      dot_valid_q  <= 1'b0;
      term_valid_q <= 1'b0;
    end else begin
      dot_valid_q  <= valid_i;
      term_valid_q <= dot_valid_q;
    end
    if (term_valid_q) begin
      automatic fp32_t [LANES-1:0] acc = acc_q;
      for (int unsigned j = 0; j < LANES; j++) begin
        if (j == 0 || term_all_q) begin
          acc[j] = term_first_q ? term_q[j] : fp32_add(acc_q[j], term_q[j]);
        end
      end
      acc_q <= acc;
    end
    if (dot_valid_q) begin
      term_all_q   <= dot_all_q;
      term_first_q <= dot_first_q;
      for (int unsigned j = 0; j < LANES; j++) begin
        if (j == 0 || dot_all_q) begin
          term_q[j] <= mx_dot_term(32'($signed(dot_q[j])), operand_exp_q[j], stored_exp_q);
        end
      end
    end
    if (valid_i) begin
      dot_all_q    <= all_i;
      dot_first_q  <= first_i;
      stored_exp_q <= stored_i[WIDTH-1-:8];
      for (int unsigned j = 0; j < LANES; j++) begin
        if (j == 0 || all_i) begin
          automatic logic signed [31:0] sum = '0;
          for (int unsigned g = 0; g < H_BLOCK / Group; g++) begin
            automatic logic [Group-1:0][7:0] x = stored_i[g*Group*8 +: Group*8];
            automatic logic [Group-1:0][7:0] y = operand_i[j][g*Group*8 +: Group*8];
            for (int unsigned l = 0; l < Group; l++) begin
              sum += (32'(x[l] ^ 8'h80) - 32'd128) * (32'(y[l] ^ 8'h80) - 32'd128);
            end
          end
          dot_q[j] <= DOT_W'(sum);
          operand_exp_q[j] <= operand_i[j][WIDTH-1-:8];
        end
      end
    end
  end

  assign acc_o = acc_q;

endmodule
`default_nettype wire
