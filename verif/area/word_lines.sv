// Word lines: line_o[addr_i] is high while en_i is. The decoder of a ROM of LINES rows, counted by
// Yosys; the chip's RTL leaves it inside its word arrays.
`default_nettype none
module word_lines #(
  parameter int unsigned LINES = 16,
  localparam int unsigned ADDR_W = LINES > 1 ? $clog2(LINES) : 1
) (
  input  wire logic              en_i,
  input  wire logic [ADDR_W-1:0] addr_i,
  output logic [LINES-1:0]       line_o
);

  assign line_o = LINES'(en_i) << addr_i;

endmodule
`default_nettype wire
