// Memory of one column: words of ROWS FP32 values, one write port and READ_PORTS read ports.
//
// Interface  rd_en_i[p] with rd_addr_i[p]: rd_data_o[p] holds the word from the next cycle on, until
//            the next read of this port. wr_en_i writes in its cycle; a read in the next cycle
//            returns the new word, a read in the same cycle the old one. Nobody waits.
// Latency    1 cycle, one access a cycle and port.
// Parameters ROWS a power of two, 2 to 64; WORDS 1 to 16384; READ_PORTS 1 to 3.
// Golden     golden/geometry.py Geometry.vmem (the map of a token's words)
`default_nettype none
module vector_memory #(
  parameter int unsigned ROWS       = 2,
  parameter int unsigned WORDS      = 8,
  parameter int unsigned READ_PORTS = 3
) (
  input  wire logic                                   clk_i,
  input  wire logic [READ_PORTS-1:0]                  rd_en_i,
  input  wire logic [READ_PORTS-1:0][13:0]            rd_addr_i,
  output logic [READ_PORTS-1:0][ROWS-1:0][31:0]       rd_data_o,
  input  wire logic                                   wr_en_i,
  input  wire logic [13:0]                            wr_addr_i,
  input  wire logic [ROWS-1:0][31:0]                  wr_data_i
);

  if (ROWS < 2 || ROWS > 64 || (ROWS & (ROWS - 1)) != 0) begin : gen_bad_rows
    $fatal(1, "vector_memory: ROWS is %0d, legal: a power of two, 2 to 64", ROWS);
  end
  if (WORDS < 1 || WORDS > 16384) begin : gen_bad_words
    $fatal(1, "vector_memory: WORDS is %0d, legal: 1 to 16384", WORDS);
  end
  if (READ_PORTS < 1 || READ_PORTS > 3) begin : gen_bad_ports
    $fatal(1, "vector_memory: READ_PORTS is %0d, legal: 1 to 3", READ_PORTS);
  end

  localparam int unsigned AddrW = WORDS > 1 ? $clog2(WORDS) : 1;

  logic [ROWS-1:0][31:0] mem [WORDS];

  always_ff @(posedge clk_i) begin
    if (wr_en_i) mem[AddrW'(wr_addr_i)] <= wr_data_i;
  end

  for (genvar p = 0; p < READ_PORTS; p++) begin : gen_port
    always_ff @(posedge clk_i) begin
      if (rd_en_i[p]) rd_data_o[p] <= mem[AddrW'(rd_addr_i[p])];
    end

`ifndef SYNTHESIS
    a_read_inside: assert property (@(posedge clk_i) rd_en_i[p] |-> 32'(rd_addr_i[p]) < WORDS);
`endif
  end

`ifndef SYNTHESIS
  a_write_inside: assert property (@(posedge clk_i) wr_en_i |-> 32'(wr_addr_i) < WORDS);
`endif

endmodule
`default_nettype wire
