// Synchronous ROM as a word array. Its content is put into `mem` before the first clock edge: by
// the mask in silicon, in simulation through the hierarchy from an image (words of ceil(WIDTH/8)
// big-endian bytes, right-aligned).
//
// Interface  en_i with addr_i: data_o holds the word from the next cycle on, until the next read.
//            Nobody waits.
// Latency    1 cycle, one word a cycle.
// Parameters WIDTH >= 1, DEPTH >= 1.
// Golden     golden/burn.py writes the images.
`default_nettype none
module rom #(
  parameter int unsigned WIDTH = 8,
  parameter int unsigned DEPTH = 4
) (
  input  wire logic        clk_i,
  input  wire logic        en_i,
  input  wire logic [31:0] addr_i,
  output logic [WIDTH-1:0] data_o
);

  if (WIDTH < 1) begin : gen_bad_width
    $fatal(1, "rom: WIDTH is %0d, legal: >= 1", WIDTH);
  end
  if (DEPTH < 1) begin : gen_bad_depth
    $fatal(1, "rom: DEPTH is %0d, legal: >= 1", DEPTH);
  end

  localparam int unsigned AddrW = DEPTH > 1 ? $clog2(DEPTH) : 1;

  logic [WIDTH-1:0] mem [DEPTH];

  always_ff @(posedge clk_i) begin
    if (en_i) data_o <= mem[AddrW'(addr_i)];
  end

endmodule
`default_nettype wire
