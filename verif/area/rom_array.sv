// A whole small array, transistor by transistor: the netlist against which the array model is
// checked. BLOCK = 0: a word line per address, a transistor per bit. BLOCK = 1: B-ROM, a word line
// per four addresses, a transistor per nibble, its source on the candidate line of its code.
//
// CODES: the nibble of group g and column w in bits (g*WIDTH + w)*4 +: 4, as in b_rom. The drains of
// a column are left apart: what joins them is metal.
`default_nettype none
module rom_array #(
  parameter int unsigned WIDTH = 8,
  parameter int unsigned DEPTH = 16,
  parameter bit          BLOCK = 1'b0,
  localparam int unsigned ROWS = BLOCK ? DEPTH / 4 : DEPTH,
  localparam int unsigned ROW_W = $clog2(ROWS),
  parameter logic [DEPTH*WIDTH-1:0] CODES = '0
) (
  input  wire logic                        en_i,
  input  wire logic [ROW_W-1:0]            row_i,
  input  wire logic [15:0]                 cand_i,
  output logic [ROWS-1:0][WIDTH-1:0]       drain_o
);

  logic [ROWS-1:0] line;

  word_lines #(.LINES(ROWS)) u_word_lines (.en_i, .addr_i(row_i), .line_o(line));

  for (genvar r = 0; r < ROWS; r++) begin : gen_row
    for (genvar w = 0; w < WIDTH; w++) begin : gen_column
      rom_transistor u_transistor (
        .gate_i  (line[r]),
        .source_i(BLOCK ? cand_i[CODES[(r*WIDTH + w)*4 +: 4]] : CODES[((r/4)*WIDTH + w)*4 + r%4]),
        .drain_o (drain_o[r][w])
      );
    end
  end

endmodule

module rom_transistor (
  input  wire logic gate_i,
  input  wire logic source_i,
  output logic      drain_o
);
  assign drain_o = gate_i & source_i;
endmodule
`default_nettype wire
