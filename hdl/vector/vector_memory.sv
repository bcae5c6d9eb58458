// Vector memory of one column: words of ROWS FP32 values, two read ports and one write port.
//
// Interface  rd_en_i[p] with rd_addr_i[p]: rd_data_o[p] holds the word from the next cycle on, until
//            the next read of this port. wr_en_i writes in its cycle; a read in the next cycle
//            returns the new word, a read in the same cycle the old one. Nobody waits.
// Latency    1 cycle, one access a cycle and port.
// Parameters ROWS a power of two, 2 to 64; VMEM_WORDS 1 to 4096.
// Golden     golden/config.py Geometry.vmem (the map of the words).
`default_nettype none
module vector_memory #(
  parameter int unsigned ROWS       = 2,
  parameter int unsigned VMEM_WORDS = 8
) (
  input  wire logic                      clk_i,
  input  wire logic [1:0]                rd_en_i,
  input  wire logic [1:0][11:0]          rd_addr_i,
  output logic [1:0][ROWS-1:0][31:0]     rd_data_o,
  input  wire logic                      wr_en_i,
  input  wire logic [11:0]               wr_addr_i,
  input  wire logic [ROWS-1:0][31:0]     wr_data_i
);

  if (ROWS < 2 || ROWS > 64 || (ROWS & (ROWS - 1)) != 0) begin : gen_bad_rows
    $fatal(1, "vector_memory: ROWS is %0d, legal: a power of two, 2 to 64", ROWS);
  end
  if (VMEM_WORDS < 1 || VMEM_WORDS > 4096) begin : gen_bad_words
    $fatal(1, "vector_memory: VMEM_WORDS is %0d, legal: 1 to 4096", VMEM_WORDS);
  end

  localparam int unsigned AddrW = VMEM_WORDS > 1 ? $clog2(VMEM_WORDS) : 1;

  logic [ROWS-1:0][31:0] mem [VMEM_WORDS];

  always_ff @(posedge clk_i) begin
    if (wr_en_i) mem[AddrW'(wr_addr_i)] <= wr_data_i;
    if (rd_en_i[0]) rd_data_o[0] <= mem[AddrW'(rd_addr_i[0])];
    if (rd_en_i[1]) rd_data_o[1] <= mem[AddrW'(rd_addr_i[1])];
  end

`ifndef SYNTHESIS
  a_write_inside: assert property (@(posedge clk_i) wr_en_i |-> 32'(wr_addr_i) < VMEM_WORDS);
  a_read0_inside: assert property (@(posedge clk_i) rd_en_i[0] |-> 32'(rd_addr_i[0]) < VMEM_WORDS);
  a_read1_inside: assert property (@(posedge clk_i) rd_en_i[1] |-> 32'(rd_addr_i[1]) < VMEM_WORDS);
`endif

endmodule
`default_nettype wire
