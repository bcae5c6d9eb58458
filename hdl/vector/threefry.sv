// Threefry-2x32 with 20 rounds: a random word for every key and counter, without a state.
//
// Interface  counter_i[LANES] of two words with valid_i; word_o[LANES] with valid_o. The key stays
//            while words are inside. Nobody waits.
// Latency    THREEFRY_CYCLES (vector_pkg): four rounds and the key's words a cycle.
// Parameters LANES >= 1.
// Golden     golden/gumbel.py threefry2x32
`default_nettype none
module threefry
  import vector_pkg::*;
#(
  parameter int unsigned LANES = 1
) (
  input  wire logic                        clk_i,
  input  wire logic                        rst_ni,
  input  wire logic [1:0][31:0]            key_i,
  input  wire logic                        valid_i,
  input  wire logic [LANES-1:0][1:0][31:0] counter_i,
  output logic                             valid_o,
  output logic [LANES-1:0][1:0][31:0]      word_o
);

  if (LANES < 1) begin : gen_bad_lanes
    $fatal(1, "threefry: LANES is %0d, legal: 1 or more", LANES);
  end

  localparam logic [31:0] Parity = 32'h1bd1_1bda;
  localparam logic [7:0][4:0] Rotations = {5'd24, 5'd16, 5'd29, 5'd17, 5'd6, 5'd26, 5'd15, 5'd13};

  logic [2:0][31:0] ks;
  assign ks = {Parity ^ key_i[0] ^ key_i[1], key_i[1], key_i[0]};

  // Four rounds of stage s, then the key's words.
  function automatic logic [1:0][31:0] stage(input logic [1:0][31:0] x, input logic [2:0][31:0] key,
                                             input int unsigned s);
    logic [31:0] a, b;
    logic [5:0]  left;
    a = x[0];
    b = x[1];
    for (int unsigned d = 0; d < 4; d++) begin
      left = 6'(Rotations[(4*s+d)%8]);
      a    = a + b;
      b    = ((b << left) | (b >> (6'd32 - left))) ^ a;
    end
    return {b + key[(s+2)%3] + s + 32'd1, a + key[(s+1)%3]};
  endfunction

  logic [THREEFRY_CYCLES-1:0]                       valid_q;
  logic [THREEFRY_CYCLES-1:0][LANES-1:0][1:0][31:0] x_q;

  always_ff @(posedge clk_i) begin
    valid_q <= rst_ni ? {valid_q[THREEFRY_CYCLES-2:0], valid_i} : '0;
    if (valid_i) begin
      for (int unsigned l = 0; l < LANES; l++) begin
        x_q[0][l] <= stage({counter_i[l][1] + ks[1], counter_i[l][0] + ks[0]}, ks, 0);
      end
    end
    for (int unsigned s = 1; s < THREEFRY_CYCLES; s++) begin
      if (valid_q[s-1]) begin
        for (int unsigned l = 0; l < LANES; l++) x_q[s][l] <= stage(x_q[s-1][l], ks, s);
      end
    end
  end

  assign valid_o = valid_q[THREEFRY_CYCLES-1];
  assign word_o  = x_q[THREEFRY_CYCLES-1];

endmodule
`default_nettype wire
