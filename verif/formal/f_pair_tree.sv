// The maximum over a tree is that of a plain search, whatever the order of pairing: the reduction's order
// is irrelevant for maxima. Latency and throughput of the tree with it.
`default_nettype none
module f_pair_tree
  import fp_pkg::*;
#(
  parameter int unsigned N = 4
) (
  input wire logic                clk_i,
  input wire logic                rst_ni,
  input wire logic                valid_i,
  input wire logic [N-1:0][31:0]  data_i
);

  logic        valid_o;
  logic [31:0] data_o;

  pair_tree #(.N(N), .LANES(1), .MAXIMUM(1)) dut (.clk_i, .rst_ni, .valid_i, .data_i, .valid_o, .data_o);

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb m_reset: assume (started_q || !rst_ni);

  localparam int unsigned LATENCY = $clog2(N);

  logic [31:0] greatest;
  always_comb begin
    greatest = data_i[0];
    for (int unsigned k = 1; k < N; k++) greatest = fp32_max(greatest, data_i[k]);
  end

  logic [LATENCY-1:0]       valid_q;
  logic [LATENCY-1:0][31:0] greatest_q;
  always_ff @(posedge clk_i) begin
    valid_q    <= rst_ni ? LATENCY'({valid_q, valid_i}) : '0;
    greatest_q <= (LATENCY * 32)'({greatest_q, greatest});
  end

  always_comb begin
    if (started_q && rst_ni) begin
      a_latency: assert (valid_o == valid_q[LATENCY-1]);
      a_maximum: assert (!valid_o || data_o == greatest_q[LATENCY-1]);
      c_beats: cover (valid_o && valid_q == '1 && data_o[30:23] != 0);
    end
  end

endmodule
`default_nettype wire
