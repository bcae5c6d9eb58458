// H SRAM: the one memory of an H-Unit. LoRA A and B of every adapter slot and the KV cache live in
// it, one MXINT8 block {exponent[7:0], H_BLOCK mantissas, element 0 lowest} a word.
//
// Interface: one write port (we_i) and one read port (re_i), both in one cycle, but never of the same
//   word. Never stalls.
// rst_ni silences the assertions only: nothing here is reset.
// Latency: a word written in cycle x is read by an address presented in x+1; a word addressed in
//   cycle x stands on rdata_o in x+1 and stays until the next read.
// Legal: WORDS >= 1, WIDTH >= 8.
// Golden twin: the array sram of golden/h_unit.py.
`default_nettype none
module h_sram #(
  parameter int unsigned WORDS = 16,
  parameter int unsigned WIDTH = 72,
  localparam int unsigned ADDR_W = (WORDS > 1) ? $clog2(WORDS) : 1
) (
  input wire logic              clk_i,
  input wire logic              rst_ni,
  input wire logic              we_i,
  input wire logic [ADDR_W-1:0] waddr_i,
  input wire logic [WIDTH-1:0]  wdata_i,
  input wire logic              re_i,
  input wire logic [ADDR_W-1:0] raddr_i,
  output logic [WIDTH-1:0]      rdata_o
);

  if (WORDS < 1) begin : gen_words
    $fatal(1, "h_sram: WORDS is %0d, legal: >= 1", WORDS);
  end
  if (WIDTH < 8) begin : gen_width
    $fatal(1, "h_sram: WIDTH is %0d, legal: >= 8", WIDTH);
  end

  logic [WIDTH-1:0] mem [WORDS];

  always_ff @(posedge clk_i) begin
    if (we_i) mem[waddr_i] <= wdata_i;
    if (re_i) rdata_o <= mem[raddr_i];
  end

`ifndef SYNTHESIS
  assert property (@(posedge clk_i) disable iff (!rst_ni) we_i |-> 32'(waddr_i) < WORDS)
  else $error("h_sram: address %0d is written, %0d words exist", waddr_i, WORDS);
  assert property (@(posedge clk_i) disable iff (!rst_ni) re_i |-> 32'(raddr_i) < WORDS)
  else $error("h_sram: address %0d is read, %0d words exist", raddr_i, WORDS);
  assert property (@(posedge clk_i) disable iff (!rst_ni) !(we_i && re_i && waddr_i == raddr_i))
  else $error("h_sram: address %0d is written and read in one cycle", waddr_i);
`endif

endmodule
`default_nettype wire
