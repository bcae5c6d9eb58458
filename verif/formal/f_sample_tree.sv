// The sampler over the columns against a plain search, candidate by candidate: the greatest value, of
// equals the lowest row; two columns never hold the same row.
`default_nettype none
module f_sample_tree
  import vector_pkg::*;
  import fp_pkg::*;
#(
  parameter int unsigned COLUMNS = 3,
  parameter int unsigned HOPS    = 1
) (
  input wire logic                 clk_i,
  input wire logic                 rst_ni,
  input wire logic                 start_i,
  input wire best_t [COLUMNS-1:0]  best_i
);

  logic        token_valid_o;
  logic [31:0] token_o;

  sample_tree #(.COLUMNS(COLUMNS), .HOPS(HOPS)) dut (.*);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  localparam int unsigned LATENCY = HOPS + $clog2(COLUMNS) + 1;

  logic        found;
  logic [31:0] value, row;
  always_comb begin
    found = 1'b0;
    value = '0;
    row   = best_i[0].row;
    for (int unsigned c = 0; c < COLUMNS; c++) begin
      if (best_i[c].valid && (!found || fp32_gt(best_i[c].value, value)
                              || (!fp32_gt(value, best_i[c].value) && best_i[c].row < row))) begin
        found = 1'b1;
        value = best_i[c].value;
        row   = best_i[c].row;
      end
    end
  end

  logic [LATENCY-1:0]       valid_q;
  logic [LATENCY-1:0]       found_q;
  logic [LATENCY-1:0][31:0] row_q;
  always_ff @(posedge clk_i) begin
    valid_q <= rst_ni ? LATENCY'({valid_q, start_i}) : '0;
    found_q <= LATENCY'({found_q, found});
    row_q   <= (LATENCY * 32)'({row_q, row});
  end

  always_comb begin
    if (started_q && rst_ni) begin
      a_latency: assert (token_valid_o == valid_q[LATENCY-1]);
      a_token: assert (!(token_valid_o && found_q[LATENCY-1]) || token_o == row_q[LATENCY-1]);
      c_last: cover (token_valid_o && found_q[LATENCY-1] && token_o == 32'd77);
    end
  end

  for (genvar c = 1; c < COLUMNS; c++) begin : gen_order
    // The rows of a column stand behind those of the column before it among equals: see hdl/README.md.
    always_comb m_order: assume (best_i[c].row > best_i[c-1].row);
  end

endmodule
`default_nettype wire
